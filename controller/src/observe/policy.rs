//! What the rollback policy asks for a Rollout.

use std::sync::Arc;

use jiff::Timestamp;
use kube::ResourceExt;
use serde_json::Value;
use sluice_core::guard::{Blind, Checks, Guard, Reins};
use sluice_core::hash;
use sluice_core::observed::{self, Hash, Observed, Revision};
use sluice_core::spec::{Router, Spec, Strategy};
use sluice_crds::names::label;
use sluice_crds::{AnalysisPhase, AnalysisRun, Argument, Rollout, RolloutAnalysis, RolloutArgument, violation};
use sluice_policy::{Channel, Names, Place, Rules, Unmeasurable};

use super::{Templates, analyses, references};
use crate::caches::{Guarded, PolicyMap};
use crate::context::Context;
use crate::key::Key;

/// How objects of an Application name it: by the established annotation, or by one of the labels.
const TRACKING: &str = "argocd.argoproj.io/tracking-id";
const INSTANCES: [&str; 2] = ["argocd.argoproj.io/instance", "app.kubernetes.io/instance"];

/// The rules for a Rollout, and what its release needs to know of them.
struct Ruling {
    guard: Guard,
    rules: Rules,
}

/// Looks what the policy asks for, where the spec can be acted on at all; gives the rules.
pub(super) fn look(
    ctx: &Context,
    key: &Key,
    rollout: &Rollout,
    observed: &mut Observed,
    runs: &[Arc<Guarded<AnalysisRun>>],
    now: Timestamp,
) -> Option<Rules> {
    let spec = observed.spec.as_ref().ok()?;
    let past = Past { spec, hash: &observed.hash, revisions: &observed.revisions, runs };
    let Ruling { guard, rules } = of(ctx, key, rollout, &past, now)?;
    observed.guard = Some(guard);
    Some(rules)
}

/// What holds for that Rollout, if any policy is about it: one beside it before others, and these by their namespaces. One without
/// triggers watches nothing.
fn of(ctx: &Context, key: &Key, rollout: &Rollout, past: &Past<'_>, now: Timestamp) -> Option<Ruling> {
    let (policy, rules) = in_force(ctx, key, rollout).filter(|(_, rules)| !rules.triggers.is_empty())?;
    let guard = guard(&policy, &rules, checks(ctx, key, &rules), past, now);
    Some(Ruling { guard, rules })
}

/// Whom the policy tells of what becomes of that Rollout.
pub(crate) fn channels(ctx: &Context, key: &Key, rollout: &Rollout) -> Vec<Channel> {
    in_force(ctx, key, rollout).map(|(_, rules)| rules.channels).unwrap_or_default()
}

fn in_force(ctx: &Context, key: &Key, rollout: &Rollout) -> Option<(Arc<PolicyMap>, Rules)> {
    let is_here = |policy: &PolicyMap| policy.namespace().as_deref() == Some(&key.namespace);
    let mut policies = ctx.caches.policies.state();
    policies.retain(|one| is_here(one) || one.namespace().is_some_and(|home| ctx.options.reaches_beyond(&home)));
    policies.sort_by_key(|policy| (!is_here(policy), policy.namespace()));
    let application = application(rollout);
    policies.into_iter().find_map(|policy| {
        let home = policy.namespace().unwrap_or_default();
        let names =
            Names { namespace: &key.namespace, name: &key.name, application: application.as_deref(), policy: &home };
        let mut rules = ctx.policies_good.in_force(&policy)?.policy.rules(&names)?;
        // Written out, so that a watch without an address to ask makes room for another once the controller has one.
        rules.settings.prometheus = rules.settings.prometheus.or_else(|| ctx.prometheus.prometheus_address.clone());
        Some((policy, rules))
    })
}

fn guard(policy: &PolicyMap, rules: &Rules, checks: Checks, past: &Past<'_>, now: Timestamp) -> Guard {
    let back = past.taken_back();
    let times: Vec<Timestamp> = back.iter().map(|(_, at)| *at).collect();
    let reins = rules.reins(&times, now);
    let remembered = back.into_iter().filter(|(_, at)| rules.remembers(*at, now)).map(|(run, _)| run).collect();
    Guard {
        asks: hash::watch(&rules.shape()).0,
        decides: rules.decisive().map(|trigger| trigger.name.clone()).collect(),
        bake: rules.settings.bake,
        dry_run: rules.settings.dry_run,
        reins: reins.map(|reins| Reins { why: reins.why, until: reins.until }),
        remembered,
        blind: rules.unmeasurable(&during(past.spec, now)).map(blind),
        gradual: (rules.strategy == sluice_policy::Strategy::Gradual).then_some(rules.settings.interval),
        checks,
        broken: policy.broken.clone(),
    }
}

