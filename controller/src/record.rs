//! Writes down what a pass found and did: in the status, as Kubernetes events, in the log, as metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::api::Patch;
use serde_json::{Value, json};
use sluice_core::change::Change;
use sluice_core::event::{self, Event};
use sluice_core::fact::{Fact, Hold};
use sluice_core::guard::Word;
use sluice_core::observed::{Analysis, Observed};
use sluice_core::{status, users};
use sluice_crds::names::annotation;
use sluice_crds::{AnalysisPhase, Rollout, RolloutStatus};
use sluice_notify::story;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::apply::{self, Done, hand};
use crate::context::Context;
use crate::key::{Key, Kind, ObjectId};
use crate::notices;
use crate::observe::Seen;
use crate::patch::difference;
use crate::traces;

/// The reason of the event that tells which Services were taken from the router's entries.
const DERIVED: &str = "CanaryServicesDerived";

/// Why the status could not be written.
#[derive(Debug, thiserror::Error)]
#[error("write down how Rollout {key} stands")]
pub struct Error {
    /// Whose.
    key: Key,
    /// Why not.
    #[source]
    source: kube::Error,
}

/// Records a pass. Facts are told once the status has them: if it cannot be written, the next pass finds them again.
/// Changes were made either way, and are told.
///
/// Gives the time by which to come back and write what is put off for a moment.
pub async fn pass(
    ctx: &Context,
    seen: &Seen,
    facts: &[Fact],
    done: &Done,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let facts: &[Fact] = &outcome(facts, done);
    let folded = status::fold(&seen.observed, facts, &done.made, now);
    let written = write(ctx, seen, &folded, done.version.as_deref()).await;
    let told = if written.is_ok() { facts } else { &[] };
    tell(ctx, seen, &folded, told, &done.made);
    if let Some(error) = &done.error {
        trouble(ctx, &seen.rollout, error);
    }
    breach(ctx, seen, facts, done);
    let put_off = written?;
    traces::pass(ctx, seen, facts, done, &folded, now);
    if let Some(release) = status::ended(&seen.observed.status, &folded, now) {
        ctx.metrics.releases.ended(&release);
    }
    note(ctx, seen).await?;
    Ok(put_off.and_then(|wait| now.checked_add(wait).ok()))
}

/// The facts of a pass after its changes: a revision that the API server refuses is what holds the release, a pod that it
/// does not let go what a restart waits for.
fn outcome(facts: &[Fact], done: &Done) -> Vec<Fact> {
    let refusal = done.error.as_ref().and_then(apply::Error::refusal).map(|why| Fact::Held(Hold::NotCreated(why)));
    let wait = done.error.as_ref().and_then(apply::Error::wait).map(Fact::Restarting);
    let replaced = |fact: &&Fact| match fact {
        Fact::Held(_) => refusal.is_some(),
        Fact::Restarting(_) => wait.is_some(),
        _ => false,
    };
    let kept = facts.iter().filter(|fact| !replaced(fact));
    kept.cloned().chain(refusal.clone()).chain(wait.clone()).collect()
}

/// Notes on the Rollout itself what others read there: the newest revision's number, as soon as that revision is seen, and the
/// generation of the workload that lends its template.
async fn note(ctx: &Context, seen: &Seen) -> Result<(), Error> {
    let has = seen.rollout.annotations();
    let mut noted = notes(seen);
    noted.retain(|key, value| has.get(*key) != value.as_ref());
    if noted.is_empty() {
        return Ok(());
    }
    let key = Key::of(&seen.rollout);
    let patch = json!({"metadata": {"annotations": noted}});
    let patched = ctx.untyped::<Rollout>(&key.namespace).patch(&key.name, &hand::params(), &Patch::Merge(&patch)).await;
    let object = patched.map_err(|source| Error { key: key.clone(), source })?;
    ctx.wrote(&ObjectId { kind: Kind::Rollout, key }, Kind::Rollout, &object);
    Ok(())
}

/// Annotations that the Rollout should have, `None` for one that it should not. Both come in one write.
fn notes(seen: &Seen) -> BTreeMap<&'static str, Option<String>> {
    let Some(newest) = seen.observed.new_revision() else { return BTreeMap::new() };
    let generation = match &seen.observed.loan {
        None => Some(None),
        Some(loan) => loan.lending.as_ref().ok().map(|lending| Some(lending.generation.to_string())),
    };
    let generation = generation.map(|generation| (annotation::WORKLOAD_GENERATION, generation));
    std::iter::once((annotation::REVISION, Some(newest.number.to_string()))).chain(generation).collect()
}

