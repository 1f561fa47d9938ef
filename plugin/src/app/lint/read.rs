//! What is looked at: Applications and projects of files, or of a cluster.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::Value;
use sluice_crds::{AppProject, Application, Violation, decode, names};
use sluice_gitops::project::Project;
use sluice_gitops::spec::Spec;
use sluice_read::Objects;

use super::alone::{self, Checked};
use super::finding::{Finding, Harm};
use crate::app::project;
use crate::args::{AppNames, LintAppsArgs};
use crate::client::Cluster;
use crate::list::all;
use crate::simulate::read;

/// An Application, and its spec if nothing is wrong with that.
pub(super) struct One {
    pub(super) app: Application,
    pub(super) spec: Option<Spec>,
}

/// A project, and its rules if nothing is wrong with them.
pub(super) struct Rules {
    pub(super) written: AppProject,
    pub(super) project: Option<Project>,
}

/// Everything that is looked at, and what was wrong with it by itself.
pub(super) struct Ground {
    /// The Applications that are checked.
    pub(super) apps: Vec<One>,
    /// Projects by their names.
    pub(super) projects: BTreeMap<String, Rules>,
    /// Applications that only count for what a project's patterns match.
    pub(super) others: Vec<Application>,
    pub(super) findings: Vec<Finding>,
    /// Whether it is of files, and no cluster says what else there is.
    pub(super) of_files: bool,
}

/// Whether a word names a file.
fn is_file(word: &str) -> bool {
    let path = Path::new(word);
    let manifest = path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known));
    word == "-" || manifest || path.is_file()
}

/// Whether all that is asked for is in files.
pub(crate) fn is_of_files(wanted: &LintAppsArgs) -> bool {
    let any = !wanted.files.is_empty() || !wanted.words.is_empty();
    any && wanted.which.selector.is_none() && wanted.words.iter().all(|word| is_file(word))
}

/// Reads it.
pub(super) async fn ground(cluster: Option<&Cluster>, wanted: &LintAppsArgs) -> Result<Ground> {
    if is_of_files(wanted) {
        let words = wanted.words.iter().map(PathBuf::from);
        return of_files(&read::objects(&wanted.files.iter().cloned().chain(words).collect::<Vec<_>>())?);
    }
    if !wanted.files.is_empty() || wanted.words.iter().any(|word| is_file(word)) {
        bail!("name files or Applications of the cluster, not both at once");
    }
    let cluster = cluster.context("Applications are in a cluster")?;
    let names = AppNames { words: wanted.words.clone(), which: wanted.which.clone() };
    Box::pin(of_cluster(cluster, &names)).await
}

fn of_files(objects: &[Value]) -> Result<Ground> {
    let text =
        |object: &Value, pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut ground = Ground::new(true);
    for object in objects.iter().filter(|object| text(object, "/apiVersion") == names::API_VERSION) {
        match text(object, "/kind").as_str() {
            "Application" => ground.add_app(object),
            "AppProject" => ground.add_project(object),
            "ApplicationSet" => ground.add_set(object),
            _ => {}
        }
    }
    if ground.apps.is_empty() && ground.projects.is_empty() && ground.findings.is_empty() {
        bail!("the files hold no Application and no AppProject of {}", names::API_VERSION);
    }
    Ok(ground)
}

async fn of_cluster(cluster: &Cluster, names: &AppNames) -> Result<Ground> {
    let mut ground = Ground::new(false);
    for named in crate::app::names::of(cluster, names).await? {
        let app = crate::app::names::read(cluster, &named).await?;
        let (home, project) = (project::control_namespace(&app), project::name(&app).to_owned());
        if !ground.projects.contains_key(&project) {
            let api: Objects<AppProject> = Objects::namespaced(cluster.client.clone(), &home);
            if let Some(found) =
                api.get_opt(&project).await.with_context(|| format!("read project '{home}/{project}'"))?
            {
                ground.add_project(&serde_json::to_value(&found).context("read the project")?);
                let whole = AppProject { spec: project::whole(cluster, &home, &found).await?, ..found };
                ground.complete(&project, &whole);
            }
        }
        ground.add_app(&serde_json::to_value(&app).context("read the Application")?);
    }
    ground.others = others(cluster).await?;
    Ok(ground)
}

/// All Applications, as far as they may be seen.
async fn others(cluster: &Cluster) -> Result<Vec<Application>> {
    match all(&Objects::all(cluster.client.clone()), &ListParams::default()).await {
        Err(kube::Error::Api(refusal)) if refusal.code == 403 => {
            let here: Objects<Application> = Objects::namespaced(cluster.client.clone(), &cluster.namespace);
            all(&here, &ListParams::default()).await.context("list Applications")
        }
        found => found.context("list Applications"),
    }
}

impl Ground {
    fn new(of_files: bool) -> Self {
        Self { apps: Vec::new(), projects: BTreeMap::new(), others: Vec::new(), findings: Vec::new(), of_files }
    }

    fn add_app(&mut self, object: &Value) {
        let checked = self.checked("Application", object, alone::application(object));
        if let Some((app, spec)) = checked {
            self.apps.push(One { app, spec: Some(spec) });
        } else if let Ok(app) = decode(object.clone()) {
            // What is wrong with its spec is told; its project's rules may be looked at all the same.
            self.apps.push(One { app, spec: None });
        }
    }

    /// Nobody here makes Applications of it.
    fn add_set(&mut self, object: &Value) {
        let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let advice = "Sluice makes no Applications of it: keep argocd-applicationset-controller running for that, whose Applications it \
                      keeps, or write them out";
        self.findings.push(Finding::about("ApplicationSet", name, Harm::Doubt, Violation::new("", advice)));
    }

    fn add_project(&mut self, object: &Value) {
        let checked = self.checked("AppProject", object, alone::project(object));
        let rules = match checked {
            Some((written, project)) => Rules { written, project: Some(project) },
            None => match decode(object.clone()) {
                Ok(written) => Rules { written, project: None },
                Err(_) => return,
            },
        };
        self.projects.insert(rules.written.name_any(), rules);
    }

    /// Takes in the rules that a project has beside those that are written in it.
    fn complete(&mut self, name: &str, whole: &AppProject) {
        if let Some(rules) = self.projects.get_mut(name).filter(|rules| rules.project.is_some()) {
            rules.project = project::read(name, whole).ok();
        }
    }

    fn checked<T>(&mut self, kind: &'static str, object: &Value, checked: Checked<T>) -> Option<T> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let name = text("/metadata/name").unwrap_or_default();
        let called = text("/metadata/namespace").map_or_else(|| name.to_owned(), |space| format!("{space}/{name}"));
        let mut say = |harm, found: Vec<Violation>| {
            let findings = found.into_iter().map(|one| Finding::about(kind, called.clone(), harm, one));
            self.findings.extend(findings);
        };
        match checked {
            Ok((read, doubts)) => {
                say(Harm::Doubt, doubts);
                Some(read)
            }
            Err(wrong) => {
                say(Harm::Mistake, wrong);
                None
            }
        }
    }

    /// The rules that an Application is under.
    pub(super) fn project(&self, app: &Application) -> Option<&Rules> {
        self.projects.get(project::name(app))
    }

    /// All Applications that are known to be of a project.
    pub(super) fn of_project<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Application> {
        let checked = self.apps.iter().map(|one| &one.app);
        checked.chain(&self.others).filter(move |app| project::name(app) == name)
    }
}
