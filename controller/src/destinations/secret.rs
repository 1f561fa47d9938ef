//! A cluster as its Secret describes it (label `argocd.argoproj.io/secret-type: cluster`).

use std::fmt;

use k8s_openapi::api::core::v1::Secret;
use serde::Deserialize;
use serde_json::Value;

use super::{THIS, THIS_NAME};

/// A cluster as its Secret describes it. Its debug form shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The Secret's name; empty of the cluster that this process runs in.
    pub secret: String,
    /// URL of its API server.
    pub server: String,
    /// Its name.
    pub name: String,
    /// The only namespaces that may be looked at; `None`: all.
    pub namespaces: Option<Vec<String>>,
    /// Whether kinds of the whole cluster may be looked at where some namespaces are named.
    pub cluster_resources: bool,
    /// The project that it belongs to, if it belongs to one.
    pub project: Option<String>,
    /// Who we are there, or what is wrong with the Secret.
    pub credentials: Result<Credentials, String>,
}

/// Who we are in a cluster. Its debug form shows no secret.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Credentials {
    /// A token.
    pub bearer_token: Option<String>,
    /// The user's name, for basic authentication.
    pub username: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// TLS.
    pub tls_client_config: Tls,
    /// A proxy.
    pub proxy_url: Option<String>,
    /// Answers are not compressed.
    pub disable_compression: bool,
    /// A program that gives credentials: not run.
    exec_provider_config: Option<Value>,
    /// Credentials by way of AWS: not had.
    aws_auth_config: Option<Value>,
}

/// How TLS is spoken with a cluster.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Tls {
    /// The server may be anybody.
    pub insecure: bool,
    /// The name on the server's certificate, where that is not its address.
    pub server_name: Option<String>,
    /// The authorities that are trusted, as PEM in base64.
    pub ca_data: Option<String>,
    /// Our certificate, as PEM in base64.
    pub cert_data: Option<String>,
    /// Its key, as PEM in base64.
    pub key_data: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Connection {
    /// The cluster that this process runs in.
    pub(super) fn own() -> Self {
        Self {
            secret: String::new(),
            server: THIS.to_owned(),
            name: THIS_NAME.to_owned(),
            namespaces: None,
            cluster_resources: true,
            project: None,
            credentials: Ok(Credentials::default()),
        }
    }

    /// Reads a Secret. What is wrong with it is said of its cluster alone.
    pub(crate) fn read(secret: &Secret) -> Self {
        let text = |key: &str| {
            let bytes = &secret.data.as_ref()?.get(key)?.0;
            let text = String::from_utf8_lossy(bytes).trim().to_owned();
            Some(text).filter(|text| !text.is_empty())
        };
        let own_name = secret.metadata.name.clone().unwrap_or_default();
        let server = text("server").unwrap_or_default().trim_end_matches('/').to_owned();
        let namespaces = text("namespaces")
            .map(|list| list.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect());
        Self {
            name: text("name").unwrap_or_else(|| server.clone()),
            cluster_resources: namespaces.is_none() || text("clusterResources").as_deref() == Some("true"),
            namespaces,
            project: text("project"),
            credentials: credentials(text("config").as_deref()).map_err(|why| format!("Secret {own_name}: {why}")),
            secret: own_name,
            server,
        }
    }
}

/// What the Secret's key `config` says.
fn credentials(config: Option<&str>) -> Result<Credentials, String> {
    let Some(config) = config else { return Ok(Credentials::default()) };
    // The parser's own words may quote a value.
    let read: Credentials = serde_json::from_str(config).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        format!("config cannot be read at {place}; it is JSON of bearerToken, username, password and tlsClientConfig")
    })?;
    let lacking = [
        ("execProviderConfig", read.exec_provider_config.is_some()),
        ("awsAuthConfig", read.aws_auth_config.is_some()),
    ];
    if let Some((field, _)) = lacking.into_iter().find(|(_, present)| *present) {
        return Err(format!("config.{field} is not supported: no program is run for credentials; give a bearerToken"));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use k8s_openapi::ByteString;

    use super::*;

    fn secret(data: &[(&str, &str)]) -> Connection {
        let data = data.iter().map(|(key, text)| ((*key).to_owned(), ByteString(text.as_bytes().to_vec())));
        let mut secret = Secret { data: Some(data.collect::<BTreeMap<_, _>>()), ..Secret::default() };
        secret.metadata.name = Some("far".to_owned());
        Connection::read(&secret)
    }

    #[test]
    fn a_cluster_is_read_from_its_secret() {
        let config = r#"{"bearerToken": "hunter2", "tlsClientConfig": {"insecure": false, "caData": "aGk="}}"#;
        let far = secret(&[("server", "https://far/"), ("namespaces", "a, b,"), ("config", config), ("project", "p")]);
        assert_eq!((far.server.as_str(), far.name.as_str()), ("https://far", "https://far"));
        assert_eq!(far.namespaces, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert!(!far.cluster_resources);
        assert_eq!(far.credentials.as_ref().unwrap().bearer_token.as_deref(), Some("hunter2"));
        assert!(!format!("{far:?}").contains("hunter2"));
    }

    #[test]
    fn what_cannot_be_used_says_so_and_quotes_nothing() {
        for (config, expected) in [
            (r#"{"execProviderConfig": {"command": "gke"}}"#, "config.execProviderConfig is not supported"),
            (r#"{"awsAuthConfig": {"clusterName": "x"}}"#, "config.awsAuthConfig is not supported"),
            (r#"{"bearerToken": hunter2}"#, "config cannot be read at line 1, column 17"),
            (r#"{"hunter2": "x"}"#, "config cannot be read at line 1"),
        ] {
            let error = secret(&[("server", "https://far"), ("config", config)]).credentials.unwrap_err();
            assert!(error.starts_with(&format!("Secret far: {expected}")), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
