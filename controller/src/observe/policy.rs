//! What the rollback policy asks for a Rollout.

use std::sync::Arc;

use jiff::Timestamp;
use kube::ResourceExt;
use sluice_core::guard::{Guard, Reins};
use sluice_core::observed::Role;
use sluice_core::spec::{Router, Spec, Strategy};
use sluice_crds::{AnalysisPhase, AnalysisRun, Rollout};
use sluice_policy::{Names, Place, Rules};

use super::analyses;
use crate::caches::{Guarded, PolicyMap};
use crate::context::Context;
use crate::key::Key;

/// How objects of an Application name it: by the established annotation, or by one of the labels.
const TRACKING: &str = "argocd.argoproj.io/tracking-id";
const INSTANCES: [&str; 2] = ["argocd.argoproj.io/instance", "app.kubernetes.io/instance"];

/// The rules for a Rollout, and what its release needs to know of them.
pub(super) struct Ruling {
    pub(super) guard: Guard,
    pub(super) rules: Rules,
}

/// What holds for that Rollout, if any policy is about it: one beside it before others, and these by their namespaces.
pub(super) fn of(
    ctx: &Context,
    key: &Key,
    rollout: &Rollout,
    spec: &Spec,
    runs: &[Arc<Guarded<AnalysisRun>>],
    now: Timestamp,
) -> Option<Ruling> {
    let mut policies = ctx.caches.policies.state();
    policies.sort_by_key(|policy| (policy.namespace().as_deref() != Some(&key.namespace), policy.namespace()));
    let application = application(rollout);
    let (policy, rules) = policies.iter().find_map(|policy| {
        let home = policy.namespace().unwrap_or_default();
        let names =
            Names { namespace: &key.namespace, name: &key.name, application: application.as_deref(), policy: &home };
        Some((policy, policy.in_force.as_ref()?.rules(&names)?))
    })?;
    Some(Ruling { guard: guard(policy, &rules, spec, runs, now), rules })
}

fn guard(
    policy: &PolicyMap,
    rules: &Rules,
    spec: &Spec,
    runs: &[Arc<Guarded<AnalysisRun>>],
    now: Timestamp,
) -> Guard {
    let reins = rules.reins(&taken_back(runs), now);
    Guard {
        bake: rules.settings.bake,
        reins: reins.map(|reins| Reins { why: reins.why, until: reins.until }),
        blind: rules.unmeasurable(&during(spec)),
        checks: !rules.checks.is_empty(),
        broken: policy.broken.clone(),
    }
}

/// The Application that an object belongs to.
fn application(rollout: &Rollout) -> Option<String> {
    let tracked = rollout.annotations().get(TRACKING).and_then(|id| id.split(':').next());
    let labelled = || INSTANCES.iter().find_map(|label| rollout.labels().get(*label)).map(String::as_str);
    let name = tracked.or_else(labelled)?;
    // Applications of several namespaces are called NAMESPACE_NAME there.
    Some(name.rsplit('_').next().unwrap_or(name).to_owned())
}

/// When versions of this Rollout were taken back: their analyses were told to stop when that was recorded.
fn taken_back(runs: &[Arc<Guarded<AnalysisRun>>]) -> Vec<Timestamp> {
    let failed = runs.iter().filter_map(|run| run.0.as_ref().ok()).filter(|run| {
        let role = analyses::role(run);
        let status = run.status.as_ref();
        run.spec.terminate
            && matches!(role, Role::Policy | Role::Bake)
            && status.is_some_and(|status| status.phase == AnalysisPhase::Failed)
    });
    failed.filter_map(|run| run.status.as_ref()?.completed_at.as_ref()).map(|time| time.0).collect()
}

/// Where the versions' requests are told apart while both have some. A blue-green release has no such time.
pub(crate) fn during(spec: &Spec) -> Place {
    match &spec.strategy {
        Strategy::Canary(canary) => {
            let is_traefik = canary.routers.iter().any(|router| matches!(router, Router::Traefik(_)));
            let arms = canary.services.as_ref().filter(|_| is_traefik);
            arms.map_or(Place::Nowhere, |arms| Place::Arms { new: arms.canary.clone(), stable: arms.stable.clone() })
        }
        Strategy::BlueGreen(_) => after(spec, Timestamp::MIN),
    }
}

/// Where they are told apart once only the new version has requests, which began to come at that moment.
pub(crate) fn after(spec: &Spec, moment: Timestamp) -> Place {
    let since = |service: &str, baseline: &str| Place::Since {
        service: service.to_owned(),
        baseline: baseline.to_owned(),
        moment,
    };
    match &spec.strategy {
        Strategy::Canary(canary) => match during(spec) {
            // The other Service had the requests before.
            Place::Arms { new, stable } if canary.turn.is_some() => since(&stable, &new),
            Place::Arms { stable, .. } => since(&stable, &stable),
            nowhere => nowhere,
        },
        Strategy::BlueGreen(blue_green) => since(&blue_green.active, &blue_green.active),
    }
}
