//! When something happens.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

/// When a deed's time has come, counted from the deed before.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// So long after the deed before.
    After(Duration),
    /// The Rollout's status, as of its newest spec, has this phase.
    Phase(&'static str),
    /// It has come to this step.
    Step(i64),
    /// It waits for a person or a clock.
    Paused,
    /// The controller has looked at the newest spec, and finds nothing wrong with it: the plugin promotes no other.
    Seen,
}

impl Moment {
    /// Whether the Rollout shows that the moment has come; `None` where only time tells.
    ///
    /// A status that calls the spec wrong (a list of Services had holes, say) shows only that it was looked at: the rest of it
    /// is still that of the spec before.
    pub fn shows(&self, rollout: &Value) -> Option<bool> {
        let status = |field: &str| rollout.pointer(&format!("/status/{field}"));
        let current = status("observedGeneration").and_then(Value::as_str)
            == rollout.pointer("/metadata/generation").map(ToString::to_string).as_deref();
        let text = |field| status(field).and_then(Value::as_str);
        let taken_up = !text("message").is_some_and(|why| why.starts_with("InvalidSpec"));
        let shows = match self {
            Self::After(_) => return None,
            Self::Seen => true,
            Self::Phase(phase) => text("phase") == Some(phase),
            Self::Step(step) => status("currentStepIndex").and_then(Value::as_i64).is_some_and(|at| at >= *step),
            Self::Paused => {
                status("pauseConditions").and_then(Value::as_array).is_some_and(|pauses| !pauses.is_empty())
            }
        };
        Some(shows && current && taken_up)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(time) => write!(f, "{} s later", time.as_secs_f64()),
            Self::Phase(phase) => write!(f, "once {phase}"),
            Self::Step(step) => write!(f, "at step {step}"),
            Self::Paused => f.write_str("once paused"),
            Self::Seen => f.write_str("once seen"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(moment: &Moment, status: &Value, expected: bool) {
        let rollout = json!({"metadata": {"generation": 2}, "status": status});
        assert_eq!(moment.shows(&rollout), Some(expected), "{moment} {status}");
    }

    #[test]
    fn a_status_of_an_older_spec_shows_nothing() {
        check(&Moment::Phase("Healthy"), &json!({"phase": "Healthy", "observedGeneration": "2"}), true);
        check(&Moment::Phase("Healthy"), &json!({"phase": "Healthy", "observedGeneration": "1"}), false);
    }

    #[test]
    fn a_spec_that_seems_wrong_was_looked_at_and_no_more() {
        let degraded = |message: &str| json!({"phase": "Degraded", "message": message, "observedGeneration": "2"});
        check(&Moment::Phase("Degraded"), &degraded("RolloutAborted: aborted by hand"), true);
        let wrong = degraded("InvalidSpec: Service \"canary\" not found");
        check(&Moment::Phase("Degraded"), &wrong, false);
        check(&Moment::Seen, &wrong, false);
        let still_paused = json!({"pauseConditions": [{}], "message": wrong["message"], "observedGeneration": "2"});
        check(&Moment::Paused, &still_paused, false);
    }

    #[test]
    fn a_later_step_is_past_the_moment() {
        check(&Moment::Step(2), &json!({"currentStepIndex": 3, "observedGeneration": "2"}), true);
        check(&Moment::Step(2), &json!({"currentStepIndex": 1, "observedGeneration": "2"}), false);
    }

    #[test]
    fn time_alone_tells_when_a_while_has_passed() {
        assert_eq!(Moment::After(Duration::from_secs(5)).shows(&json!({})), None);
    }
}
