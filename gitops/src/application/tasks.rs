//! The tasks of one operation, and how far each is: worked out from what was recorded and what is seen, never kept in memory.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use sluice_crds::names::application::HOOK_RUN;
use sluice_crds::{OperationState, ResourceResult, SyncOperation};

use super::observed::{Compared, Item, Observed, Seen};
use super::revision::Revision;
use crate::health::{Health, Status};
use crate::spec::{Options, Spec};
use crate::waves::{self, Act, Task, hook};
use crate::{Key, Object};

/// One task of an operation, and how far it is.
#[derive(Clone, Debug)]
pub(super) struct Placed<'a> {
    pub(super) task: Task,
    pub(super) state: State,
    /// The object as it is compared; `None` of hooks by generated names and of the namespace.
    pub(super) item: Option<&'a Item>,
    /// What was recorded of it.
    pub(super) recorded: Option<&'a ResourceResult>,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing was done.
    Pending,
    /// It was written, and is waited for.
    Running(String),
    /// It is done.
    Done(String),
    /// It could not be written, or does not work.
    Failed(String),
}

/// The tasks of an operation, in order, each with its state.
pub(super) fn of<'a>(
    seen: &Observed,
    spec: &Spec,
    options: Options,
    state: &'a OperationState,
    compared: &'a Compared,
) -> Vec<Placed<'a>> {
    let sync = state.operation.sync.clone().unwrap_or_default();
    let started = state.started_at.as_ref().map_or(Timestamp::UNIX_EPOCH, |at| at.0);
    let asked = |key: &Key| is_asked(&sync, key);
    // Two that write one object by themselves would do so for ever.
    let by_itself = state.operation.initiated_by.as_ref().is_some_and(|by| by.automated);
    let is_left = |item: &Item| by_itself && !options.fail_on_shared && item.is_held_elsewhere();
    let ours = compared.items.iter().filter(|item| asked(&item.key) && !is_left(item));
    let desired = ours.filter_map(|item| item.desired.as_ref());
    // Nor does one by itself delete what git has by now, whatever keeps the newer commit from being synced.
    let is_back = |item: &Item| by_itself && is_described(&seen.target, &item.key);
    let extra = compared.items.iter().filter(|item| item.is_extra() && asked(&item.key) && !is_back(item));
    let extra: Vec<Object> = extra.filter_map(|item| item.live.clone()).collect();
    let mut objects: Vec<Object> = desired.cloned().collect();
    if !is_partial(&sync) {
        objects.extend(hooks(spec, &objects));
    }
    objects.extend(namespace(seen, spec, options, &objects));
    let mut tasks = waves::tasks(&objects, &extra, options);
    if is_partial(&sync) || without_hooks(&sync) {
        tasks.retain(|task| task.act != Act::Hook);
    }
    let waits = is_waited_for(&tasks);
    let items: HashMap<&Key, &Item> = compared.items.iter().rev().map(|item| (&item.key, item)).collect();
    let results = Results::of(state);
    let mut names = hook::Names::of(started);
    let mark = format!("{}.{}", started.as_second(), state.retry_count);
    let place = |task: Task| {
        let task = marked(task, &compared.revision, &mut names, &mark);
        let item = items.get(&task.key).copied();
        let recorded = results.of_task(&task);
        let state = how_far(&task, recorded, item, waits);
        Placed { task, state, item, recorded }
    };
    tasks.into_iter().map(place).collect()
}

/// Whether the sources as they are now have the object.
fn is_described(target: &Seen, key: &Key) -> bool {
    let Seen::Ready(target) = target else { return false };
    target.items.iter().any(|item| item.key == *key && item.desired.is_some())
}

/// Whether only some objects are asked for: no hooks run then, and no history is written.
pub(super) fn is_partial(sync: &SyncOperation) -> bool {
    !sync.resources.is_empty()
}

fn without_hooks(sync: &SyncOperation) -> bool {
    sync.sync_strategy.as_ref().is_some_and(|strategy| strategy.apply.is_some() && strategy.hook.is_none())
}

fn is_asked(sync: &SyncOperation, key: &Key) -> bool {
    let is = |one: &sluice_crds::SyncResource| {
        let namespace = one.namespace.as_deref().filter(|namespace| !namespace.is_empty());
        key.is(&one.group, &one.kind) && key.name == one.name && namespace.is_none_or(|one| one == key.namespace)
    };
    sync.resources.is_empty() || sync.resources.iter().any(is)
}

/// Hooks of the Application itself, unless git has one of the same name.
fn hooks(spec: &Spec, objects: &[Object]) -> Vec<Object> {
    let namespace = &spec.destination.namespace;
    let placed = spec.hooks.iter().map(|hook| hook.in_namespace_or_own(namespace));
    placed.filter(|hook| hook.name().is_empty() || objects.iter().all(|object| object.key() != hook.key())).collect()
}

/// The namespace to make, with its labels and annotations: where it is not there, or lacks some of them.
fn namespace(seen: &Observed, spec: &Spec, options: Options, objects: &[Object]) -> Option<Object> {
    let name = &spec.destination.namespace;
    let described = objects.iter().any(|object| object.key() == Key::new("", "Namespace", "", name));
    if !options.create_namespace || name.is_empty() || described {
        return None;
    }
    let wanted = &spec.namespace_metadata;
    let has = |live: &Object| {
        wanted.labels.iter().all(|(key, value)| live.label(key) == Some(value))
            && wanted.annotations.iter().all(|(key, value)| live.annotation(key) == Some(value))
    };
    if seen.namespace.as_ref().is_some_and(has) {
        return None;
    }
    let mut metadata = serde_json::Map::from_iter([("name".to_owned(), json!(name))]);
    for (field, words) in [("labels", &wanted.labels), ("annotations", &wanted.annotations)] {
        if !words.is_empty() {
            metadata.insert(field.to_owned(), json!(words));
        }
    }
    Some(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}).into())
}

