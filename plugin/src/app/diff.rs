//! `app diff`: what a sync would change. Nothing is written: the API server tries each object, and says what would come of it.

mod compare;
mod tell;
mod unified;

use anyhow::{Context, Error, Result, anyhow, bail};
use futures::stream::{self, StreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use serde_json::Value;
use sluice_controller::gitops::config::Setting;
use sluice_crds::{Application, violation};
use sluice_gitops::project::{Integrity, Project, Repos};
use sluice_gitops::spec::Spec;
use sluice_gitops::tracking::{self, Tracking};
use sluice_gitops::{Key, validate};
use sluice_read::Objects;
use sluice_render::Rendered;

use self::compare::{Finding, Ground, What};
use super::desired::{self, Desired};
use super::kinds::Kinds;
use super::names::{self, Named};
use super::render::{Job, Renderer, credentials, local};
use super::{destination, project, standing};
use crate::args::DiffArgs;
use crate::client::Cluster;
use crate::report::Report;
use crate::trouble::explain;

/// Exit statuses, as the established command line has them.
const SAME: u8 = 0;
const DIFFERENT: u8 = 1;
const UNKNOWN: u8 = 2;

/// How many objects are asked about at once.
const AT_ONCE: usize = 8;

/// Compares each. That one differs is no error, and told by the exit status.
pub(crate) async fn run(cluster: &Cluster, wanted: &DiffArgs) -> Result<Report> {
    let mut report = Report::default();
    let (mut status, mut documents) = (SAME, Vec::new());
    let begun = async {
        Ok((names::of(cluster, &wanted.names).await?, Renderer::open(None, &wanted.render.render_env).await?))
    };
    let (targets, renderer) = match begun.await {
        Ok(begun) => begun,
        Err(error) => return Ok(untold(&error)),
    };
    for named in &targets {
        let compared = Box::pin(one(cluster, named, wanted, &renderer)).await;
        let compared = compared.with_context(|| format!("application '{named}'"));
        match compared {
            Ok(compared) => {
                status = status.max(compared.status(wanted.exit_code));
                report.lines.extend(compared.lines((targets.len() > 1).then_some(named)));
                report.errors.extend(compared.errors(named));
                documents.push(compared.document());
            }
            Err(error) => {
                status = UNKNOWN;
                report.errors.push(explain(&error));
            }
        }
    }
    report.status = Some(status);
    report.document = names::document(&wanted.names, documents);
    Ok(report)
}

/// Nothing can be compared. Its exit status is not 1, which would say that something differs.
pub(crate) fn untold(error: &Error) -> Report {
    Report { errors: vec![explain(error)], status: Some(UNKNOWN), ..Report::default() }
}

/// What came of one Application.
#[derive(Debug)]
pub(crate) struct Compared {
    findings: Vec<Finding>,
    /// What a person should know beside.
    notes: Vec<String>,
    /// What git's side is called.
    revision: String,
}

impl Compared {
    fn status(&self, exit_code: bool) -> u8 {
        let any = |is: fn(&What) -> bool| self.findings.iter().any(|finding| is(&finding.what));
        if any(|what| matches!(what, What::Unknown(_))) {
            UNKNOWN
        } else if exit_code && any(|what| *what != What::Same) {
            DIFFERENT
        } else {
            SAME
        }
    }
}

async fn one(cluster: &Cluster, named: &Named, wanted: &DiffArgs, renderer: &Renderer) -> Result<Compared> {
    let app = names::read(cluster, named).await?;
    let (spec, _) = validate::spec(&app.spec).map_err(|found| anyhow!(violation::in_one_line(&found)))?;
    let place = destination::of(cluster, &wanted.place, &app).await?;
    let kinds = Kinds::of(&place.client).await.context("ask the cluster which kinds it has")?;
    let version = place.client.apiserver_version().await.context("ask the cluster for its version")?;
    let mut notes: Vec<String> = Vec::new();
    let project = match project::of(cluster, &app).await {
        Ok(project) => {
            if project.integrity != Integrity::default() {
                notes.push("its project wants commits signed, which is looked at when it is synced".to_owned());
            }
            Some(project)
        }
        Err(error) => {
            notes.push(format!("what its project permits is not known: {}", explain(&error)));
            None
        }
    };
    let repos = project.as_ref().map(|project| &project.repos);
    let found = render(cluster, wanted, renderer, (&app, repos), &kinds, version.git_version).await?;
    let desired = desired::of(&found.objects, &spec.hooks, &spec.destination.namespace, &kinds);
    notes.extend(found.warnings.iter().cloned().chain(told_of(&desired)));
    let tracking = tracking(cluster, &project::control_namespace(&app)).await;
    let seen = Seen { app: &app, spec: &spec, project: project.as_ref(), tracking };
    let findings = compare(&place, &kinds, &seen, &desired).await;
    let revisions: Vec<String> = found.sources.iter().map(|source| source.revision.clone()).collect();
    let revision = sluice_gitops::application::revision::Revision(revisions).short();
    Ok(Compared { findings, notes, revision })
}

async fn render(
    cluster: &Cluster,
    wanted: &DiffArgs,
    renderer: &Renderer,
    (app, repos): (&Application, Option<&Repos>),
    kinds: &Kinds,
    kube_version: String,
) -> Result<Rendered> {
    let revisions = revisions(app, wanted)?;
    let sources = local::sources(&wanted.local, standing::sources(app), &renderer.room()?)?;
    let found = credentials::of(cluster, &project::control_namespace(app)).await;
    let about = sluice_render::Cluster {
        kube_version: kube_version.trim_start_matches('v').to_owned(),
        api_versions: kinds.api_versions(),
    };
    let job = Job { app, sources: &sources, revisions: &revisions, found: &found, repos, cluster: &about };
    Ok(renderer.render(&job).await?)
}

/// One revision a source.
fn revisions(app: &Application, wanted: &DiffArgs) -> Result<Vec<String>> {
    let sources = standing::sources(app).len();
    match &wanted.revision {
        Some(_) if sources > 1 => bail!("has {sources} sources; give --revisions once for each of them"),
        Some(revision) => Ok(vec![revision.clone()]),
        None if !wanted.revisions.is_empty() && wanted.revisions.len() != sources => {
            bail!("has {sources} sources, and {} --revisions are given", wanted.revisions.len())
        }
        None => Ok(wanted.revisions.clone()),
    }
}

fn told_of(desired: &Desired) -> Vec<String> {
    let each = |keys: &[Key], what: &str| keys.iter().map(|key| format!("{key} {what}")).collect::<Vec<_>>();
    let hooks = desired.hooks.iter().map(|hook| {
        let when: Vec<&str> = hook.listed(sluice_crds::names::application::HOOK).collect();
        let when = if when.is_empty() { "hook".to_owned() } else { format!("{} hook", when.join(",")) };
        format!("a sync runs the {when} {}", hook.key())
    });
    let mut notes = each(&desired.repeated, "is described more than once; the last one counts");
    notes.extend(each(&desired.homeless, "names no namespace, and neither does the Application's destination"));
    notes.extend(each(&desired.nameless, "gets its name when it is made: each sync makes another"));
    notes.extend(hooks);
    notes
}

/// How objects are marked, as the established ConfigMap says; by annotations, where it cannot be read.
async fn tracking(cluster: &Cluster, namespace: &str) -> Tracking {
    let api: Objects<ConfigMap> = Objects::namespaced(cluster.client.clone(), namespace);
    let settings =
        api.get_opt(Setting::General.name()).await.ok().flatten().and_then(|found| found.data).unwrap_or_default();
    let said = |key: &str| settings.get(key).map(String::as_str);
    let tracking = Tracking::configured(said(tracking::METHOD), said(tracking::LABEL)).unwrap_or(Tracking::Annotation);
    tracking.of_installation(said(tracking::INSTALLATION).map(|id| id.trim().to_owned()))
}

/// What objects are compared by.
pub(crate) struct Seen<'a> {
    app: &'a Application,
    spec: &'a Spec,
    project: Option<&'a Project>,
    tracking: Tracking,
}

