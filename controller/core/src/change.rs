//! The writes that a plan asks for. Each carries its reason, and prints as the log line, the event
//! and the line of a transcript.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use sluice_crds::{Metadata, ReleaseRecord};

use crate::marks::{self, Edits};
use crate::observed::{Hash, Past, Role};
use crate::spec::{Lender, ManagedRoute};
use crate::weight::Weight;

/// One write, idempotent: made twice it is a no-op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Make the ReplicaSet of a new pod template, with no pods yet.
    CreateRevision {
        /// Its hash.
        hash: Hash,
        /// Its number in the history.
        number: u64,
    },
    /// Give a revision that comes back a new number in the history.
    Renumber {
        /// Which revision.
        hash: Hash,
        /// Its new number.
        number: u64,
    },
    /// Ask for more or fewer pods.
    Scale {
        /// Which revision.
        hash: Hash,
        /// Pods asked for until now.
        from: u32,
        /// Pods asked for from now on.
        to: u32,
        /// Why.
        why: Why,
    },
    /// Ask for more or fewer pods of the Deployment that lends its template.
    ScaleLender {
        /// Which.
        lender: Lender,
        /// Pods asked for until now.
        from: u32,
        /// Pods asked for from now on.
        to: u32,
        /// So many pods of the Rollout must be available instead.
        instead: u32,
        /// Pods that it had before any went, to be noted on it.
        had: u32,
        /// Why.
        why: Why,
    },
    /// Note on that Deployment that its pods are still to go.
    NoteHandover {
        /// Which.
        lender: Lender,
        /// Pods that it has.
        from: u32,
    },
    /// Let a Service select one revision.
    PointService {
        /// The Service's name.
        service: String,
        /// Which revision it selects from now on.
        to: Hash,
        /// Why.
        why: Why,
    },
    /// Set the router's weights: so much to the canary Service and to those of experiments, the rest to the stable one.
    Route {
        /// What the route object said; `None` when it said something no release wrote.
        from: Option<Weight>,
        /// The canary Service's share.
        to: Weight,
        /// What Services of experiments get, by name.
        aside: BTreeMap<String, Weight>,
        /// Why.
        why: Why,
    },
    /// Set the routes that steps add beside the weighted one: these, in this order, and no others.
    SetRoutes {
        /// All that are to be there.
        routes: Vec<ManagedRoute>,
        /// Why.
        why: Why,
    },
    /// Fix, or lift, the time after which a revision may go to 0 pods.
    ShrinkAfter {
        /// Which revision.
        hash: Hash,
        /// From when on; `None` lifts it.
        at: Option<Timestamp>,
        /// Why.
        why: Why,
    },
    /// Note on a revision how its release went.
    Remember {
        /// Which revision.
        hash: Hash,
        /// How.
        past: Past,
    },
    /// Keep on a revision the record of its release.
    Record {
        /// Which revision.
        hash: Hash,
        /// The record.
        record: Box<ReleaseRecord>,
    },
    /// Give a revision's template what its role has, for pods to come.
    Mark {
        /// Which revision.
        hash: Hash,
        /// Labels to set or take away.
        labels: Edits,
        /// Annotations to set or take away.
        annotations: Edits,
        /// What is recorded as given for a role from now on.
        record: Metadata,
        /// Why.
        why: Why,
    },
    /// Give pods that live what their template has.
    MarkPods {
        /// Of which revision.
        hash: Hash,
        /// Their names.
        pods: Vec<String>,
        /// Labels to set or take away.
        labels: Edits,
        /// Annotations to set or take away.
        annotations: Edits,
        /// Why.
        why: Why,
    },
    /// Have a pod end, as far as its PodDisruptionBudgets allow; its ReplicaSet makes another.
    Evict {
        /// Its revision.
        hash: Hash,
        /// Its name.
        pod: String,
        /// What tells it from another of that name.
        uid: String,
        /// Why.
        why: Why,
    },
    /// Make an AnalysisRun.
    StartAnalysis {
        /// Its name.
        name: String,
        /// What for.
        role: Role,
        /// The revision it judges.
        hash: Hash,
        /// That revision's number.
        number: u64,
    },
    /// Tell an AnalysisRun to stop.
    StopAnalysis {
        /// Which.
        name: String,
        /// Why.
        why: Why,
    },
    /// Delete a finished AnalysisRun.
    DeleteAnalysis {
        /// Which.
        name: String,
    },
    /// Make the Experiment of a step.
    StartExperiment {
        /// Its name.
        name: String,
        /// The step.
        step: usize,
        /// The revision it tries out.
        hash: Hash,
        /// That revision's number.
        number: u64,
    },
    /// Tell an Experiment to end.
    StopExperiment {
        /// Which.
        name: String,
        /// Why.
        why: Why,
    },
    /// Delete an Experiment that has ended.
    DeleteExperiment {
        /// Which.
        name: String,
    },
    /// Delete a ReplicaSet that has no pods.
    DeleteRevision {
        /// Which.
        hash: Hash,
        /// Why.
        why: Why,
    },
}

