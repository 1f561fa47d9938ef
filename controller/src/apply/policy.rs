//! The AnalysisRuns that the rollback policy asks for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kube::ResourceExt;
use sluice_core::guard;
use sluice_core::observed::{Hash, Role};
use sluice_core::spec::{Spec, Strategy};
use sluice_crds::AnalysisRunSpec;
use sluice_policy::{Place, Rules, Versions};

use crate::apply::hand::Hand;
use crate::apply::{Cause, analysis};
use crate::observe::{Templates, policy};

/// What the run of that role measures.
pub(super) fn spec(hand: &Hand<'_>, role: Role) -> Result<AnalysisRunSpec, Cause> {
    let gone = || Cause::NotInSpec("the rollback policy");
    let rules = hand.seen.rules.as_ref().ok_or_else(gone)?;
    let spec = hand.seen.observed.spec.as_ref().map_err(|_| gone())?;
    let versions = versions(hand, spec, role);
    match role {
        Role::Checks => checks(hand, rules, spec, &versions),
        _ => Ok(rules.watch(&versions)),
    }
}

fn versions(hand: &Hand<'_>, spec: &Spec, role: Role) -> Versions {
    let observed = &hand.seen.observed;
    let stable = match role {
        Role::Bake => guard::previous(observed),
        _ => observed.stable_hash(),
    };
    Versions {
        namespace: hand.key.namespace.clone(),
        rollout: hand.key.name.clone(),
        new: observed.hash.0.clone(),
        stable: stable.map(|Hash(hash)| hash).unwrap_or_default(),
        place: place(hand, spec, role),
        ports: ports(hand, spec),
        since: hand.ctx.clock.now(),
    }
}

fn place(hand: &Hand<'_>, spec: &Spec, role: Role) -> Place {
    match (role, &spec.strategy) {
        (Role::Policy, Strategy::Canary(_)) => policy::during(spec, began(hand)),
        _ => policy::after(spec, began(hand)),
    }
}

/// What a route may call the ports of the Services that users ask.
fn ports(hand: &Hand<'_>, spec: &Spec) -> Vec<String> {
    let services = asked(spec).into_iter().filter_map(|name| hand.ctx.caches.service(&hand.key.beside(name)));
    let ports = services.filter_map(|service| service.spec.as_ref()?.ports.clone()).flatten();
    let called = ports.flat_map(|port| [Some(port.port.to_string()), port.name].into_iter().flatten());
    called.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The Services that users ask.
fn asked(spec: &Spec) -> Vec<&str> {
    let canary = match &spec.strategy {
        Strategy::Canary(canary) => canary.services.as_ref().map(|services| services.canary.as_str()),
        Strategy::BlueGreen(_) => None,
    };
    home(spec).into_iter().chain(canary).collect()
}

/// The Service that has the version which users have in the end.
fn home(spec: &Spec) -> Option<&str> {
    match &spec.strategy {
        Strategy::Canary(canary) => Some(&canary.services.as_ref()?.stable),
        Strategy::BlueGreen(blue_green) => Some(&blue_green.active),
    }
}

/// When the release began: before that all requests were the stable version's.
fn began(hand: &Hand<'_>) -> Timestamp {
    let duration = hand.seen.observed.status.duration.as_ref();
    duration
        .and_then(|duration| duration.rollout_started_at.as_ref())
        .map_or_else(|| hand.ctx.clock.now(), |time| time.0)
}

/// The policy's own checks, and the AnalysisTemplates that it names.
fn checks(hand: &Hand<'_>, rules: &Rules, spec: &Spec, versions: &Versions) -> Result<AnalysisRunSpec, Cause> {
    let mut run = rules.checks(versions, address(hand, spec).as_deref());
    let analysis = policy::templates(rules, &run.args);
    if analysis.templates.is_empty() {
        return Ok(run);
    }
    let found = Templates::named(hand.ctx, &hand.key, analysis.templates.clone());
    let more = found.prepare(&analysis, |place| analysis::place(hand, place)).map_err(Cause::Analysis)?.spec;
    let theirs: BTreeSet<_> = more.args.iter().map(|arg| arg.name.clone()).collect();
    run.args.retain(|arg| !theirs.contains(&arg.name));
    run.args.extend(more.args);
    run.metrics.extend(more.metrics);
    run.dry_run.extend(more.dry_run);
    run.measurement_retention.extend(more.measurement_retention);
    Ok(run)
}

/// Where users find the version that they have again: at port 80 of the Service, or the one called http, else at its first.
fn address(hand: &Hand<'_>, spec: &Spec) -> Option<String> {
    let service = hand.ctx.caches.service(&hand.key.beside(home(spec)?))?;
    let ports = service.spec.as_ref()?.ports.as_ref()?;
    let numbered = ports.iter().find(|port| port.port == 80);
    let named = || ports.iter().find(|port| port.name.as_deref() == Some("http"));
    let port = numbered.or_else(named).or(ports.first())?.port;
    Some(format!("http://{}.{}.svc:{port}/", service.name_any(), hand.key.namespace))
}
