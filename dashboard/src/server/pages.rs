//! The list, and one Rollout.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, RawQuery, State};
use axum::response::Html;
use kube::ResourceExt;
use sluice_crds::Rollout;

use super::Dashboard;
use super::guard::Caller;
use super::problem::Problem;
use crate::access::{Rights, Session, rights, sight};
use crate::kind::Kind;
use crate::render::{self, Viewer};
use crate::view::{Filter, Page, Release, Row, Seen};
use crate::watch::{Followed, Key};

/// How many names are suggested for one that is unknown.
const NEAR: usize = 5;

/// The list.
pub(super) async fn list(
    State(dashboard): State<Arc<Dashboard>>,
    caller: Caller,
    filter: Result<Query<Filter>, QueryRejection>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Problem> {
    let filter = filter.map_err(|error| Problem::Bad(error.body_text()))?.0;
    // Before the Rollouts are looked at: what changes meanwhile is sent again rather than missed.
    let stamp = dashboard.stamp(&dashboard.fleet.changes());
    let page = page(&dashboard, &caller.0, filter).await?;
    let viewer = Viewer { said: caller.0.said(), ..caller.viewer() };
    let query = query.filter(|query| !query.is_empty()).map(|query| query + "&").unwrap_or_default();
    Ok(Html(render::list(&page, &viewer, &format!("{query}since={stamp}"))))
}

/// One Rollout.
pub(super) async fn release(
    State(dashboard): State<Arc<Dashboard>>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Html<String>, Problem> {
    let sight = Look::at(&dashboard, &caller.0, &Key::new(&namespace, &name)).await?;
    let viewer = Viewer { said: caller.0.said(), ..sight.viewer(&caller) };
    let release = sight.now(&dashboard).ok_or(Problem::Missing {
        kind: Kind::Rollout,
        key: sight.key.clone(),
        near: Vec::new(),
    })?;
    Ok(Html(render::release(&release, &viewer)))
}

/// What a session may see of the list.
pub(super) async fn page(dashboard: &Dashboard, session: &Arc<Session>, filter: Filter) -> Result<Page<Row>, Problem> {
    let all = dashboard.fleet.all();
    let namespaces: BTreeSet<String> = all.iter().filter_map(|rollout| rollout.namespace()).collect();
    let sight = sight(&dashboard.settings.client, session, Kind::Rollout, namespaces).await.map_err(Problem::review)?;
    let is_seen = |rollout: &&Rollout| sight.has(rollout.metadata.namespace.as_deref().unwrap_or_default());
    let unreadable = dashboard.fleet.unreadable().into_iter().filter(|(key, _)| sight.has(&key.namespace));
    let mut page = Page::of(filter, all.iter().map(|rollout| &**rollout).filter(is_seen).map(Row::of));
    page.troubles = unreadable.map(|(key, why)| format!("Rollout {key} cannot be read: {why}")).collect();
    page.troubles.extend(dashboard.fleet.trouble().map(|why| format!("Rollouts cannot be watched: {why}")));
    page.is_loading = !dashboard.fleet.is_ready();
    Ok(page)
}

/// A Rollout that a session may see, and what belongs to it.
pub(super) struct Look {
    pub(super) key: Key,
    pub(super) followed: Arc<Followed>,
    pub(super) rights: Rights,
    pub(super) uid: Option<String>,
}

impl Look {
    pub(super) async fn at(dashboard: &Dashboard, session: &Arc<Session>, key: &Key) -> Result<Self, Problem> {
        let client = &dashboard.settings.client;
        let rights = rights(client, session, key).await.map_err(Problem::review)?;
        if !rights.rollout {
            return Err(Problem::Forbidden(format!("you may not see Rollout {key}: ask for the verb get on rollouts")));
        }
        let Some(rollout) = dashboard.fleet.get(key) else { return Err(missing(dashboard, session, key).await) };
        let followed = dashboard.follows.follow(client, key, &rollout).await?;
        Ok(Self { key: key.clone(), followed, rights, uid: rollout.metadata.uid.clone() })
    }

    /// What is shown now; `None` once the Rollout is gone.
    pub(super) fn now(&self, dashboard: &Dashboard) -> Option<Release> {
        let rollout = dashboard.fleet.get(&self.key).filter(|rollout| rollout.metadata.uid == self.uid)?;
        let history = dashboard.fleet.history(&rollout);
        let seen = Seen { history, ..self.allowed(self.followed.seen(rollout)) };
        let samples = dashboard.fleet.samples(seen.runs.iter().flatten());
        let mut release = Release::of(&Seen { samples, ..seen }, dashboard.now());
        release.trouble = self.followed.trouble();
        Some(release)
    }

    /// What the session may see of it.
    fn allowed(&self, seen: Seen) -> Seen {
        let Rights { replica_sets, pods, runs, .. } = self.rights;
        Seen {
            replica_sets: seen.replica_sets.filter(|_| replica_sets),
            pods: seen.pods.filter(|_| pods),
            runs: seen.runs.filter(|_| runs),
            ..seen
        }
    }

    pub(super) fn viewer(&self, caller: &Caller) -> Viewer {
        Viewer { may_order: self.rights.order, may_edit: self.rights.edit, ..caller.viewer() }
    }
}

/// Says why a Rollout is not there, and which ones have names like it.
async fn missing(dashboard: &Dashboard, session: &Arc<Session>, key: &Key) -> Problem {
    let unreadable = dashboard.fleet.unreadable().into_iter().find(|(known, _)| known == key);
    if let Some((_, why)) = unreadable {
        return Problem::Refused(format!("Rollout {key} cannot be read: {why}"));
    }
    if !dashboard.fleet.is_ready() {
        let why = dashboard.fleet.trouble().unwrap_or_else(|| "try again in a moment".to_owned());
        return Problem::Busy(format!("Rollouts are not known yet: {why}"));
    }
    let all = dashboard.fleet.all();
    let keys = all.iter().map(|rollout| Key::new(&rollout.namespace().unwrap_or_default(), &rollout.name_any()));
    near(dashboard, session, Kind::Rollout, key, keys).await
}

/// Says that an object is not there, and which of these that the session may see have names like it.
pub(super) async fn near(
    dashboard: &Dashboard,
    session: &Arc<Session>,
    kind: Kind,
    key: &Key,
    known: impl Iterator<Item = Key>,
) -> Problem {
    let mut near: Vec<_> = known.map(|known| (strsim::jaro_winkler(&known.name, &key.name), known)).collect();
    near.retain(|(likeness, _)| *likeness > 0.8);
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    let namespaces = near.iter().map(|(_, key)| key.namespace.clone()).collect();
    let sight = sight(&dashboard.settings.client, session, kind, namespaces).await;
    let is_seen = |key: &Key| sight.as_ref().is_ok_and(|sight| sight.has(&key.namespace));
    let near = near.into_iter().map(|(_, key)| key).filter(is_seen).take(NEAR).collect();
    Problem::Missing { kind, key: key.clone(), near }
}
