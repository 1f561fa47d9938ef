//! Whether Rollouts here need Traefik.

use sluice_crds::Rollout;

/// Whether one of them does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Yes,
    No,
    /// They cannot be read.
    Unknown,
}

impl Need {
    /// Of Traefik, as the Rollouts ask for it.
    pub(super) fn of(rollouts: &kube::Result<Vec<Rollout>>) -> Self {
        let Ok(rollouts) = rollouts else { return Self::Unknown };
        let asks = |rollout: &Rollout| {
            let canary = rollout.spec.strategy.canary.as_ref();
            canary.and_then(|canary| canary.traffic_routing.as_ref()).is_some_and(|routing| routing.traefik.is_some())
        };
        if rollouts.iter().any(asks) { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;
    use crate::doctor::testing::refused;

    #[test]
    fn a_rollout_that_names_traefik_needs_it() {
        let rollout = |routing| -> Rollout {
            from_value(json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "shop"},
                "spec": {"selector": {}, "strategy": {"canary": {"trafficRouting": routing}}}}))
            .unwrap()
        };
        let traefik = json!({"traefik": {"weightedTraefikServiceName": "shop"}});
        assert_eq!(Need::of(&Ok(vec![rollout(json!({})), rollout(traefik)])), Need::Yes);
        assert_eq!(Need::of(&Ok(vec![rollout(json!({"nginx": {"stableIngress": "shop"}}))])), Need::No);
        assert_eq!(Need::of(&Ok(Vec::new())), Need::No);
        assert_eq!(Need::of(&Err(refused(403))), Need::Unknown);
    }
}
