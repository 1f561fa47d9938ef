//! A Rollout that does not decode: one wrong type somewhere. It is reported on that object, and stops no other.

use kube::api::{Api, DynamicObject};
use kube::core::ApiResource;
use kube::core::error_boundary::InvalidObject;
use serde::Deserialize;
use serde_json::Value;
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
/// The cache keeps the decoder's words but not the field, so the object is read once more as it is.
pub(super) async fn rollout(ctx: &Context, key: &Key, invalid: &InvalidObject) -> Result<Option<Seen>, Error> {
    let resource = ApiResource::erase::<Rollout>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(ctx.client.clone(), &key.namespace, &resource);
    let live = api.get_opt(&key.name).await.map_err(|source| Error::Read { key: key.clone(), source })?;
    Ok(live.map(|live| seen(live, &invalid.error)))
}

fn seen(live: DynamicObject, words: &str) -> Seen {
    let before = live.data.get("status").cloned().unwrap_or_default();
    let status: RolloutStatus = decode(before.clone()).unwrap_or_default();
    let observed = Observed {
        name: live.metadata.name.clone().unwrap_or_default(),
        generation: live.metadata.generation.unwrap_or_default(),
        spec: Err(vec![violation(&live.data, words)]),
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

fn violation(data: &Value, words: &str) -> Violation {
    #[derive(Deserialize)]
    struct Shape {
        #[serde(default, rename = "spec")]
        _spec: RolloutSpec,
        #[serde(default, rename = "status")]
        _status: Option<RolloutStatus>,
    }
    match decode::<Shape>(data.clone()) {
        Err(misfit) => Violation::new(misfit.path(), format!("{}; correct its type", misfit.words())),
        // It was mended since the cache saw it; the watch will show that too.
        Ok(_) => Violation::new("", words),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_wrong_type_is_named_by_its_field() {
        for (data, expected) in [
            (
                json!({"spec": {"replicas": "three"}}),
                "spec.replicas: invalid type: string \"three\", expected i32; correct its type",
            ),
            (
                json!({"spec": {"strategy": {"canary": {"steps": [{"setWeight": 5}, {"setWeight": "5"}]}}}}),
                "spec.strategy.canary.steps[1].setWeight: invalid type: string \"5\", expected i32; correct its type",
            ),
        ] {
            assert_eq!(violation(&data, "").to_string(), expected);
        }
    }
}
