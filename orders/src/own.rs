//! What belongs to a Rollout: found by selectors, so that nobody has to list a whole namespace, and told by its owner.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use kube_core::{Expression, Resource, ResourceExt, Selector};
use sluice_crds::names::{annotation, label};
use sluice_crds::{Experiment, Rollout};

/// How many AnalysisRuns of Experiments are looked at for one Rollout, each by its name.
const TRIALS: usize = 32;

/// Finds the Rollout's ReplicaSets and their pods. It may find others too: see [`is_owned`].
pub fn pods(rollout: &Rollout) -> Selector {
    let own = rollout.spec.selector.clone().and_then(|selector| Selector::try_from(selector).ok());
    let mut selector = own.unwrap_or_default();
    selector.extend([Expression::Exists(label::POD_TEMPLATE_HASH.to_owned())]);
    selector
}

/// Finds the AnalysisRuns and Experiments of revisions: they carry their revision's hash.
pub fn of_revisions(hashes: &BTreeSet<String>) -> Selector {
    Expression::In(label::POD_TEMPLATE_HASH.to_owned(), hashes.clone()).into()
}

/// Whether a step of it runs an Experiment: nobody needs to be allowed to read them otherwise.
pub fn has_experiments(rollout: &Rollout) -> bool {
    let canary = rollout.spec.strategy.canary.as_ref();
    canary.is_some_and(|canary| canary.steps.iter().any(|step| step.experiment.is_some()))
}

/// The names of the AnalysisRuns of these Experiments, as far as they are the newest: only their names tell them.
pub fn trials<'a>(experiments: impl IntoIterator<Item = &'a Experiment>) -> BTreeSet<String> {
    let mut experiments: Vec<_> = experiments.into_iter().collect();
    experiments.sort_by_key(|one| Reverse(one.creation_timestamp()));
    let runs = experiments.into_iter().filter_map(|one| one.status.as_ref()).flat_map(|status| &status.analysis_runs);
    let names = runs.map(|run| run.analysis_run.clone()).filter(|name| !name.is_empty());
    names.take(TRIALS).collect()
}

/// Whether `owner` owns the object. Names tell too little: they come back after a deletion.
pub fn is_owned<K: Resource, O: Resource>(object: &K, owner: &O) -> bool {
    let owner = owner.meta().uid.as_deref();
    owner.is_some() && object.owner_references().iter().any(|reference| Some(reference.uid.as_str()) == owner)
}

/// The revision hash that an object carries.
pub fn hash<K: Resource>(object: &K) -> Option<&str> {
    object.meta().labels.as_ref()?.get(label::POD_TEMPLATE_HASH).map(String::as_str)
}

/// The number of the revision that an object carries.
pub fn number<K: Resource>(object: &K) -> Option<u64> {
    object.meta().annotations.as_ref()?.get(annotation::REVISION)?.parse().ok()
}
