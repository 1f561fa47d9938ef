//! How requests to Prometheus and to web servers say who asks.

use bytes::Bytes;
use http::{Request, header::AUTHORIZATION};
use jiff::Timestamp;
use sluice_crds::{Authentication, Violation};

use super::{Clients, Http, MeasureError, aws::Account, checks, fetch, fetch::Server, oauth2::OAuth2, sigv4};

/// Who asks.
#[derive(Debug, Clone)]
pub(super) enum Auth {
    /// Nobody, or whoever the address and the headers say.
    None,
    /// A client of an OAuth 2 server.
    OAuth2(OAuth2),
    /// An account of AWS, for a service in a region.
    Sigv4 { region: Option<String>, service: &'static str },
}

impl Auth {
    /// Checks what is neither in the address nor in headers. Any violation is added to `violations`, with its field seen from
    /// the provider. `service` is what AWS calls such a server, where it has any.
    pub(super) fn parse(
        authentication: Option<&Authentication>,
        service: Option<&'static str>,
        violations: &mut Vec<Violation>,
    ) -> Self {
        let Some(authentication) = authentication else { return Self::None };
        checks::unknown("authentication", &authentication.unknown, violations);
        let Authentication { sigv4, oauth2, basic_auth, .. } = authentication;
        if usize::from(sigv4.is_some()) + usize::from(oauth2.is_some()) + usize::from(basic_auth.is_some()) > 1 {
            violations.push(Violation::new("authentication", "has more than one kind; keep one"));
        }
        match (oauth2, sigv4, service) {
            (Some(client), ..) => OAuth2::parse(client, violations).map_or(Self::None, Self::OAuth2),
            (None, Some(_), None) => {
                violations.push(Violation::new("authentication.sigv4", "is only for prometheus and cloudWatch"));
                Self::None
            }
            (None, Some(account), Some(service)) => {
                checks::unknown("authentication.sigv4", &account.unknown, violations);
                let message =
                    "is not supported by Sluice; give the controller AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
                let set = [("profile", &account.profile), ("roleArn", &account.role_arn)].into_iter();
                let set = set.filter(|(_, text)| text.as_ref().is_some_and(|text| !text.is_empty()));
                violations
                    .extend(set.map(|(field, _)| Violation::new(format!("authentication.sigv4.{field}"), message)));
                Self::Sigv4 { region: account.region.clone().filter(|region| !region.is_empty()), service }
            }
            (None, None, _) => Self::None,
        }
    }

    /// The request, signed.
    async fn sign(
        &self,
        clients: &Clients,
        http: &Http,
        mut request: Request<Bytes>,
        now: Timestamp,
    ) -> Result<Request<Bytes>, MeasureError> {
        match self {
            Self::None => {}
            Self::OAuth2(client) => {
                let token = client.header(http, &clients.tokens, now).await?;
                request.headers_mut().insert(AUTHORIZATION, token);
            }
            Self::Sigv4 { region, service } => {
                let account = Account::find(clients, region.as_deref(), now).await?;
                sigv4::sign(&mut request, &account.keys, &account.region, service, now);
            }
        }
        Ok(request)
    }

    /// Signs a request and sends it.
    pub(super) async fn send(
        &self,
        clients: &Clients,
        http: &Http,
        request: http::Result<Request<Bytes>>,
        server: &Server,
        now: Timestamp,
    ) -> Result<reqwest::Response, MeasureError> {
        let request = match request {
            Ok(request) => Ok(self.sign(clients, http, request, now).await?),
            Err(error) => Err(error),
        };
        let response = fetch::send(http, request, server).await?;
        if let (Self::OAuth2(client), http::StatusCode::UNAUTHORIZED) = (self, response.status()) {
            // It may have been taken back: the next measurement gets another one.
            clients.tokens.forget(client);
        }
        Ok(response)
    }
}
