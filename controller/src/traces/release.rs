//! What of a release is over after a pass, as spans. Pure.

use jiff::Timestamp;
use kube::ResourceExt;
use sluice_core::change::Change;
use sluice_core::fact::Fact;
use sluice_core::status::{Ended, ended};
use sluice_crds::names::condition;
use sluice_crds::{Rollout, RolloutStatus};
use sluice_notify::story;
use sluice_otlp::{Span, SpanId, TraceId, Value};

/// A release, by what its spans are called.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Release {
    pub(super) trace: TraceId,
    /// The span that all others are within.
    pub(super) id: SpanId,
    began: Timestamp,
    hash: String,
}

impl Release {
    /// The release that a status is about. `None` before the first.
    pub(super) fn of(uid: &str, status: &RolloutStatus) -> Option<Self> {
        let began = status.duration.as_ref()?.rollout_started_at.as_ref()?.0;
        // With its beginning: another try of a version is another release.
        let trace = TraceId::of(&[uid, &story::release(status)?]);
        let id = SpanId::of(&trace, &["release"]);
        // A status tells whole seconds once it was read back.
        let began = Timestamp::from_second(began.as_second()).unwrap_or(began);
        Some(Self { trace, id, began, hash: status.current_pod_hash.clone()? })
    }

    /// The span of a step, counted from 0.
    pub(super) fn step(&self, at: usize) -> SpanId {
        SpanId::of(&self.trace, &["step", &at.to_string()])
    }

    /// When something moved forward last, as the status has it: about then the step began, for a process that did not see it.
    pub(super) fn last_progress(&self, status: &RolloutStatus) -> Timestamp {
        let progressing = status.conditions.iter().find(|one| one.r#type == condition::PROGRESSING);
        let last = progressing.and_then(|one| one.last_update_time.as_ref()).map(|time| time.0);
        last.map_or(self.began, |last| last.max(self.began))
    }
}

/// A pass that is over.
pub(super) struct Pass<'p> {
    pub(super) rollout: &'p Rollout,
    pub(super) before: &'p RolloutStatus,
    pub(super) after: &'p RolloutStatus,
    pub(super) facts: &'p [Fact],
    pub(super) done: &'p [Change],
    /// Why not everything was done.
    pub(super) trouble: Option<String>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Since when the step before it has been in force.
    pub(super) step_began: Timestamp,
}

/// What is over after a pass: steps, the release, and the pass itself if it changed something.
pub(super) fn spans(uid: &str, release: &Release, pass: &Pass<'_>) -> Vec<Span> {
    let last = Release::of(uid, pass.before).filter(|before| before.trace != release.trace);
    let ended = ended(pass.before, pass.after, pass.to);
    let of = last.as_ref().unwrap_or(release);
    let left = ended.as_ref().and_then(|_| left(of, last.is_some(), pass));
    let whole = ended.map(|ended| whole(of, &ended, pass));
    steps(release, pass).into_iter().chain(itself(release, pass)).chain(left).chain(whole).collect()
}

/// Whether a release goes on.
pub(super) fn is_under_way(status: &RolloutStatus) -> bool {
    status.duration.as_ref().is_some_and(|one| one.rollout_started_at.is_some() && one.finished_at.is_none())
}

/// Steps that are done.
fn steps(release: &Release, pass: &Pass<'_>) -> Vec<Span> {
    // Several that are done at once have taken no time, but for the first.
    let from = |place| if place == 0 { pass.step_began } else { pass.to };
    done(pass).enumerate().map(|(place, at)| one_step(release, pass, at, from(place))).collect()
}

fn done(pass: &Pass<'_>) -> impl Iterator<Item = usize> {
    pass.facts.iter().filter_map(|fact| if let Fact::StepDone(at) = fact { Some(*at) } else { None })
}

/// The step in which the release ended, if it was not done: what is within it has to be within something.
fn left(of: &Release, is_superseded: bool, pass: &Pass<'_>) -> Option<Span> {
    let at = in_step(pass).filter(|at| !done(pass).any(|done| done == *at))?;
    let mut span = one_step(of, pass, at, if is_superseded { of.last_progress(pass.before) } else { pass.step_began });
    span.attributes.push(("sluice.step.left", "the release ended in it".into()));
    Some(span)
}

