//! In which order the objects of a sync are dealt with: by phase, wave, kind and name.

pub mod hook;
mod kinds;

use std::collections::{BTreeMap, BTreeSet};

use sluice_crds::names::application::{SYNC_OPTIONS, SYNC_WAVE};

use self::hook::{Role, When};
use crate::spec::Options;
use crate::{Key, Object};

const HELM_WEIGHT: &str = "helm.sh/hook-weight";

/// The part of a sync that a task belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before everything.
    PreSync,
    /// The objects themselves.
    Sync,
    /// After all of them are healthy.
    PostSync,
    /// Instead, when something failed.
    SyncFail,
}

impl Phase {
    /// The established name.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreSync => "PreSync",
            Self::Sync => "Sync",
            Self::PostSync => "PostSync",
            Self::SyncFail => "SyncFail",
        }
    }
}

/// What is done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Deleted: git has it no more. Comes first within its wave.
    Prune,
    /// Written.
    Apply,
    /// Run, and waited for.
    Hook,
}

/// One object's part in a sync.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// When.
    pub phase: Phase,
    /// When within the phase, the lowest first.
    pub wave: i64,
    /// What is done.
    pub act: Act,
    /// The object.
    pub key: Key,
    /// As it should be; as it is, where it is deleted.
    pub object: Object,
}

impl Task {
    fn order(&self) -> impl Ord + use<> {
        let prunes_first = self.act != Act::Prune;
        let kind = kinds::place(&self.key.kind);
        (
            self.phase,
            self.wave,
            prunes_first,
            kind,
            self.key.kind.clone(),
            self.key.name.clone(),
            self.key.namespace.clone(),
        )
    }
}

/// The wave that an object says it is in; 0 where it says none.
pub fn wave(object: &Object) -> i64 {
    let said = |annotation| object.annotation(annotation).and_then(|text| text.trim().parse().ok());
    said(SYNC_WAVE).or_else(|| said(HELM_WEIGHT)).unwrap_or_default()
}

/// The tasks of a sync, in order: `desired` is written or run, `extra` is deleted.
///
/// A Namespace comes before the first object in it and a CustomResourceDefinition before the first of its kind, in that one's
/// phase and wave. Deletions go backwards through the waves; with `PruneLast` they come after all waves.
pub fn tasks(desired: &[Object], extra: &[Object], options: Options) -> Vec<Task> {
    let mut tasks: Vec<Task> = desired.iter().flat_map(of_desired).collect();
    tasks.extend(prunes(extra));
    last(&mut tasks, options);
    tasks.sort_by_key(Task::order);
    let tasks = bubbled(tasks, namespace_made, namespace_needed);
    bubbled(tasks, kind_made, |object| Some(format!("{}/{}", object.group(), object.kind())))
}

fn of_desired(object: &Object) -> Vec<Task> {
    let task = |phase, act| Task { phase, wave: wave(object), act, key: object.key(), object: object.clone() };
    match hook::role(object) {
        Role::Ordinary => vec![task(Phase::Sync, Act::Apply)],
        Role::Hook(whens) => whens.into_iter().filter_map(phase).map(|phase| task(phase, Act::Hook)).collect(),
        Role::Skipped => Vec::new(),
    }
}

fn phase(when: When) -> Option<Phase> {
    match when {
        When::PreSync => Some(Phase::PreSync),
        When::Sync => Some(Phase::Sync),
        When::PostSync => Some(Phase::PostSync),
        When::SyncFail => Some(Phase::SyncFail),
        When::PreDelete | When::PostDelete => None,
    }
}

/// Deletions, the highest wave first: each wave trades places with its counterpart from the other end.
fn prunes(extra: &[Object]) -> Vec<Task> {
    let waves: BTreeSet<i64> = extra.iter().map(wave).collect();
    let mirrored: BTreeMap<i64, i64> = waves.iter().copied().zip(waves.iter().rev().copied()).collect();
    let task = |object: &Object| Task {
        phase: Phase::Sync,
        wave: mirrored.get(&wave(object)).copied().unwrap_or_default(),
        act: Act::Prune,
        key: object.key(),
        object: object.clone(),
    };
    extra.iter().map(task).collect()
}

fn last(tasks: &mut [Task], options: Options) {
    let waves = tasks.iter().filter(|task| task.phase == Phase::Sync).map(|task| task.wave);
    let after = waves.fold(0, i64::max).saturating_add(1);
    for task in tasks.iter_mut().filter(|task| task.act == Act::Prune) {
        if options.of(task.object.listed(SYNC_OPTIONS)).prune_last {
            task.wave = after;
        }
    }
}

fn namespace_made(object: &Object) -> Option<String> {
    (object.group().is_empty() && object.kind() == "Namespace").then(|| object.name().to_owned())
}

fn namespace_needed(object: &Object) -> Option<String> {
    Some(object.namespace().to_owned()).filter(|namespace| !namespace.is_empty())
}

fn kind_made(object: &Object) -> Option<String> {
    let is_definition = object.group() == "apiextensions.k8s.io" && object.kind() == "CustomResourceDefinition";
    is_definition.then(|| format!("{}/{}", object.text("/spec/group"), object.text("/spec/names/kind")))
}

/// Moves what others need before the first that needs it.
fn bubbled(
    tasks: Vec<Task>,
    made: impl Fn(&Object) -> Option<String>,
    needed: impl Fn(&Object) -> Option<String>,
) -> Vec<Task> {
    let mut ordered: Vec<Task> = Vec::with_capacity(tasks.len());
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for mut task in tasks {
        if task.act == Act::Prune {
            ordered.push(task);
            continue;
        }
        let maker = made(&task.object);
        let user = maker.as_ref().and_then(|key| first.get(key).copied());
        match (user.and_then(|at| Some((at, ordered.get(at)?))), &maker) {
            (Some((at, user)), _) => {
                (task.phase, task.wave) = (user.phase, user.wave);
                ordered.insert(at, task);
                first.values_mut().filter(|index| **index >= at).for_each(|index| *index += 1);
            }
            (None, Some(_)) => ordered.push(task),
            (None, None) => {
                if let Some(key) = needed(&task.object) {
                    first.entry(key).or_insert(ordered.len());
                }
                ordered.push(task);
            }
        }
    }
    ordered
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "json!() and expect![] are written where they are used")]
mod tests;
