//! Signing in and out.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use tokio::time::Instant;
use tracing::info;

use super::guard::Caller;
use super::problem::Problem;
use super::{Dashboard, Settings};
use crate::access::{Access, Person, Secret};
use crate::render;

/// The longest token, in bytes.
const LONGEST: usize = 16 * 1024;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Token {
    token: String,
}

/// What signs out.
#[derive(Deserialize)]
pub(super) struct SignOut {
    csrf: String,
}

/// Asks who it is.
pub(super) async fn form(State(dashboard): State<Arc<Dashboard>>) -> Response {
    if dashboard.is_local() {
        return Problem::Unknown { is_local: true }.into_response();
    }
    Html(render::login(&dashboard.settings.root, None)).into_response()
}

/// Takes a token that the cluster knows.
pub(super) async fn sign_in(
    State(dashboard): State<Arc<Dashboard>>,
    form: Result<Form<Token>, FormRejection>,
) -> Result<Response, Problem> {
    if dashboard.is_local() {
        return Err(Problem::Unknown { is_local: true });
    }
    let again = |why: &str| {
        Ok((StatusCode::UNAUTHORIZED, Html(render::login(&dashboard.settings.root, Some(why)))).into_response())
    };
    let Ok(Form(Token { token })) = form else { return again("Send a token.") };
    // Tokens are often pasted with what stands around them.
    let token = token.trim();
    if token.is_empty() || token.len() > LONGEST {
        return again("A token has 1 to 16384 characters.");
    }
    let Ok(_place) = dashboard.logins.try_acquire() else {
        return Err(Problem::Busy("too many people sign in; try again in a moment".to_owned()));
    };
    match dashboard.reviews.who(token).await.map_err(Problem::review)? {
        None => again("The cluster does not know this token, or it is no longer good."),
        Some(person) => {
            info!(user = person.name(), "signed in to the dashboard");
            begin(&dashboard, Some((person, token.to_owned())))
        }
    }
}

/// Takes the secret of the printed address.
pub(super) async fn open(
    State(dashboard): State<Arc<Dashboard>>,
    Path(given): Path<String>,
) -> Result<Response, Problem> {
    match &dashboard.settings.access {
        Access::Local { secret, .. } if secret.is(&given) => begin(&dashboard, None),
        _ => Err(Problem::Unknown { is_local: dashboard.is_local() }),
    }
}

/// Ends the session.
pub(super) async fn sign_out(
    State(dashboard): State<Arc<Dashboard>>,
    Caller(session): Caller,
    Form(SignOut { csrf }): Form<SignOut>,
) -> Result<Redirect, Problem> {
    if !session.csrf.is(&csrf) {
        return Err(Problem::Bad("the page is from another session: load it again".to_owned()));
    }
    dashboard.sessions.end(&session);
    Ok(Redirect::to(&dashboard.settings.root.at("/")))
}

fn begin(dashboard: &Dashboard, signed: Option<(Arc<Person>, String)>) -> Result<Response, Problem> {
    let secret: Secret = dashboard
        .sessions
        .begin(signed, Instant::now())
        .map_err(|_| Problem::Busy("this machine has no randomness; try again".to_owned()))?;
    let Settings { access, root, .. } = &dashboard.settings;
    let cookie = format!("{}={}; {}", access.cookie(root), secret.text(), access.attributes(root));
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&root.at("/"))).into_response())
}
