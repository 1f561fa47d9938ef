//! A Rollout that does not decode: one wrong type somewhere. It is reported on that object, and stops no other.

use kube::api::DynamicObject;
use kube::core::error_boundary::InvalidObject;
use sluice_core::observed::{Hash, Observed};
use sluice_crds::{Rollout, RolloutSpec, RolloutStatus, Violation, decode};

use crate::context::Context;
use crate::key::Key;
use crate::observe::{Seen, Templates};

/// Why a Rollout could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server did not give the object that the cache could not decode.
    #[error("read Rollout {key}, which the cache cannot decode")]
    Read {
        /// Which.
        key: Key,
        /// Why not.
        #[source]
        source: kube::Error,
    },
}

/// What is seen of it: one violation, at the field that does not decode.
///
/// The cache keeps the decoder's words and no status, so the object is read once more as it is.
pub(super) async fn rollout(ctx: &Context, key: &Key, invalid: &InvalidObject) -> Result<Option<Seen>, Error> {
    let api = ctx.untyped::<Rollout>(&key.namespace);
    let live = api.get_opt(&key.name).await.map_err(|source| Error::Read { key: key.clone(), source })?;
    Ok(live.map(|live| seen(live, &invalid.error)))
}

fn seen(live: DynamicObject, words: &str) -> Seen {
    let before = live.data.get("status").cloned().unwrap_or_default();
    let status: RolloutStatus = decode(before.clone()).unwrap_or_default();
    let observed = Observed {
        name: live.metadata.name.clone().unwrap_or_default(),
        generation: live.metadata.generation.unwrap_or_default(),
        spec: Err(vec![Violation::new("", format!("{words}; correct its type"))]),
        status: status.clone(),
        loan: None,
        hash: Hash::from(status.current_pod_hash.as_deref().unwrap_or_default()),
        steps_hash: Hash::from(status.current_step_hash.as_deref().unwrap_or_default()),
        selector: status.selector.clone().unwrap_or_default(),
        revisions: Vec::new(),
        marks: std::collections::BTreeMap::default(),
        pods: None,
        services: std::collections::BTreeMap::default(),
        routed: None,
        guard: None,
        analyses: Vec::new(),
        aside: Vec::new(),
    };
    let rollout = Rollout { metadata: live.metadata, spec: RolloutSpec::default(), status: Some(status) };
    Seen {
        rollout,
        observed,
        replica_sets: Vec::new(),
        runs: Vec::new(),
        experiments: Vec::new(),
        templates: Templates::default(),
        derived: None,
        stored: Some(before),
        rules: None,
        ask_again: None,
    }
}
