//! What must be so of every plan, whatever was seen.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sluice_core::Plan;
use sluice_core::change::Change;
use sluice_core::fact::Fact;
use sluice_core::observed::{Hash, Observed, Role, Routed};
use sluice_core::spec::{Canary, Spec, Strategy};
use sluice_core::weight::Weight;

/// Checks them all.
pub(super) fn hold(seen: &Observed, plan: &Plan, now: Timestamp) {
    let Ok(spec) = &seen.spec else {
        assert!(plan.changes.is_empty(), "acts on a spec that is wrong");
        return;
    };
    for change in &plan.changes {
        alone(seen, spec, change);
    }
    in_order(seen, &plan.changes);
    once_each(&plan.changes);
    one_traffic_change(spec, &plan.changes);
    abort_is_law(seen, plan);
    assert!(plan.wake.is_none_or(|wake| wake >= now || past_pause(plan, wake)), "wakes in the past: {plan:?} at {now}");
}

/// A pause whose time is over was seen as over: only what is held by something else may name it.
fn past_pause(plan: &Plan, wake: Timestamp) -> bool {
    plan.facts.iter().any(|fact| matches!(fact, Fact::Held(hold) if hold.until() == Some(wake)))
}

/// What each kind of change may never do.
fn alone(seen: &Observed, spec: &Spec, change: &Change) {
    match change {
        Change::Scale { hash, from, to, .. } => {
            let revision = seen.revision(hash).expect("scales what is there");
            assert!(*from == revision.desired && from != to, "{change}");
            assert!(*to > 0 || spec.replicas == 0 || !selected(seen, hash), "{change}, which a Service selects");
        }
        Change::PointService { service, to, .. } => {
            let ready = seen.revision(to).map_or(0, |revision| revision.ready);
            assert!(ready > 0 || spec.replicas == 0, "{change}, which has no ready pod");
            assert_ne!(seen.services[service].selects.as_ref(), Some(to), "{change}, which it does");
        }
        Change::Route { from, to, aside, .. } => {
            route(seen, spec, change, *from, *to);
            beside(seen, change, *to, aside);
        }
        Change::DeleteRevision { hash, .. } => {
            let revision = seen.revision(hash).expect("deletes what is there");
            assert!(revision.desired == 0 && revision.current == 0 && !selected(seen, hash), "{change}");
            assert!(*hash != seen.hash && Some(hash) != seen.stable_hash().as_ref(), "{change}");
        }
        Change::ScaleLender { from, to, instead, had, .. } => {
            let available = seen.revisions.iter().map(|one| u64::from(one.available)).sum::<u64>();
            assert!(from != to && u64::from(*instead) <= available, "{change}, with {available} of {instead} instead");
            let fewer = had.saturating_sub(*to);
            assert!(to > from || *instead >= spec.replicas || fewer <= *instead, "{change}, for {instead}");
        }
        Change::CreateRevision { hash, .. } => assert!(seen.revision(hash).is_none(), "{change}"),
        Change::StartAnalysis { name, role, .. } => assert!(seen.analysis(name, *role).is_none(), "{change}"),
        Change::StopAnalysis { name, .. } | Change::DeleteAnalysis { name } => {
            assert!(seen.analysis(name, Role::Other).is_some(), "{change}");
        }
        Change::StartExperiment { name, step, .. } => {
            assert!(seen.analysis(name, Role::Experiment(*step)).is_none(), "{change}");
        }
        Change::StopExperiment { name, .. } | Change::DeleteExperiment { name } => {
            assert!(seen.analysis(name, Role::Experiment(0)).is_some(), "{change}");
        }
        Change::SetRoutes { routes, .. } => {
            let ready = seen.new_revision().map_or(0, |revision| revision.ready);
            assert!(routes.is_empty() || ready > 0, "{change}, which has no ready pod");
        }
        Change::Mark { hash, .. } => assert!(seen.revision(hash).is_some(), "{change}, which is not there"),
        Change::MarkPods { pods, .. } => assert!(!pods.is_empty(), "{change}, which are none"),
        Change::Evict { uid, .. } => {
            let pod = seen.pods.iter().flatten().find(|pod| pod.uid == *uid).expect("evicts what is there");
            let old = spec.restart_at.is_some_and(|at| pod.created < at);
            assert!(old && !pod.leaving, "{change}, which nobody asked for");
        }
        Change::NoteHandover { from, .. } => assert!(*from > 0, "{change}"),
        Change::Renumber { .. } | Change::ShrinkAfter { .. } | Change::Remember { .. } | Change::Record { .. } => {}
    }
}

fn selected(seen: &Observed, hash: &Hash) -> bool {
    seen.services.values().any(|service| service.selects.as_ref() == Some(hash))
}

/// Traffic goes up only towards a revision with ready pods.
fn route(seen: &Observed, spec: &Spec, change: &Change, from: Option<Weight>, to: Weight) {
    let Some(Routed::Live { canary, others, .. }) = &seen.routed else { panic!("{change} without a router") };
    let Change::Route { aside, .. } = change else { panic!("{change} is no route") };
    assert!(from == *canary && (from != Some(to) || aside != others), "{change}");
    if to > from.unwrap_or_default() {
        let Strategy::Canary(Canary { services: Some(arms), .. }) = &spec.strategy else { panic!("{change} of nobody") };
        let canary = &seen.services[&arms.canary].selects;
        let ready = canary.as_ref().and_then(|hash| seen.revision(hash)).map_or(0, |revision| revision.ready);
        // Where the user wants no pods, weights may move among nobody.
        let nobody = seen.stable_revision().is_none_or(|stable| stable.ready == 0) && spec.replicas == 0;
        assert!(ready > 0 || nobody, "{change} to no ready pod");
        assert_eq!(canary.as_ref(), Some(&seen.hash), "{change} to another revision than the new one");
    }
}

