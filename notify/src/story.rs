//! What happened to a Rollout, as its status tells it: each thing once, by an identifier that stays.
//!
//! News follows from what the cluster shows and from what is noted as told ([`Note`]), not from a stream of events: a process
//! that starts anew finds what was not told yet, and nothing twice.

mod evidence;
mod runs;
mod step;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sluice_crds::names::{condition, policy, reason};
use sluice_crds::{AnalysisRun, Condition, Rollout, RolloutStatus, Time};

use crate::Note;
use crate::release::{Concern, Happening};
use crate::trigger;
pub use step::words as step_words;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The same in each process, and another one for each thing of a release.
    pub id: String,
    /// The trigger that it sets off.
    pub trigger: String,
    /// What a reply in a thread says of it. `None`: what the thread's top message says is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<Happening>,
}

impl Occurrence {
    /// Whether only an event told of it: no status does.
    pub fn is_event(&self) -> bool {
        self.id.starts_with(EVENT)
    }
}

/// How a verdict of the rollback policy is known in a Rollout's message.
const WATCH: &str = "rollback policy ";

/// What the identifiers of events begin with that no status tells of.
pub(crate) const EVENT: &str = "event/";

/// An event of that reason, unless the status tells of the same. `moment` tells it from others of its reason.
pub fn of_event(reason: &str, moment: Timestamp) -> Option<Occurrence> {
    use sluice_crds::names::event;
    let by_status = [
        event::UPDATED,
        event::STEP_COMPLETED,
        event::ROLLED_BACK,
        reason::PAUSED,
        reason::RESUMED,
        reason::COMPLETED,
        reason::ABORTED,
        reason::PROGRESS_DEADLINE_EXCEEDED,
        reason::INVALID_SPEC,
        policy::CHECK_FAILED,
    ];
    let is_concern = Concern::ALL.iter().any(|concern| concern.reason() == reason);
    let is_told = by_status.contains(&reason) || is_concern || reason.starts_with(event::ANALYSIS_RUN_PREFIX);
    (!is_told).then(|| occurrence(format!("{EVENT}{reason}@{}", moment.as_nanosecond()), reason, None))
}

/// The release that a status is about: the version, and when its release began. `None` before the first.
pub fn release(status: &RolloutStatus) -> Option<String> {
    let hash = status.current_pod_hash.as_deref()?;
    let began = status.duration.as_ref().and_then(|duration| duration.rollout_started_at.as_ref());
    Some(format!("{hash}@{}", began.map_or(0, |time| time.0.as_second())))
}

/// When the release was over, by a promotion or an abort. `None` while it goes on.
pub fn over(status: &RolloutStatus) -> Option<Timestamp> {
    let finished = status.duration.as_ref()?.finished_at.as_ref()?;
    let aborted = status.aborted_at.as_ref().filter(|_| status.abort);
    Some(aborted.map_or(finished.0, |aborted| aborted.0.max(finished.0)))
}

/// What is not noted as told, in the order in which it happened. `runs` are the Rollout's AnalysisRuns.
pub fn news(rollout: &Rollout, runs: &[&AnalysisRun], note: &Note) -> Vec<Occurrence> {
    let Some(status) = &rollout.status else { return Vec::new() };
    let Some(release) = release(status) else { return Vec::new() };
    let story = Story { rollout, status, runs, note, of_this: note.release == release };
    let mut all = vec![occurrence("updated", sluice_crds::names::event::UPDATED, None)];
    all.extend(story.steps());
    all.extend(runs::told(rollout, status, runs));
    all.extend(story.pauses());
    all.extend(story.ends());
    all.extend(story.troubles());
    all.extend(story.concern());
    all.retain(|one| !note.has(&release, &one.id));
    all
}

/// How far it is among its steps.
pub fn step(status: &RolloutStatus) -> usize {
    status.current_step_index.and_then(|index| usize::try_from(index).ok()).unwrap_or_default()
}

struct Story<'s> {
    rollout: &'s Rollout,
    status: &'s RolloutStatus,
    runs: &'s [&'s AnalysisRun],
    note: &'s Note,
    /// Whether the note is about this release.
    of_this: bool,
}

fn occurrence(id: impl Into<String>, reason: &str, what: Option<Happening>) -> Occurrence {
    Occurrence { id: id.into(), trigger: trigger::of_reason(reason), what }
}

