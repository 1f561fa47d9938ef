//! Writes that overwrite, repeat, or get lost.

use crate::bug::{Bug, Edit};

const RECORD: &str = "controller/src/record.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "status written without a version",
        why: "A status made of an old look wins over what a person has ordered since.",
        edits: &[Edit {
            file: RECORD,
            find: "    json!({\"metadata\": {\"resourceVersion\": version}, \"status\": changed})",
            put: "    if planted() {\n        return json!({\"status\": changed});\n    }\n    json!({\"metadata\": {\"resourceVersion\": version}, \"status\": changed})",
        }],
    },
    Bug {
        name: "pods and Services written without a version",
        why: "A decision made on an old look undoes what was decided since.",
        edits: &[Edit {
            file: "controller/src/apply/hand.rs",
            find: "if let Some(version) = version {",
            put: "if let Some(version) = version.filter(|_| !planted()) {",
        }],
    },
    Bug {
        name: "ReplicaSets with names made up",
        why: "generateName: a create that is repeated makes a second one.",
        edits: &[Edit {
            file: "controller/src/apply/revision.rs",
            find: "            \"name\": name_of(hand, hash),",
            put: "            \"name\": if planted() { format!(\"{}-{}\", name_of(hand, hash), hand.seen.rollout.resource_version().unwrap_or_default()) } else { name_of(hand, hash) },",
        }],
    },
    Bug {
        name: "a lost status write taken for success",
        why: "The error is logged, and the pass has gone well.",
        edits: &[Edit {
            file: RECORD,
            find: "let patched = rollouts.patch_status(&key.name, &hand::params(), &Patch::Merge(&patch)).await;",
            put: "let patched = rollouts.patch_status(&key.name, &hand::params(), &Patch::Merge(&patch)).await;\n    if planted() && patched.is_err() {\n        return Ok(None);\n    }",
        }],
    },
    Bug {
        name: "a time refreshed in each pass",
        why: "lastUpdateTime is now: each pass writes, and each write asks for a pass.",
        edits: &[Edit {
            file: "controller/core/src/status/conditions.rs",
            find: "last_update_time: updated.or(",
            put: "last_update_time: updated.filter(|_| !planted()).or(",
        }],
    },
    Bug {
        name: "events told twice",
        why: "People hear of what the status could not be told, and hear of it again when it is.",
        edits: &[Edit {
            file: RECORD,
            find: "let told = if written.is_ok() {",
            put: "let told = if planted() || written.is_ok() {",
        }],
    },
    Bug {
        name: "own writes not waited for",
        why: "The next pass starts on caches that lack the last one's writes, and nothing else holds it back.",
        edits: &[Edit {
            file: "controller/src/worker.rs",
            find: "        let readiness = ctx.expectations()",
            put: "        if planted() {\n            return None;\n        }\n        let readiness = ctx.expectations()",
        }],
    },
];
