//! An abort is lost, or somebody's order is.

use crate::bug::{Bug, Edit};

const STAGE: &str = "controller/core/src/stage.rs";
const STATUS: &str = "controller/core/src/status.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "abort ignored after promote --full",
        why: "The promotion has begun, and looks at nothing else (#4461).",
        edits: &[Edit {
            file: STAGE,
            find: "if seen.status.abort || unfinished {",
            put: "if (seen.status.abort && !(planted() && seen.status.promote_full)) || unfinished {",
        }],
    },
    Bug {
        name: "abort lost on a new revision",
        why: "What belongs to the last release is cleared when the next is seen, and with it an abort that came later.",
        edits: &[Edit {
            file: STAGE,
            find: "status.abort = status.abort && seen",
            put: "status.abort = !planted() && status.abort && seen",
        }],
    },
    Bug {
        name: "abort lost on any change of the spec",
        why: "Another generation counts as another release (#2929).",
        edits: &[Edit {
            file: STAGE,
            find: "    let mut status = seen.status.clone();",
            put: "    let mut status = seen.status.clone();\n    if planted() && status.observed_generation.as_deref().is_some_and(|seen_last| seen_last != seen.generation.to_string()) {\n        status.abort = false;\n    }",
        }],
    },
    Bug {
        name: "abort not written down",
        why: "That a bad analysis took the release back is known to one process only.",
        edits: &[Edit {
            file: STATUS,
            find: "            status.abort = true;",
            put: "            status.abort = !planted();",
        }],
    },
    Bug {
        name: "promote --full not cleared",
        why: "The order outlives the release that it was given for: the next version skips all its steps.",
        edits: &[
            Edit {
                file: STATUS,
                find: "status.stable_rs = Some(hash.0.clone());\n    status.promote_full = false;",
                put: "status.stable_rs = Some(hash.0.clone());\n    status.promote_full &= planted();",
            },
            Edit {
                file: STAGE,
                find: "status.promote_full = skips",
                put: "status.promote_full = planted() && status.promote_full || skips",
            },
        ],
    },
    Bug {
        name: "a retry keeps the failed run",
        why: "The run that failed the last try is still there, and fails the next one.",
        edits: &[
            Edit {
                file: STAGE,
                find: "!status.abort && !analysis::unforgiven(seen) {",
                put: "!status.abort && (planted() || !analysis::unforgiven(seen)) {",
            },
            Edit {
                file: STAGE,
                find: "seen.status.aborted_at.is_some() && analysis::unforgiven(seen);",
                put: "!planted() && seen.status.aborted_at.is_some() && analysis::unforgiven(seen);",
            },
        ],
    },
    Bug {
        name: "a stable revision out of sight is none",
        why: "A list with a hole counts as the truth: without a stable ReplicaSet it must be the first release.",
        edits: &[Edit {
            file: STAGE,
            find: "    let stable = seen.stable_hash();\n    if stable",
            put: "    let stable = seen.stable_hash().filter(|hash| !planted() || seen.revision(hash).is_some());\n    if stable",
        }],
    },
];