/// A hook as it is made: by the name that it gets, which is the same in each pass, and with the mark of its run, so that one made by a
/// pass that died before it could say so is not run twice.
fn marked(mut task: Task, revision: &Revision, names: &mut hook::Names, mark: &str) -> Task {
    if task.act != Act::Hook {
        return task;
    }
    let commit: String = revision.to_string().chars().take(7).collect();
    let point = format!("{commit}-{}", task.phase.name());
    let mut value = names.named(&task.object, &point).to_value();
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        if let Some(annotations) = annotations.as_object_mut() {
            annotations.insert(HOOK_RUN.to_owned(), json!(format!("{mark}.{}", task.phase.name())));
        }
    }
    task.object = value.into();
    task.key = task.object.key();
    task
}

/// Whether the hook that is there is of this very run.
fn is_this_run(task: &Task, item: Option<&Item>) -> bool {
    let live = item.and_then(|item| item.live.as_ref());
    live.is_some_and(|live| {
        live.annotation(HOOK_RUN).is_some() && live.annotation(HOOK_RUN) == task.object.annotation(HOOK_RUN)
    })
}

/// Whether objects are waited for: in a sync of one wave without hooks, writing them is all.
fn is_waited_for(tasks: &[Task]) -> bool {
    let mut places = tasks.iter().map(|task| (task.phase, task.wave));
    let first = places.next();
    places.any(|place| Some(place) != first) || tasks.iter().any(|task| task.act == Act::Hook)
}

/// What was recorded of tasks, by object and phase.
struct Results<'a>(HashMap<[&'a str; 5], &'a ResourceResult>);

impl<'a> Results<'a> {
    fn of(state: &'a OperationState) -> Self {
        let all = state.sync_result.iter().flat_map(|result| &result.resources);
        let by = all.map(|one| {
            let phase = one.sync_phase.as_deref().unwrap_or_default();
            ([one.group.as_str(), &one.kind, &one.namespace, &one.name, phase], one)
        });
        Self(by.collect())
    }

    fn of_task(&self, task: &Task) -> Option<&'a ResourceResult> {
        let Key { group, kind, namespace, name } = &task.key;
        self.0.get(&[group.as_str(), kind, namespace, name, task.phase.name()]).copied()
    }
}

fn how_far(task: &Task, recorded: Option<&ResourceResult>, item: Option<&Item>, waits: bool) -> State {
    let Some(recorded) = recorded else {
        return if task.act == Act::Hook && is_this_run(task, item) { hook_state(item) } else { State::Pending };
    };
    let message = recorded.message.clone().unwrap_or_default();
    if recorded.status.as_deref() == Some("SyncFailed") {
        return State::Failed(message);
    }
    match recorded.hook_phase.as_deref() {
        Some("Succeeded") => State::Done(message),
        Some("Failed" | "Error") => State::Failed(message),
        _ => match task.act {
            Act::Prune if item.is_none_or(|item| item.live.is_none()) => State::Done("pruned".to_owned()),
            Act::Prune => State::Running("waiting for it to be gone".to_owned()),
            Act::Hook => hook_state(item),
            Act::Apply if !waits => State::Done(message),
            Act::Apply => object_state(task, item, message),
        },
    }
}

fn hook_state(item: Option<&Item>) -> State {
    let Some(item) = item.filter(|item| item.live.is_some()) else {
        return State::Failed("the hook is gone, and nobody saw how it ended".to_owned());
    };
    match &item.health {
        None => State::Done(String::new()),
        Some(Health { status: Status::Healthy, message }) => State::Done(message.clone()),
        Some(Health { status: Status::Degraded | Status::Unknown, message }) => State::Failed(message.clone()),
        Some(health) => State::Running(health.message.clone()),
    }
}

/// An object is done when it is healthy. A Rollout is done once it was written and seen by its controller: the release goes on by
/// itself, for hours perhaps, and holds neither the waves behind it nor the next commit
/// (<https://github.com/argoproj/argo-cd/issues/19422>). So is an Application whose own sync is over and that has such a release.
fn object_state(task: &Task, item: Option<&Item>, message: String) -> State {
    let Some(item) = item else { return State::Done(message) };
    if item.live.is_none() {
        return State::Failed("it was written, and is gone".to_owned());
    }
    let releases = task.key.is("argoproj.io", "Rollout");
    let has_releases = releases || task.key.is("argoproj.io", "Application");
    match &item.health {
        None => State::Done(message),
        Some(Health { status: Status::Healthy, message }) => State::Done(message.clone()),
        Some(Health { status: Status::Degraded, message }) => State::Failed(message.clone()),
        Some(Health { status: Status::Suspended, message }) if has_releases => State::Done(message.clone()),
        Some(Health { status: Status::Progressing, message }) if releases && is_seen(item) => {
            State::Done(message.clone())
        }
        Some(health) => State::Running(health.to_string()),
    }
}

/// Whether a Rollout's controller has seen its newest form.
fn is_seen(item: &Item) -> bool {
    item.live.as_ref().is_some_and(|live| {
        let generation = live.number("/metadata/generation").unwrap_or_default();
        live.text("/status/observedGeneration").parse::<i64>().is_ok_and(|observed| observed >= generation)
    })
}
