//! Objects that are run at a point of a sync instead of being kept.

use std::collections::HashMap;

use serde_json::Value;
use sluice_crds::names::application::{HOOK, HOOK_DELETE_POLICY, HOOK_FINALIZER};

use crate::Object;

const HELM_HOOK: &str = "helm.sh/hook";
const HELM_DELETE_POLICY: &str = "helm.sh/hook-delete-policy";

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Before a sync.
    PreSync,
    /// Among the objects.
    Sync,
    /// After all objects are healthy.
    PostSync,
    /// When a sync failed.
    SyncFail,
    /// Before an Application's objects are deleted.
    PreDelete,
    /// After they are.
    PostDelete,
}

impl When {
    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "PreSync" => Self::PreSync,
            "Sync" => Self::Sync,
            "PostSync" => Self::PostSync,
            "SyncFail" => Self::SyncFail,
            "PreDelete" => Self::PreDelete,
            "PostDelete" => Self::PostDelete,
            _ => return None,
        })
    }

    fn of_helm(name: &str) -> Option<Self> {
        Some(match name {
            "pre-install" | "pre-upgrade" => Self::PreSync,
            "post-install" | "post-upgrade" => Self::PostSync,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            _ => return None,
        })
    }
}

/// What an object is to a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is kept.
    Ordinary,
    /// It is run at those points, each once. At none, if its annotation names none.
    Hook(Vec<When>),
    /// It is left out: it says so, or Helm would run it by hand alone (tests, rollbacks).
    Skipped,
}

/// What an object is to a sync. Helm's annotations count where there is none of Argo's.
pub fn role(object: &Object) -> Role {
    if object.annotation(HOOK).is_some_and(|text| !text.trim().is_empty()) {
        let words: Vec<&str> = object.listed(HOOK).collect();
        return if words == ["Skip"] {
            Role::Skipped
        } else {
            Role::Hook(each(words.into_iter().filter_map(When::named)))
        };
    }
    let mut of_helm = object.listed(HELM_HOOK).peekable();
    if of_helm.peek().is_none() {
        return Role::Ordinary;
    }
    let words: Vec<&str> = of_helm.collect();
    if words.contains(&"crd-install") {
        return Role::Ordinary;
    }
    let whens = each(words.into_iter().filter_map(When::of_helm));
    if whens.is_empty() { Role::Skipped } else { Role::Hook(whens) }
}

fn each(whens: impl Iterator<Item = When>) -> Vec<When> {
    let whens: std::collections::BTreeSet<When> = whens.collect();
    whens.into_iter().collect()
}

/// Words of an object's hook annotation that mean nothing: with them alone it would never be run.
pub fn misspelt(object: &Object) -> Vec<&str> {
    object.listed(HOOK).filter(|word| When::named(word).is_none() && *word != "Skip").collect()
}

/// When a hook is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// At the end of a sync, if it succeeded.
    pub when_succeeded: bool,
    /// At the end of a sync, if it failed.
    pub when_failed: bool,
    /// Before it is run again.
    pub before_creation: bool,
}

/// When a hook is deleted: before it is run again, where it says nothing.
pub fn deletion(object: &Object) -> Deletion {
    let has = |argo: &str, helm: &str| {
        object.listed(HOOK_DELETE_POLICY).any(|word| word == argo)
            || object.listed(HELM_DELETE_POLICY).any(|word| word == helm)
    };
    let when_succeeded = has("HookSucceeded", "hook-succeeded");
    let when_failed = has("HookFailed", "hook-failed");
    let before_creation = has("BeforeHookCreation", "before-hook-creation") || !(when_succeeded || when_failed);
    Deletion { when_succeeded, when_failed, before_creation }
}

/// Whether its finalizer holds a hook until its end was seen.
pub(crate) fn is_held(live: &Object) -> bool {
    live.list("/metadata/finalizers").iter().any(|one| one.as_str() == Some(HOOK_FINALIZER))
}

/// Gives names to hooks that have but a prefix: the same each time, so that one that is made twice is there once. Several of one prefix
/// and point are numbered, in the order in which they come.
pub(crate) struct Names {
    started: jiff::Timestamp,
    given: HashMap<String, usize>,
}

impl Names {
    /// Names of what began then.
    pub(crate) fn of(started: jiff::Timestamp) -> Self {
        Self { started, given: HashMap::new() }
    }

    /// The hook with its name, for what runs at a point: prefix, point, when that began, and from the second on its number.
    pub(crate) fn named(&mut self, hook: &Object, point: &str) -> Object {
        let prefix = hook.text("/metadata/generateName");
        if prefix.is_empty() || !hook.name().is_empty() {
            return hook.clone();
        }
        let name = format!("{prefix}{point}-{}", self.started.as_second()).to_lowercase();
        let place = format!("{}/{}/{}/{name}", hook.group(), hook.kind(), hook.namespace());
        let number = self.given.entry(place).and_modify(|number| *number += 1).or_insert(1);
        let name = if *number == 1 { name } else { format!("{name}-{number}") };
        let mut value = hook.to_value();
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("generateName");
            metadata.insert("name".to_owned(), Value::String(name));
        }
        value.into()
    }
}
