//! What is said of an analysis beside both versions of a canary that judges them together.

use sluice_analysis::blind::{self, Arms};
use sluice_analysis::template::Prepared;
use sluice_core::observed::Role;
use sluice_core::spec::{Spec, Strategy};
use sluice_crds::{CanaryStep, CanaryStrategy};

use crate::observe::Seen;

/// The warning, if some of its metrics cannot tell the new version from the stable one. Where all traffic goes to the new one,
/// there is nothing to tell.
pub(super) fn warning(seen: &Seen, namespace: &str, role: Role, prepared: &Prepared) -> Option<String> {
    let canary = seen.rollout.spec.strategy.canary.as_ref()?;
    if matches!(role, Role::Step(index) if takes_all(&canary.steps, index)) {
        return None;
    }
    let services = services(seen);
    let names = hashes(seen).chain(services.iter().flatten().cloned()).chain(marks(canary)).collect();
    let metrics = blind::blind(&prepared.spec, &Arms { names });
    // A Service that takes turns is the new version's in this release, and the stable one's in the next.
    let is_told = canary.ping_pong.is_none();
    let is_traefik = canary.traffic_routing.as_ref().is_some_and(|routing| routing.traefik.is_some() && is_told);
    let [new, _] = services;
    (!metrics.is_empty()).then(|| blind::warning(&metrics, namespace, new.as_deref().filter(|_| is_traefik)))
}

fn takes_all(steps: &[CanaryStep], index: usize) -> bool {
    let weight = steps.iter().take(index).rev().find_map(|step| step.set_weight);
    weight == Some(100)
}

/// Of the new version and of the stable one, where they are known.
fn services(seen: &Seen) -> [Option<String>; 2] {
    let Ok(Spec { strategy: Strategy::Canary(canary), .. }) = &seen.observed.spec else { return [None, None] };
    let (new, stable) = canary.services.clone().map(|arms| (arms.canary, arms.stable)).unzip();
    [new, stable]
}

fn hashes(seen: &Seen) -> impl Iterator<Item = String> {
    let stable = seen.observed.stable_hash();
    stable.into_iter().chain([seen.observed.hash.clone()]).map(|hash| hash.0)
}

/// What the pods of one version are given for their role.
fn marks(canary: &CanaryStrategy) -> impl Iterator<Item = String> {
    let given = [&canary.canary_metadata, &canary.stable_metadata].into_iter().flatten();
    given.flat_map(|metadata| metadata.labels.values().cloned())
}
