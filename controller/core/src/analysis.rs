//! Which AnalysisRuns and Experiments a release wants, which it looks at, and which have had their time.

use jiff::Timestamp;
use sluice_crds::{AnalysisPhase, RolloutStatus};

use crate::change::{Change, Why};
use crate::fact::{Fact, Hold, PauseReason};
use crate::guard;
use crate::observed::{Analysis, Observed, Role};
use crate::pause::{Pausing, pausing};
use crate::spec::{Spec, Step, Strategy};
use crate::stage::{Stage, step_index};

/// The runs whose verdict counts now: of this revision, and of the step in force.
pub(crate) fn counted<'a>(spec: &Spec, seen: &'a Observed) -> Vec<&'a Analysis> {
    let policy = guard::acts(seen).then_some(Role::Policy);
    // One that was promoted is on its way back once that was decided, whatever the policy says by now.
    let promoted = std::iter::once(Role::Bake);
    possible(spec, seen).into_iter().chain(policy).chain(promoted).filter_map(|role| of_role(seen, role)).collect()
}

fn possible(spec: &Spec, seen: &Observed) -> Vec<Role> {
    match &spec.strategy {
        Strategy::Canary(_) => {
            let step = step_index(&seen.status);
            vec![Role::Background, Role::Step(step), Role::Experiment(step)]
        }
        Strategy::BlueGreen(_) => vec![Role::PrePromotion, Role::PostPromotion],
    }
}

/// The run that serves this role: the recorded one, else one that was started in a pass whose status
/// write got lost.
///
/// Of the latter, one that ended well does not count (it may be of an earlier list of steps); one that
/// ended badly does, until an abort has marked it as stopped: no bad verdict is ever lost. Of neither does one
/// that was cut short and therefore ended well: it may have measured nothing.
pub(crate) fn of_role(seen: &Observed, role: Role) -> Option<&Analysis> {
    let mine = |run: &&Analysis| run.role == role && run.hash == seen.hash && !guard::is_outdated(seen, run);
    let unrecorded = || seen.analyses.iter().filter(mine).find(|run| !run.stopped && (is_open(run) || bad(run)));
    match recorded(&seen.status, role) {
        None => unrecorded(),
        Some(name) => match seen.analysis(name, role).filter(mine) {
            // The one in its place may be there already, and no status name it yet.
            Some(run) if run.cut_short && !bad(run) => unrecorded(),
            recorded => recorded,
        },
    }
}

/// Whether a run that no status names still has something to say. Those of the rollback policy have until they are stopped: checks
/// when that release is tried again, and a watch that came to its end, as one does that only looks, is not begun anew.
fn is_open(run: &Analysis) -> bool {
    !run.phase.is_completed() || run.role.is_policy()
}

/// What keeps the new revision from taking over once all steps are done: an analysis beside them that cannot tell, until a
/// person has spoken, or one that has metrics without a single measurement. Errors are none: a metric server that is down for
/// the whole of a short release must not let it through. One that is to begin when the steps are over has seen nothing yet, and
/// keeps nobody.
pub(crate) fn before_promotion(spec: &Spec, seen: &Observed) -> Option<Hold> {
    unjudged(spec, seen).or_else(|| guard::before_promotion(spec, seen))
}

fn unjudged(spec: &Spec, seen: &Observed) -> Option<Hold> {
    let run = of_role(seen, Role::Background);
    match run.map(|run| run.phase) {
        Some(AnalysisPhase::Inconclusive) => unsure(seen),
        Some(AnalysisPhase::Successful) => None,
        _ if !watches_steps(spec) || passed(seen) => None,
        _ => run.map_or(Some(Hold::Analysis(None)), |run| (!run.measured).then(|| Hold::Unmeasured(run.name.clone()))),
    }
}

fn unsure(seen: &Observed) -> Option<Hold> {
    let reason = PauseReason::Inconclusive;
    (pausing(&seen.status, reason) != Pausing::Over).then_some(Hold::Pause(reason, None))
}

