//! The loop stops turning.

use crate::bug::{Bug, Edit};

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "requeue lost",
        why: "The pass knows when to look again, and tells nobody.",
        edits: &[Edit {
            file: "controller/src/rollout.rs",
            find: "wakes.into_iter().flatten().min()",
            put: "wakes.into_iter().flatten().min().filter(|_| !planted())",
        }],
    },
    Bug {
        name: "a key is forgotten on an error",
        why: "The queue hands a key out, and takes it back only from passes that went well.",
        edits: &[Edit {
            file: "controller/src/queue/index.rs",
            find: "        self.add_at(key.clone(), now + wait);",
            put: "        if !planted() {\n            self.add_at(key.clone(), now + wait);\n        }",
        }],
    },
    Bug {
        name: "a watch that breaks stays broken",
        why: "Its task ends with the error, and the cache is never filled again.",
        edits: &[Edit {
            file: "controller/src/caches/watch.rs",
            find: "self.settle_for_nothing(&error);",
            put: "self.settle_for_nothing(&error);\n                            if planted() {\n                                return;\n                            }",
        }],
    },
    Bug {
        name: "a failed pass never gives its place back",
        why: "Each error takes one worker away, until there is none.",
        edits: &[Edit {
            file: "controller/src/worker.rs",
            find: "        self.queue.failed(&key);",
            put: "        self.queue.failed(&key);\n        if planted() {\n            std::future::pending::<()>().await;\n        }",
        }],
    },
    Bug {
        name: "changes during a pass are not seen",
        why: "What is asked for while the pass runs counts as answered by it.",
        edits: &[Edit {
            file: "controller/src/queue/index.rs",
            find: "(Place::Running, _) => entry.place = Place::RunningAgain,",
            put: "(Place::Running, _) if planted() => {}\n            (Place::Running, _) => entry.place = Place::RunningAgain,",
        }],
    },
    Bug {
        name: "a measurement that is lost is waited for",
        why: "That it was started is remembered, and by whom is not: after an error nobody measures again.",
        edits: &[Edit {
            file: "controller/src/analysis_run/measuring.rs",
            find: "            session.under_way.remove(&reading.metric);",
            put: "            if !planted() || reading.verdict.outcome != Outcome::Error {\n                session.under_way.remove(&reading.metric);\n            }",
        }],
    },
];
