//! Orders to Applications.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use sluice_crds::{Application, SyncOperation};
use sluice_orders::application::{self, Prune, Refresh};
use sluice_orders::{Part, Verdict};

use super::super::Dashboard;
use super::super::problem::Problem;
use super::{Order, Sent};
use crate::kind::Kind;
use crate::view::operation_in_progress;

/// The longest name of a revision, in bytes.
const LONGEST_REVISION: usize = 256;

/// What an order's form sends. A box that is not ticked is not sent.
#[derive(Debug, Deserialize)]
pub(in crate::server) struct Given {
    csrf: String,
    order: String,
    #[serde(default)]
    place: String,
    id: Option<i64>,
    #[serde(default)]
    revision: String,
    prune: Option<String>,
    dry: Option<String>,
}

/// What is wanted.
enum Wanted {
    Sync(Box<SyncOperation>),
    Refresh(Refresh),
    Terminate,
    Rollback(i64, Prune),
}

/// Does what a form says.
pub(in crate::server) async fn give(State(dashboard): State<Arc<Dashboard>>, sent: Sent<Given>) -> Response {
    let done = match &sent.form {
        Ok(given) => carried_out(&sent.order(&dashboard, Kind::Application, &given.order), given).await,
        Err(problem) => Err(problem.clone()),
    };
    sent.answer(Kind::Application, done)
}

async fn carried_out(order: &Order<'_>, given: &Given) -> Result<String, Problem> {
    order.begin(&given.csrf, &[Part::Object]).await?;
    let wanted = wanted(given)?;
    let by = order.who().await;
    order.carry_out(|application: &Application| decide(&wanted, &given.place, &by, application)).await
}

fn decide(wanted: &Wanted, place: &str, by: &str, application: &Application) -> Verdict {
    match wanted {
        Wanted::Sync(sync) => application::sync(application, (**sync).clone(), by),
        Wanted::Refresh(how) => application::refresh(*how),
        Wanted::Terminate if operation_in_progress(application) != place => {
            Verdict::Refused("does something else meanwhile; nothing was done. Look at it again".into())
        }
        Wanted::Terminate => application::terminate(application),
        Wanted::Rollback(id, prune) => application::rollback(application, *id, *prune, by),
    }
}

/// Reads which order it is.
fn wanted(given: &Given) -> Result<Wanted, Problem> {
    let prune = if given.prune.is_some() { Prune::Delete } else { Prune::Keep };
    let bad = |why: &str| Err(Problem::Bad(why.to_owned()));
    Ok(match (given.order.as_str(), given.id) {
        ("sync", _) => {
            let revision = given.revision.trim();
            if revision.len() > LONGEST_REVISION || revision.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return bad("a revision is a branch, a tag, a commit or a version, without spaces");
            }
            Wanted::Sync(Box::new(SyncOperation {
                revision: Some(revision.to_owned()).filter(|revision| !revision.is_empty()),
                prune: prune == Prune::Delete,
                dry_run: given.dry.is_some(),
                ..SyncOperation::default()
            }))
        }
        ("refresh", _) => Wanted::Refresh(Refresh::Normal),
        ("refresh-hard", _) => Wanted::Refresh(Refresh::Hard),
        ("terminate", _) => Wanted::Terminate,
        ("rollback", Some(id)) => Wanted::Rollback(id, prune),
        ("rollback", None) => return bad("rollback needs the id of a past deployment"),
        _ => return bad("order must be sync, refresh, refresh-hard, terminate or rollback"),
    })
}
