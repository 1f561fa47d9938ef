//! The checked form of a Rollout's spec: what is left once every rule has been applied.
//!
//! Built only by [`crate::validate`], so callees take these types and check nothing again.

mod lender;
mod managed;
mod router;

use jiff::{SignedDuration, Timestamp};
use sluice_crds::{Metadata, RolloutAnalysis, StepExperiment};

use crate::weight::Weight;
pub use lender::{Lender, LenderKind, ScaleDown};
pub use managed::{HeaderMatch, ManagedRoute, RequestMatch, Rule, TextMatch};
pub use router::{
    Alb, Apisix, Gateway, GatewayKind, GatewayRoute, Istio, Nginx, Router, Smi, Subsets, TlsRoute, VirtualService,
};

/// A Rollout as its owner meant it, with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Pods wanted in all.
    pub replicas: u32,
    /// The user's own pause (`spec.paused`); separate from the pauses of steps.
    pub paused: bool,
    /// Going back to a completed revision so few revisions old skips the steps; `None`: only to the stable one.
    pub rollback_window: Option<u32>,
    /// Older revisions kept at 0 pods, to go back to.
    pub revision_history: usize,
    /// How long nothing may move forward before the release counts as stuck.
    pub progress_deadline: SignedDuration,
    /// Whether a stuck release is taken back rather than only reported.
    pub abort_at_deadline: bool,
    /// Finished AnalysisRuns kept.
    pub history: RunHistory,
    /// Whether pods of the new revision keep off the nodes of the stable one.
    pub apart: Option<Apart>,
    /// Pods older than this are restarted.
    pub restart_at: Option<Timestamp>,
    /// What pods have for their role only.
    pub metadata: RoleMetadata,
    /// How a new revision goes out.
    pub strategy: Strategy,
}

/// Labels and annotations that pods have for their role only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoleMetadata {
    /// Those of the new revision until it is the stable one: of a canary, of a preview.
    pub new: Metadata,
    /// Those of the stable revision: the active one of a blue-green release.
    pub stable: Metadata,
}

/// How strictly pods of the new revision keep off the nodes of the stable one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// A pod that finds no other node waits.
    Required,
    /// The scheduler weighs it so much, 1 to 100.
    Preferred(i32),
}

/// How many finished AnalysisRuns of a Rollout are kept, by outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunHistory {
    /// Kept runs that ended Successful.
    pub successful: usize,
    /// Kept runs that ended in any other way.
    pub unsuccessful: usize,
}

/// Step by step, or all at once beside the old one.
#[derive(Clone, Debug, PartialEq)]
pub enum Strategy {
    /// Step by step, by traffic weight or by number of pods.
    Canary(Canary),
    /// Beside the old one, switched at once.
    BlueGreen(BlueGreen),
}

/// A canary release.
#[derive(Clone, Debug, PartialEq)]
pub struct Canary {
    /// What is done in turn; empty means straight to the new revision.
    pub steps: Vec<Step>,
    /// Pods above `replicas` while pods are exchanged.
    pub max_surge: u32,
    /// Pods below `replicas` that may be missing while pods are exchanged or restarted.
    pub max_unavailable: u32,
    /// The most pods there may be while a router shares traffic; `None`: the stable revision stays whole beside the new one.
    pub most_pods: Option<u32>,
    /// Whether stable pods go as their traffic does (only with a router).
    pub dynamic_stable: bool,
    /// The two Services, where the spec names them or the router's entries tell them.
    pub services: Option<CanaryServices>,
    /// Which of them is the stable one now, where they take turns; `None` where each keeps its role.
    pub turn: Option<Turn>,
    /// How many of the new pods that a step needs are enough.
    pub enough: Enough,
    /// The least number of new pods, where there are any (only with a router).
    pub min_pods: u32,
    /// The weight that is all traffic.
    pub whole: u32,
    /// The routers that share traffic out, each by the same weights; none shares it by number of pods.
    pub routers: Vec<Router>,
    /// The routes that steps may add, the most important first.
    pub managed_routes: Vec<String>,
    /// Analysis that runs beside the steps.
    pub background: Option<Background>,
    /// How long pods stay after the router stopped sending to them.
    pub scale_down_delay: SignedDuration,
    /// How many superseded revisions stay so long, the newest; `None`: all.
    pub scale_down_delay_revisions: Option<usize>,
    /// The same after an abort; `None` keeps them for good.
    pub abort_scale_down_delay: Option<SignedDuration>,
}