/// An experiment gets more only at ready pods, and never more than the canary leaves.
fn beside(seen: &Observed, change: &Change, canary: Weight, aside: &BTreeMap<String, Weight>) {
    let Some(Routed::Live { others, .. }) = &seen.routed else { panic!("{change} without a router") };
    let given: u32 = aside.values().map(|weight| weight.parts()).sum();
    assert!(given <= canary.rest().parts(), "{change}: more than all");
    for (service, weight) in aside {
        let more = others.get(service).is_none_or(|before| weight > before);
        let ready = seen.aside.iter().any(|one| one.service == *service && one.is_ready);
        assert!(ready || !more, "{change} to no ready pod");
    }
}

/// Grow, route, shrink.
fn in_order(seen: &Observed, changes: &[Change]) {
    let rank = |change: &Change| match change {
        Change::CreateRevision { .. } | Change::Renumber { .. } => Some(0),
        Change::Scale { from, to, .. } if to > from => Some(0),
        Change::PointService { .. } | Change::Route { .. } | Change::SetRoutes { .. } => Some(1),
        Change::Scale { .. } | Change::DeleteRevision { .. } => Some(2),
        _ => None,
    };
    let ranks: Vec<u8> = changes.iter().filter_map(rank).collect();
    assert!(ranks.is_sorted(), "out of order: {changes:?} of {seen:?}");
}

/// No two changes of one thing in one plan.
fn once_each(changes: &[Change]) {
    let key = |change: &Change| match change {
        Change::Scale { hash, .. } => format!("scale {hash}"),
        Change::ScaleLender { .. } | Change::NoteHandover { .. } => "lender".to_owned(),
        Change::PointService { service, .. } => format!("point {service}"),
        Change::Route { .. } => "route".to_owned(),
        Change::SetRoutes { .. } => "managed routes".to_owned(),
        Change::ShrinkAfter { hash, .. } => format!("keep {hash}"),
        Change::Remember { hash, .. } => format!("note {hash}"),
        Change::Record { hash, .. } => format!("record {hash}"),
        Change::Mark { hash, .. } => format!("mark {hash}"),
        Change::MarkPods { pods, .. } => format!("mark pods {pods:?}"),
        Change::Evict { uid, .. } => format!("evict {uid}"),
        Change::StartAnalysis { name, .. } => format!("start {name}"),
        Change::StopAnalysis { name, .. } => format!("stop {name}"),
        Change::DeleteAnalysis { name } => format!("forget {name}"),
        Change::StartExperiment { name, .. } => format!("start experiment {name}"),
        Change::StopExperiment { name, .. } => format!("stop experiment {name}"),
        Change::DeleteExperiment { name } => format!("forget experiment {name}"),
        Change::CreateRevision { hash, .. } | Change::Renumber { hash, .. } => format!("number {hash}"),
        Change::DeleteRevision { hash, .. } => format!("delete {hash}"),
    };
    let mut keys: Vec<String> = changes.iter().map(key).collect();
    keys.sort();
    assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "twice: {changes:?}");
}

/// Behind a router one thing moves at a time: a selector or the weights.
fn one_traffic_change(spec: &Spec, changes: &[Change]) {
    let routed = matches!(&spec.strategy, Strategy::Canary(canary) if !canary.routers.is_empty());
    let is_traffic = |change: &&Change| {
        matches!(change, Change::PointService { .. } | Change::Route { .. } | Change::SetRoutes { .. })
    };
    let traffic = changes.iter().filter(is_traffic);
    assert!(!routed || traffic.count() <= 1, "two at once: {changes:?}");
}

/// Whether traffic may have to wait for stable pods.
fn may_wait(seen: &Observed) -> bool {
    let Ok(spec) = &seen.spec else { return false };
    matches!(&spec.strategy, Strategy::Canary(canary) if canary.most_pods.is_some() || canary.dynamic_stable)
}

/// A release that is taken back gets no more traffic and no more pods.
fn abort_is_law(seen: &Observed, plan: &Plan) {
    let aborted = |fact: &Fact| matches!(fact, Fact::Aborted(_));
    let recorded = seen.status.abort
        && seen.status.current_pod_hash.as_deref() == Some(seen.hash.0.as_str())
        && seen.stable_hash().as_ref() != Some(&seen.hash);
    if !recorded && !plan.facts.iter().any(aborted) {
        return;
    }
    for change in &plan.changes {
        match change {
            Change::Route { from, to, .. } => {
                let lower = from.is_some_and(|from| *to <= from) || seen.services["one"] == seen.services["two"];
                assert!(*to == Weight::ZERO || (may_wait(seen) && lower), "{change} after an abort");
            }
            Change::SetRoutes { routes, .. } => assert!(routes.is_empty(), "{change} after an abort"),
            Change::PointService { to, .. } => assert_ne!(to, &seen.hash, "{change} after an abort"),
            Change::Scale { hash, from, to, .. } if *hash == seen.hash => assert!(to < from, "{change} after an abort"),
            Change::StartAnalysis { .. } | Change::CreateRevision { .. } => panic!("{change} after an abort"),
            _ => {}
        }
    }
}
