//! The canary strategy.

use sluice_crds::{BackgroundAnalysis, CanaryStrategy, ReplicaProgressThreshold};

use super::fields::{Checker, Round};
use super::{ping_pong, routers, steps, trial};
use crate::spec::{Background, Canary, CanaryServices, Enough, Istio, Router, Turn};

const HERE: &str = "spec.strategy.canary";

pub(super) fn check(
    check: &mut Checker,
    canary: &CanaryStrategy,
    replicas: u32,
    derived: Option<CanaryServices>,
) -> Option<Canary> {
    check.unknown(HERE, &canary.unknown);
    let routers = canary.traffic_routing.as_ref().map_or_else(Vec::new, |routing| routers::check(check, routing));
    let (max_surge, max_unavailable) = budgets(check, canary, replicas);
    let delay = check.seconds("spec.strategy.canary.scaleDownDelaySeconds", canary.scale_down_delay_seconds, 30);
    if canary.scale_down_delay_seconds.is_some() && canary.traffic_routing.is_none() {
        check.wrong("spec.strategy.canary.scaleDownDelaySeconds", "needs trafficRouting");
    }
    let min_pods = min_pods(check, canary);
    let whole = routers::whole(check, canary, &routers);
    let managed_routes = routers::managed(check, canary, &routers);
    let steps = steps::check(check, &canary.steps, whole);
    scale_needs_router(check, canary);
    let (services, turn) = arms(check, canary, &routers, derived);
    trial::weights(check, canary, &routers, whole);
    Some(Canary {
        services,
        turn,
        background: canary.analysis.as_ref().map(|analysis| background(check, analysis, canary.steps.len())),
        abort_scale_down_delay: abort_delay(check, HERE, canary.abort_scale_down_delay_seconds),
        scale_down_delay: delay,
        scale_down_delay_revisions: delay_revisions(check, canary),
        steps: steps?,
        enough: canary.replica_progress_threshold.as_ref().map_or(Enough::ALL, |threshold| enough(check, threshold)),
        min_pods,
        managed_routes,
        whole,
        routers,
        most_pods: most_pods(canary, replicas, max_surge),
        dynamic_stable: dynamic_stable(check, canary),
        max_surge,
        max_unavailable,
    })
}

/// Seconds that pods stay after an abort: 30, and 0 means for good.
pub(super) fn abort_delay(check: &mut Checker, path: &str, seconds: Option<i32>) -> Option<jiff::SignedDuration> {
    Some(check.seconds(&format!("{path}.abortScaleDownDelaySeconds"), seconds, 30)).filter(|delay| !delay.is_zero())
}

fn delay_revisions(check: &mut Checker, canary: &CanaryStrategy) -> Option<usize> {
    let field = "spec.strategy.canary.scaleDownDelayRevisionLimit";
    let limit = canary.scale_down_delay_revision_limit?;
    if canary.traffic_routing.is_none() {
        check.wrong(field, "needs trafficRouting; without it old pods go as new ones come");
    }
    Some(check.count(field, Some(limit), 0) as usize)
}

/// The least number of new pods, where there are any.
fn min_pods(check: &mut Checker, canary: &CanaryStrategy) -> u32 {
    let field = "spec.strategy.canary.minPodsPerReplicaSet";
    if canary.min_pods_per_replica_set.is_some() && canary.traffic_routing.is_none() {
        check.wrong(field, "needs trafficRouting; without it the number of pods is the weight");
    }
    check.count(field, canary.min_pods_per_replica_set, 1)
}

/// The most pods in all, where the spec bounds them beside a router. Each of two revisions that a Service selects has a pod.
fn most_pods(canary: &CanaryStrategy, replicas: u32, surge: u32) -> Option<u32> {
    let bounds = canary.traffic_routing.is_some() && canary.max_surge.is_some();
    bounds.then(|| replicas.saturating_add(surge).max(2))
}

fn dynamic_stable(check: &mut Checker, canary: &CanaryStrategy) -> bool {
    let field = "spec.strategy.canary.dynamicStableScale";
    if canary.dynamic_stable_scale && canary.traffic_routing.is_none() {
        check.wrong(field, "needs trafficRouting; without it stable pods go as new ones come anyway");
    }
    if canary.dynamic_stable_scale && canary.scale_down_delay_seconds.is_some() {
        check.wrong(field, "and scaleDownDelaySeconds exclude each other; remove one");
    }
    canary.dynamic_stable_scale
}

/// How many of the pods that a step needs are enough.
fn enough(check: &mut Checker, threshold: &ReplicaProgressThreshold) -> Enough {
    let here = "spec.strategy.canary.replicaProgressThreshold";
    check.unknown(here, &threshold.unknown);
    let value = u32::try_from(threshold.value).unwrap_or_default();
    match (threshold.r#type.as_str(), value) {
        ("Percent", 1..=100) => return Enough::Percent(value),
        ("Pods", 1..) => return Enough::Pods(value),
        ("Percent", _) => check.wrong(&format!("{here}.value"), format!("is {}; must be 1 to 100", threshold.value)),
        ("Pods", _) => check.wrong(&format!("{here}.value"), format!("is {}; must be 1 or more", threshold.value)),
        (kind, _) => check.wrong(&format!("{here}.type"), format!("is {kind:?}; must be Percent or Pods")),
    }
    Enough::ALL
}

