//! One Rollout.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Html;

use super::Dashboard;
use super::guard::Caller;
use super::lists::missing;
use super::problem::Problem;
use crate::access::{Rights, Session, rights};
use crate::kind::Kind;
use crate::render::{self, Viewer};
use crate::view::{Release, Seen};
use crate::watch::{Followed, Key};

/// One Rollout.
pub(super) async fn show(
    State(dashboard): State<Arc<Dashboard>>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Html<String>, Problem> {
    let sight = Look::at(&dashboard, &caller.0, &Key::new(&namespace, &name)).await?;
    let viewer = sight.viewer(caller.told(&dashboard));
    let release = sight.now(&dashboard).ok_or(Problem::Missing {
        kind: Kind::Rollout,
        key: sight.key.clone(),
        near: Vec::new(),
    })?;
    Ok(Html(render::release(&release, &viewer)))
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
        let rights = rights(&dashboard.reviews, session, key).await.map_err(Problem::review)?;
        if !rights.rollout {
            return Err(Problem::Forbidden(format!("you may not see Rollout {key}: ask for the verb get on rollouts")));
        }
        dashboard.fleet.rollouts.first().await;
        let Some(rollout) = dashboard.fleet.rollouts.get(key) else {
            return Err(missing(dashboard, session, Kind::Rollout, key, &dashboard.fleet.rollouts).await);
        };
        let followed = dashboard.follows.follow(&dashboard.settings.client, key, &rollout, session.user()).await?;
        Ok(Self { key: key.clone(), followed, rights, uid: rollout.metadata.uid.clone() })
    }

    /// What is shown now; `None` once the Rollout is gone.
    pub(super) fn now(&self, dashboard: &Dashboard) -> Option<Release> {
        let rollout = dashboard.fleet.rollouts.get(&self.key).filter(|rollout| rollout.metadata.uid == self.uid)?;
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

    /// The viewer, with what they may do.
    pub(super) fn viewer(&self, viewer: Viewer) -> Viewer {
        Viewer { may_order: self.rights.order, may_edit: self.rights.edit, ..viewer }
    }
}
