//! An Application's project, as far as whoever asks may read it, and what its windows say now.

mod more;

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use kube::ResourceExt;
use sluice_crds::{AppProject, Application, violation};
use sluice_gitops::project::{Place, Project};
use sluice_gitops::windows::{Asked, Verdict, decide};
use sluice_read::Objects;

pub(crate) use self::more::whole;
use crate::client::Cluster;

/// The cluster that the controller runs in, by its two names.
pub(crate) const HERE: [&str; 2] = ["https://kubernetes.default.svc", "in-cluster"];

/// The namespace of the controller that keeps an Application, where its project and its repositories' Secrets are.
pub(crate) fn control_namespace(app: &Application) -> String {
    let said = app.status.as_ref().and_then(|status| status.controller_namespace.clone());
    said.or_else(|| app.namespace()).unwrap_or_default()
}

/// The name of an Application's project.
pub(crate) fn name(app: &Application) -> &str {
    sluice_gitops::project::name(&app.spec)
}

/// Where an Application deploys to, as far as it says so. Of the controller's own cluster both names are known.
pub(crate) fn place(app: &Application) -> Place {
    let destination = &app.spec.destination;
    let [mut server, mut name] = [&destination.server, &destination.name].map(|text| text.clone().unwrap_or_default());
    server.truncate(server.trim_end_matches('/').len());
    if is_here(app) {
        [server, name] = HERE.map(str::to_owned);
    }
    Place { server, name, namespace: destination.namespace.clone().unwrap_or_default(), project: None }
}

/// Whether an Application deploys to the cluster that it is in.
pub(crate) fn is_here(app: &Application) -> bool {
    let destination = &app.spec.destination;
    let names = [&destination.server, &destination.name];
    names.into_iter().flatten().any(|text| HERE.contains(&text.trim_end_matches('/')))
}

/// Reads it. That there is none, or that it cannot be read, is an error.
pub(crate) async fn of(cluster: &Cluster, app: &Application) -> Result<Project> {
    let (name, namespace) = (name(app), control_namespace(app));
    let api: Objects<AppProject> = Objects::namespaced(cluster.client.clone(), &namespace);
    let found = api.get_opt(name).await.with_context(|| format!("read project '{namespace}/{name}'"))?;
    let mut found = found.ok_or_else(|| anyhow!("there is no project '{name}' in namespace {namespace}"))?;
    found.spec = whole(cluster, &namespace, &found).await?;
    read(name, &found)
}

/// Reads its rules, if they can be.
pub(crate) fn read(name: &str, project: &AppProject) -> Result<Project> {
    let read = Project::read(name, &project.spec);
    let read = read.map_err(|found| anyhow!("project '{name}': {}", violation::in_one_line(&found)))?;
    Ok(read.0)
}

/// What its windows say to syncs of an Application.
pub(crate) struct Windows {
    /// Whether it may sync by itself.
    pub(crate) by_itself: Verdict,
    /// Whether a person may have it synced.
    pub(crate) by_person: Verdict,
    /// The windows, each with whether it is open and when that changes.
    pub(crate) shown: Vec<String>,
}

/// What they say now.
pub(crate) fn windows(app: &Application, project: &Project, now: Timestamp) -> Windows {
    let windows = project.windows.of(&app.name_any(), &place(app));
    let shown = windows.iter().map(|window| {
        let open = if window.is_open(now) { "open" } else { "closed" };
        let until = window.edge(now).map(|edge| format!(" until {edge}")).unwrap_or_default();
        format!("{}: {open}{until}", window.shown)
    });
    Windows {
        by_itself: decide(&windows, Asked::ByItself, now),
        by_person: decide(&windows, Asked::ByPerson, now),
        shown: shown.collect(),
    }
}
