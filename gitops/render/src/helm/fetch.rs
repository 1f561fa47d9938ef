//! One file from a Helm repository, by HTTP.

use std::time::Duration;

use reqwest::{Certificate, Client, NoProxy, Proxy, RequestBuilder, Response, Url};

use crate::address;
use crate::credentials::Access;
use crate::error::{Kind, RenderError};
use crate::limits::bytes;

/// How a file is fetched.
pub(crate) struct Fetch<'a> {
    /// The repository's address.
    pub repository: &'a str,
    pub access: &'a Access,
    /// Credentials go to hosts that the repository names, too.
    pub pass_credentials: bool,
    pub time: Duration,
    pub most: u64,
}

impl Fetch<'_> {
    /// The file at `url`. Credentials go to the repository's own server alone, by its own scheme; redirects to another one are
    /// followed without.
    pub(crate) async fn get(&self, url: &str) -> Result<Vec<u8>, RenderError> {
        let what = format!("GET {}", address::shown(url));
        let request = self.request(url).map_err(|error| error.within(&what))?;
        self.send(request).await.map_err(|error| error.within(&what))
    }

    /// Sends a request, and reads what is answered.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Vec<u8>, RenderError> {
        let answer = async {
            let response = request.send().await.map_err(|error| self.failed(error))?;
            self.body(response).await
        };
        tokio::time::timeout(self.time, answer).await.unwrap_or_else(|_| {
            let text = format!("it did not answer within {} s", self.time.as_secs_f32());
            Err(RenderError::new(Kind::TimedOut, text))
        })
    }

    fn request(&self, url: &str) -> Result<RequestBuilder, RenderError> {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(RenderError::spec("charts are fetched by https, http and oci"));
        }
        let access = self.access;
        let mut request = self.client()?.get(url);
        if self.pass_credentials || is_same_server(url, self.repository) {
            if !access.bearer.is_empty() {
                request = request.bearer_auth(access.bearer.reveal());
            } else if access.names_somebody() {
                request = request.basic_auth(&access.username, Some(access.password.reveal()));
            }
        }
        Ok(request)
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, RenderError> {
        let status = response.status();
        if !status.is_success() {
            let (kind, advice) = match status.as_u16() {
                404 | 410 => (Kind::NotFound, ""),
                401 | 403 => {
                    (Kind::Unreachable, " (give it a Secret labelled argocd.argoproj.io/secret-type: repository)")
                }
                _ => (Kind::Unreachable, ""),
            };
            return Err(RenderError::new(kind, format!("it answered {status}{advice}")));
        }
        let too_much = || RenderError::new(Kind::Limit, format!("it has more than {}", bytes(self.most)));
        if response.content_length().is_some_and(|length| length > self.most) {
            return Err(too_much());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > self.most {
                return Err(too_much());
            }
        }
        Ok(body)
    }

    /// A client that reaches the repository as its Secret says.
    pub(crate) fn client(&self) -> Result<Client, RenderError> {
        let access = self.access;
        let odd = |what: &str, error: reqwest::Error| RenderError::spec(format!("{what}: {error}"));
        let mut builder = Client::builder().user_agent("sluice").danger_accept_invalid_certs(access.insecure);
        if let Some(authority) = access.trust.authority(self.repository) {
            let all = Certificate::from_pem_bundle(authority.as_bytes());
            let all = all.map_err(|error| odd("the authority in argocd-tls-certs-cm", error))?;
            builder = all.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate);
        }
        if !access.certificate.is_empty() {
            let pem = format!("{}\n{}", access.certificate, access.certificate_key.reveal());
            let identity = reqwest::Identity::from_pem(pem.as_bytes());
            builder = builder.identity(
                identity.map_err(|_| RenderError::spec("tlsClientCertData and tlsClientCertKey are no PEM"))?,
            );
        }
        if !access.proxy.is_empty() {
            let proxy = Proxy::all(&access.proxy).map_err(|_| RenderError::spec("proxy is no address"))?;
            builder = builder.proxy(proxy.no_proxy(NoProxy::from_string(&access.no_proxy)));
        }
        builder.build().map_err(|error| RenderError::new(Kind::Machine, self.said(&error)))
    }

    fn failed(&self, error: reqwest::Error) -> RenderError {
        RenderError::new(Kind::Unreachable, self.said(&error.without_url()))
    }

    /// An error with all that is behind it: what reqwest itself says is "error sending request".
    fn said(&self, error: &dyn std::error::Error) -> String {
        let mut said = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            said.push_str(": ");
            said.push_str(&error.to_string());
            source = error.source();
        }
        self.access.redact(&said)
    }
}

/// Whether two addresses lead to one server in one way, by scheme, host and port as the client itself reads them: an address may be
/// written so that its host seems to be another.
fn is_same_server(one: &str, other: &str) -> bool {
    let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
    origin(one).is_some_and(|one| origin(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_the_same_by_scheme_host_and_port() {
        for (url, expected) in [
            ("https://charts.corp/web.tgz", true),
            ("https://CHARTS.corp:443/web.tgz", true),
            ("https://user@charts.corp/web.tgz", true),
            ("http://charts.corp/web.tgz", false),
            ("https://charts.corp:8443/web.tgz", false),
            ("https://evil.example?@charts.corp/web.tgz", false),
            ("https://evil.example#@charts.corp/web.tgz", false),
            ("https://evil.example\\@charts.corp/web.tgz", false),
            ("charts.corp/web.tgz", false),
        ] {
            assert_eq!(is_same_server(url, "https://charts.corp/charts"), expected, "{url}");
        }
    }
}