fn scale_needs_router(check: &mut Checker, canary: &CanaryStrategy) {
    let scales = canary.steps.iter().enumerate().filter(|(_, step)| step.set_canary_scale.is_some());
    for (at, _) in scales.filter(|_| canary.traffic_routing.is_none()) {
        let field = format!("{HERE}.steps[{at}].setCanaryScale");
        check.wrong(&field, "needs trafficRouting; without it the number of pods is the weight");
    }
}

/// The Services of the two arms, and whose turn it is where they take turns.
fn arms(
    check: &mut Checker,
    canary: &CanaryStrategy,
    routers: &[Router],
    derived: Option<CanaryServices>,
) -> (Option<CanaryServices>, Option<Turn>) {
    match &canary.ping_pong {
        Some(both) => ping_pong::check(check, canary, both, routers, derived.as_ref()).unzip(),
        None => (services(check, canary, routers, derived), None),
    }
}

fn services(
    check: &mut Checker,
    canary: &CanaryStrategy,
    routers: &[Router],
    derived: Option<CanaryServices>,
) -> Option<CanaryServices> {
    let new = check.name("spec.strategy.canary.canaryService", canary.canary_service.as_ref());
    let stable = check.name("spec.strategy.canary.stableService", canary.stable_service.as_ref());
    match (new, stable) {
        (Some(canary), Some(stable)) if canary == stable => {
            check.wrong("spec.strategy.canary.canaryService", "is the same as stableService; each arm needs its own");
            None
        }
        (Some(canary), Some(stable)) => Some(CanaryServices { canary, stable }),
        (None, None) if let Some(subsets) = subsets(routers) => Some(subsets),
        (None, None) if derived.is_none() && !routers.is_empty() => {
            let untold = match routers {
                [Router::Traefik(_)] => "the TraefikService's entries do not tell which is which",
                _ => "nothing else tells which Services the two arms are",
            };
            check.wrong(
                "spec.strategy.canary.canaryService",
                format!("is missing, and {untold}; set canaryService and stableService"),
            );
            None
        }
        (None, None) => derived,
        (Some(_), None) => {
            check.wrong("spec.strategy.canary.stableService", "is missing beside canaryService");
            None
        }
        (None, Some(_)) => {
            check.wrong("spec.strategy.canary.canaryService", "is missing beside stableService");
            None
        }
    }
}

/// The subsets that are the arms where no Services are: the one router is Istio, with a DestinationRule.
///
/// They are named after it, in a way that no Service can be named.
fn subsets(routers: &[Router]) -> Option<CanaryServices> {
    let [Router::Istio(Istio { subsets: Some(subsets), .. })] = routers else { return None };
    let name = |subset: &String| format!("{}/{subset}", subsets.rule);
    Some(CanaryServices { canary: name(&subsets.canary), stable: name(&subsets.stable) })
}

/// How many pods may be too many, and how many may be missing, while pods are exchanged.
fn budgets(check: &mut Checker, canary: &CanaryStrategy, replicas: u32) -> (u32, u32) {
    let surge = check.pods("spec.strategy.canary.maxSurge", canary.max_surge.as_ref(), replicas, Round::Up);
    let missing =
        check.pods("spec.strategy.canary.maxUnavailable", canary.max_unavailable.as_ref(), replicas, Round::Down);
    let is_zero = |value: &Option<_>| match value {
        Some(sluice_crds::IntOrString::Int(pods)) => *pods == 0,
        Some(sluice_crds::IntOrString::String(text)) => text.trim_end_matches('%') == "0",
        None => false,
    };
    if is_zero(&canary.max_surge) && is_zero(&canary.max_unavailable) {
        check.wrong("spec.strategy.canary.maxSurge", "and maxUnavailable are both 0; no pod could ever be exchanged");
    }
    // Rounding may leave both at 0 (1 replica, 25 %): then one pod may be missing, or nothing moves.
    if surge == 0 && missing == 0 { (0, 1) } else { (surge, missing) }
}

fn background(check: &mut Checker, analysis: &BackgroundAnalysis, steps: usize) -> Background {
    check.analysis("spec.strategy.canary.analysis", &analysis.analysis);
    let field = "spec.strategy.canary.analysis.startingStep";
    let starting_step = check.count(field, analysis.starting_step, 0) as usize;
    if starting_step > steps {
        check.wrong(field, format!("is {starting_step}, and there are {steps} steps; the analysis would never start"));
    }
    Background { analysis: Box::new(analysis.analysis.clone()), starting_step }
}
