//! Syncs that failed because kinds were not served, which may be a moment later: another Application brings their definitions, or an
//! API server that begins left them out.

use sluice_crds::{OperationState, ResourceResult};

use super::observed::{Compared, Tried, not_served};

/// What failed for that alone.
pub(super) struct Unserved<'a>(Vec<&'a ResourceResult>);

/// What failed of an operation, if all of it did so because its kind was not served.
pub(super) fn of(state: &OperationState) -> Option<Unserved<'_>> {
    let results = state.sync_result.iter().flat_map(|result| &result.resources);
    let failed: Vec<&ResourceResult> = results.filter(|one| one.status.as_deref() == Some("SyncFailed")).collect();
    let is_unserved = |one: &&ResourceResult| one.message.as_ref() == Some(&not_served(&one.group, &one.kind));
    (!failed.is_empty() && failed.iter().all(is_unserved)).then_some(Unserved(failed))
}

impl Unserved<'_> {
    /// Whether all those kinds are served now.
    pub(super) fn are_served(&self, compared: &Compared) -> bool {
        let lacks = |one: &ResourceResult| {
            let mut items = compared.items.iter();
            items.any(|item| item.key.is(&one.group, &one.kind) && matches!(item.tried, Tried::UnknownKind(_)))
        };
        !self.0.iter().any(|one| lacks(one))
    }
}
