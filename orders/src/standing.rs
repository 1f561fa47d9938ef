//! How a Rollout stands, as far as its status can be believed.

use sluice_crds::{Rollout, RolloutPhase};

/// A phase, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The phase.
    pub phase: RolloutPhase,
    /// Why, in the planner's own words; may be empty.
    pub message: String,
}

/// How it stands. A status about an older spec says nothing about this one: that is Progressing.
pub fn standing(rollout: &Rollout) -> Standing {
    if let Some(status) = rollout.status.as_ref().filter(|status| is_observed(rollout) && !status.phase.is_unset()) {
        return Standing { phase: status.phase, message: status.message.clone().unwrap_or_default() };
    }
    Standing {
        phase: RolloutPhase::Progressing,
        message: "waiting for the controller to look at the newest spec".to_owned(),
    }
}

/// Whether the controller has looked at the newest spec.
pub fn is_observed(rollout: &Rollout) -> bool {
    let observed = rollout.status.as_ref().and_then(|status| status.observed_generation.as_deref());
    let observed = observed.and_then(|generation| generation.parse::<i64>().ok());
    observed >= rollout.metadata.generation.or(Some(0))
}

/// The hash of the stable revision.
pub fn stable(rollout: &Rollout) -> Option<&str> {
    rollout.status.as_ref()?.stable_rs.as_deref().filter(|hash| !hash.is_empty())
}

/// The hash of the newest revision.
pub fn newest(rollout: &Rollout) -> Option<&str> {
    rollout.status.as_ref()?.current_pod_hash.as_deref().filter(|hash| !hash.is_empty())
}

/// Whether the newest revision is the stable one.
pub fn is_complete(rollout: &Rollout) -> bool {
    stable(rollout).is_some() && stable(rollout) == newest(rollout)
}

/// Whether there is no other revision to share traffic with: the newest is the first one, or is stable.
pub fn is_alone(rollout: &Rollout) -> bool {
    is_complete(rollout) || stable(rollout).is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(generation: i64, status: &serde_json::Value, expected: &str) {
        let rollout = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": "shop", "generation": generation}, "spec": {}, "status": status});
        let Standing { phase, message } = standing(&serde_json::from_value(rollout).unwrap());
        assert_eq!(format!("{phase:?} {message}"), expected);
    }

    #[test]
    fn a_status_about_the_newest_spec_is_believed() {
        check(2, &json!({"phase": "Paused", "message": "why", "observedGeneration": "2"}), "Paused why");
    }

    #[test]
    fn a_status_about_an_older_spec_is_not() {
        let waiting = "Progressing waiting for the controller to look at the newest spec";
        check(3, &json!({"phase": "Healthy", "observedGeneration": "2"}), waiting);
        check(1, &json!({}), waiting);
    }
}