/// Why a change is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The first revision goes out.
    Install,
    /// The step in force asks for this weight.
    StepWeight(Weight),
    /// The step in force asks for this many pods, whatever its weight.
    StepScale,
    /// The step in force has these routes by header.
    StepHeaders,
    /// The step in force has these mirrors.
    StepMirror,
    /// The new revision takes over.
    Promotion,
    /// The release is taken back.
    Abort,
    /// The spec went back to the stable revision.
    Rollback,
    /// A newer revision took this one's place.
    Superseded,
    /// The stable revision must be whole.
    KeepStable,
    /// The revision that may be gone back to must be able to take all users.
    KeepReady,
    /// The new revision has no ready pod: nothing may select it.
    NoReadyPods,
    /// Too few of the new pods are available for the share they had.
    FewerPods,
    /// Somebody else changed what the plan had set.
    Drift,
    /// Its time to stay has passed and nothing points at it.
    DelayPassed,
    /// The router no longer sends to it.
    NoTraffic,
    /// It is needed again.
    NeededAgain,
    /// Its traffic went elsewhere.
    LessTraffic,
    /// Pods of an experiment get their share.
    Experiment,
    /// Pods of an experiment get no traffic any more.
    ExperimentOver,
    /// Old pods make room for new ones.
    MakeRoom,
    /// The preview Service shows the new revision.
    Preview,
    /// More is kept than `revisionHistoryLimit` allows.
    History,
    /// Nothing looks at it any more.
    NotNeeded,
    /// `spec.replicas` was changed.
    Replicas,
    /// The metadata of a role; the text says which.
    Role(&'static str),
    /// `spec.restartAt` asks for it.
    Restart(Timestamp),
    /// All pods were seen to have what their role gives them.
    PodsMarked,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Install => f.write_str("first revision"),
            Self::StepWeight(weight) => write!(f, "step weight {weight}"),
            Self::StepHeaders => f.write_str("setHeaderRoute"),
            Self::StepMirror => f.write_str("setMirrorRoute"),
            Self::StepScale => f.write_str("setCanaryScale"),
            Self::Promotion => f.write_str("promotion"),
            Self::Abort => f.write_str("aborted"),
            Self::Rollback => f.write_str("back to stable"),
            Self::Superseded => f.write_str("superseded"),
            Self::KeepStable => f.write_str("stable stays whole"),
            Self::KeepReady => f.write_str("kept to go back to"),
            Self::NoReadyPods => f.write_str("no ready pods"),
            Self::FewerPods => f.write_str("fewer pods available"),
            Self::Drift => f.write_str("changed by somebody else"),
            Self::DelayPassed => f.write_str("scale-down delay passed"),
            Self::NoTraffic => f.write_str("no traffic any more"),
            Self::NeededAgain => f.write_str("needed again"),
            Self::LessTraffic => f.write_str("less traffic"),
            Self::Experiment => f.write_str("experiment"),
            Self::ExperimentOver => f.write_str("the experiment gets no traffic any more"),
            Self::MakeRoom => f.write_str("makes room"),
            Self::Preview => f.write_str("preview"),
            Self::History => f.write_str("history limit"),
            Self::NotNeeded => f.write_str("not needed any more"),
            Self::Replicas => f.write_str("spec.replicas"),
            Self::Role(metadata) => f.write_str(metadata),
            Self::Restart(at) => write!(f, "restartAt {at}"),
            Self::PodsMarked => f.write_str("all pods have it"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateRevision { hash, number } => write!(f, "create {hash} (revision {number})"),
            Self::Renumber { hash, number } => write!(f, "renumber {hash} (revision {number})"),
            Self::Scale { hash, from, to, why } => write!(f, "scale {hash} {from} → {to} ({why})"),
            Self::ScaleLender { lender, from, to, why, .. } => write!(f, "scale {lender} {from} → {to} ({why})"),
            Self::NoteHandover { lender, from } => write!(f, "note that {lender} still has {from} pods to hand over"),
            Self::PointService { service, to, why } => write!(f, "point {service} → {to} ({why})"),
            Self::Route { from, to, aside, why } => {
                let from = from.map_or_else(|| "?".to_owned(), |from| from.to_string());
                write!(f, "route {from} → {to}")?;
                aside.iter().try_for_each(|(service, weight)| write!(f, ", {service} {weight}"))?;
                write!(f, " ({why})")
            }
            Self::SetRoutes { routes, why } => {
                let names: Vec<&str> = routes.iter().map(|route| route.name.as_str()).collect();
                let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                write!(f, "managed routes → {names} ({why})")
            }
            Self::ShrinkAfter { hash, at: Some(at), why } => write!(f, "keep {hash} until {at} ({why})"),
            Self::ShrinkAfter { hash, at: None, why } => write!(f, "keep {hash} ({why})"),
            Self::Remember { hash, past } => write!(f, "note {hash} {}", past.name().unwrap_or("unknown")),
            Self::Record { hash, record } => write!(f, "record {hash} {}", record.how),
            Self::Mark { hash, labels, annotations, why, .. } => {
                write!(f, "mark {hash}{} ({why})", marks::told(labels, annotations))
            }
            Self::MarkPods { hash, pods, labels, annotations, why } => {
                let (many, s) = (pods.len(), if pods.len() == 1 { "" } else { "s" });
                write!(f, "label {many} pod{s} of {hash}{} ({why})", marks::told(labels, annotations))
            }
            Self::Evict { hash, pod, why, .. } => write!(f, "evict {pod} of {hash} ({why})"),
            Self::StartAnalysis { name, .. } => write!(f, "start analysis {name}"),
            Self::StopAnalysis { name, why } => write!(f, "stop analysis {name} ({why})"),
            Self::DeleteAnalysis { name } => write!(f, "delete analysis {name} (history limit)"),
            Self::StartExperiment { name, .. } => write!(f, "start experiment {name}"),
            Self::StopExperiment { name, why } => write!(f, "stop experiment {name} ({why})"),
            Self::DeleteExperiment { name } => write!(f, "delete experiment {name} (history limit)"),
            Self::DeleteRevision { hash, why } => write!(f, "delete {hash} ({why})"),
        }
    }
}
