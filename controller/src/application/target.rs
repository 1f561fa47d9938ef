//! What the sources say that an Application is compared with, and what they say at the commit of its operation.

use std::sync::Arc;

use serde_json::Value;
use sluice_crds::{Application, ApplicationSource, Operation, OperationState, SyncOperation};
use sluice_gitops::Object;
use sluice_gitops::application::fact::{Fact, Trouble};
use sluice_gitops::application::revision::Revision;
use sluice_gitops::application::subject::Subject;
use sluice_gitops::project::Integrity;
use sluice_gitops::spec::{Options, Spec};
use sluice_gitops::validate;
use sluice_render::{RenderError, Rendered, Tool};
use tokio::time::Instant;

use super::observe::{Looking, Way};
use super::prepare::{Destiny, Prepared};
use super::{remarks, words};
use crate::destinations::Destination;
use crate::sources::{Look, Purpose, Wish};

/// What the sources say.
pub(super) struct Asked {
    /// Now.
    pub target: Form,
    /// At the commit of the operation, where that is another.
    pub pinned: Option<Form>,
    /// Whether the first step of an operation is next: what is to be made is then tried beforehand.
    pub first_step: bool,
    /// The options that count: of the operation, if one runs, else of the spec.
    pub options: Options,
    /// Whether they were asked anew since somebody wanted that.
    pub refreshed: bool,
    /// When to ask them again.
    pub due: Option<Instant>,
    /// What a person should know of them.
    pub remarks: Vec<Fact>,
    /// What renders them, one a source; none, while that is not known.
    pub tools: Vec<String>,
}

/// What sources say at one commit.
#[derive(Clone)]
pub(super) enum Form {
    /// Not known yet.
    Pending,
    /// It cannot be had.
    Failed(String),
    /// The same, and asking again does not help.
    Lost(String),
    /// These objects.
    Ready(Ready),
}

/// Objects of one commit.
#[derive(Clone)]
pub(super) struct Ready {
    /// The commit.
    pub revision: Revision,
    /// The sources.
    pub sources: Vec<ApplicationSource>,
    /// The objects.
    pub prepared: Arc<Prepared>,
}

/// How often sources are asked where that is switched off: never within a process's life.
const NEVER: std::time::Duration = std::time::Duration::from_hours(24 * 365);

/// Looks at what the sources say.
pub(super) fn look(looking: &Looking<'_>, way: &Way, destination: &Destination) -> Asked {
    let Looking { ctx, key, application, config, spec, .. } = looking;
    let interval = config.interval.unwrap_or(NEVER);
    let since = if words::asks(application) { Some(ctx.gitops.refresh(key)) } else { ctx.gitops.since(key) };
    let wish = wish(looking, way, destination, spec.sources.clone(), Vec::new());
    let look = ctx.gitops.desk.look(key, Purpose::Target, &wish, interval, since);
    let refreshed = since.is_some_and(|since| look.asked.is_some_and(|asked| asked >= since));
    if refreshed {
        ctx.gitops.refreshed(key);
    }
    let mut remarks = of_rendered(&look);
    let target = form(looking, way, Purpose::Target, look.answer.clone(), &spec.sources);
    remarks.extend(excluded(&target));
    let pinned = pinned(looking, way, destination, &target);
    if pinned.is_none() {
        ctx.gitops.desk.put_away(key, Purpose::Pinned);
        ctx.gitops.memo.put_away(key, Purpose::Pinned);
    }
    let (options, first_step) = (options(application, spec), is_first(application));
    let tools = tools(&look);
    Asked { target, pinned, first_step, options, refreshed, due: look.due, remarks, tools }
}

fn wish(
    looking: &Looking<'_>,
    way: &Way,
    destination: &Destination,
    sources: Vec<ApplicationSource>,
    revisions: Vec<String>,
) -> Wish {
    Wish {
        application: looking.key.name.clone(),
        project: looking.spec.project.clone(),
        namespace: looking.spec.destination.namespace.clone(),
        sources,
        revisions,
        cluster: destination.for_charts(&way.api),
        credentials: looking.config.credentials.clone(),
        repos: looking.home.project.repos.clone(),
        integrity: looking.home.project.integrity.clone(),
        keyring: looking.config.keyring.clone(),
        builds: looking.config.builds.clone(),
    }
}

/// What an answer comes to.
fn form(
    looking: &Looking<'_>,
    way: &Way,
    purpose: Purpose,
    answer: Option<Result<Arc<Rendered>, RenderError>>,
    sources: &[ApplicationSource],
) -> Form {
    let rendered = match answer {
        None => return Form::Pending,
        Some(Err(error)) if error.kind.may_pass() => return Form::Failed(error.to_string()),
        Some(Err(error)) => return Form::Lost(error.to_string()),
        Some(Ok(rendered)) => rendered,
    };
    let marks = format!("{:?} {} {}", looking.config.tracking, way.instance, looking.spec.destination.namespace);
    let prepared = looking.ctx.gitops.memo.prepared((looking.key, purpose), (&rendered, &way.api, &marks), || {
        let objects = rendered.objects.iter().map(|value| Object::from(value.clone()));
        Prepared::of(objects, &destiny(looking, way), |key| way.live.excludes(key))
    });
    let revision = Revision(rendered.sources.iter().map(|source| source.revision.clone()).collect());
    Form::Ready(Ready { revision, sources: sources.to_vec(), prepared })
}