/// Compares all objects that were rendered, and finds those that git has no more.
async fn compare(place: &Cluster, kinds: &Kinds, seen: &Seen<'_>, desired: &Desired) -> Vec<Finding> {
    let namespace = seen.app.namespace().unwrap_or_default();
    let instance = tracking::instance(&seen.app.name_any(), &namespace, &project::control_namespace(seen.app));
    let ground = Ground {
        client: &place.client,
        kinds,
        project: seen.project,
        place: project::place(seen.app),
        instance: &instance,
        tracking: &seen.tracking,
        spec: seen.spec,
    };
    let wanted = stream::iter(desired.objects.values()).map(|object| ground.wanted(object)).buffered(AT_ONCE);
    let mut findings: Vec<Finding> = wanted.collect().await;
    let recorded = seen.app.status.iter().flat_map(|status| &status.resources);
    let extra: Vec<_> = recorded
        .map(|one| (Key::new(&one.group, &one.kind, &one.namespace, &one.name), one.version.as_str()))
        .filter(|(key, _)| !desired.objects.contains_key(key))
        .collect();
    let extra = stream::iter(extra).map(|(key, version)| ground.extra(key, version)).buffered(AT_ONCE);
    findings.extend(extra.filter_map(async |finding| finding).collect::<Vec<_>>().await);
    findings
}

impl Compared {
    fn document(&self) -> Value {
        tell::document(self)
    }

    fn lines(&self, named: Option<&Named>) -> Vec<String> {
        tell::lines(self, named)
    }

    fn errors(&self, named: &Named) -> Vec<String> {
        let unknown = self.findings.iter().filter_map(|finding| match &finding.what {
            What::Unknown(why) => Some(format!("application '{named}': {}: {why}", finding.key)),
            _ => None,
        });
        unknown.collect()
    }
}

#[cfg(test)]
mod tests;
