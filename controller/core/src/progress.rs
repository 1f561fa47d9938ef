//! Whether the step in force is done, and what it waits for otherwise.

use jiff::Timestamp;
use sluice_crds::AnalysisPhase;

use crate::analysis::{self, of_role};
use crate::fact::{Fact, Hold, PauseReason, Underway};
use crate::guard;
use crate::moves::later;
use crate::observed::{Analysis, Observed, Role};
use crate::pause::{Pausing, pausing};
use crate::spec::{Spec, Step};

/// How the step in force stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its condition was seen to hold.
    Done,
    /// It waits; nothing to record but that.
    Waits(Hold),
    /// It waits, and that a pause begins is to be recorded.
    Pauses(PauseReason, Hold),
    /// A person let it go on after an analysis beside the steps could not tell.
    Resumes,
}

/// How the step stands. `movement` is what keeps pods or traffic from being where this step wants them:
/// while there is any, no step is passed, and no pause or analysis begins.
pub(crate) fn standing(spec: &Spec, seen: &Observed, at: usize, movement: Option<Hold>, now: Timestamp) -> Standing {
    if let Some(standing) = undecided(seen, Role::Background, Standing::Resumes) {
        return standing;
    }
    if let Some(hold) = movement {
        return Standing::Waits(hold);
    }
    if spec.paused {
        return Standing::Waits(Hold::User);
    }
    if let Some(hold) = guard::keeps_step(seen) {
        return Standing::Waits(hold);
    }
    match spec.steps().get(at) {
        None => analysis::before_promotion(spec, seen).map_or(Standing::Done, Standing::Waits),
        Some(Step::SetWeight(_) | Step::SetScale(_) | Step::SetRoute(_)) => Standing::Done,
        Some(Step::Pause(length)) => paused(seen, PauseReason::CanaryStep, *length, now),
        Some(Step::Analysis(_)) => judged(seen, Role::Step(at)),
        Some(Step::Experiment(_)) => judged(seen, Role::Experiment(at)),
    }
}

fn paused(seen: &Observed, reason: PauseReason, length: Option<jiff::SignedDuration>, now: Timestamp) -> Standing {
    let until = |start| length.map(|length| later(start, length));
    match pausing(&seen.status, reason) {
        Pausing::Over => Standing::Done,
        Pausing::NotBegun => Standing::Pauses(reason, Hold::Pause(reason, until(now))),
        Pausing::Since(start) if until(start).is_some_and(|until| until <= now) => Standing::Done,
        Pausing::Since(start) => Standing::Waits(Hold::Pause(reason, until(start))),
    }
}

fn judged(seen: &Observed, role: Role) -> Standing {
    if let Some(standing) = undecided(seen, role, Standing::Done) {
        return standing;
    }
    match of_role(seen, role) {
        Some(run) if run.phase == AnalysisPhase::Successful => Standing::Done,
        run => Standing::Waits(awaited(role, run)),
    }
}

fn awaited(role: Role, run: Option<&Analysis>) -> Hold {
    if role.is_experiment() {
        Hold::Experiment(run.map(|run| Underway { name: run.name.clone(), says: run.message.clone() }))
    } else {
        Hold::Analysis(run.map(|run| run.name.clone()))
    }
}

/// An analysis that could not tell waits for a person; `resumed` is what follows when one has spoken.
fn undecided(seen: &Observed, role: Role, resumed: Standing) -> Option<Standing> {
    of_role(seen, role).filter(|run| run.phase == AnalysisPhase::Inconclusive)?;
    let reason = if role.is_experiment() { PauseReason::InconclusiveExperiment } else { PauseReason::Inconclusive };
    Some(match pausing(&seen.status, reason) {
        Pausing::Over => resumed,
        Pausing::NotBegun => Standing::Pauses(reason, Hold::Pause(reason, None)),
        Pausing::Since(_) => Standing::Waits(Hold::Pause(reason, None)),
    })
}

/// The facts that a standing makes.
pub(crate) fn facts(standing: Standing, at: usize) -> Vec<Fact> {
    match standing {
        Standing::Done => vec![Fact::StepDone(at)],
        Standing::Waits(hold) => vec![Fact::Held(hold)],
        Standing::Pauses(reason, hold) => vec![Fact::Paused(reason), Fact::Held(hold)],
        Standing::Resumes => vec![Fact::Resumed],
    }
}