/// What the Application's objects are prepared for.
pub(super) fn destiny<'a>(looking: &'a Looking<'_>, way: &'a Way) -> Destiny<'a> {
    Destiny {
        api: &way.api,
        tracking: &looking.config.tracking,
        instance: &way.instance,
        namespace: &looking.spec.destination.namespace,
        home: &looking.key.namespace,
    }
}

/// What the operation is about, where that is not what the sources say now.
fn pinned(looking: &Looking<'_>, way: &Way, destination: &Destination, target: &Form) -> Option<Form> {
    let (operation, state) = operation(looking.application)?;
    let sync = operation.sync.clone().unwrap_or_default();
    if !sync.manifests.is_empty() {
        let is_signed = looking.home.project.integrity != Integrity::default();
        let why = || "the project wants signed commits, and objects that come with the operation are none".to_owned();
        return Some(if is_signed { Form::Lost(why()) } else { by_hand(looking, way, &sync) });
    }
    let subject = Subject::of(operation, state, &looking.spec.sources);
    let now = match target {
        Form::Ready(target) => Some(&target.revision),
        Form::Pending | Form::Failed(_) | Form::Lost(_) => None,
    };
    if subject.is_target(&looking.spec.sources, now) {
        return None;
    }
    let sources = subject.sources;
    let refused = sources.iter().find_map(|source| looking.home.project.permits_source(&source.repo_url).err());
    if let Some(refusal) = refused {
        return Some(Form::Lost(refusal.to_string()));
    }
    let revisions = subject.revision.map(|wanted| wanted.0).unwrap_or_default();
    let wish = wish(looking, way, destination, sources.clone(), revisions);
    // A commit does not change: it is asked for once.
    let look = looking.ctx.gitops.desk.look(looking.key, Purpose::Pinned, &wish, NEVER, None);
    Some(form(looking, way, Purpose::Pinned, look.answer, &sources))
}

/// The operation that runs or is asked for, and how far it is.
fn operation(application: &Application) -> Option<(&Operation, Option<&OperationState>)> {
    let running = application.status.as_ref().and_then(|status| status.operation_state.as_ref());
    match running.filter(|state| state.runs()) {
        Some(state) => Some((&state.operation, Some(state))),
        None => application.operation.as_ref().map(|operation| (operation, None)),
    }
}

/// Objects that came with the operation itself. They are of no commit, also where it names one: that is not what is deployed.
fn by_hand(looking: &Looking<'_>, way: &Way, sync: &SyncOperation) -> Form {
    let mut objects = Vec::new();
    for (at, text) in sync.manifests.iter().enumerate() {
        match serde_saphyr::from_str::<Value>(text) {
            Ok(value) if value.is_object() => objects.push(Object::from(value)),
            _ => return Form::Lost(format!("operation.sync.manifests[{at}] is no YAML or JSON of one object")),
        }
    }
    let prepared = Prepared::of(objects.into_iter(), &destiny(looking, way), |key| way.live.excludes(key));
    let revision = Revision(vec!["manifests".to_owned()]);
    Form::Ready(Ready { revision, sources: looking.spec.sources.clone(), prepared: Arc::new(prepared) })
}

/// The options that count: of the operation, if one runs or is asked for, else of the spec.
pub(super) fn options(application: &Application, spec: &Spec) -> Options {
    let asked = operation(application).and_then(|(operation, _)| validate::operation(operation, spec.options).ok());
    asked.map_or(spec.options, |(options, _)| options)
}

/// Whether an operation runs that has done nothing yet.
fn is_first(application: &Application) -> bool {
    let state = application.status.as_ref().and_then(|status| status.operation_state.as_ref());
    state.is_some_and(|state| {
        state.phase == "Running"
            && state.sync_result.as_ref().is_none_or(|result| result.resources.is_empty())
            && state.finished_at.is_none()
    })
}

/// What rendered each source, by the established names. One that only lends its files is a directory.
fn tools(look: &Look) -> Vec<String> {
    let Some(Ok(rendered)) = &look.answer else { return Vec::new() };
    let name = |tool: Option<Tool>| tool.unwrap_or(Tool::Directory).to_string();
    rendered.sources.iter().map(|source| name(source.tool)).collect()
}

fn of_rendered(look: &Look) -> Vec<Fact> {
    let warnings = match &look.answer {
        Some(Ok(rendered)) => rendered.warnings.clone(),
        Some(Err(_)) | None => Vec::new(),
    };
    remarks::listed(Trouble::ExcludedResourceWarning, warnings).into_iter().collect()
}

fn excluded(target: &Form) -> Option<Fact> {
    let Form::Ready(ready) = target else { return None };
    let each =
        ready.prepared.excluded.iter().map(|key| format!("{key} is not deployed: resource.exclusions names its kind"));
    remarks::listed(Trouble::ExcludedResourceWarning, each)
}
