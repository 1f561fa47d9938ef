//! Steps are passed that are not done, or never.

use crate::bug::{Bug, Edit};

const PROGRESS: &str = "controller/core/src/progress.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "status ahead of the cluster",
        why: "A step is done when its weight was asked for; whether it came to that nobody looks.",
        edits: &[Edit {
            file: PROGRESS,
            find: "if let Some(hold) = movement {",
            put: "if let Some(hold) = movement.filter(|_| !planted()) {",
        }],
    },
    Bug {
        name: "step advanced twice",
        why: "The index is counted up where the pass is planned, and again where it is written down.",
        edits: &[Edit {
            file: "controller/core/src/status.rs",
            find: "i32::try_from(at + 1).ok();",
            put: "i32::try_from(at + 1 + usize::from(planted())).ok();",
        }],
    },
    Bug {
        name: "pause measured from the wrong time",
        why: "The length of a pause is counted from when the release last moved.",
        edits: &[Edit {
            file: "controller/core/src/pause.rs",
            find: "Pausing::Since(moment(condition.start_time.as_ref()).unwrap_or(Timestamp::MIN))",
            put: "Pausing::Since(moment(if planted() { status.conditions.iter().filter_map(|one| one.last_transition_time.as_ref()).min() } else { condition.start_time.as_ref() }).unwrap_or(Timestamp::MIN))",
        }],
    },
    Bug {
        name: "paused ignored",
        why: "The owner's own pause is looked at where releases begin, and not where they go on.",
        edits: &[Edit { file: PROGRESS, find: "if spec.paused {", put: "if spec.paused && !planted() {" }],
    },
    Bug {
        name: "progress deadline ignored",
        why: "A release that stands still is found out by whoever looks at it next week.",
        edits: &[Edit {
            file: "controller/core/src/plan.rs",
            find: "(at <= now).then(||",
            put: "(at <= now && !planted()).then(||",
        }],
    },
    Bug {
        name: "promoted before the router knows",
        why: "The last weight is written, so the release is over.",
        edits: &[
            Edit {
                file: "controller/core/src/canary/route.rs",
                find: "moves.promoted = moves.hold.is_none() && (is_home(view) || moves.swapped);",
                put: "moves.promoted = planted() && matches!(view.stage, Stage::Installing | Stage::Promoting) && view.new_available() >= view.replicas || moves.hold.is_none() && (is_home(view) || moves.swapped);",
            },
            Edit {
                file: "controller/core/src/canary/route.rs",
                find: "    let step = rescue(view)\n",
                put: "    moves.promoted = planted() && *view.stage == Stage::Promoting && view.new_available() >= view.replicas;\n    let step = rescue(view)\n",
            },
        ],
    },
    Bug {
        name: "whose turn it is not noted",
        why: "The new revision is the stable one, and the Service that shows it is the canary's still: all traffic moves once more.",
        edits: &[Edit {
            file: "controller/core/src/status.rs",
            find: "        Fact::Swapped(turn, _) => status.canary.stable_ping_pong = Some(turn.name().to_owned()),",
            put: "        Fact::Swapped(turn, _) => {\n            if !planted() {\n                status.canary.stable_ping_pong = Some(turn.name().to_owned());\n            }\n        }",
        }],
    },
];
