//! A Deployment that hands its work over loses its pods too early, or again.

use crate::bug::{Bug, Edit};

const HANDOVER: &str = "controller/core/src/handover.rs";
const LENDER: &str = "controller/src/apply/lender.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "the Deployment goes before new pods are there",
        why: "It is scaled by the number of pods that are asked for, not of those that are available.",
        edits: &[
            Edit {
                file: HANDOVER,
                find: "from.saturating_sub(available).max(1)",
                put: "from.saturating_sub(if planted() { self.spec.replicas } else { available }).max(1)",
            },
            Edit { file: HANDOVER, find: "(available == 0 && self", put: "(!planted() && available == 0 && self" },
            Edit { file: LENDER, find: "if instead > 0 && ", put: "if !planted() && instead > 0 && " },
        ],
    },
    Bug {
        name: "the Deployment is never let go",
        why: "Whatever its owner scales up afterwards is scaled down again, in each pass.",
        edits: &[Edit {
            file: HANDOVER,
            find: "Some(handover) => !handover.over,",
            put: "Some(handover) => planted() || !handover.over,",
        }],
    },
];
