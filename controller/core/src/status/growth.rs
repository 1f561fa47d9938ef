//! Whether a release makes progress by the pods that become available.
//!
//! Pods that crash and come back are none: a version whose containers restart for ever would never be found to stand still. So it
//! takes more of them than there were at any time since the last progress.

use sluice_crds::{MostAvailable, RolloutStatus};

use super::number;
use crate::moves::total;
use crate::observed::Observed;

/// Whether more pods are available than at any time since the last progress.
pub(super) fn has_grown(seen: &Observed) -> bool {
    let now = available(seen);
    seen.status.most_available.is_some_and(|most| now.updated > most.updated || now.others > most.others)
}

/// Keeps the most there were, from the last progress on, for as long as there is a release that goes on.
pub(super) fn with(mut status: RolloutStatus, seen: &Observed, has_moved: bool) -> RolloutStatus {
    let goes_on = !status.abort && status.stable_rs != status.current_pod_hash;
    let now = available(seen);
    let most = seen.status.most_available.filter(|_| !has_moved).map_or(now, |most| MostAvailable {
        updated: most.updated.max(now.updated),
        others: most.others.max(now.others),
    });
    status.most_available = goes_on.then_some(most);
    status
}

fn available(seen: &Observed) -> MostAvailable {
    let others = seen.revisions.iter().filter(|revision| revision.hash != seen.hash);
    MostAvailable {
        updated: number(seen.new_revision().map_or(0, |new| new.available)),
        others: number(total(others.map(|revision| revision.available))),
    }
}