/// The step that was in force before the pass, counted from 0.
fn in_step(pass: &Pass<'_>) -> Option<usize> {
    let steps = pass.rollout.spec.strategy.canary.as_ref().map_or(0, |canary| canary.steps.len());
    Some(story::step(pass.before)).filter(|at| *at < steps && is_under_way(pass.before))
}

fn one_step(release: &Release, pass: &Pass<'_>, at: usize, from: Timestamp) -> Span {
    let words = story::step_words(pass.rollout, at).unwrap_or_default();
    let kind = words.split(' ').next().unwrap_or_default().to_owned();
    let number = i64::try_from(at + 1).unwrap_or(i64::MAX);
    let attributes = vec![("sluice.step", number.into()), ("sluice.step.words", words.into())];
    let (id, name) = (release.step(at), format!("step {kind}").trim_end().to_owned());
    Span { id, from: from.min(pass.to), attributes, ..plain(release, name, pass.to) }
}

/// The pass, while its release goes on or is taken back. What is tidied up long after it is none of its trace.
fn itself(release: &Release, pass: &Pass<'_>) -> Option<Span> {
    let counts = is_under_way(pass.before) || is_under_way(pass.after) || pass.after.abort;
    if !counts || (pass.done.is_empty() && pass.trouble.is_none()) {
        return None;
    }
    let id = SpanId::of(&release.trace, &["pass", &pass.from.as_nanosecond().to_string()]);
    let changes: Vec<String> = pass.done.iter().map(ToString::to_string).collect();
    let attributes = vec![("sluice.changes", changes.into())];
    // The first pass of a release that takes the place of another is in no step yet.
    let is_first = pass.facts.iter().any(|fact| matches!(fact, Fact::NewRevision(_) | Fact::NewSteps | Fact::Retried));
    let step = in_step(pass).filter(|_| !is_first && !pass.after.abort);
    let parent = step.map_or_else(|| release.id.clone(), |at| release.step(at));
    let failed = pass.trouble.clone();
    let span = plain(release, "pass".to_owned(), pass.to);
    Some(Span { id, parent: Some(parent), from: pass.from, attributes, failed, ..span })
}

/// The release, which is over.
fn whole(release: &Release, ended: &Ended, pass: &Pass<'_>) -> Span {
    let (name, namespace) = (pass.rollout.name_any(), pass.rollout.namespace().unwrap_or_default());
    let mut attributes: Vec<(&'static str, Value)> = vec![
        ("k8s.namespace.name", namespace.into()),
        ("sluice.rollout", name.into()),
        ("sluice.revision", release.hash.clone().into()),
        ("sluice.ended", ended.how.clone().into()),
        ("sluice.paused_seconds", ended.paused.as_secs().into()),
    ];
    attributes.extend(images(pass.rollout, &release.hash, pass.after).map(|images| ("sluice.images", images.into())));
    let why = pass.after.message.clone().unwrap_or_default();
    let failed = (ended.how == "Aborted").then_some(why);
    let span = plain(release, "release".to_owned(), pass.to);
    Span { id: release.id.clone(), parent: None, from: release.began, attributes, failed, ..span }
}

/// What its containers run, while the Rollout still asks for that.
fn images(rollout: &Rollout, hash: &str, status: &RolloutStatus) -> Option<Vec<String>> {
    let is_asked_for = status.current_pod_hash.as_deref() == Some(hash);
    let template = rollout.spec.template.as_ref().filter(|_| is_asked_for)?;
    let images: Vec<String> = template.images().into_values().collect();
    (!images.is_empty()).then_some(images)
}

/// One that took no time, within the release.
fn plain(release: &Release, name: String, at: Timestamp) -> Span {
    Span {
        trace: release.trace.clone(),
        id: release.id.clone(),
        parent: Some(release.id.clone()),
        name,
        from: at,
        to: at,
        attributes: Vec::new(),
        events: Vec::new(),
        failed: None,
    }
}
