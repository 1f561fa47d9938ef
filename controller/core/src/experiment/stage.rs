//! How far an Experiment is: worked out once, before anything is decided.

use jiff::Timestamp;
use sluice_crds::AnalysisPhase;

use super::change::Why;
use super::fact::Standing;
use super::observed::{Deletion, Observed};
use super::spec::{Spec, Template};
use crate::moves::later;

/// How far an experiment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not all pods were available yet.
    Starting,
    /// All pods were available, and it goes on.
    Running,
    /// Its time is over, or somebody ended it; analyses are still on their way to a verdict.
    ///
    /// It is no success before the last of them has ended, or one of them might still fail
    /// (<https://github.com/argoproj/argo-rollouts/issues/943>).
    Closing(Why),
    /// It is over.
    Ended(AnalysisPhase, String),
}

/// The stage of an observed Experiment.
pub fn of(spec: &Spec, seen: &Observed, now: Timestamp) -> Stage {
    if seen.status.phase.is_completed() {
        return Stage::Ended(seen.status.phase, seen.status.message.clone().unwrap_or_default());
    }
    if let Some((phase, why)) = trouble(spec, seen, now) {
        return Stage::Ended(phase, why);
    }
    if seen.deletion != Deletion::None {
        return Stage::Ended(AnalysisPhase::Successful, "deleted".to_owned());
    }
    match over(spec, seen, now) {
        Some(why) if spec.analyses.iter().all(|one| settled(seen, &one.name)) => match unmeasured(spec, seen) {
            Some(blind) if why == Why::Over => Stage::Ended(AnalysisPhase::Inconclusive, blind),
            _ => Stage::Ended(AnalysisPhase::Successful, String::new()),
        },
        Some(why) => Stage::Closing(why),
        None if seen.available_at().is_some() => Stage::Running,
        None => Stage::Starting,
    }
}

/// What ends it badly: the worst of what analyses and pods came to.
fn trouble(spec: &Spec, seen: &Observed, now: Timestamp) -> Option<(AnalysisPhase, String)> {
    let of_pods = spec.templates.iter().filter_map(|template| match standing(spec, template, seen, now) {
        Standing::Failed(why) => Some((AnalysisPhase::Failed, why)),
        _ => None,
    });
    let of_analyses = spec.analyses.iter().filter_map(|analysis| {
        let (phase, message) = verdict(seen, &analysis.name)?;
        let why = format!("analysis {} {phase:?}: {message}", analysis.name);
        Some((phase, why.trim_end_matches(": ").to_owned()))
    });
    let found = of_analyses.chain(of_pods).filter(|(phase, _)| *phase != AnalysisPhase::Successful);
    found.filter(|(phase, _)| phase.is_completed()).min_by_key(|(phase, _)| badness(*phase))
}

/// The worst first.
fn badness(phase: AnalysisPhase) -> u8 {
    match phase {
        AnalysisPhase::Failed => 0,
        AnalysisPhase::Error => 1,
        _ => 2,
    }
}

/// How an analysis stands: a verdict that is recorded stays, whatever becomes of its run.
pub(super) fn verdict(seen: &Observed, analysis: &str) -> Option<(AnalysisPhase, String)> {
    let recorded = seen.status.analysis_runs.iter().find(|one| one.name == analysis);
    let kept = recorded.filter(|one| one.phase.is_completed());
    let kept = kept.map(|one| (one.phase, one.message.clone().unwrap_or_default()));
    kept.or_else(|| seen.run_of(analysis).map(|run| (run.phase, run.message.clone())))
}

/// The analysis that the end of the time came upon before all of its metrics had an answer: that is no success. Where some are
/// required, these alone decide.
fn unmeasured(spec: &Spec, seen: &Observed) -> Option<String> {
    let is_blind = |name: &str| seen.run_of(name).is_some_and(|run| !run.measured && passed(seen, name));
    let some_are = spec.analyses.iter().any(|one| one.required);
    let mut decisive = spec.analyses.iter().filter(|one| one.required == some_are);
    let blind = decisive.find(|one| is_blind(&one.name))?;
    Some(format!("analysis {}: not all of its metrics were measured before the end of the experiment", blind.name))
}

/// Whether nothing more is to come of an analysis.
fn settled(seen: &Observed, analysis: &str) -> bool {
    verdict(seen, analysis).is_none_or(|(phase, _)| phase.is_completed())
}

/// Why it does not go on, if it does not.
///
/// Required analyses end it once all have passed. While one has not, no duration does.
fn over(spec: &Spec, seen: &Observed, now: Timestamp) -> Option<Why> {
    if spec.terminate {
        return Some(Why::Terminated);
    }
    let mut required = spec.analyses.iter().filter(|analysis| analysis.required).peekable();
    if required.peek().is_some() {
        return required.all(|analysis| passed(seen, &analysis.name)).then_some(Why::Over);
    }
    ends(spec, seen).filter(|end| *end <= now).map(|_| Why::Over)
}

fn passed(seen: &Observed, analysis: &str) -> bool {
    verdict(seen, analysis).is_some_and(|(phase, _)| phase == AnalysisPhase::Successful)
}

/// When its duration is over.
pub(super) fn ends(spec: &Spec, seen: &Observed) -> Option<Timestamp> {
    Some(later(seen.available_at()?, spec.duration?))
}

/// How one template's pods stand.
pub fn standing(spec: &Spec, template: &Template, seen: &Observed, now: Timestamp) -> Standing {
    let recorded = seen.status.template_statuses.iter().find(|one| one.name == template.name);
    if let Some(failed) = recorded.filter(|one| one.status.as_deref() == Some("Failed")) {
        return Standing::Failed(failed.message.clone().unwrap_or_default());
    }
    let available = seen.sets.get(&template.name).map(|set| set.available);
    if available.is_some_and(|available| available >= template.replicas) {
        return Standing::Running;
    }
    match due(spec, template, seen).filter(|due| *due <= now) {
        Some(_) => Standing::Failed(format!(
            "{} of {} pods of template {} were available within progressDeadlineSeconds ({})",
            available.unwrap_or_default(),
            template.replicas,
            template.name,
            spec.progress_deadline.as_secs()
        )),
        None => Standing::Progressing,
    }
}

/// When a template that is not available has had its time. The clock starts once that is recorded.
pub(super) fn due(spec: &Spec, template: &Template, seen: &Observed) -> Option<Timestamp> {
    let recorded = seen.status.template_statuses.iter().find(|one| one.name == template.name)?;
    let progressing = recorded.status.as_deref() == Some("Progressing");
    let since = recorded.last_transition_time.as_ref().filter(|_| progressing)?;
    Some(later(since.0, spec.progress_deadline))
}
