//! From the data of a Secret to what a repository is reached with.

use std::collections::BTreeMap;

use super::Access;
use crate::error::RenderError;
use crate::hidden::Hidden;

/// Ways to say who we are that are not supported: left out, the repository would be asked as anybody, and the answer mislead.
const UNSUPPORTED: [(&str, &str); 4] = [
    ("githubAppPrivateKey", "use a token or a deploy key"),
    ("gcpServiceAccountKey", "use a token or a deploy key"),
    ("useAzureWorkloadIdentity", "use a token or a deploy key"),
    ("awsCredentials", "use a token or a deploy key"),
];

/// The access that a Secret's data gives.
pub(super) fn access(data: &BTreeMap<String, String>) -> Result<Access, RenderError> {
    let text = |key: &str| data.get(key).map(String::as_str).unwrap_or_default();
    let unsupported = UNSUPPORTED.iter().find(|(key, _)| !matches!(text(key), "" | "false"));
    if let Some((key, instead)) = unsupported {
        return Err(RenderError::spec(format!("{key} is not supported: {instead}")));
    }
    if text("enableLfs") == "true" {
        return Err(RenderError::spec("enableLfs is not supported: keep manifests as ordinary files"));
    }
    let switch = |key: &str| match text(key).trim() {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        _ => Err(RenderError::spec(format!("{key} is neither true nor false"))),
    };
    let insecure = switch("insecure")? || switch("insecureIgnoreHostKey")?;
    let known = matches!(text("type"), "" | "git" | "helm" | "oci");
    if !known {
        return Err(RenderError::spec("type is none of git, helm and oci"));
    }
    Ok(Access {
        username: text("username").to_owned(),
        password: Hidden::new(text("password")),
        bearer: Hidden::new(text("bearerToken")),
        ssh_key: Hidden::new(text("sshPrivateKey")),
        certificate: text("tlsClientCertData").to_owned(),
        certificate_key: Hidden::new(text("tlsClientCertKey")),
        insecure,
        proxy: text("proxy").to_owned(),
        no_proxy: text("noProxy").to_owned(),
        oci: switch("enableOCI")? || text("type") == "oci",
        plain_http: switch("insecureOCIForceHttp")?,
        trust: super::Trust::default(),
    })
}
