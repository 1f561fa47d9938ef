//! The values that a scenario file has words for.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use sluice_crds::duration;

/// What Prometheus answers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum Reading {
    /// What the metric's conditions call a success.
    Good,
    /// What they call a failure.
    Bad,
    /// No series.
    Absent,
    /// Nothing: there is no connection.
    Unreachable,
    /// A series for each of these.
    Numbers(Vec<f64>),
}

impl TryFrom<Value> for Reading {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let numbers = match &value {
            Value::Number(number) => number.as_f64().map(|number| vec![number]),
            Value::Array(items) => items.iter().map(Value::as_f64).collect(),
            _ => None,
        };
        match (value.as_str(), numbers) {
            (Some("good"), _) => Ok(Self::Good),
            (Some("bad"), _) => Ok(Self::Bad),
            (Some("absent"), _) => Ok(Self::Absent),
            (Some("unreachable"), _) => Ok(Self::Unreachable),
            (_, Some(numbers)) => Ok(Self::Numbers(numbers)),
            _ => Err(format!("value {value}: write good, bad, absent, unreachable, a number or a list of numbers")),
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => f.write_str("good"),
            Self::Bad => f.write_str("bad"),
            Self::Absent => f.write_str("absent"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::Numbers(numbers) => {
                let shown: Vec<_> = numbers.iter().map(ToString::to_string).collect();
                f.write_str(&shown.join(", "))
            }
        }
    }
}

/// Which version's pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Whose {
    /// Those of the update.
    #[default]
    New,
    /// Those that ran before.
    Old,
}

/// How pods are not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum PodFault {
    /// They are never ready.
    NeverReady,
    /// They serve for a while and crash, again and again.
    Crash,
    /// They are ready and unready by turns.
    Flap,
    /// They take so long to become ready.
    After(Duration),
}

impl TryFrom<String> for PodFault {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "never" => Ok(Self::NeverReady),
            "crash" => Ok(Self::Crash),
            "flap" => Ok(Self::Flap),
            other => match other.strip_prefix("after ") {
                Some(time) => Ok(Self::After(Time::try_from(time.trim().to_owned())?.0)),
                None => Err(format!("ready {other:?}: write never, crash, flap, or after TIME, such as after 20s")),
            },
        }
    }
}

impl fmt::Display for PodFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverReady => f.write_str("never become ready"),
            Self::Crash => f.write_str("crash again and again"),
            Self::Flap => f.write_str("are ready and unready by turns"),
            Self::After(time) => write!(f, "take {} s to become ready", time.as_secs_f64()),
        }
    }
}

/// What the router does instead of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RouterFault {
    /// It holds the route for broken, and says so.
    Refuses,
    /// It hears of no change and goes on with what it has.
    Ignores,
    /// It does not run.
    Down,
}

impl fmt::Display for RouterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refuses => "refuses the route",
            Self::Ignores => "hears of no change",
            Self::Down => "is down",
        })
    }
}

/// A length of time: `90s`, `5m`, or a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Time(pub(crate) Duration);

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let time = duration::parse_or_seconds(&text).map_err(|error| error.to_string())?;
        Duration::try_from(time).map(Self).map_err(|_| format!("{text}: a time must not be negative"))
    }
}

/// When a person promotes at a pause that waits for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Promotes {
    /// So long after it began.
    After(Duration),
    /// Never.
    Never,
}

impl TryFrom<String> for Promotes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match (text.as_str(), text.strip_prefix("after ")) {
            ("never", _) => Ok(Self::Never),
            (_, Some(time)) => Ok(Self::After(Time::try_from(time.trim().to_owned())?.0)),
            _ => Err(format!("promote {text:?}: write never, or after TIME, such as after 1m")),
        }
    }
}