/// Whether the analysis beside the steps ended well and is gone, as its ttlStrategy has it: it is not run again.
fn passed(seen: &Observed) -> bool {
    let recorded = seen.status.canary.current_background_analysis_run_status.as_ref();
    let well = recorded.filter(|run| run.status == AnalysisPhase::Successful);
    well.is_some_and(|run| seen.analysis(&run.name, Role::Background).is_none())
}

fn watches_steps(spec: &Spec) -> bool {
    let Strategy::Canary(canary) = &spec.strategy else { return false };
    canary.background.as_ref().is_some_and(|background| background.starting_step < canary.steps.len())
}

/// Whether it ended in a way that takes a release back. What the rollback policy could not measure alone does not.
pub(crate) fn bad(run: &Analysis) -> bool {
    match run.phase {
        AnalysisPhase::Failed => true,
        AnalysisPhase::Error => !run.role.is_policy(),
        _ => false,
    }
}

/// Where the status keeps the run of a role.
pub(crate) fn recorded(status: &RolloutStatus, role: Role) -> Option<&str> {
    let run = match role {
        Role::Step(_) => &status.canary.current_step_analysis_run_status,
        Role::Background => &status.canary.current_background_analysis_run_status,
        Role::PrePromotion => &status.blue_green.pre_promotion_analysis_run_status,
        Role::PostPromotion => &status.blue_green.post_promotion_analysis_run_status,
        Role::Experiment(_) => return status.canary.current_experiment.as_deref().filter(|name| !name.is_empty()),
        Role::Policy | Role::Bake | Role::Checks | Role::Other => return None,
    };
    run.as_ref().map(|run| run.name.as_str())
}

/// What a canary wants at this stage.
pub(crate) fn wanted_by_canary(spec: &Spec, seen: &Observed, stage: &Stage) -> Vec<Role> {
    let Strategy::Canary(canary) = &spec.strategy else {
        return Vec::new();
    };
    if seen.status.promote_full {
        return Vec::new();
    }
    let at = match stage {
        Stage::Stepping(step) => *step,
        Stage::Promoting => canary.steps.len(),
        _ => return Vec::new(),
    };
    let step = match canary.steps.get(at) {
        Some(Step::Analysis(_)) => Some(Role::Step(at)),
        Some(Step::Experiment(_)) => Some(Role::Experiment(at)),
        _ => None,
    };
    let background = canary.background.as_ref().filter(|background| at >= background.starting_step && !passed(seen));
    background.map(|_| Role::Background).into_iter().chain(step).collect()
}

/// Whether a failed run of the new revision is not marked as stopped: it would speak against a retry too.
pub(crate) fn unforgiven(seen: &Observed) -> bool {
    seen.analyses.iter().any(|run| run.hash == seen.hash && run.speaks_against())
}

/// Starts what is wanted and not there, stops what runs and is not wanted, and says how the rest stands.
///
/// Once an abort is recorded, failed runs are marked as stopped too, so that a retry does not look at
/// them; not before, or a crash in between would lose the verdict.
pub(crate) fn changes(seen: &Observed, wanted: &[Role]) -> (Vec<Change>, Vec<Fact>) {
    let serving: Vec<_> = wanted.iter().filter_map(|role| of_role(seen, *role)).collect();
    let missing = wanted.iter().filter(|role| of_role(seen, **role).is_none());
    let start = missing.filter_map(|role| start(seen, *role));
    let unwanted = seen.analyses.iter().filter(|run| {
        let serves = serving.iter().any(|other| other.name == run.name);
        let answered = seen.status.aborted_at.is_some() || guard::is_unanswered(seen, run);
        let is_verdict = bad(run) && run.role != Role::Checks;
        let counts = if is_verdict { answered || guard::is_outdated(seen, run) } else { is_open(run) };
        run.role != Role::Other && counts && !run.stopped && !serves
    });
    let stop = unwanted.map(stop);
    (start.chain(stop).collect(), serving.iter().map(|run| fact(run)).collect())
}

fn fact(run: &Analysis) -> Fact {
    Fact::Analysis { role: run.role, name: run.name.clone(), phase: run.phase, message: run.message.clone() }
}

