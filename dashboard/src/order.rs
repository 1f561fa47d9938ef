//! Orders given by hand, and what each means for a Rollout as it stands. Pure.
//!
//! What is written is what `kubectl sluice` and `kubectl argo rollouts` write: fields of the status for orders about a
//! release, fields of the spec for what is to run.

mod release;
mod template;

use jiff::Timestamp;
use serde_json::{Value, json};
use sluice_crds::Rollout;

use crate::standing::newest;

/// An order.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Go on: end the pause, or skip the step that is waited for.
    Promote,
    /// Skip all that is left.
    PromoteFull,
    /// Take the update back.
    Abort,
    /// Try an aborted update again.
    Retry,
    /// Hold the Rollout until it is promoted.
    Pause,
    /// Replace all pods, a few at a time.
    Restart,
    /// Run the template of an earlier revision again.
    Undo {
        /// The number of that revision.
        revision: u64,
        /// Its pod template, as its ReplicaSet has it.
        template: Value,
    },
    /// Run another image.
    SetImage {
        /// The container's name.
        container: String,
        /// The image.
        image: String,
    },
}

/// What an order comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// This is to be written.
    Write(Write),
    /// It is so already.
    Nothing(String),
    /// It would not do what was meant.
    Refused(String),
}

/// A write, and what to say once it is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Fields of the status to merge in.
    pub status: Option<Value>,
    /// What becomes of the spec.
    pub spec: Option<SpecWrite>,
    /// Whether it is meant for the very state that was read: the API server must refuse it for any other.
    pub locked: bool,
    /// What to say.
    pub said: String,
}

/// A write to the spec.
#[derive(Clone, Debug, PartialEq)]
pub enum SpecWrite {
    /// Fields to merge in.
    Merge(Value),
    /// The whole pod template.
    Template(Value),
}

/// Decides what an order means for the Rollout as it was just read.
pub fn decide(order: &Order, rollout: &Rollout, now: Timestamp) -> Verdict {
    match order {
        Order::Promote => release::promote(rollout),
        Order::PromoteFull => release::promote_full(rollout),
        Order::Abort => release::abort(rollout),
        Order::Retry => release::retry(rollout),
        Order::Pause if rollout.spec.paused => Verdict::nothing("is paused already"),
        Order::Pause => spec(json!({"paused": true}), "paused"),
        Order::Restart => {
            spec(json!({"restartAt": whole_second(now)}), "restarts: its pods are replaced a few at a time")
        }
        Order::Undo { revision, template } => template::undo(rollout, *revision, template),
        Order::SetImage { container, image } => template::set_image(rollout, container, image),
    }
}

/// Where a release is, as a page shows it: an order to go on that was meant for another place is turned away.
pub fn place(rollout: &Rollout) -> String {
    let status = rollout.status.clone().unwrap_or_default();
    let pauses: Vec<_> = status.pause_conditions.iter().map(|pause| pause.reason.as_str()).collect();
    let step = status.current_step_index.map(|step| step.to_string()).unwrap_or_default();
    format!("{}/{step}/{}", newest(rollout).unwrap_or_default(), pauses.join("+"))
}

impl Verdict {
    fn nothing(why: &str) -> Self {
        Self::Nothing(why.to_owned())
    }

    fn refused(why: &str) -> Self {
        Self::Refused(why.to_owned())
    }
}

fn spec(fields: Value, said: &str) -> Verdict {
    Verdict::Write(Write { status: None, spec: Some(SpecWrite::Merge(fields)), locked: false, said: said.to_owned() })
}

/// The API keeps whole seconds.
fn whole_second(now: Timestamp) -> String {
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

#[cfg(test)]
mod tests;
