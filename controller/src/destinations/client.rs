//! Real clients of other clusters.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::USER_AGENT;
use http::{HeaderValue, Uri};
use kube::config::AuthInfo;
use kube::{Client, Config};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::Clusters;
use super::secret::{Connection, Credentials};

/// How long a connection may take to be there.
const CONNECT: Duration = Duration::from_secs(10);

/// Clusters that are reached by the network.
pub fn network() -> Clusters {
    Arc::new(|connection| {
        let config = config(connection)?;
        Client::try_from(config).map_err(|error| format!("Secret {}: {error}", connection.secret))
    })
}

fn config(connection: &Connection) -> Result<Config, String> {
    let Credentials {
        bearer_token, username, password, tls_client_config: tls, proxy_url, disable_compression, ..
    } = connection.credentials.clone()?;
    let wrong = |field: &str, why: &dyn std::fmt::Display| format!("Secret {}: {field} {why}", connection.secret);
    let uri = |field: &str, text: &str| text.parse::<Uri>().map_err(|error| wrong(field, &error));
    let mut config = Config::new(uri("server", &connection.server)?);
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT);
    config.disable_compression = disable_compression;
    config.accept_invalid_certs = tls.insecure;
    config.tls_server_name = tls.server_name.filter(|name| !name.is_empty());
    config.proxy_url = proxy_url.filter(|url| !url.is_empty()).map(|url| uri("config.proxyUrl", &url)).transpose()?;
    config.headers.push((USER_AGENT, HeaderValue::from_static("sluice")));
    config.root_cert = tls
        .ca_data
        .filter(|data| !data.is_empty())
        .map(|data| authorities(&data).map_err(|why| wrong("config.tlsClientConfig.caData", &why)))
        .transpose()?;
    config.auth_info = AuthInfo {
        token: bearer_token.map(Into::into),
        username,
        password: password.map(Into::into),
        client_certificate_data: tls.cert_data.filter(|data| !data.is_empty()),
        client_key_data: tls.key_data.filter(|data| !data.is_empty()).map(Into::into),
        ..AuthInfo::default()
    };
    Ok(config)
}

/// Certificates in PEM, in base64.
fn authorities(data: &str) -> Result<Vec<Vec<u8>>, String> {
    let pem = STANDARD.decode(data.trim()).map_err(|_| "is not base64 of a PEM file")?;
    let each = CertificateDer::pem_slice_iter(&pem).map(|one| one.map(|one| one.to_vec()));
    let all: Vec<Vec<u8>> = each.collect::<Result<_, _>>().map_err(|_| "is not base64 of a PEM file")?;
    if all.is_empty() { Err("has no certificate in it".to_owned()) } else { Ok(all) }
}
