//! What went wrong, as a page or as a line of text, with what to do.

use axum::Extension;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::StatusCode;
use thiserror::Error;

use crate::Root;
use crate::kind::Kind;
use crate::render::{self, Viewer};
use crate::watch::{Key, TooMany};

/// Why there is no answer as asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Problem {
    /// Nobody said who they are.
    #[error("sign in first")]
    Unknown {
        /// Whether they have to open the printed address.
        is_local: bool,
    },
    /// It is not served.
    #[error("There is no such page.")]
    NoPage,
    /// There is no such object.
    #[error("there is no {} {key}", kind.name())]
    Missing {
        /// Of which kind.
        kind: Kind,
        /// What was asked for.
        key: Key,
        /// Those with names like it.
        near: Vec<Key>,
    },
    /// They may not.
    #[error("{0}")]
    Forbidden(String),
    /// It would not do what was meant.
    #[error("{0}")]
    Refused(String),
    /// The request makes no sense.
    #[error("{0}")]
    Bad(String),
    /// Too much at the same time.
    #[error("{0}")]
    Busy(String),
    /// The cluster does not answer as it should.
    #[error("{0}")]
    Cluster(String),
}

impl Problem {
    /// A review could not be made.
    #[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
    pub(super) fn review(error: kube::Error) -> Self {
        Self::Cluster(format!("ask the API server who you are and what you may do: {}", told(&error)))
    }

    /// Something of the cluster could not be read or written.
    pub(super) fn cluster(what: &str, error: &kube::Error) -> Self {
        match error {
            kube::Error::Api(status) if status.is_forbidden() => Self::Forbidden(format!("{what}: {}", status.message)),
            _ => Self::Cluster(format!("{what}: {}", told(error))),
        }
    }

    /// With which status it is answered.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Unknown { .. } => StatusCode::UNAUTHORIZED,
            Self::NoPage | Self::Missing { .. } => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Cluster(_) => StatusCode::BAD_GATEWAY,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "Who are you?",
            Self::NoPage | Self::Missing { .. } => "Not found",
            Self::Forbidden(_) => "Not allowed",
            Self::Refused(_) | Self::Bad(_) => "Not done",
            Self::Busy(_) => "Too much at once",
            Self::Cluster(_) => "The cluster does not answer",
        }
    }
}

/// Of an API server's refusal only its message is told; what carries it adds nothing but noise.
fn told(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}

impl From<TooMany> for Problem {
    fn from(too_many: TooMany) -> Self {
        Self::Busy(too_many.to_string())
    }
}

impl IntoResponse for Problem {
    /// Its status, with itself: the guard of all answers makes a page of it, as it knows where pages are.
    fn into_response(self) -> Response {
        (self.status(), Extension(self)).into_response()
    }
}

impl Problem {
    /// A page that says it, or the way to where one signs in.
    pub(super) fn page(&self, root: &Root) -> Response {
        let near: Vec<_> = match self {
            Self::Unknown { is_local: false } => return Redirect::to(&root.at("/login")).into_response(),
            Self::Missing { kind, near, .. } => {
                near.iter().map(|key| (key.to_string(), root.at(&kind.page(&key.namespace, &key.name)))).collect()
            }
            _ => Vec::new(),
        };
        let why = match self {
            Self::Unknown { .. } => {
                "Open the address that kubectl sluice dashboard printed: it ends with a secret.".to_owned()
            }
            other => other.to_string(),
        };
        (self.status(), Html(render::problem(&Viewer::at(root), self.title(), &why, &near))).into_response()
    }
}

/// What is not served.
pub(super) async fn no_such_page() -> Problem {
    Problem::NoPage
}
