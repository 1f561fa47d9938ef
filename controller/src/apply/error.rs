//! Why a change could not be made.

use sluice_core::change::Change;
use sluice_core::observed::Hash;
use sluice_crds::{Violation, names, violation};
use sluice_traffic::traefik::Mismatch;

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
    /// The name is taken by an object that is not this Rollout's.
    #[error("create {what}: the name is taken by an object of somebody else; delete that or rename the Rollout")]
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
    /// A fresh read shows that the Rollout was changed since it was looked at.
    #[error("the Rollout was changed since it was looked at; looking again")]
    Outdated,
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
    /// The TraefikService cannot carry a release.
    #[error("set weights of TraefikService \"{route}\"")]
    Route {
        /// The TraefikService.
        route: String,
        /// Why not.
        #[source]
        source: Mismatch,
    },
    /// The analysis cannot be prepared.
    #[error("prepare the AnalysisRun: {}", violation::in_one_line(.0))]
    Analysis(Vec<Violation>),
    /// The spec has nothing of the kind that the change is about.
    #[error("find {0} in the spec: it is not there any more")]
    NotInSpec(&'static str),
}

impl Error {
    /// Whether somebody else was faster: not worth telling anyone, the next pass sees what they wrote.
    pub fn is_conflict(&self) -> bool {
        match &self.cause {
            Cause::Api(kube::Error::Api(status)) => status.code == 409,
            Cause::Outdated => true,
            _ => false,
        }
    }

    /// The established event reason for it.
    pub fn reason(&self) -> &'static str {
        match self.change {
            Change::Route { .. } => names::event::TRAFFIC_ROUTING_ERROR,
            Change::PointService { .. } => names::event::SERVICE_REFERENCE_ERROR,
            Change::CreateRevision { .. } => names::reason::REPLICA_SET_CREATE_ERROR,
            _ => names::reason::RECONCILIATION_ERROR,
        }
    }
}
