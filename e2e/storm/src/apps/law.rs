//! What is always so, looked at after each write.

mod order;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sluice_crds::OperationState;
use sluice_crds::names::application::HOOK_RUN;
use sluice_world::api::Write;
use sluice_world::scenario::NAMESPACE;

use super::repository::Repository;
use crate::fault::Fault;
use order::Order;

/// What belongs to nobody's Application.
pub(super) const FOREIGN: &str = "foreign";

/// As whom objects of Applications are written.
const SLUICE: &str = "sluice-gitops";

/// What was seen so far, and what broke.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each may hold by itself")]
pub(super) struct Laws {
    pub(super) broken: Vec<String>,
    hooks: BTreeSet<(String, String)>,
    /// Commits whose release was taken back, and their images.
    rejected: BTreeMap<String, String>,
    /// Somebody deletes something now.
    pub(super) by_hand: bool,
    /// The Application goes, with all that is its own.
    pub(super) goes: bool,
    /// Deletions of most, which nobody allowed.
    most: Vec<String>,
    /// Most of it may be deleted.
    pub(super) approved: bool,
    /// Who asked for a sync that has not ended.
    pub(super) asked: BTreeSet<&'static str>,
    order: Order,
    /// Whether an operation is recorded as under way.
    pub(super) operates: bool,
}

impl Laws {
    /// Looks at a write.
    pub(super) fn wrote(&mut self, repository: &Repository, write: &Write) {
        if write.namespace != NAMESPACE {
            return;
        }
        if write.by == SLUICE && !self.operates && !self.goes {
            self.broken.push(format!("nothing is written but in a sync: {} {}", write.of.kind, write.name));
        }
        self.broken.extend(self.order.wrote(repository, write));
        match (write.of.kind, write.verb) {
            ("ConfigMap" | "Rollout" | "AnalysisTemplate", "delete") => self.deleted(repository, write),
            ("ConfigMap", _) if write.by == SLUICE && write.name == FOREIGN => {
                self.broken.push("nothing of others is written: ConfigMap foreign".to_owned());
            }
            ("Job", "create") => self.hook(write),
            ("Application", _) => self.application(repository, write),
            ("Rollout", _) if write.by == SLUICE => self.released(write),
            _ => {}
        }
    }

    fn deleted(&mut self, repository: &Repository, write: &Write) {
        if self.by_hand || self.goes {
            return;
        }
        let (kind, name) = (write.of.kind, &write.name);
        if !repository.had(kind, name) {
            self.broken.push(format!("nothing of others is deleted: {kind} {name}"));
        } else if repository.wants(kind, name) {
            self.broken.push(format!("nothing is deleted that git has: {kind} {name}"));
        } else if repository.lost_most() && !self.approved {
            self.most.push(format!("most is deleted only when a person says so: {kind} {name}"));
        }
    }

    /// All that broke, and what should have happened by now.
    ///
    /// How much is most is counted in what is seen: where lists lacked objects, which no real API server's do, it is not held against
    /// the controller that it counted too few.
    pub(super) fn in_the_end(&self, struck: &BTreeMap<Fault, u32>) -> Vec<String> {
        let most = self.most.iter().filter(|_| !struck.contains_key(&Fault::Holes)).cloned();
        let left = self.asked.iter().map(|who| format!("what people ask for is done: not the sync of {who}"));
        self.broken.iter().cloned().chain(most).chain(left).collect()
    }

    /// A hook runs once in each try of an operation.
    fn hook(&mut self, write: &Write) {
        let annotations = write.after.as_ref().map(|job| job["metadata"]["annotations"].clone()).unwrap_or_default();
        let Some(run) = annotations[HOOK_RUN].as_str() else { return };
        if !self.hooks.insert((write.name.clone(), run.to_owned())) {
            self.broken.push(format!("a hook runs once in an operation: {} of {run}", write.name));
        }
    }

    fn application(&mut self, repository: &Repository, write: &Write) {
        let Some(after) = &write.after else { return };
        self.order.application(after);
        let text = |pointer: &str| after.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        self.operates = OperationState::is_running(text("/status/operationState/phase"));
        if !self.operates {
            self.asked.remove(text("/status/operationState/operation/initiatedBy/username"));
        }
        let all = after.pointer("/status/rejected").and_then(Value::as_array);
        let revisions = all.into_iter().flatten().filter_map(|rejected| rejected["revision"].as_str());
        self.rejected.clear();
        for revision in revisions {
            let commit = repository.commits.iter().find(|commit| commit.revision == revision);
            let image = commit.iter().flat_map(|commit| commit.objects.iter().flatten()).find_map(image);
            self.rejected.extend(image.map(|image| (revision.to_owned(), image)));
        }
    }

    /// A version that was taken back is not brought again.
    fn released(&mut self, write: &Write) {
        let before = write.before.as_deref().and_then(image);
        let Some(after) = write.after.as_deref().and_then(image).filter(|image| before.as_ref() != Some(image)) else {
            return;
        };
        if let Some((revision, _)) = self.rejected.iter().find(|(_, image)| **image == after) {
            self.broken.push(format!("a commit that was taken back is not deployed again: {revision}"));
        }
    }
}

/// The image of an object's first container.
pub(super) fn image(object: &Value) -> Option<String> {
    Some(object.pointer("/spec/template/spec/containers/0/image")?.as_str()?.to_owned())
}
