//! The list of Applications, and one of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, RawQuery, State};
use axum::response::Html;
use kube::ResourceExt;
use sluice_crds::Application;
use tokio::time::Instant;

use super::Dashboard;
use super::guard::Caller;
use super::pages::near;
use super::problem::Problem;
use crate::access::{Question, Session, Sight, sight};
use crate::kind::Kind;
use crate::render::{self, Viewer};
use crate::view::{AppRow, ApplicationView, Filter, Page, is_here};
use crate::watch::Key;

/// The list.
pub(super) async fn list(
    State(dashboard): State<Arc<Dashboard>>,
    caller: Caller,
    filter: Result<Query<Filter>, QueryRejection>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Problem> {
    let filter = filter.map_err(|error| Problem::Bad(error.body_text()))?.0;
    let stamp = dashboard.stamp(&dashboard.apps.changes());
    let page = page(&dashboard, &caller.0, filter).await?;
    let viewer = Viewer { said: caller.0.said(), ..caller.viewer() };
    let query = query.filter(|query| !query.is_empty()).map(|query| query + "&").unwrap_or_default();
    Ok(Html(render::list(&page, &viewer, &format!("{query}since={stamp}"))))
}

/// One Application.
pub(super) async fn application(
    State(dashboard): State<Arc<Dashboard>>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Html<String>, Problem> {
    let look = Look::at(&dashboard, &caller.0, &Key::new(&namespace, &name)).await?;
    let viewer = Viewer { said: caller.0.said(), ..look.viewer(&caller) };
    let missing = || Problem::Missing { kind: Kind::Application, key: look.key.clone(), near: Vec::new() };
    let shown = look.now(&dashboard, &caller.0).await?.ok_or_else(missing)?;
    Ok(Html(render::application(&shown, &viewer)))
}

/// What a session may see of the list.
pub(super) async fn page(
    dashboard: &Dashboard,
    session: &Arc<Session>,
    filter: Filter,
) -> Result<Page<AppRow>, Problem> {
    let all = dashboard.apps.all();
    let namespaces: BTreeSet<String> = all.iter().filter_map(|one| one.namespace()).collect();
    let sight = sight(&dashboard.settings.client, session, Kind::Application, namespaces).await;
    let sight = sight.map_err(Problem::review)?;
    let is_seen = |one: &&Arc<Application>| sight.has(one.metadata.namespace.as_deref().unwrap_or_default());
    let mut page = Page::of(filter, all.iter().filter(is_seen).map(|one| AppRow::of(one)));
    let unreadable = dashboard.apps.unreadable().into_iter().filter(|(key, _)| sight.has(&key.namespace));
    page.troubles = unreadable.map(|(key, why)| format!("Application {key} cannot be read: {why}")).collect();
    page.troubles.extend(dashboard.apps.trouble());
    page.is_loading = !dashboard.apps.is_told();
    Ok(page)
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
        let Some(application) = dashboard.apps.get(key) else { return Err(missing(dashboard, session, key).await) };
        Ok(Self { key: key.clone(), may_edit, uid: application.metadata.uid.clone() })
    }

    /// What is shown now; `None` once the Application is gone.
    pub(super) async fn now(
        &self,
        dashboard: &Dashboard,
        session: &Arc<Session>,
    ) -> Result<Option<ApplicationView>, Problem> {
        let Some(application) = dashboard.apps.get(&self.key).filter(|one| one.metadata.uid == self.uid) else {
            return Ok(None);
        };
        let sight = releases(dashboard, session, &application).await?;
        let release = |namespace: &str, name: &str| {
            let sight = sight.as_ref().filter(|sight| sight.has(namespace));
            sight.and_then(|_| dashboard.fleet.get(&Key::new(namespace, name)))
        };
        Ok(Some(ApplicationView::of(&application, release)))
    }

    /// Looks again whether the session may see it, and what it may do; `false` if it may not.
    pub(super) async fn again(&mut self, dashboard: &Dashboard, session: &Arc<Session>) -> Result<bool, Problem> {
        let rights = allowed(dashboard, session, &self.key).await?;
        self.may_edit = rights.unwrap_or_default();
        Ok(rights.is_some())
    }

    pub(super) fn viewer(&self, caller: &Caller) -> Viewer {
        Viewer { may_edit: self.may_edit, ..caller.viewer() }
    }

    pub(super) fn may_edit(&self) -> bool {
        self.may_edit
    }
}

/// Whether the session may write the Application; `None` where it may not even see it.
async fn allowed(dashboard: &Dashboard, session: &Arc<Session>, key: &Key) -> Result<Option<bool>, Problem> {
    let (client, now) = (&dashboard.settings.client, Instant::now());
    let read = session.may_look(client, Question::read(Kind::Application, key), now).await;
    if !read.map_err(Problem::review)? {
        return Ok(None);
    }
    let write = session.may_look(client, Question::write(Kind::Application, key, ""), now).await;
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
    let sight = sight(&dashboard.settings.client, session, Kind::Rollout, namespaces).await;
    sight.map(Some).map_err(Problem::review)
}

/// Says why an Application is not there, and which ones have names like it.
async fn missing(dashboard: &Dashboard, session: &Arc<Session>, key: &Key) -> Problem {
    let unreadable = dashboard.apps.unreadable().into_iter().find(|(known, _)| known == key);
    if let Some((_, why)) = unreadable {
        return Problem::Refused(format!("Application {key} cannot be read: {why}"));
    }
    if let Some(why) = dashboard.apps.trouble() {
        return Problem::Busy(why);
    }
    if !dashboard.apps.is_told() {
        return Problem::Busy("Applications are not known yet: try again in a moment".to_owned());
    }
    let all = dashboard.apps.all();
    let keys = all.iter().map(|one| Key::new(&one.namespace().unwrap_or_default(), &one.name_any()));
    near(dashboard, session, Kind::Application, key, keys).await
}
