//! Where spans go, as flags say it.

use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Uri};

/// Where a collector takes traces.
const PATH: &str = "/v1/traces";

/// A collector, and what is told with each batch.
#[derive(Clone, Debug)]
pub struct Collector {
    pub(crate) url: Uri,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Who tells it.
    pub(crate) resource: Vec<(String, String)>,
}

/// Why a collector cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectorError {
    /// The address is none.
    #[error("--otlp-address {0} is no address of a collector; give one such as http://otel-collector:4318")]
    Address(String),
    /// Spans go by HTTP, and that is the port of the other way.
    #[error(
        "--otlp-address {0} has the port of OTLP by gRPC; Sluice sends it by HTTP, which is port 4318 of the same collector"
    )]
    Grpc(String),
    /// What is no header. Its value may be a secret.
    #[error("--otlp-headers: {0} cannot be sent as a header; write NAME=VALUE")]
    Header(String),
    /// What is no attribute.
    #[error("--otlp-attrs {0} is none; write NAME:VALUE")]
    Attribute(String),
}

impl Collector {
    /// Reads flags of the established names: an address (`http://HOST:4318`, with a path where it is another than `/v1/traces`; or
    /// `HOST:PORT`, which is then asked in the clear if `insecure`), headers as `NAME=VALUE`, attributes as `NAME:VALUE`.
    pub fn parse(
        address: &str,
        insecure: bool,
        headers: &[String],
        attributes: &[String],
    ) -> Result<Self, CollectorError> {
        let url = url(address, insecure)?;
        let headers = headers.iter().map(|text| header(text)).collect::<Result<_, _>>()?;
        let resource = attributes.iter().map(|text| attribute(text)).collect::<Result<_, _>>()?;
        Ok(Self { url, headers, resource })
    }

    /// The same, told by a process of that name, version and identity. What flags say of it counts.
    pub fn told_by(mut self, service: &str, version: &str, instance: &str) -> Self {
        let own = [("service.name", service), ("service.version", version), ("service.instance.id", instance)];
        for (key, text) in own {
            if !self.resource.iter().any(|(known, _)| known == key) {
                self.resource.push((key.to_owned(), text.to_owned()));
            }
        }
        self
    }

    /// Its address without what may be a secret in it.
    pub fn shown(&self) -> String {
        let authority = self.url.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        format!("{}://{host}{}", self.url.scheme_str().unwrap_or_default(), self.url.path())
    }
}

fn url(address: &str, insecure: bool) -> Result<Uri, CollectorError> {
    let wrong = || CollectorError::Address(address.to_owned());
    let scheme = if insecure { "http" } else { "https" };
    let whole = if address.contains("://") { address.to_owned() } else { format!("{scheme}://{address}") };
    let mut parts = whole.parse::<Uri>().map_err(|_| wrong())?.into_parts();
    let is_web = parts.scheme.as_ref().is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https"));
    let authority =
        parts.authority.as_ref().filter(|authority| is_web && !authority.host().is_empty()).ok_or_else(wrong)?;
    let has_path = parts.path_and_query.as_ref().is_some_and(|path| path.as_str() != "/");
    if authority.port_u16() == Some(4317) && !has_path {
        return Err(CollectorError::Grpc(address.to_owned()));
    }
    if !has_path {
        parts.path_and_query = Some(PathAndQuery::from_static(PATH));
    }
    Uri::from_parts(parts).map_err(|_| wrong())
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), CollectorError> {
    let name = text.split_once('=').map_or(text, |(name, _)| name).trim();
    let wrong = || CollectorError::Header(name.to_owned());
    let (_, value) = text.split_once('=').ok_or_else(wrong)?;
    let name = name.parse::<HeaderName>().map_err(|_| wrong())?;
    let mut value = value.trim().parse::<HeaderValue>().map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok((name, value))
}

fn attribute(text: &str) -> Result<(String, String), CollectorError> {
    let named = text.split_once(':').filter(|(name, _)| !name.trim().is_empty());
    let (name, value) = named.ok_or_else(|| CollectorError::Attribute(text.to_owned()))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