/// Whether the AnalysisTemplates among the checks are there, and fit.
fn checks(ctx: &Context, key: &Key, rules: &Rules) -> Checks {
    if rules.checks.is_empty() {
        return Checks::None;
    }
    let analysis = templates(rules, &rules.shape().args);
    if analysis.templates.is_empty() {
        return Checks::Ready;
    }
    let found = Templates::named(ctx, key, analysis.templates.clone());
    let wrong = references::of_analysis("validation_checks", &analysis, &found, &Value::Null);
    if wrong.is_empty() { Checks::Ready } else { Checks::Broken(violation::in_one_line(&wrong)) }
}

/// The AnalysisTemplates among the checks, which are given the policy's own arguments.
pub(crate) fn templates(rules: &Rules, given: &[Argument]) -> RolloutAnalysis {
    let arg = |arg: &Argument| RolloutArgument {
        name: arg.name.clone(),
        value: arg.value.clone(),
        ..RolloutArgument::default()
    };
    let args = given.iter().map(arg).collect();
    RolloutAnalysis { templates: rules.templates(), args, ..RolloutAnalysis::default() }
}

fn blind(Unmeasurable { why, holds, all }: Unmeasurable) -> Blind {
    Blind { why, holds, all }
}

/// The Application that an object belongs to.
fn application(rollout: &Rollout) -> Option<String> {
    let tracked = rollout.annotations().get(TRACKING).and_then(|id| id.split(':').next());
    let labelled = || INSTANCES.iter().find_map(|label| rollout.labels().get(*label)).map(String::as_str);
    let name = tracked.or_else(labelled)?;
    // Applications of several namespaces are called NAMESPACE_NAME there.
    Some(name.rsplit('_').next().unwrap_or(name).to_owned())
}

/// A Rollout's spec, and what its earlier releases left.
struct Past<'a> {
    spec: &'a Spec,
    /// The revision that it asks for now.
    hash: &'a Hash,
    revisions: &'a [Revision],
    runs: &'a [Arc<Guarded<AnalysisRun>>],
}

impl Past<'_> {
    /// When other versions were taken back, and by which analyses: these failed, and were told to stop once that was recorded. One that is
    /// tried again is not spared for it.
    fn taken_back(&self) -> Vec<(String, Timestamp)> {
        let runs = self.runs.iter().filter_map(|run| run.0.as_ref().ok()).filter(|run| run.spec.terminate);
        let failed = runs.filter_map(|run| {
            let status = run.status.as_ref().filter(|status| status.phase == AnalysisPhase::Failed)?;
            let is_watch = matches!(analyses::role(run), observed::Role::Policy | observed::Role::Bake);
            let time = status.completed_at.as_ref().filter(|_| is_watch && self.is_aborted(run))?;
            Some((run.name_any(), time.0))
        });
        failed.collect()
    }

    /// Whether the revision of a run was taken back. A run that failed at the last moment of a release may not have been heard.
    fn is_aborted(&self, run: &AnalysisRun) -> bool {
        let hash = run.labels().get(label::POD_TEMPLATE_HASH);
        let mine = self.revisions.iter().find(|revision| Some(&revision.hash.0) == hash);
        hash != Some(&self.hash.0) && mine.is_none_or(|revision| revision.past == observed::Past::Aborted)
    }
}

/// Where the versions' requests are told apart while both have some, in a release that began at that moment. A blue-green release has
/// no such time.
pub(crate) fn during(spec: &Spec, began: Timestamp) -> Place {
    match &spec.strategy {
        Strategy::Canary(canary) => {
            let is_traefik = canary.routers.iter().any(|router| matches!(router, Router::Traefik(_)));
            let arms = canary.services.as_ref().filter(|_| is_traefik);
            arms.map_or(Place::Nowhere, |arms| Place::Arms {
                new: arms.canary.clone(),
                stable: arms.stable.clone(),
                began,
            })
        }
        Strategy::BlueGreen(_) => after(spec, began),
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
        Strategy::Canary(canary) => match during(spec, moment) {
            // The other Service had the requests before.
            Place::Arms { new, stable, .. } if canary.turn.is_some() => since(&stable, &new),
            Place::Arms { stable, .. } => since(&stable, &stable),
            nowhere => nowhere,
        },
        Strategy::BlueGreen(blue_green) => since(&blue_green.active, &blue_green.active),
    }
}