/// How many of the pods that a step needs must be available for it to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enough {
    /// So many of a hundred, 1 to 100.
    Percent(u32),
    /// So many; all, where fewer are needed.
    Pods(u32),
}

impl Enough {
    /// All of them.
    pub const ALL: Self = Self::Percent(100);

    /// Of that many pods.
    pub fn of(self, needed: u32) -> u32 {
        match self {
            Self::Percent(percent) => {
                let pods = (u64::from(percent) * u64::from(needed)).div_ceil(100);
                u32::try_from(pods).unwrap_or(needed)
            }
            Self::Pods(pods) => pods.min(needed),
        }
    }
}

/// The Services of the two arms of a canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryServices {
    /// Selects the new revision while it is tried out.
    pub canary: String,
    /// Selects the stable revision.
    pub stable: String,
}

/// Which of two Services that take turns is the stable one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The one called ping, as at the first release.
    Ping,
    /// The one called pong.
    Pong,
}

/// One step of a canary.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Send this share to the new revision.
    SetWeight(Weight),
    /// From here on the new revision has this many pods, until another such step.
    SetScale(Scale),
    /// From here on there is this route beside the weighted one; if it matches nothing, not any more.
    SetRoute(ManagedRoute),
    /// Wait this long, or for a person.
    Pause(Option<SignedDuration>),
    /// Run an analysis and wait for its verdict.
    Analysis(Box<RolloutAnalysis>),
    /// Run sets of pods beside the release, and wait for what comes of that.
    Experiment(Box<StepExperiment>),
}

/// How many pods a canary has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As many as its share of the traffic takes.
    MatchWeight,
    /// This part of `replicas`, whatever traffic they get.
    Part(Weight),
    /// This many, whatever traffic they get.
    Pods(u32),
}

/// Analysis beside the steps of a canary.
#[derive(Clone, Debug, PartialEq)]
pub struct Background {
    /// What to measure.
    pub analysis: Box<RolloutAnalysis>,
    /// First step during which it runs.
    pub starting_step: usize,
}

/// A blue-green release.
#[derive(Clone, Debug, PartialEq)]
pub struct BlueGreen {
    /// Carries the users' traffic.
    pub active: String,
    /// Reaches the new revision before it is switched in.
    pub preview: Option<String>,
    /// New pods until the way to the switch is open.
    pub preview_pods: u32,
    /// What happens between "all new pods are available" and the switch.
    pub gate: Gate,
    /// Pods below `replicas` that may be missing while pods are restarted.
    pub max_unavailable: u32,
    /// How long old pods stay after the switch.
    pub scale_down_delay: SignedDuration,
    /// How many superseded revisions stay so long, the newest; `None`: all.
    pub scale_down_delay_revisions: Option<usize>,
    /// How long the new pods stay after an abort; `None` keeps them for good.
    pub abort_scale_down_delay: Option<SignedDuration>,
    /// Must pass before the switch.
    pub pre_promotion: Option<Box<RolloutAnalysis>>,
    /// Must pass after the switch, or it is switched back.
    pub post_promotion: Option<Box<RolloutAnalysis>>,
}

/// Who opens the way to a blue-green switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Nobody: switch as soon as the new pods are available.
    Open,
    /// A clock.
    After(SignedDuration),
    /// A person, by `promote`.
    Person,
}

impl Spec {
    /// How many pods may be missing at once while pods are restarted: at least one, or none ever was.
    pub fn restarts_at_once(&self) -> u32 {
        let missing = match &self.strategy {
            Strategy::Canary(canary) => canary.max_unavailable,
            Strategy::BlueGreen(blue_green) => blue_green.max_unavailable,
        };
        missing.max(1)
    }

    /// The canary's steps; empty for blue-green.
    pub fn steps(&self) -> &[Step] {
        match &self.strategy {
            Strategy::Canary(canary) => &canary.steps,
            Strategy::BlueGreen(_) => &[],
        }
    }
}
