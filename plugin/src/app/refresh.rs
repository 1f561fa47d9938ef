//! `app refresh`: has the controller look at git and the cluster anew.

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use sluice_crds::Application;
use sluice_crds::names::application::REFRESH;
use sluice_orders::application::Refresh;

use super::follow;
use super::names::{self, Named};
use crate::act::MANAGER;
use crate::args::RefreshArgs;
use crate::clean::clean;
use crate::client::Cluster;
use crate::each::Done;
use crate::report::Report;

/// Has each looked at anew, and waits for it.
pub(crate) async fn run(cluster: &Cluster, wanted: &RefreshArgs) -> Result<Report> {
    let how = if wanted.hard { Refresh::Hard } else { Refresh::Normal };
    names::each(cluster, &wanted.names, async |named: &Named| {
        let app = one(cluster, named, how, wanted.timeout).await?;
        let line = format!("application '{named}' refreshed: {}", follow::told(&app));
        let document = serde_json::to_value(&app).context("write the Application")?;
        Ok(Done { lines: vec![clean(&line).into_owned()], document })
    })
    .await
}

/// Has one looked at anew, waits until it was, and returns it as it is then.
pub(crate) async fn one(cluster: &Cluster, named: &Named, how: Refresh, limit: Duration) -> Result<Application> {
    names::read(cluster, named).await?;
    let api = names::objects(cluster, &named.namespace);
    let asked = api.patch(&named.name, &PatchParams::apply(MANAGER), &Patch::Merge(how.patch())).await;
    asked.with_context(|| format!("ask for a refresh of application '{named}'"))?;
    let done = follow::until(cluster, named, limit, |app| {
        let Some(app) = app else { bail!("application '{named}' was deleted") };
        Ok(if is_asked(app) { ControlFlow::Continue(()) } else { ControlFlow::Break(app.clone()) })
    });
    done.await.context("the refresh is asked for and not done; look whether the controller runs")
}

/// Whether somebody asked for it to be looked at anew, and it was not yet.
pub(crate) fn is_asked(app: &Application) -> bool {
    app.annotations().contains_key(REFRESH)
}