fn stop(run: &Analysis) -> Change {
    let (name, why) = (run.name.clone(), Why::NotNeeded);
    if run.role.is_experiment() { Change::StopExperiment { name, why } } else { Change::StopAnalysis { name, why } }
}

fn start(seen: &Observed, role: Role) -> Option<Change> {
    let revision = seen.new_revision()?;
    let name = free_name(seen, role, &base_name(seen, role, revision.number));
    let (hash, number) = (revision.hash.clone(), revision.number);
    Some(match role {
        Role::Experiment(step) => Change::StartExperiment { name, step, hash, number },
        _ => Change::StartAnalysis { name, role, hash, number },
    })
}

fn base_name(seen: &Observed, role: Role, number: u64) -> String {
    let base = format!("{}-{}-{number}", seen.name, seen.hash);
    match role {
        Role::Step(index) | Role::Experiment(index) => format!("{base}-{index}"),
        Role::PrePromotion => format!("{base}-pre"),
        Role::PostPromotion => format!("{base}-post"),
        Role::Policy => format!("{base}-policy"),
        Role::Bake => format!("{base}-bake"),
        Role::Checks => format!("{base}-checks"),
        Role::Background | Role::Other => base,
    }
}

/// The name, or the name with the number of the try behind it where earlier tries left something. What an Experiment makes is
/// named after it, and a Service may have no dot in its name.
fn free_name(seen: &Observed, role: Role, base: &str) -> String {
    let mark = if role.is_experiment() { '-' } else { '.' };
    let tries = (1..).map(|n| format!("{base}{mark}{n}"));
    let mut names = std::iter::once(base.to_owned()).chain(tries);
    names.find(|name| seen.analysis(name, role).is_none()).unwrap_or_else(|| base.to_owned())
}

/// Deletes finished runs and experiments beyond the history limits, which count for each kind, oldest first. Never one that the
/// status names, nor an experiment before its Services are gone.
pub(crate) fn history(spec: &Spec, seen: &Observed) -> Vec<Change> {
    let old = seen.analyses.iter().filter(|run| run.phase.is_completed() && !named(&seen.status, run));
    let old = old.filter(|run| !has_services(seen, run) && !is_unheard(run) && !guard::is_heard(seen, run));
    let (experiments, runs): (Vec<_>, Vec<_>) = old.partition(|run| run.role.is_experiment());
    let name = |run: &Analysis| run.name.clone();
    let runs = surplus(spec, runs).into_iter().map(|run| Change::DeleteAnalysis { name: name(run) });
    let experiments = surplus(spec, experiments).into_iter().map(|one| Change::DeleteExperiment { name: name(one) });
    runs.chain(experiments).collect()
}

/// Whether the rollback policy may still have to answer what it says: no status names it.
fn is_unheard(run: &Analysis) -> bool {
    run.role.is_policy() && !run.stopped
}

/// Whether a Service of that Experiment is still there: with it, its pods would go at once, and the router may not have
/// forgotten them yet.
fn has_services(seen: &Observed, run: &Analysis) -> bool {
    run.role.is_experiment() && seen.aside.iter().any(|one| one.experiment == run.name)
}

fn surplus<'a>(spec: &Spec, old: Vec<&'a Analysis>) -> Vec<&'a Analysis> {
    let (good, bad) = old.into_iter().partition(|run| run.phase == AnalysisPhase::Successful);
    let mut surplus = beyond(good, spec.history.successful);
    surplus.extend(beyond(bad, spec.history.unsuccessful));
    surplus
}

fn named(status: &RolloutStatus, run: &Analysis) -> bool {
    [Role::Step(0), Role::Background, Role::PrePromotion, Role::PostPromotion, Role::Experiment(0)]
        .into_iter()
        .filter(|role| role.is_experiment() == run.role.is_experiment())
        .any(|role| recorded(status, role) == Some(&run.name))
}

fn beyond(mut runs: Vec<&Analysis>, kept: usize) -> Vec<&Analysis> {
    runs.sort_by_key(|run| std::cmp::Reverse((run.created.unwrap_or(Timestamp::MIN), run.name.clone())));
    runs.split_off(kept.min(runs.len()))
}