/// Times how long a breach took to be answered: until the last users were taken back. One that found no users on the new revision
/// needs no answer, and one that the rollback policy answers later, or not at all, is none of that, nor is one of a version that stays.
fn breach(ctx: &Context, seen: &Seen, facts: &[Fact], done: &Done) {
    let key = Key::of(&seen.rollout);
    let is_put_off =
        facts.iter().any(|fact| matches!(fact, Fact::Policy(Word::Reined(_)) | Fact::Held(Hold::Policy(_))));
    if let Some(back) = done.users_back {
        if let Some(broke) = ctx.breaches.answered(&key) {
            ctx.metrics.releases.breach_to_zero.observe(back.duration_since(broke).as_secs_f64().max(0.0));
        }
    } else if is_put_off || !users::see_new(&seen.observed) || stays(&seen.observed, facts) {
        ctx.breaches.answered(&key);
    }
}

/// Whether the version is the stable one, and stays it although an analysis of it is seen to have ended badly.
fn stays(seen: &Observed, facts: &[Fact]) -> bool {
    let goes = facts.iter().any(|fact| matches!(fact, Fact::WentBad(_)));
    let failed = |run: &Analysis| matches!(run.phase, AnalysisPhase::Failed | AnalysisPhase::Error);
    let mut own = seen.analyses.iter().filter(|run| run.hash == seen.hash);
    !goes && seen.stable_hash().as_ref() == Some(&seen.hash) && own.any(failed)
}

/// Patches the status if it changes, and only if the Rollout is still the one that was seen. What may wait is put off, and
/// it says for how long.
async fn write(
    ctx: &Context,
    seen: &Seen,
    folded: &RolloutStatus,
    version: Option<&str>,
) -> Result<Option<Duration>, Error> {
    let key = Key::of(&seen.rollout);
    if seen.has_status(folded) {
        ctx.unwritten.forget(&key);
        return Ok(None);
    }
    if let Some(wait) = put_off(ctx, seen, folded, &key) {
        return Ok(Some(wait));
    }
    let after = serde_json::to_value(folded).unwrap_or_default();
    let Some(changed) = difference(&seen.status_before(), &after) else { return Ok(None) };
    let patch = status_patch(version, &changed);
    let rollouts = ctx.untyped::<Rollout>(&key.namespace);
    let patched = rollouts.patch_status(&key.name, &hand::params(), &Patch::Merge(&patch)).await;
    let object = patched.map_err(|source| Error { key: key.clone(), source })?;
    ctx.unwritten.forget(&key);
    ctx.wrote(&ObjectId { kind: Kind::Rollout, key }, Kind::Rollout, &object);
    Ok(None)
}

/// How long the status may stay as it is written, because what is new may wait for more.
fn put_off(ctx: &Context, seen: &Seen, folded: &RolloutStatus, key: &Key) -> Option<Duration> {
    let before = seen.rollout.status.as_ref().filter(|_| seen.stored.is_none())?;
    status::may_wait(before, folded).then(|| ctx.unwritten.waits(key, Instant::now())).flatten()
}

fn status_patch(version: Option<&str>, changed: &Value) -> Value {
    json!({"metadata": {"resourceVersion": version}, "status": changed})
}

/// Tells people what is new: the same text as an event and as a log line, which names the release too.
fn tell(ctx: &Context, seen: &Seen, folded: &RolloutStatus, facts: &[Fact], made: &[Change]) {
    let mut events = event::events(&seen.observed.status, facts, made);
    events.extend(derived(seen, facts));
    let key = Key::of(&seen.rollout);
    for Event { warning, reason, text } in &events {
        if *warning {
            ctx.events.warning(&seen.rollout, reason, text);
        } else {
            ctx.events.normal(&seen.rollout, reason, text);
        }
        notices::hear(ctx, &key, reason);
    }
    let release = story::release(folded);
    for fact in facts.iter().filter(|fact| !repeats(fact)) {
        info!(rollout = %key, release, "{fact}");
    }
    for change in made {
        info!(rollout = %key, release, "{change}");
    }
}

/// Facts that every pass states as long as they hold: the status tells them, the log would drown in them.
fn repeats(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Held(_)
            | Fact::Restarting(_)
            | Fact::Beside(_)
            | Fact::Policy(_)
            | Fact::InvalidSpec(_)
            | Fact::Analysis { .. }
            | Fact::DeadlineExceeded(_)
    )
}

/// Says at the start of each release which Services the router's entries told.
fn derived(seen: &Seen, facts: &[Fact]) -> Option<Event> {
    let begins = facts.iter().any(|fact| matches!(fact, Fact::NewRevision(_)));
    let arms = seen.derived.as_ref().filter(|_| begins)?;
    let text = format!(
        "taken from the TraefikService's entries: canaryService {}, stableService {}; name them in spec.strategy.canary to be sure",
        arms.canary, arms.stable
    );
    Some(Event { warning: false, reason: DERIVED.to_owned(), text })
}

/// Tells of a change that could not be made, except when somebody else was just faster.
fn trouble(ctx: &Context, rollout: &Rollout, error: &apply::Error) {
    if error.is_conflict() || error.wait().is_some() {
        return;
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    let release = rollout.status.as_ref().and_then(story::release);
    warn!(rollout = %Key::of(rollout), release, "{text}");
    ctx.events.warning(rollout, error.reason(), &text);
}
