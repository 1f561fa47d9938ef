//! `app lint`: what is wrong with Applications and projects, before anything is written.
//!
//! [`alone`] is the controller's own check of each; [`rules`] is what a project says to an Application; [`idle`] is what a project
//! says to nobody; [`objects`] is about what was rendered, and names each object that the project blocks.

mod alone;
mod finding;
mod idle;
mod objects;
mod read;
mod rules;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::Result;
use kube::ResourceExt;
use sluice_crds::{Application, Violation};
use sluice_gitops::spec::Spec;

use self::finding::{Finding, Harm, report};
use self::read::{Ground, One};
use super::kinds::Kinds;
use super::render::credentials::{self, Found};
use super::render::{Job, Renderer, local};
use super::{desired, project, standing};
use crate::args::LintAppsArgs;
use crate::client::Cluster;
use crate::report::Report;

pub(crate) use self::alone::{application, project as project_alone};
pub(crate) use self::read::is_of_files;

/// Checks what is named. Files need no cluster, and none is asked for them.
pub(crate) async fn run(cluster: Option<&Cluster>, wanted: &LintAppsArgs) -> Result<Report> {
    let ground = read::ground(cluster, wanted).await?;
    let mut findings = ground.findings.clone();
    for one in &ground.apps {
        findings.extend(rules::of(one, &ground));
    }
    findings.extend(idle::of(&ground));
    if !wanted.offline {
        findings.extend(rendered(cluster.filter(|_| !ground.of_files), wanted, &ground).await?);
    }
    report(findings, ground.apps.len() + ground.projects.len())
}

/// What is wrong with what comes of their sources.
async fn rendered(cluster: Option<&Cluster>, wanted: &LintAppsArgs, ground: &Ground) -> Result<Vec<Finding>> {
    let sound: Vec<(&One, &Spec)> = ground.apps.iter().filter_map(|one| Some((one, one.spec.as_ref()?))).collect();
    if sound.is_empty() {
        return Ok(Vec::new());
    }
    let renderer = Renderer::open(Some(wanted.timeout), &wanted.render.render_env).await?;
    let (kinds, version) = match cluster {
        Some(cluster) => (Kinds::of(&cluster.client).await?, cluster.client.apiserver_version().await?.git_version),
        None => (Kinds::BuiltIn, String::new()),
    };
    let about = sluice_render::Cluster {
        kube_version: version.trim_start_matches('v').to_owned(),
        api_versions: kinds.api_versions(),
    };
    let (mut findings, mut found) = (Vec::new(), BTreeMap::new());
    for (one, spec) in sound {
        let app = &one.app;
        let say = |harm, field: &str, message: String| Finding::of(app, harm, Violation::new(field, message));
        let given = match local::sources(&wanted.local, standing::sources(app), &renderer.room()?) {
            Ok(given) => given,
            Err(error) => {
                findings.push(say(Harm::Mistake, "", format!("{error:#}")));
                continue;
            }
        };
        // Many Applications share a namespace, and its Secrets are read once.
        let found = match (found.entry(project::control_namespace(app)), cluster) {
            (Entry::Occupied(known), _) => known.into_mut(),
            (Entry::Vacant(new), Some(cluster)) => {
                let read = credentials::of(cluster, new.key()).await;
                new.insert(read)
            }
            (Entry::Vacant(new), None) => new.insert(Found::nothing()),
        };
        let repos = ground.project(app).and_then(|rules| Some(&rules.project.as_ref()?.repos));
        let job = Job { app, sources: &given, revisions: &[], found, repos, cluster: &about };
        match Box::pin(renderer.render(&job)).await {
            Ok(made) => {
                findings.extend(made.warnings.iter().map(|warning| say(Harm::Doubt, "", warning.clone())));
                let desired = desired::of(&made.objects, &spec.hooks, &spec.destination.namespace, &kinds);
                findings.extend(objects::of(one, spec, ground, &desired));
            }
            Err(error) if error.is_out_of_reach() => {
                findings.push(say(Harm::Doubt, "", format!("its objects are not looked at: {}", error.told())));
            }
            Err(error) => findings.push(say(Harm::Mistake, "", format!("cannot be rendered: {}", error.told()))),
        }
    }
    Ok(findings)
}

/// How an Application is called in what is said of it.
fn called(app: &Application) -> String {
    match app.namespace() {
        Some(namespace) if !namespace.is_empty() => format!("{namespace}/{}", app.name_any()),
        _ => app.name_any(),
    }
}

#[cfg(test)]
mod tests;
