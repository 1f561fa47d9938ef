//! What must be so before pods of an experiment get traffic.

use kube::ResourceExt;
use serde_json::Value;

use crate::apply::hand::Hand;
use crate::apply::{Cause, revision};
use crate::experiment;
use crate::key::Kind;

/// Fails when the Experiment behind that Service, read afresh, does not run any more, or has lost ready pods.
pub(super) async fn may_rise(hand: &Hand<'_>, service: &str) -> Result<(), Cause> {
    let aside = hand.seen.observed.aside.iter().find(|one| one.service == service).ok_or(Cause::Outdated)?;
    let experiment = hand.fresh(Kind::Experiment, &aside.experiment).await?;
    let says = |pointer: &str| experiment.data.pointer(pointer);
    let ends = says("/spec/terminate") == Some(&Value::Bool(true)) || experiment.metadata.deletion_timestamp.is_some();
    if ends || says("/status/phase").and_then(Value::as_str) != Some("Running") {
        return Err(Cause::Outdated);
    }
    let sets = experiment::sets(hand.ctx, experiment.uid().as_deref().unwrap_or_default());
    let set = sets.get(&aside.template).ok_or(Cause::Outdated)?;
    revision::still_ready(hand, set, 1).await
}
