//! What happened in a simulation: the one form from which text, JSON and picture are made.

use std::process::ExitCode;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::metrics::Answered;
use super::state::State;

/// The name of this form; it changes when a reader of the one before would go wrong.
pub(crate) const SCHEMA: &str = "sluice/simulation/v1";

/// A whole simulation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tale {
    /// [`SCHEMA`].
    pub(crate) schema: &'static str,
    /// What was simulated.
    pub(crate) rollout: About,
    /// What was made up, a line each.
    pub(crate) made_up: Vec<String>,
    /// Objects that were given and have no part in it.
    pub(crate) left_out: Vec<String>,
    /// What metrics were answered.
    pub(crate) metrics: Vec<Answered>,
    /// What happened, in order.
    pub(crate) timeline: Vec<Entry>,
    /// How everything stood, whenever that changed.
    pub(crate) samples: Vec<Sample>,
    /// The AnalysisRuns.
    pub(crate) analyses: Vec<Analysis>,
    /// What it came to.
    pub(crate) outcome: Outcome,
}

/// The Rollout of a simulation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About {
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
    /// Its strategy in words.
    pub(crate) strategy: String,
    /// Its steps in words.
    pub(crate) steps: Vec<String>,
    /// Pods wanted.
    pub(crate) replicas: u32,
    /// The image that ran before.
    pub(crate) old_image: String,
    /// The image of the update.
    pub(crate) new_image: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// When, after the update.
    #[serde(rename = "atSeconds", serialize_with = "seconds")]
    pub(crate) at: Duration,
    /// Who or what it is about.
    pub(crate) who: Who,
    /// The reason of a Kubernetes event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// Whether somebody should worry.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) warning: bool,
    /// What happened.
    pub(crate) text: String,
    /// How everything stood then.
    #[serde(flatten)]
    pub(crate) state: State,
}

/// Who or what an entry is about; in the order in which one moment is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Who {
    /// Somebody gives an order.
    Person,
    /// Something goes wrong, or well again.
    Fault,
    /// The number of ready pods has changed.
    Pods,
    /// The requests go another way.
    Router,
    /// A measurement was taken.
    Metric,
    /// The controller says an event.
    Event,
    /// The Rollout's phase or message has changed.
    Status,
}

/// How everything stood from a moment on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sample {
    /// From when on, after the update.
    #[serde(rename = "atSeconds", serialize_with = "seconds")]
    pub(crate) at: Duration,
    /// The Rollout's phase.
    pub(crate) phase: String,
    /// How everything stood.
    #[serde(flatten)]
    pub(crate) state: State,
}

/// An AnalysisRun.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Analysis {
    /// Its name.
    pub(crate) name: String,
    /// What it was started for.
    pub(crate) role: String,
    /// When it was started.
    #[serde(rename = "startedAtSeconds", serialize_with = "seconds")]
    pub(crate) started: Duration,
    /// When it was over.
    #[serde(rename = "finishedAtSeconds", serialize_with = "maybe_seconds")]
    pub(crate) finished: Option<Duration>,
    /// How it stands.
    pub(crate) phase: String,
    /// Why.
    pub(crate) message: String,
    /// Every measurement.
    pub(crate) measurements: Vec<Measured>,
}

/// A measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measured {
    /// When.
    #[serde(rename = "atSeconds", serialize_with = "seconds")]
    pub(crate) at: Duration,
    /// Of which metric.
    pub(crate) metric: String,
    /// What it came to.
    pub(crate) phase: String,
    /// The value.
    pub(crate) value: String,
    /// Why.
    pub(crate) message: String,
}

/// What it came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    /// In one word.
    pub(crate) end: End,
    /// When that was so.
    #[serde(rename = "atSeconds", serialize_with = "seconds")]
    pub(crate) at: Duration,
    /// Until when it was worth watching.
    #[serde(rename = "untilSeconds", serialize_with = "seconds")]
    pub(crate) until: Duration,
    /// In a sentence.
    pub(crate) text: String,
}

/// What an update can come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum End {
    /// The new version is promoted and healthy.
    Promoted,
    /// It is taken back.
    TakenBack,
    /// It does not go on, and counts as degraded.
    Stuck,
    /// It waits for a person.
    Waiting,
    /// It was not over when the simulation was.
    Unfinished,
}

impl End {
    /// How the program ends.
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Promoted => ExitCode::SUCCESS,
            Self::TakenBack | Self::Stuck => ExitCode::from(3),
            Self::Waiting | Self::Unfinished => ExitCode::from(4),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(rounded(*time))
}

#[allow(clippy::ref_option, reason = "serde asks for it")]
fn maybe_seconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(rounded).serialize(serializer)
}

/// In seconds, to the millisecond.
fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

/// A length of time as people write it: `7m10s`.
pub(crate) fn length(time: Duration) -> String {
    let whole = (time.as_millis() + 500) / 1000;
    let (days, hours, minutes, seconds) = (whole / 86400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")];
    let shown =
        parts.iter().filter(|(count, _)| *count > 0).flat_map(|(count, unit)| [count.to_string(), (*unit).to_owned()]);
    let text: String = shown.collect();
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// A moment after the update: `+00:07:10`.
pub(crate) fn clock(time: Duration) -> String {
    let whole = (time.as_millis() + 500) / 1000;
    format!("+{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
}
