//! Rules of a project that are not written in it: those that it inherits, and what belongs to it alone.

use anyhow::{Context, Result, anyhow};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::ResourceExt;
use kube::api::ListParams;
use sluice_controller::gitops::config::{SECRET_TYPE, Setting, belongings};
use sluice_controller::gitops::globals::{self, Globals};
use sluice_controller::gitops::rules;
use sluice_crds::{AppProject, AppProjectSpec};
use sluice_read::Objects;

use crate::client::Cluster;

/// What a project of that namespace says with them. Where whoever asks may not read the settings and the
/// Secrets there, it is what is written in it.
pub(crate) async fn whole(cluster: &Cluster, namespace: &str, project: &AppProject) -> Result<AppProjectSpec> {
    let others = inherited(cluster, namespace, project).await?;
    let secrets: Objects<Secret> = Objects::namespaced(cluster.client.clone(), namespace);
    let kinds = ListParams::default().labels(&format!("{SECRET_TYPE} in (repository, cluster)"));
    let secrets = secrets.list(&kinds).await.map(|found| found.items).unwrap_or_default();
    let belongings = belongings(secrets.iter());
    let others: Vec<&AppProject> = others.iter().collect();
    Ok(rules::whole(project, &others, belongings.get(&project.name_any())))
}

async fn inherited(cluster: &Cluster, namespace: &str, project: &AppProject) -> Result<Vec<AppProject>> {
    let maps: Objects<ConfigMap> = Objects::namespaced(cluster.client.clone(), namespace);
    let settings = maps.get_opt(Setting::General.name()).await.ok().flatten();
    let written = settings.and_then(|found| found.data?.remove(globals::KEY)).unwrap_or_default();
    let told = |why: String| anyhow!("argocd-cm: {} {why}", globals::KEY);
    let globals = Globals::read(&written).map_err(told)?;
    let names = globals.of(&project.name_any(), project.labels()).map_err(|why| anyhow!(why))?;
    let projects: Objects<AppProject> = Objects::namespaced(cluster.client.clone(), namespace);
    let mut found = Vec::new();
    for name in names {
        let read = projects.get_opt(name).await.with_context(|| format!("read project '{name}'"))?;
        found.push(read.ok_or_else(|| anyhow!("there is no project '{name}', whose rules it inherits"))?);
    }
    Ok(found)
}
