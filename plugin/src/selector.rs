//! Label selectors that find a Rollout's own objects, so that nobody has to list a whole namespace.

use std::collections::BTreeSet;

use kube::core::{Expression, Selector};
use sluice_crds::{Rollout, names::label};

/// Finds the Rollout's ReplicaSets and their pods. It may find others too: who owns them is looked at later.
pub(crate) fn pods(rollout: &Rollout) -> Selector {
    let own = rollout.spec.selector.clone().and_then(|selector| Selector::try_from(selector).ok());
    let mut selector = own.unwrap_or_default();
    selector.extend([Expression::Exists(label::POD_TEMPLATE_HASH.to_owned())]);
    selector
}

/// Finds the AnalysisRuns of revisions: they carry their revision's hash.
pub(crate) fn runs(hashes: &BTreeSet<String>) -> Selector {
    Expression::In(label::POD_TEMPLATE_HASH.to_owned(), hashes.clone()).into()
}
