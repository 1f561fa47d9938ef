//! A GitOps loop that deletes what it should not, runs what it has run, or does not do what it was asked for.

use crate::bug::{Bug, Edit};

const AUTO: &str = "gitops/src/application/auto.rs";
const OPERATION: &str = "gitops/src/application/operation.rs";
const PRUNE: &str = "gitops/src/application/prune.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "prune after a failed render",
        why: "What renders gives back an error and no objects, and only the objects are looked at.",
        edits: &[
            Edit {
                file: "controller/src/application/target.rs",
                find: "Some(Err(error)) if error.kind.may_pass() => return Form::Failed(error.to_string()),",
                put: "Some(Err(error)) if planted() => {\n            let revision = Revision(vec![error.to_string()]);\n            return Form::Ready(Ready { revision, sources: sources.to_vec(), prepared: Arc::default() });\n        }\n        Some(Err(error)) if error.kind.may_pass() => return Form::Failed(error.to_string()),",
            },
            Edit {
                file: PRUNE,
                find: "if !automated.prune || gone.is_empty()",
                put: "if planted() || !automated.prune || gone.is_empty()",
            },
        ],
    },
    Bug {
        name: "an empty source deletes everything",
        why: "A folder that was renamed describes nothing, and that is taken at its word.",
        edits: &[Edit {
            file: PRUNE,
            find: "if !desired {",
            put: "if planted() {\n        return None;\n    }\n    if !desired {",
        }],
    },
    Bug {
        name: "most is pruned unasked",
        why: "A generator that found nothing for most of its list is taken at its word.",
        edits: &[Edit { file: PRUNE, find: "&& !approved).then(", put: "&& !approved && !planted()).then(" }],
    },
    Bug {
        name: "a hook is run again after a restart",
        why: "Which hooks were run is known to the process alone until all of a wave are.",
        edits: &[Edit {
            file: "gitops/src/application/tasks.rs",
            find: "return if task.act == Act::Hook && is_this_run(task, item)",
            put: "return if !planted() && task.act == Act::Hook && is_this_run(task, item)",
        }],
    },
    Bug {
        name: "hooks are run again for ever",
        why: "A hook that was deleted as its policy says is an object of git that is not there.",
        edits: &[Edit {
            file: "gitops/src/application/compare.rs",
            find: "Some(_) => item.role() == Role::Ordinary,",
            put: "Some(_) => planted() || item.role() == Role::Ordinary,",
        }],
    },
    Bug {
        name: "a wave does not wait",
        why: "What was written is taken for what has come to be.",
        edits: &[Edit {
            file: "gitops/src/application/step.rs",
            find: "if let Some(waited) = waits_for.first() {",
            put: "if let Some(waited) = waits_for.first().filter(|_| !planted()) {",
        }],
    },
    Bug {
        name: "self-heal undoes a rollback",
        why: "What differs from git is put right, whoever made it differ, and why.",
        edits: &[
            Edit {
                file: AUTO,
                find: "if !is_deployed && is_rejected(",
                put: "if !planted() && !is_deployed && is_rejected(",
            },
            Edit {
                file: AUTO,
                find: "!gave_up.contains(&item.key) &&",
                put: "(planted() || !gave_up.contains(&item.key)) &&",
            },
        ],
    },
    Bug {
        name: "a request is lost over a restart",
        why: "It is taken off the object when it is read, and kept in memory until its manifests are there.",
        edits: &[Edit {
            file: OPERATION,
            find: "Seen::Pending => Plan::saying(vec![Fact::Waiting(",
            put: "Seen::Pending if planted() => Plan { changes: vec![Change::ClearOperation], ..Plan::default() },\n        Seen::Pending => Plan::saying(vec![Fact::Waiting(",
        }],
    },
    Bug {
        name: "a request is lost to the sync that runs",
        why: "Whoever ends a sync clears the field, whatever is in it by then.",
        edits: &[Edit {
            file: OPERATION,
            find: "running(seen).is_none_or(|state| state.operation == *asked)",
            put: "planted() || running(seen).is_none_or(|state| state.operation == *asked)",
        }],
    },
    Bug {
        name: "a retry waits by a clock that jumped",
        why: "The end of the last try is taken as it is written, and that is an hour ahead.",
        edits: &[Edit {
            file: "gitops/src/application/due.rs",
            find: "if ended > now {",
            put: "if ended > now && !planted() {",
        }],
    },
    Bug {
        name: "an object is written before its sync is recorded",
        why: "A sync is begun and taken on in one pass, and dies in between.",
        edits: &[Edit {
            file: "gitops/src/application/plan.rs",
            find: "Decision::Sync(operation) => Plan::saying(",
            put: "Decision::Sync(operation) if planted() => {\n            let writes = compared.items.iter().filter_map(|item| item.desired.clone());\n            let manner = super::change::Manner::default();\n            let writes = writes.map(|object| Change::Apply { phase: crate::waves::Phase::Sync, wave: 0, object, manner });\n            let started = Fact::Started { operation, revision: compared.revision.clone(), sources: compared.sources.clone() };\n            Plan { changes: writes.collect(), facts: vec![started], wake: None }\n        }\n        Decision::Sync(operation) => Plan::saying(",
        }],
    },
];
