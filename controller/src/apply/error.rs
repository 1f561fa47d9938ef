//! Why a change could not be made.

use sluice_core::change::Change;
use sluice_core::observed::Hash;
use sluice_crds::{Violation, names, violation};
use sluice_traffic::Mismatch;

/// A change that could not be made, and why.
#[derive(Debug, thiserror::Error)]
#[error("{change}")]
pub struct Error {
    /// What was to be done.
    pub change: Change,
    /// Why it could not be.
    #[source]
    pub cause: Cause,
}

/// Why a change could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The API server refused, or could not be reached.
    #[error("write it at the API server")]
    Api(#[from] kube::Error),
    /// What was to be changed is not there.
    #[error("find {what}: it is not there any more")]
    Missing {
        /// Kind and name.
        what: String,
    },
    /// The name is taken by an object that is not its own.
    #[error("create {what}: the name is taken by an object of somebody else; delete that or choose another name")]
    Taken {
        /// Kind and name.
        what: String,
    },
    /// The Service belongs to another Rollout.
    #[error(
        "point Service \"{service}\": it is managed by Rollout \"{owner}\"; give each Rollout a Service of its own"
    )]
    Managed {
        /// The Service.
        service: String,
        /// Who manages it.
        owner: String,
    },
    /// A fresh read shows that it was changed since it was looked at.
    #[error("it was changed since it was looked at; looking again")]
    Outdated,
    /// The pod may not be evicted now.
    #[error("{pod} may not be evicted yet, trying again: {words}")]
    Budget {
        /// Which.
        pod: String,
        /// What the API server says.
        words: String,
    },
    /// A fresh read shows that the revision is still in use.
    #[error("empty {hash}: {user} selects it; waiting until nothing does")]
    InUse {
        /// The revision.
        hash: Hash,
        /// Who uses it.
        user: String,
    },
    /// A fresh read shows that the revision still has pods.
    #[error("delete {hash}: it has pods again")]
    HasPods {
        /// The revision.
        hash: Hash,
    },
    /// An object of a router cannot carry a release.
    #[error("set weights")]
    Route(#[from] Mismatch),
    /// The analysis cannot be prepared.
    #[error("prepare the AnalysisRun: {}", violation::in_one_line(.0))]
    Analysis(Vec<Violation>),
    /// The spec has nothing of the kind that the change is about.
    #[error("find {0} in the spec: it is not there any more")]
    NotInSpec(&'static str),
}

/// The most bytes of the API server's words that go into a status.
const WORDS: usize = 1 << 10;

impl Error {
    /// Whether somebody else was faster: not worth telling anyone, the next pass sees what they wrote.
    pub fn is_conflict(&self) -> bool {
        match &self.cause {
            Cause::Api(kube::Error::Api(status)) => status.code == 409,
            Cause::Outdated => true,
            _ => false,
        }
    }

    /// What a restart waits for, if that is why it stopped: no failure, it is tried again in its time.
    pub fn wait(&self) -> Option<String> {
        match &self.cause {
            Cause::Budget { .. } => Some(cut(&self.cause.to_string())),
            _ => None,
        }
    }

    /// Why the API server refuses the new revision; `None` for anything that may pass by itself.
    pub fn refusal(&self) -> Option<String> {
        if !matches!(self.change, Change::CreateRevision { .. }) {
            return None;
        }
        let words = match &self.cause {
            Cause::Api(kube::Error::Api(status)) if matches!(status.code, 400 | 403 | 404 | 413 | 422) => {
                format!("the API server refuses the ReplicaSet made of spec.template: {}", status.message)
            }
            cause @ Cause::Taken { .. } => cause.to_string(),
            _ => return None,
        };
        Some(cut(&words))
    }

    /// The established event reason for it.
    pub fn reason(&self) -> &'static str {
        match self.change {
            Change::Route { .. } | Change::SetRoutes { .. } => names::event::TRAFFIC_ROUTING_ERROR,
            Change::PointService { .. } => names::event::SERVICE_REFERENCE_ERROR,
            Change::CreateRevision { .. } => names::reason::REPLICA_SET_CREATE_ERROR,
            _ => names::reason::RECONCILIATION_ERROR,
        }
    }
}

/// As much of some words as a status has room for.
fn cut(words: &str) -> String {
    let end = words.floor_char_boundary(WORDS);
    if end < words.len() { format!("{}…", words.get(..end).unwrap_or_default()) } else { words.to_owned() }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    fn refused(change: Change, code: u16, message: &str) -> Option<String> {
        let status = Status { code, message: message.to_owned(), ..Status::default() };
        Error { change, cause: kube::Error::Api(Box::new(status)).into() }.refusal()
    }

    fn create() -> Change {
        Change::CreateRevision { hash: Hash::from("7f9c"), number: 2 }
    }

    #[test]
    fn what_the_api_server_says_of_a_new_revision_is_kept_unless_it_may_pass_by_itself() {
        let words = "ReplicaSet.apps \"web\" is invalid: spec.template.spec.containers[0].name: Required value";
        let told = format!("the API server refuses the ReplicaSet made of spec.template: {words}");
        assert_eq!(refused(create(), 422, words), Some(told));
        for passing in [401, 409, 429, 500, 503, 504] {
            assert_eq!(refused(create(), passing, words), None, "{passing}");
        }
        let other = Change::DeleteAnalysis { name: "web-2".to_owned() };
        assert_eq!(refused(other, 422, words), None);
    }

    #[test]
    fn a_status_has_room_for_a_part_of_long_words() {
        let told = refused(create(), 422, &"ä".repeat(1000)).unwrap_or_default();
        assert!(told.len() <= WORDS + "…".len() && told.ends_with("ä…"), "{told}");
    }
}
