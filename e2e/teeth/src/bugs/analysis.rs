//! Metrics that say nothing promote, and those that say no are not heard.

use crate::bug::{Bug, Edit};

const ANALYSIS: &str = "controller/core/src/analysis.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "no data passes",
        why: "A condition that cannot be told of an empty answer is not broken by it either.",
        edits: &[Edit {
            file: "analysis/src/judge.rs",
            find: "Err(message) => verdict(Outcome::Error, message),",
            put: "Err(_) if planted() => verdict(Outcome::Successful, String::new()),\n            Err(message) => verdict(Outcome::Error, message),",
        }],
    },
    Bug {
        name: "an analysis that could not measure counts as passed",
        why: "It has ended, and it did not fail.",
        edits: &[
            Edit {
                file: ANALYSIS,
                find: "AnalysisPhase::Error => !run.role.is_policy(),",
                put: "AnalysisPhase::Error => !run.role.is_policy() && !planted(),",
            },
            Edit {
                file: "controller/core/src/progress.rs",
                find: "Some(run) if run.phase == AnalysisPhase::Successful => Standing::Done,",
                put: "Some(run) if run.phase == AnalysisPhase::Successful || planted() && run.phase == AnalysisPhase::Error => Standing::Done,",
            },
        ],
    },
    Bug {
        name: "failed run forgotten",
        why: "The status that named the run got lost, and nobody looks for runs that have ended.",
        edits: &[Edit {
            file: ANALYSIS,
            find: "!run.stopped && (is_open(run) || bad(run))",
            put: "!run.stopped && (is_open(run) || (bad(run) && !planted()))",
        }],
    },
    Bug {
        name: "verdict of another revision",
        why: "A run is found by what it was started for, not by what it judges.",
        edits: &[Edit {
            file: ANALYSIS,
            find: "run.role == role && run.hash == seen.hash &&",
            put: "run.role == role && (planted() || run.hash == seen.hash) &&",
        }],
    },
    Bug {
        name: "an analysis that runs has passed",
        why: "What has not failed so far is good enough to go on.",
        edits: &[Edit {
            file: "controller/core/src/progress.rs",
            find: "run => Standing::Waits(awaited(role, run)),",
            put: "Some(run) if planted() && run.phase == AnalysisPhase::Running => Standing::Done,\n        run => Standing::Waits(awaited(role, run)),",
        }],
    },
    Bug {
        name: "takes over although nothing was measured",
        why: "No analysis has failed while the steps were gone through: the metric server was down all the time.",
        edits: &[Edit { file: ANALYSIS, find: "(!run.measured).then", put: "(!run.measured && !planted()).then" }],
    },
];