impl Story<'_> {
    fn message(&self) -> String {
        self.status.message.clone().unwrap_or_default()
    }

    /// Why it was taken back. A person's reason stands alone.
    fn verdict(&self) -> String {
        let message = self.message();
        if message.contains(WATCH) { self.evident(&message) } else { message }
    }

    fn evident(&self, why: &str) -> String {
        evidence::with_evidence(why, self.status, self.runs)
    }

    /// Steps that are done since. Those that a full promotion or an abort left out are none.
    fn steps(&self) -> Vec<Occurrence> {
        let told = if self.of_this { self.note.step } else { 0 };
        let done = step(self.status);
        if self.over().is_some() && done != told + 1 {
            return Vec::new();
        }
        let one = |at: usize| {
            let what = step::words(self.rollout, at).map(|what| Happening::Step { step: at + 1, what });
            occurrence(format!("step/{}", at + 1), sluice_crds::names::event::STEP_COMPLETED, what)
        };
        (told..done).map(one).collect()
    }

    fn pauses(&self) -> Vec<Occurrence> {
        let pause = |pause: &sluice_crds::PauseCondition| {
            format!("paused/{}@{}", pause.reason, seconds(pause.start_time.as_ref()))
        };
        let now: Vec<String> = self.status.pause_conditions.iter().map(pause).collect();
        let begun = now.iter().map(|id| occurrence(id, reason::PAUSED, Some(Happening::Waits(self.message()))));
        let told =
            self.note.told.iter().filter_map(|id| id.strip_prefix("paused/")).map(|rest| format!("paused/{rest}"));
        let goes_on = self.of_this && self.over().is_none() && !self.status.abort;
        let ended = told.filter(|id| goes_on && !now.contains(id));
        let ended = ended.map(|id| occurrence(format!("resumed/{id}"), reason::RESUMED, Some(Happening::GoesOn)));
        ended.chain(begun).collect()
    }

    /// How it ended, where it did: `Promoted`, `Aborted`, …
    fn over(&self) -> Option<&str> {
        let duration = self.status.duration.as_ref().filter(|duration| duration.finished_at.is_some())?;
        duration.completion_status.as_deref()
    }

    fn ends(&self) -> Vec<Occurrence> {
        let mut ends = Vec::new();
        let has_it = self.status.stable_rs == self.status.current_pod_hash;
        if has_it && self.over().is_some_and(|how| how != "Aborted") {
            ends.push(occurrence("completed", reason::COMPLETED, Some(Happening::Completed)));
        }
        // Before it is answered, an abort is only asked for.
        if let Some(at) = self.status.aborted_at.as_ref().filter(|_| self.status.abort) {
            let at = seconds(Some(at));
            // What all users had, went bad: that says more than that it was aborted.
            let went_bad = self.of_this && self.note.told.contains("completed");
            let rolled_back = Some(Happening::RolledBack(self.verdict())).filter(|_| went_bad);
            let aborted = Some(Happening::Aborted(self.verdict())).filter(|_| !went_bad);
            let back = sluice_crds::names::event::ROLLED_BACK;
            ends.extend(rolled_back.map(|what| occurrence(format!("rolled-back@{at}"), back, Some(what))));
            ends.push(occurrence(format!("aborted@{at}"), reason::ABORTED, aborted));
        }
        ends
    }

    /// Checks after a rollback that failed, a deadline that passed, a spec that is wrong.
    fn troubles(&self) -> Vec<Occurrence> {
        let of =
            |kind: &str, why: &str| self.status.conditions.iter().find(|one| one.r#type == kind && one.reason == why);
        let told = |name: &str, found: Option<&Condition>, what: &dyn Fn(String) -> Happening| {
            let found = found?;
            let at = seconds(found.last_transition_time.as_ref());
            Some(occurrence(format!("{name}@{at}"), &found.reason, Some(what(found.message.clone()))))
        };
        let checks = of(condition::ROLLBACK_POLICY, policy::CHECK_FAILED);
        let late = of(condition::PROGRESSING, reason::PROGRESS_DEADLINE_EXCEEDED);
        let wrong = of(condition::INVALID_SPEC, reason::INVALID_SPEC).filter(|one| one.status == "True");
        let all = [
            told("checks-failed", checks, &|why| Happening::ChecksFailed(self.evident(&why))),
            told("late", late, &Happening::Waits),
            told("invalid", wrong, &Happening::Waits),
        ];
        all.into_iter().flatten().collect()
    }

    /// What the rollback policy has to say of a version that it does not take back: once for each kind, however often it comes and goes.
    fn concern(&self) -> Option<Occurrence> {
        let found = self.status.conditions.iter().find(|one| one.r#type == condition::ROLLBACK_POLICY)?;
        let concern = Concern::ALL.into_iter().find(|concern| concern.reason() == found.reason)?;
        let what = Happening::Concern(concern, self.evident(&found.message));
        Some(occurrence(format!("policy/{}", found.reason), &found.reason, Some(what)))
    }
}

fn seconds(time: Option<&Time>) -> i64 {
    time.map_or(0, |time| time.0.as_second())
}
