//! A status that fits into an object: etcd takes 1.5 MiB, and an Application may have thousands of objects.

use sluice_crds::{ApplicationStatus, ResourceResult};

/// Results of so many objects are kept whole.
const WHOLE: usize = 500;
/// Of more than so many, those that went well are not kept once the sync is over.
const MOST: usize = 4000;

/// The status with what may be left out of it left out, if it is about many objects.
pub(super) fn fitted(mut status: ApplicationStatus) -> ApplicationStatus {
    let objects = status.resources.len();
    let Some(state) = &mut status.operation_state else { return status };
    let is_over = !state.runs();
    let Some(result) = &mut state.sync_result else { return status };
    if result.resources.len().max(objects) > MOST && is_over {
        result.resources.retain(|one| !went_well(one));
    }
    if result.resources.len() > WHOLE {
        result.resources.iter_mut().filter(|one| went_well(one)).for_each(shorten);
    }
    status
}

fn went_well(one: &ResourceResult) -> bool {
    one.hook_type.is_none() && one.status.as_deref() != Some("SyncFailed")
}

/// What tells nothing new is what every other object says too.
fn shorten(one: &mut ResourceResult) {
    one.message = None;
    one.images = Vec::new();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn status(count: usize, phase: &str) -> ApplicationStatus {
        let name = |at: usize| format!("settings-of-the-shop-{at:05}");
        let resource = |at| json!({"version": "v1", "kind": "ConfigMap", "namespace": "a-namespace-of-the-shop", "name": name(at), "status": "Synced"});
        let result = |at| {
            json!({"version": "v1", "kind": "ConfigMap", "namespace": "a-namespace-of-the-shop", "name": name(at), "status": "Synced",
                   "hookPhase": "Succeeded", "syncPhase": "Sync", "message": "serverside-applied"})
        };
        serde_json::from_value(json!({
            "resources": (0..count).map(resource).collect::<Vec<_>>(),
            "operationState": {"operation": {}, "phase": phase, "syncResult": {"resources": (0..count).map(result).collect::<Vec<_>>()}},
        }))
        .unwrap()
    }

    fn size(status: &ApplicationStatus) -> usize {
        serde_json::to_vec(status).unwrap().len()
    }

    #[test]
    fn three_thousand_objects_fit_while_they_are_synced_and_eight_thousand_afterwards() {
        const MIB: usize = 1 << 20;
        assert!(size(&fitted(status(3000, "Running"))) < MIB);
        assert!(size(&fitted(status(8000, "Succeeded"))) < MIB + MIB / 4);
        let few = status(20, "Running");
        assert_eq!(fitted(few.clone()), few);
    }
}
