//! One Application.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Html;
use sluice_crds::Application;
use tokio::time::Instant;

use super::Dashboard;
use super::guard::Caller;
use super::lists::missing;
use super::problem::Problem;
use crate::access::{Question, Session, Sight, sight};
use crate::kind::Kind;
use crate::render::{self, Viewer};
use crate::view::{ApplicationView, is_here};
use crate::watch::Key;

/// One Application.
pub(super) async fn show(
    State(dashboard): State<Arc<Dashboard>>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Html<String>, Problem> {
    let look = Look::at(&dashboard, &caller.0, &Key::new(&namespace, &name)).await?;
    let viewer = look.viewer(caller.told(&dashboard));
    let missing = || Problem::Missing { kind: Kind::Application, key: look.key.clone(), near: Vec::new() };
    let shown = look.now(&dashboard, &caller.0).await?.ok_or_else(missing)?;
    Ok(Html(render::application(&shown, &viewer)))
}

/// An Application that a session may see.
pub(super) struct Look {
    pub(super) key: Key,
    may_edit: bool,
    uid: Option<String>,
}

impl Look {
    pub(super) async fn at(dashboard: &Dashboard, session: &Arc<Session>, key: &Key) -> Result<Self, Problem> {
        let may_edit = allowed(dashboard, session, key).await?.ok_or_else(|| {
            Problem::Forbidden(format!("you may not see Application {key}: ask for the verb get on applications"))
        })?;
        dashboard.fleet.applications.first().await;
        let Some(application) = dashboard.fleet.applications.get(key) else {
            return Err(missing(dashboard, session, Kind::Application, key, &dashboard.fleet.applications).await);
        };
        Ok(Self { key: key.clone(), may_edit, uid: application.metadata.uid.clone() })
    }

    /// What is shown now; `None` once the Application is gone.
    pub(super) async fn now(
        &self,
        dashboard: &Dashboard,
        session: &Arc<Session>,
    ) -> Result<Option<ApplicationView>, Problem> {
        let Some(application) = dashboard.fleet.applications.get(&self.key).filter(|one| one.metadata.uid == self.uid)
        else {
            return Ok(None);
        };
        let sight = releases(dashboard, session, &application).await?;
        let release = |namespace: &str, name: &str| {
            let sight = sight.as_ref().filter(|sight| sight.has(namespace));
            sight.and_then(|_| dashboard.fleet.rollouts.get(&Key::new(namespace, name)))
        };
        let shown = ApplicationView::of(&application, release);
        // Whoever may write an Application may have anything of its objects by it; others may see how it is, and no more.
        Ok(Some(if self.may_edit { shown.telling(&(dashboard.settings.differing)(&self.key)) } else { shown }))
    }

    /// Looks again whether the session may see it, and what it may do; `false` if it may not.
    pub(super) async fn again(&mut self, dashboard: &Dashboard, session: &Arc<Session>) -> Result<bool, Problem> {
        let rights = allowed(dashboard, session, &self.key).await?;
        self.may_edit = rights.unwrap_or_default();
        Ok(rights.is_some())
    }

    /// The viewer, with what they may do.
    pub(super) fn viewer(&self, viewer: Viewer) -> Viewer {
        Viewer { may_edit: self.may_edit, ..viewer }
    }

    pub(super) fn may_edit(&self) -> bool {
        self.may_edit
    }
}

/// Whether the session may write the Application; `None` where it may not even see it.
async fn allowed(dashboard: &Dashboard, session: &Arc<Session>, key: &Key) -> Result<Option<bool>, Problem> {
    let (reviews, now) = (&dashboard.reviews, Instant::now());
    let read = session.may_look(reviews, Question::read(Kind::Application, key), now).await;
    if !read.map_err(Problem::review)? {
        return Ok(None);
    }
    let write = session.may_look(reviews, Question::write(Kind::Application, key, ""), now).await;
    write.map(Some).map_err(Problem::review)
}

/// Which of its Rollouts the session may see; none where they are in another cluster.
async fn releases(
    dashboard: &Dashboard,
    session: &Arc<Session>,
    application: &Application,
) -> Result<Option<Sight>, Problem> {
    if !is_here(&application.spec.destination) {
        return Ok(None);
    }
    let objects = application.status.iter().flat_map(|status| &status.resources);
    let namespaces: BTreeSet<_> =
        objects.filter(|one| one.kind == "Rollout").map(|one| one.namespace.clone()).collect();
    if namespaces.is_empty() {
        return Ok(None);
    }
    let sight = sight(&dashboard.reviews, session, Kind::Rollout, namespaces, Instant::now()).await;
    sight.map(Some).map_err(Problem::review)
}
