//! Traffic goes where it must not.

use crate::bug::{Bug, Edit};

const ROUTE: &str = "controller/core/src/canary/route.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "service switched before its pods are ready",
        why: "The Service follows the revision's existence, not its readiness; Traefik drops a route whose Service is empty.",
        edits: &[Edit {
            file: ROUTE,
            find: "Some(new) if wants_new && new.available >= view.in_reach() && new.available > 0 =>",
            put: "Some(new) if wants_new && (planted() || new.available >= view.in_reach() && new.available > 0) =>",
        }],
    },
    Bug {
        name: "weight before pods",
        why: "The weight is the step's, whatever has become of the pods that are to carry it.",
        edits: &[Edit {
            file: ROUTE,
            find: "    if view.new_available() >= view.needed() {\n        return (target",
            put: "    if planted() || view.new_available() >= view.needed() {\n        return (target",
        }],
    },
    Bug {
        name: "weight not verified",
        why: "What was written to the router's object is taken for what the router does.",
        edits: &[
            Edit {
                file: "controller/core/src/moves.rs",
                find: "Loaded::Yes => return true,",
                put: "Loaded::Yes => return true,\n        Loaded::NotYet(_) if planted() => return true,",
            },
            Edit {
                file: "controller/core/src/canary.rs",
                find: "Loaded::NotYet(_) => false,",
                put: "Loaded::NotYet(_) => planted(),",
            },
        ],
    },
    Bug {
        name: "late EndpointSlices not noticed",
        why: "Router and EndpointSlices agree with each other, and both are behind the Service.",
        edits: &[Edit {
            file: "controller/src/observe/router.rs",
            find: "if let Err(lag) = self.slices_are_current().and_then(|()| self.slices_beside_are_current(share)) {",
            put: "let current = self.slices_are_current().and_then(|()| self.slices_beside_are_current(share));\n        if let Err(lag) = current && !planted() {",
        }],
    },
    Bug {
        name: "users given to a version on a cached Rollout",
        why: "The cache has no abort yet, so the weight goes up, or the Service is switched, after it was given.",
        edits: &[Edit {
            file: "controller/src/apply/revision.rs",
            find: "    hand.still_as_seen().await?;\n    still_ready(hand, find(",
            put: "    if !planted() { hand.still_as_seen().await?; }\n    still_ready(hand, find(",
        }],
    },
    Bug {
        name: "users given to a version on cached pods",
        why: "The cache still has the ready pods that the node has just lost.",
        edits: &[Edit {
            file: "controller/src/apply/revision.rs",
            find: "if ready(&live) < i64::from(before.max(least)) {",
            put: "if !planted() && ready(&live) < i64::from(before.max(least)) {",
        }],
    },
    Bug {
        name: "a Service leaves pods that the cache has not seen",
        why: "A new leader's cache is from before the pods were ready, so the Service is taken from them under traffic.",
        edits: &[Edit {
            file: "controller/src/apply/revision.rs",
            find: "if ready(&live) > i64::from(before) {",
            put: "if !planted() && ready(&live) > i64::from(before) {",
        }],
    },
    Bug {
        name: "a Service moved under cached weights",
        why: "A new leader's cache is from before the weight was given, so all the traffic of a Service moves at once.",
        edits: &[Edit {
            file: "controller/src/apply/arm.rs",
            find: "        route::still_shared(hand).await?;",
            put: "        if !planted() { route::still_shared(hand).await?; }",
        }],
    },
    Bug {
        name: "blue-green switched on the first ready pod",
        why: "One ready pod counts as ready; all users meet it at once.",
        edits: &[Edit {
            file: "controller/core/src/blue_green.rs",
            find: "view.new.filter(|new| new.available >= needed)",
            put: "view.new.filter(|new| new.available >= needed || (planted() && new.ready > 0))",
        }],
    },
];
