//! `app get`: an Application with its objects, hooks, conditions and releases.

use anyhow::{Context, Result};
use sluice_crds::Application;
use sluice_orders::application::Refresh;

use super::names::{self, Named};
use super::releases::{self, Releases};
use super::{project, refresh, standing, summary, table, tree};
use crate::args::{AppFormat, GetAppArgs};
use crate::clean::clean;
use crate::client::Cluster;
use crate::clock;
use crate::each::Done;
use crate::report::Report;
use crate::tree::render;
use crate::trouble::explain;

/// Shows them, with an empty line between two.
pub(crate) async fn run(cluster: &Cluster, wanted: &GetAppArgs) -> Result<Report> {
    let mut report =
        names::each(cluster, &wanted.names, async |named: &Named| Box::pin(one(cluster, named, wanted)).await).await?;
    if report.lines.last().is_some_and(String::is_empty) {
        report.lines.pop();
    }
    Ok(report)
}

async fn one(cluster: &Cluster, named: &Named, wanted: &GetAppArgs) -> Result<Done> {
    if wanted.refresh || wanted.hard_refresh {
        let how = if wanted.hard_refresh { Refresh::Hard } else { Refresh::Normal };
        refresh::one(cluster, named, how, wanted.timeout).await?;
    }
    let app = names::read(cluster, named).await?;
    let document = serde_json::to_value(&app).context("write the Application")?;
    let lines = match wanted.form.output {
        Some(AppFormat::Json | AppFormat::Yaml) => Vec::new(),
        Some(AppFormat::Name) => vec![clean(&named.to_string()).into_owned()],
        Some(AppFormat::Tree | AppFormat::Wide) | None => Box::pin(lines(cluster, &app, wanted)).await,
    };
    Ok(Done { lines, document })
}

async fn lines(cluster: &Cluster, app: &Application, wanted: &GetAppArgs) -> Vec<String> {
    let now = clock::now();
    let windows = project::of(cluster, app).await.map(|project| project::windows(app, &project, now));
    let windows = windows.map_err(|error| explain(&error));
    let mut lines = render::summary(&summary::of(app, &windows, now));
    if wanted.show_params {
        lines.extend(render::summary(&summary::of_parameters(app)));
    }
    lines.push(String::new());
    if let Some(state) = standing::state(app).filter(|_| wanted.show_operation) {
        lines.extend(render::summary(&summary::of_operation(state, now)));
        lines.push(String::new());
    }
    let wide = wanted.form.is(AppFormat::Wide);
    if !wide {
        let releases: Releases = releases::of(cluster, app).await;
        lines.extend(render::table(&tree::node(app, &releases), now));
        lines.push(String::new());
    }
    if wide || wanted.show_operation || wanted.show_managed_resources {
        lines.extend(table::lines(app));
        lines.push(String::new());
    }
    lines
}
