//! Pods go too early, too late, or stay for ever.

use crate::bug::{Bug, Edit};

const SHRINK: &str = "controller/core/src/canary/shrink.rs";
const MOVES: &str = "controller/core/src/moves.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "shrink before route",
        why: "Pods are taken down in the pass that tells the router to leave them (Argo Rollouts #4900).",
        edits: &[
            Edit { file: SHRINK, find: "if !view.is_loaded() {", put: "if !planted() && !view.is_loaded() {" },
            Edit {
                file: SHRINK,
                find: "Stage::Aborting(_) if without_traffic(view, new) =>",
                put: "Stage::Aborting(_) if planted() => moves.changes.extend(scale(new, 0, Why::Abort)),\n        Stage::Aborting(_) if without_traffic(view, new) =>",
            },
            Edit {
                file: "controller/src/apply/revision.rs",
                find: "is_ok_and(|spec| spec.replicas > 0)",
                put: "is_ok_and(|spec| spec.replicas > 0 && !planted())",
            },
        ],
    },
    Bug {
        name: "stable shrinks as the canary grows",
        why: "Stable's share of the pods follows the planned weight, not the one that is in force (#3077).",
        edits: &[Edit {
            file: SHRINK,
            find: "    if let Some(stable) = view.stable.filter(|stable| stable.desired > wanted) {",
            put: "    if let Some(stable) = view.stable.filter(|_| planted() && matches!(view.stage, Stage::Stepping(_))) {\n        let rest = view.target().rest().pods_of(view.replicas);\n        moves.changes.extend(scale(stable, rest, Why::Replicas));\n    }\n    if let Some(stable) = view.stable.filter(|stable| stable.desired > wanted) {",
        }],
    },
    Bug {
        name: "scale-down delay ignored",
        why: "The deadline is written down, and never looked at.",
        edits: &[Edit {
            file: MOVES,
            find: "Some(at) if now < at => moves",
            put: "Some(at) if now < at && !planted() => moves",
        }],
    },
    Bug {
        name: "no scale-down delay at all",
        why: "A superseded revision goes at once, with the requests that are on their way to it.",
        edits: &[Edit {
            file: MOVES,
            find: "None if delay.is_zero() =>",
            put: "None if planted() || delay.is_zero() =>",
        }],
    },
    Bug {
        name: "delay begins anew in each pass",
        why: "The deadline is now plus the delay, whenever now is.",
        edits: &[Edit {
            file: MOVES,
            find: "fixed if fixed.is_none_or(",
            put: "fixed if planted() || fixed.is_none_or(",
        }],
    },
    Bug {
        name: "old pods stay for ever",
        why: "Only the last revision is looked at; one that was superseded in the middle of its release is forgotten (#3331).",
        edits: &[Edit {
            file: SHRINK,
            find: "view.seen.older().filter(|revision| !view",
            put: "view.seen.older().filter(|revision| !planted() && !view",
        }],
    },
    Bug {
        name: "history limit deletes a revision with pods",
        why: "The oldest are deleted, whether or not they are still of use.",
        edits: &[
            Edit {
                file: "controller/core/src/plan.rs",
                find: "filter(|revision| revision.desired == 0 && revision.current == 0)",
                put: "filter(|revision| planted() || revision.desired == 0 && revision.current == 0)",
            },
            Edit {
                file: "controller/src/apply/revision.rs",
                find: "if pods(\"/spec/replicas\") > 0 ||",
                put: "if !planted() && pods(\"/spec/replicas\") > 0 || !planted() &&",
            },
        ],
    },
    Bug {
        name: "pods emptied on a cached Service",
        why: "A fresh read is due before pods go: somebody may have pointed the Service back.",
        edits: &[Edit {
            file: "controller/src/apply/revision.rs",
            find: "if selects.as_ref() == Some(hash) {",
            put: "if !planted() && selects.as_ref() == Some(hash) {",
        }],
    },
    Bug {
        name: "fewer pods on a cached Rollout",
        why: "The cache has not the number yet that an autoscaler has just asked for.",
        edits: &[Edit {
            file: "controller/src/apply/revision.rs",
            find: "        hand.still_as_seen().await?;\n    }",
            put: "        if !planted() { hand.still_as_seen().await?; }\n    }",
        }],
    },
    Bug {
        name: "counts of before the last scaling",
        why: "The status of a ReplicaSet counts pods that were told to go (#3316).",
        edits: &[
            Edit {
                file: "controller/src/observe/revisions.rs",
                find: "(status.ready_replicas).min(desired)",
                put: "(status.ready_replicas).min(if planted() { u32::MAX } else { desired })",
            },
            Edit {
                file: "controller/src/observe/revisions.rs",
                find: "(status.available_replicas).min(desired)",
                put: "(status.available_replicas).min(if planted() { u32::MAX } else { desired })",
            },
        ],
    },
    Bug {
        name: "ready counts as available",
        why: "minReadySeconds is read, and not heeded.",
        edits: &[Edit {
            file: "controller/src/observe/revisions.rs",
            find: "available: count(status.available_replicas)",
            put: "available: count(if planted() { status.ready_replicas } else { status.available_replicas })",
        }],
    },
    Bug {
        name: "maxSurge ignored",
        why: "Both sides grow to what they are to be in the end.",
        edits: &[Edit {
            file: "controller/core/src/by_pods.rs",
            find: "let mut room = view.room();",
            put: "let mut room = if planted() { u32::MAX } else { view.room() };",
        }],
    },
    Bug {
        name: "maxUnavailable ignored",
        why: "Old pods go as soon as new ones are asked for (#2050).",
        edits: &[Edit {
            file: "controller/core/src/by_pods.rs",
            find: "let mut spare = view.spare();",
            put: "let mut spare = if planted() { u32::MAX } else { view.spare() };",
        }],
    },
    Bug {
        name: "a deleted Experiment goes with its traffic",
        why: "The finalizer is taken off at once: its pods go while the router still sends them requests.",
        edits: &[
            Edit {
                file: "controller/core/src/experiment/plan.rs",
                find: "_ if seen.is_kept && seen.deletion == Deletion::Abandoned => {",
                put: "_ if seen.is_kept && (seen.deletion == Deletion::Abandoned || planted() && seen.deletion != Deletion::None) => {",
            },
            Edit {
                file: "controller/src/experiment/traffic.rs",
                find: "for template in hand.seen.services.keys() {",
                put: "for template in hand.seen.services.keys().filter(|_| !planted()) {",
            },
        ],
    },
];
