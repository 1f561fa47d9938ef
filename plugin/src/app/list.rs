//! `app list`: Applications, a line each.

use anyhow::{Context, Result};
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::Value;
use sluice_crds::{Application, ApplicationSource};
use sluice_read::Objects;

use super::names::{self, Named};
use super::{project, standing};
use crate::args::{AppFormat, ListAppsArgs};
use crate::client::Cluster;
use crate::list::{NOTHING, all};
use crate::report::Report;
use crate::table::{Column, table};

const COLUMNS: [Column; 8] = [
    ("NAME", 0),
    ("CLUSTER", 0),
    ("NAMESPACE", 0),
    ("PROJECT", 0),
    ("STATUS", 0),
    ("HEALTH", 0),
    ("SYNCPOLICY", 0),
    ("CONDITIONS", 0),
];
/// What a wide table has beside.
const MORE: [Column; 4] = [("REPO", 0), ("PATH", 0), ("TARGET", 0), ("REVISION", 0)];

/// Lists them, by their names.
pub(crate) async fn run(cluster: &Cluster, wanted: &ListAppsArgs) -> Result<Report> {
    let api: Objects<Application> = if wanted.all_namespaces {
        Objects::all(cluster.client.clone())
    } else {
        names::objects(cluster, names::home(cluster, &wanted.which))
    };
    let params = ListParams::default().labels(wanted.which.selector.as_deref().unwrap_or_default());
    let mut found = all(&api, &params).await.context("list Applications")?;
    found.retain(|app| is_wanted(app, wanted));
    found.sort_by_key(Named::of);
    let document = found.iter().map(serde_json::to_value).collect::<Result<Vec<Value>, _>>();
    let document = Value::Array(document.context("write the Applications")?);
    Report::of(lines(&found, wanted), &document)
}

fn is_wanted(app: &Application, wanted: &ListAppsArgs) -> bool {
    let project = project::name(app);
    let of_project = wanted.project.is_empty() || wanted.project.iter().any(|one| one == project);
    let normal = sluice_gitops::repo_url::normal;
    let of_repo = |url: &String| standing::sources(app).iter().any(|source| normal(&source.repo_url) == normal(url));
    of_project && wanted.repo.as_ref().is_none_or(of_repo)
}

fn lines(found: &[Application], wanted: &ListAppsArgs) -> Vec<String> {
    if wanted.form.is(AppFormat::Name) {
        return found.iter().map(|app| crate::clean::clean(&Named::of(app).to_string()).into_owned()).collect();
    }
    if found.is_empty() {
        return vec![NOTHING.to_owned()];
    }
    let wide = wanted.form.is(AppFormat::Wide);
    let columns: Vec<Column> = COLUMNS.into_iter().chain(MORE.into_iter().filter(|_| wide)).collect();
    let rows: Vec<Vec<String>> = found.iter().map(|app| row(app, wide)).collect();
    table(&columns, &rows)
}

fn row(app: &Application, wide: bool) -> Vec<String> {
    let destination = &app.spec.destination;
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let mut row = vec![
        format!("{}/{}", app.namespace().unwrap_or_default(), app.name_any()),
        destination.server.clone().or_else(|| destination.name.clone()).unwrap_or_default(),
        destination.namespace.clone().unwrap_or_default(),
        project::name(app).to_owned(),
        standing::sync(app).to_owned(),
        standing::health(app).to_owned(),
        policy(app).to_owned(),
        or(&conditions(app), "<none>"),
    ];
    if wide {
        let each =
            |of: fn(&ApplicationSource) -> String| standing::sources(app).iter().map(of).collect::<Vec<_>>().join(",");
        row.push(each(|source| source.repo_url.clone()));
        row.push(each(|source| source.path.clone().or_else(|| source.chart.clone()).unwrap_or_default()));
        row.push(each(|source| standing::target(source).to_owned()));
        row.push(standing::compared(app));
    }
    row
}

/// In the established words.
fn policy(app: &Application) -> &'static str {
    let automated = app.spec.sync_policy.as_ref().and_then(|policy| policy.automated.as_ref());
    match automated.filter(|_| standing::is_automated(app)) {
        None => "Manual",
        Some(automated) if automated.prune.unwrap_or_default() => "Auto-Prune",
        Some(_) => "Auto",
    }
}

fn conditions(app: &Application) -> String {
    let conditions = app.status.iter().flat_map(|status| &status.conditions);
    let mut kinds: Vec<&str> = conditions.map(|one| one.r#type.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.join(",")
}
