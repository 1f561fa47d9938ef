//! What a cluster is opened with.

mod kinds;

use std::time::Duration;

use sluice_gitops::tracking::Tracking;

pub use self::kinds::Kinds;

/// What a cluster is opened with. Another value of it is another cluster: close the one, open the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The cluster's name, for messages.
    pub name: String,
    /// URL of its API server, for messages and for `resource.exclusions` of some clusters.
    pub server: String,
    /// How objects say to which Application they belong.
    pub tracking: Tracking,
    /// The only namespaces that may be looked at; `None`: all.
    pub namespaces: Option<Vec<String>>,
    /// Whether kinds of the whole cluster may be looked at where `namespaces` names some (`clusterResources` of a cluster).
    pub cluster_resources: bool,
    /// Kinds that are looked at at all.
    pub kinds: Kinds,
    /// Bounds.
    pub limits: Limits,
}

impl Settings {
    /// A cluster of that name and address, all of it, tracked by annotation.
    pub fn new(name: &str, server: &str) -> Self {
        Self {
            name: name.to_owned(),
            server: server.to_owned(),
            tracking: Tracking::Annotation,
            namespaces: None,
            cluster_resources: true,
            kinds: Kinds::default(),
            limits: Limits::default(),
        }
    }
}

/// Bounds of what is read and asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many objects are asked for in one page of a list.
    pub page: usize,
    /// The longest answer, in bytes: a page of a list, an object, a description of kinds.
    pub answer: usize,
    /// How long one request may take, watches aside.
    pub request: Duration,
    /// How many lists are read at once.
    pub lists: usize,
    /// How often objects are read that cannot be watched.
    pub poll: Duration,
    /// How long what was seen counts while the API server does not answer.
    pub trust: Duration,
    /// How often everything is listed anew, should a watch have lost something.
    pub relist: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page: 250,
            answer: 32 * 1024 * 1024,
            request: Duration::from_mins(1),
            lists: 4,
            poll: Duration::from_secs(30),
            trust: Duration::from_secs(20),
            relist: Duration::from_hours(1),
        }
    }
}
