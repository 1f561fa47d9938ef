//! What an operation is about: which sources, at which commit.

use sluice_crds::{ApplicationSource, Operation, OperationState, SyncResult};

use super::observed::Seen;
use super::revision::Revision;

/// Sources, and their commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The sources; those of the spec are not looked at again once an operation has begun: somebody may edit them meanwhile.
    pub sources: Vec<ApplicationSource>,
    /// The commit; `None`: what they say now.
    pub revision: Option<Revision>,
    /// Whether the operation brings its objects with it, so that the sources are not asked.
    pub by_hand: bool,
}

impl Subject {
    /// Of an operation that is asked for, or that runs as its state says.
    pub fn of(operation: &Operation, state: Option<&OperationState>, spec: &[ApplicationSource]) -> Self {
        let sync = operation.sync.clone().unwrap_or_default();
        let by_hand = !sync.manifests.is_empty();
        let result = state.and_then(|state| state.sync_result.as_ref());
        let asked = sync.source.as_deref().map_or(sync.sources.clone(), |source| vec![source.clone()]);
        let begun = result.map(recorded).unwrap_or_default();
        let each = [begun, asked, spec.to_vec()];
        let sources = each.into_iter().find(|sources| !sources.is_empty()).unwrap_or_default();
        let revision = result.and_then(Revision::done).or_else(|| Revision::asked(&sync));
        Self { sources, revision, by_hand }
    }

    /// Whether it is what the sources of the spec say now. Of those that say nothing, it is if no commit was asked for.
    pub fn is_target(&self, spec: &[ApplicationSource], now: Option<&Revision>) -> bool {
        !self.by_hand && self.sources == spec && self.revision.as_ref().is_none_or(|wanted| Some(wanted) == now)
    }

    /// What is seen of it.
    pub(super) fn seen<'a>(&self, target: &'a Seen, pinned: Option<&'a Seen>, spec: &[ApplicationSource]) -> &'a Seen {
        let now = match target {
            Seen::Ready(target) => Some(&target.revision),
            Seen::Pending | Seen::Failed(_) | Seen::Lost(_) => None,
        };
        if self.is_target(spec, now) { target } else { pinned.unwrap_or(&Seen::Pending) }
    }
}

/// The sources that an operation was begun with.
pub(super) fn recorded(result: &SyncResult) -> Vec<ApplicationSource> {
    match &result.source {
        Some(source) if result.sources.is_empty() => vec![source.as_ref().clone()],
        _ => result.sources.clone(),
    }
}
