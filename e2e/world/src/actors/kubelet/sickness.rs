//! What can be wrong with pods and nodes.

use std::time::Duration;

/// Which pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Those whose first container has this image.
    Image(String),
    /// Those of the revision with this hash.
    Hash(String),
    /// The one of that name.
    Pod(String),
    /// All.
    Everyone,
}

/// What is wrong with a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sickness {
    /// It runs and is not ready.
    NeverReady,
    /// It is ready for a while and then ends, again and again, with the back-off of a real one in between.
    Crashing {
        /// How long it serves each time.
        up: Duration,
    },
    /// It is ready and unready by turns.
    Flapping {
        /// How long it is ready.
        ready: Duration,
        /// How long it is not, at least: to become ready takes the time that it always takes.
        unready: Duration,
    },
}

/// How the loss of a node comes to light. What ran there serves nobody from the first moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeLoss {
    /// From the loss until its pods are seen not to be ready.
    pub unready_after: Duration,
    /// From there until they are deleted.
    pub deleted_after: Duration,
    /// From there until their objects go: nobody confirms that they have ended.
    pub gone_after: Duration,
}

impl Default for NodeLoss {
    /// As Kubernetes has it.
    fn default() -> Self {
        Self {
            unready_after: Duration::from_secs(40),
            deleted_after: Duration::from_mins(5),
            gone_after: Duration::from_mins(1),
        }
    }
}
