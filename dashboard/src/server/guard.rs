//! What holds for every request: its host, its time, the headers of its answer, and whose it is.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use tokio::time::{Instant, timeout};

use super::Dashboard;
use super::problem::Problem;
use crate::access::{Access, Session, is_local, is_same_origin};
use crate::render::Viewer;

/// How long an answer may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything comes from here, and nothing is written into the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Not `no-referrer`: forms would be sent with the origin `null`.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Turns away what did not come by our name or from our pages, and puts the headers on every answer.
pub(super) async fn all(State(dashboard): State<Arc<Dashboard>>, request: Request, next: Next) -> Response {
    let mut response = match refused(&dashboard, &request) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => match timeout(PATIENCE, next.run(request)).await {
            Ok(response) => response,
            Err(_) => {
                (StatusCode::GATEWAY_TIMEOUT, "the cluster takes too long to answer; try again\n").into_response()
            }
        },
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = problem.page(&dashboard.settings.root);
    }
    let headers = response.headers_mut();
    headers.extend(HEADERS);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refused(dashboard: &Dashboard, request: &Request) -> Option<&'static str> {
    if let Access::Local { port, .. } = dashboard.settings.access
        && !is_local(request.headers(), port)
    {
        return Some("this dashboard answers to 127.0.0.1 and localhost only\n");
    }
    let writes = request.method() != Method::GET && request.method() != Method::HEAD;
    (writes && !is_same_origin(request.headers())).then_some("orders are taken from the dashboard's own pages only\n")
}

/// Whoever sent the request, once they are known.
pub(super) struct Caller(pub(super) Arc<Session>);

impl FromRequestParts<Arc<Dashboard>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, dashboard: &Arc<Dashboard>) -> Result<Self, Problem> {
        let unknown = || Problem::Unknown { is_local: dashboard.is_local() };
        let name = dashboard.settings.access.cookie(&dashboard.settings.root);
        let secret = cookie(parts, &name).ok_or_else(unknown)?;
        let session = dashboard.sessions.used(secret, Instant::now()).ok_or_else(unknown)?;
        if !session.is_known(&dashboard.reviews, Instant::now()).await.map_err(Problem::review)? {
            dashboard.sessions.end(&session);
            return Err(unknown());
        }
        Ok(Self(session))
    }
}

impl Caller {
    /// The same, with what became of their last order: it is told once.
    pub(super) fn told(&self, dashboard: &Dashboard) -> Viewer {
        Viewer { said: self.0.said(), ..self.viewer(dashboard) }
    }

    /// What pages have to know of them.
    pub(super) fn viewer(&self, dashboard: &Dashboard) -> Viewer {
        Viewer {
            root: dashboard.settings.root.clone(),
            user: self.0.user().map(str::to_owned),
            csrf: self.0.csrf.text().to_owned(),
            said: None,
            may_order: false,
            may_edit: false,
        }
    }
}

fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    let lines = parts.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}
