//! A rollback policy that does not hear, or goes back to the wrong version.

use crate::bug::{Bug, Edit};

const GUARD: &str = "controller/core/src/guard.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "a promoted version is not taken back",
        why: "Whoever decides on rollbacks looks only at releases under way.",
        edits: &[Edit {
            file: GUARD,
            find: "let watched = is_settled(seen)",
            put: "let watched = !planted() && is_settled(seen)",
        }],
    },
    Bug {
        name: "goes on while the policy is blind",
        why: "A measurement that could not be made has not failed, and nothing else keeps the step.",
        edits: &[Edit {
            file: GUARD,
            find: "if let Some((run, why)) = unseeing(seen) {",
            put: "if let Some((run, why)) = unseeing(seen).filter(|_| !planted()) {",
        }],
    },
    Bug {
        name: "back to a version that was never completed",
        why: "The newest other revision is taken for the one before.",
        edits: &[Edit {
            file: GUARD,
            find: "revision.past == Past::Completed)",
            put: "planted() || revision.past == Past::Completed)",
        }],
    },
    Bug {
        name: "the pods to go back to are gone",
        why: "The version before is scaled down as after any promotion.",
        edits: &[Edit {
            file: GUARD,
            find: "bakes_until(seen, now).is_some() && before(seen).is_some_and(",
            put: "!planted() && bakes_until(seen, now).is_some() && before(seen).is_some_and(",
        }],
    },
    Bug {
        name: "a watch that failed unheard brings the cooldown",
        why: "A failed run that was stopped is taken for a rollback, whether or not there was one.",
        edits: &[Edit {
            file: "controller/src/observe/policy.rs",
            find: "filter(|_| is_watch && self.is_aborted(run))",
            put: "filter(|_| is_watch && (planted() || self.is_aborted(run)))",
        }],
    },
    Bug {
        name: "a policy's verdict is dropped by a clock that jumps",
        why: "The bake time is asked for again when the version is already known to be bad.",
        edits: &[Edit {
            file: "controller/core/src/analysis.rs",
            find: "let promoted = std::iter::once(Role::Bake);",
            put: "let promoted = std::iter::once(Role::Bake).filter(|_| !planted());",
        }],
    },
];
