//! What comes later in a sync waits for what comes before.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sluice_world::api::Write;

use super::SLUICE;
use crate::apps::repository::Repository;

const HOOK: &str = "argocd.argoproj.io/hook";
const WAVE: &str = "argocd.argoproj.io/sync-wave";

/// Where an object is in a sync: the part, and the wave in it.
type Place = (u8, i64);

/// The sync that runs, and how far it is.
#[derive(Debug, Default)]
pub(super) struct Order {
    revision: String,
    /// Whether only some objects are asked for: hooks do not run then.
    is_partial: bool,
    /// What each ConfigMap says; `None` where somebody else had the last word.
    maps: BTreeMap<String, Option<Value>>,
    /// Jobs that have ended.
    ended: BTreeSet<String>,
}

impl Order {
    /// Takes in what is recorded of the operation.
    pub(super) fn application(&mut self, application: &Value) {
        let state = application.pointer("/status/operationState").cloned().unwrap_or_default();
        state["syncResult"]["revision"].as_str().unwrap_or_default().clone_into(&mut self.revision);
        self.is_partial = state["operation"]["sync"]["resources"].as_array().is_some_and(|all| !all.is_empty());
    }

    /// Looks at a write of an object; says what it should have waited for.
    pub(super) fn wrote(&mut self, repository: &Repository, write: &Write) -> Option<String> {
        let broken = self.too_soon(repository, write);
        match write.of.kind {
            "ConfigMap" => {
                let says = write.after.as_ref().filter(|_| write.by == SLUICE).map(|after| after["data"].clone());
                self.maps.insert(write.name.clone(), says);
            }
            "Job" if write.after.as_ref().is_some_and(|job| job.pointer("/status/conditions").is_some()) => {
                self.ended.insert(write.name.clone());
            }
            "Job" => drop(self.ended.remove(&write.name)),
            _ => {}
        }
        broken
    }

    fn too_soon(&self, repository: &Repository, write: &Write) -> Option<String> {
        let is_begun = write.by == SLUICE && (write.of.kind == "ConfigMap" || write.verb == "create");
        let written = write.after.as_ref().filter(|_| is_begun)?;
        let commit = repository.commits.iter().find(|commit| commit.revision == self.revision)?;
        let before = commit.objects.iter().flatten().filter(|one| place(one) < place(written));
        let mut waits = before.filter(|one| !self.is_done(one));
        let awaited = waits.next()?;
        let (kind, name) = (&awaited["kind"], &awaited["metadata"]["name"]);
        Some(format!("a sync goes in order: {} {} before {kind} {name}", write.of.kind, write.name))
    }

    fn is_done(&self, object: &Value) -> bool {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        match object["kind"].as_str() {
            Some("Job") => self.is_partial || self.ended.contains(name),
            Some("ConfigMap") => match self.maps.get(name) {
                // What somebody else says beside it is that one's own.
                Some(Some(says)) => {
                    object["data"].as_object().into_iter().flatten().all(|(key, value)| says[key] == *value)
                }
                Some(None) => true,
                None => false,
            },
            _ => true,
        }
    }
}

fn place(object: &Value) -> Place {
    let annotations = &object["metadata"]["annotations"];
    let part = match annotations[HOOK].as_str() {
        Some("PreSync") => 0,
        Some("PostSync") => 2,
        _ => 1,
    };
    (part, annotations[WAVE].as_str().and_then(|wave| wave.parse().ok()).unwrap_or_default())
}
