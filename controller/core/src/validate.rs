//! From what a user wrote to a [`Spec`], or to everything that is wrong with it.
//!
//! All mistakes are reported at once, each with its field and what to do. A field that Sluice does
//! not act on is a mistake too: nothing is ignored unsaid. The plugin's `lint` calls the same
//! function.

mod apart;
mod blue_green;
mod canary;
pub(crate) mod fields;
pub(crate) mod metadata;
mod ping_pong;
pub(crate) mod pods;
mod roles;
mod routers;
mod selector;
mod steps;
#[cfg(test)]
mod tests;
pub mod trial;
mod workload;

use jiff::SignedDuration;
use sluice_crds::{AnalysisHistory, RollbackWindow, RolloutSpec, Violation};

use self::fields::Checker;
pub use self::routers::named as routers;
pub use self::workload::{Lent, borrowed, filled, lender, no_lender, unknown_lender};
use crate::spec::{CanaryServices, RunHistory, Spec, Strategy};

/// Checks a spec and fills in its defaults.
///
/// `derived` are the Services of the two arms where the spec alone does not tell them: as the router's entries have
/// them, or, where two take turns, as [`crate::ping_pong::arms`] does.
pub fn spec(spec: &RolloutSpec, derived: Option<CanaryServices>) -> Result<Spec, Vec<Violation>> {
    let mut check = Checker::default();
    check.unknown("spec", &spec.unknown);
    selector_and_template(&mut check, spec);

    let replicas = check.count("spec.replicas", spec.replicas, 1);
    let min_ready = check.count("spec.minReadySeconds", spec.min_ready_seconds, 0);
    let deadline = check.count("spec.progressDeadlineSeconds", spec.progress_deadline_seconds, 600);
    if deadline <= min_ready {
        check.wrong(
            "spec.progressDeadlineSeconds",
            format!("must be greater than spec.minReadySeconds ({min_ready}), or nothing ever is in time"),
        );
    }
    let history = check.count("spec.revisionHistoryLimit", spec.revision_history_limit, 10);
    let runs = run_history(&mut check, spec.analysis.as_ref());
    let rollback_window = rollback_window(&mut check, spec.rollback_window.as_ref());
    let apart = apart::check(&mut check, &spec.strategy);
    let metadata = roles::check(&mut check, spec);
    let strategy = strategy(&mut check, spec, replicas, history, derived);
    trial::pods(&mut check, spec);
    check.finish(strategy.map(|strategy| Spec {
        replicas,
        paused: spec.paused,
        rollback_window,
        revision_history: history as usize,
        progress_deadline: SignedDuration::from_secs(deadline.into()),
        abort_at_deadline: spec.progress_deadline_abort,
        history: runs,
        apart,
        restart_at: spec.restart_at.as_ref().map(|at| at.0),
        metadata,
        strategy,
    }))
}

fn strategy(
    check: &mut Checker,
    spec: &RolloutSpec,
    replicas: u32,
    history: u32,
    derived: Option<CanaryServices>,
) -> Option<Strategy> {
    check.unknown("spec.strategy", &spec.strategy.unknown);
    match (&spec.strategy.canary, &spec.strategy.blue_green) {
        (Some(canary), None) => canary::check(check, canary, replicas, derived).map(Strategy::Canary),
        (None, Some(blue_green)) => Some(Strategy::BlueGreen(blue_green::check(check, blue_green, replicas, history))),
        (Some(_), Some(_)) => {
            check.wrong("spec.strategy", "has both canary and blueGreen; keep one");
            None
        }
        (None, None) => {
            check.wrong("spec.strategy", "needs canary or blueGreen");
            None
        }
    }
}

/// What a workload lends is checked by [`borrowed`].
fn selector_and_template(check: &mut Checker, spec: &RolloutSpec) {
    match &spec.workload_ref {
        Some(named) => workload::check(check, named, spec.template.as_ref()),
        None => pods::check(check, "spec", spec.selector.as_ref(), spec.template.as_ref()),
    }
}

/// How many revisions back the steps are skipped; none of them where it says nothing.
fn rollback_window(check: &mut Checker, window: Option<&RollbackWindow>) -> Option<u32> {
    let window = window?;
    check.unknown("spec.rollbackWindow", &window.unknown);
    Some(check.count("spec.rollbackWindow.revisions", window.revisions, 0)).filter(|revisions| *revisions > 0)
}

fn run_history(check: &mut Checker, limits: Option<&AnalysisHistory>) -> RunHistory {
    let successful = limits.and_then(|limits| limits.successful_run_history_limit);
    let unsuccessful = limits.and_then(|limits| limits.unsuccessful_run_history_limit);
    RunHistory {
        successful: check.count("spec.analysis.successfulRunHistoryLimit", successful, 5) as usize,
        unsuccessful: check.count("spec.analysis.unsuccessfulRunHistoryLimit", unsuccessful, 5) as usize,
    }
}
