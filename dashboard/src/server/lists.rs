//! The lists.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, State};
use axum::response::Html;
use http::request::Parts;
use kube::{Resource, ResourceExt};
use serde::Deserialize;
use tokio::time::Instant;

use super::Dashboard;
use super::guard::Caller;
use super::problem::Problem;
use crate::access::{NAMESPACES, Session, Sight, sight};
use crate::kind::Kind;
use crate::render::{self, Listed};
use crate::view::{AppRow, Filter, Page, Row};
use crate::watch::{Key, Known};

/// How many names are suggested for one that is unknown.
const NEAR: usize = 5;

/// What of a list is asked for.
pub(super) struct Asked {
    pub(super) filter: Filter,
    /// From which state the page was made that events are for.
    pub(super) since: Option<String>,
    /// The same in the address, ready for more.
    query: String,
}

#[derive(Deserialize)]
struct Since {
    since: Option<String>,
}

impl FromRequestParts<Arc<Dashboard>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Dashboard>) -> Result<Self, Problem> {
        let bad = |error: QueryRejection| Problem::Bad(error.body_text());
        let Query(filter) = Query::try_from_uri(&parts.uri).map_err(bad)?;
        let Query(Since { since }) = Query::try_from_uri(&parts.uri).map_err(bad)?;
        let query = parts.uri.query().filter(|query| !query.is_empty()).map(|query| format!("{query}&"));
        Ok(Self { filter, since, query: query.unwrap_or_default() })
    }
}

/// Rollouts.
pub(super) async fn rollouts(
    State(dashboard): State<Arc<Dashboard>>,
    caller: Caller,
    asked: Asked,
) -> Result<Html<String>, Problem> {
    list(&dashboard, &caller, asked, &dashboard.fleet.rollouts, Row::of).await
}

/// Applications.
pub(super) async fn applications(
    State(dashboard): State<Arc<Dashboard>>,
    caller: Caller,
    asked: Asked,
) -> Result<Html<String>, Problem> {
    list(&dashboard, &caller, asked, &dashboard.fleet.applications, AppRow::of).await
}

async fn list<K: Resource, L: Listed>(
    dashboard: &Dashboard,
    caller: &Caller,
    asked: Asked,
    known: &Known<K>,
    of: fn(&K) -> L,
) -> Result<Html<String>, Problem> {
    known.first().await;
    // Before the objects are looked at: what changes meanwhile is sent again rather than missed.
    let stamp = dashboard.stamp(&known.changes());
    let page = page(dashboard, &caller.0, asked.filter, known, of).await?;
    Ok(Html(render::list(&page, &caller.told(dashboard), &format!("{}since={stamp}", asked.query))))
}

/// What a session may see of a list.
pub(super) async fn page<K: Resource, L: Listed>(
    dashboard: &Dashboard,
    session: &Arc<Session>,
    filter: Filter,
    known: &Known<K>,
    of: fn(&K) -> L,
) -> Result<Page<L>, Problem> {
    let all = known.all();
    let namespaces: BTreeSet<String> = all.iter().filter_map(|one| one.namespace()).collect();
    let asked = wanted_first(namespaces, &filter.namespace);
    let sight = sight(&dashboard.reviews, session, L::KIND, asked, Instant::now()).await.map_err(Problem::review)?;
    let is_seen = |one: &&Arc<K>| sight.has(one.meta().namespace.as_deref().unwrap_or_default());
    let mut page = Page::of(filter, all.iter().filter(is_seen).map(|one| of(one)));
    let unreadable = known.unreadable().into_iter().filter(|(key, _)| sight.has(&key.namespace));
    page.troubles = unreadable.map(|(key, why)| unread(L::KIND, &key, &why)).collect();
    page.troubles.extend(known.trouble());
    page.troubles.extend(cut(&sight, L::KIND));
    page.is_loading = !known.is_ready() && known.trouble().is_none();
    Ok(page)
}

/// A namespace that is asked for is among those that are asked about, however many there are.
fn wanted_first(mut namespaces: BTreeSet<String>, wanted: &str) -> Vec<String> {
    namespaces.take(wanted).into_iter().chain(namespaces).collect()
}

/// Says that not all namespaces were asked about, if so.
fn cut(sight: &Sight, kind: Kind) -> Option<String> {
    let (kinds, resource) = (kind.plural(), kind.resource());
    matches!(sight, Sight::Namespaces { is_cut: true, .. }).then(|| {
        format!(
            "You may not list {kinds} in all namespaces, and of those that have some only {NAMESPACES} were looked at: there may be \
             more that you may see. Put ?namespace=NAME behind this page's address to see those of one, or ask for the verb list on \
             {resource} in all namespaces."
        )
    })
}

fn unread(kind: Kind, key: &Key, why: &str) -> String {
    format!("{} {key} cannot be read: {why}", kind.name())
}

/// Says why an object is not there, and which ones have names like it.
pub(super) async fn missing<K: Resource>(
    dashboard: &Dashboard,
    session: &Arc<Session>,
    kind: Kind,
    key: &Key,
    known: &Known<K>,
) -> Problem {
    if let Some((_, why)) = known.unreadable().into_iter().find(|(one, _)| one == key) {
        return Problem::Refused(unread(kind, key, &why));
    }
    if !known.is_ready() {
        let not_yet = || format!("{} are not listed yet: load the page again in a moment", kind.plural());
        return Problem::Cluster(known.trouble().unwrap_or_else(not_yet));
    }
    let all = known.all();
    let keys = all.iter().map(|one| Key::new(&one.namespace().unwrap_or_default(), &one.name_any()));
    let mut near: Vec<_> = keys.map(|one| (strsim::jaro_winkler(&one.name, &key.name), one)).collect();
    near.retain(|(likeness, _)| *likeness > 0.8);
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    let namespaces: BTreeSet<_> = near.iter().map(|(_, key)| key.namespace.clone()).collect();
    let sight = sight(&dashboard.reviews, session, kind, namespaces, Instant::now()).await;
    let is_seen = |key: &Key| sight.as_ref().is_ok_and(|sight| sight.has(&key.namespace));
    let near = near.into_iter().map(|(_, key)| key).filter(is_seen).take(NEAR).collect();
    Problem::Missing { kind, key: key.clone(), near }
}
