//! When something is said: the conditions of a trigger.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use sluice_analysis::condition::{self, Condition, ConditionError};

use crate::config::Subject;
use crate::config::fields::{self, Fields, Found};

/// A trigger of the ConfigMap, or one that is built in.
#[derive(Clone, Debug, Default)]
pub struct Trigger {
    clauses: Vec<Arc<Clause>>,
}

/// One condition with what it sends.
#[derive(Debug)]
struct Clause {
    when: Option<Condition>,
    once_per: Option<Condition>,
    send: Vec<String>,
}

/// One condition of a trigger that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// Which condition of the trigger it is, from 0.
    pub clause: usize,
    /// What it is sent once for: for as long as this text is the same, it is sent once. `None`: each time.
    pub once_per: Option<String>,
    /// The templates to send.
    pub templates: Vec<String>,
}

impl Trigger {
    /// See [`Config::fire`](crate::config::Config::fire); with `context` among the variables.
    pub(crate) fn fire(&self, variables: &Map<String, Value>, now: Timestamp) -> (Vec<Firing>, Vec<String>) {
        let clock = (Condition::TIME.to_owned(), now.as_duration().as_secs_f64().into());
        let variables = Value::Object(variables.clone().into_iter().chain([clock]).collect());
        let variables = condition::Value::from(variables);
        let (mut firing, mut problems) = (Vec::new(), Vec::new());
        for (at, clause) in self.clauses.iter().enumerate() {
            match clause.holds(&variables) {
                Ok(true) => firing.push(clause.firing(at, &variables, &mut problems)),
                Ok(false) => {}
                Err(error) => problems.push(format!("[{at}].when: {error}")),
            }
        }
        (firing, problems)
    }

    /// How many conditions it has.
    pub(crate) fn conditions(&self) -> usize {
        self.clauses.len()
    }

    /// The templates that it may send.
    pub fn templates(&self) -> impl Iterator<Item = &String> {
        self.clauses.iter().flat_map(|clause| &clause.send)
    }

    /// One that always sends these.
    pub(crate) fn always(send: &[&str]) -> Self {
        let send = send.iter().map(|template| (*template).to_owned()).collect();
        Self { clauses: vec![Arc::new(Clause { when: None, once_per: None, send })] }
    }

    /// One that sends these when a condition holds, once for each value of another. `None` if one of them cannot be read.
    pub(crate) fn when(subject: Subject, when: &str, once_per: &str, send: &[&str]) -> Option<Self> {
        let read = |source| Condition::about(subject.names(), source).ok();
        let (when, once_per) = (Some(read(when)?), Some(read(once_per)?));
        let send = send.iter().map(|template| (*template).to_owned()).collect();
        Some(Self { clauses: vec![Arc::new(Clause { when, once_per, send })] })
    }
}

impl Clause {
    fn holds(&self, variables: &condition::Value) -> Result<bool, ConditionError> {
        self.when.as_ref().map_or(Ok(true), |when| when.holds(variables))
    }

    /// What is sent. Where it cannot be told whether it was sent already, it is: to hear a thing twice is better than never.
    fn firing(&self, at: usize, variables: &condition::Value, problems: &mut Vec<String>) -> Firing {
        let once = self.once_per.as_ref().map(|once| once.evaluate(variables)).transpose();
        let once_per = once.unwrap_or_else(|error| {
            problems.push(format!("[{at}].oncePer: {error}"));
            None
        });
        // What there is no value for is told each time it becomes so.
        let once_per = once_per.filter(|value| !matches!(value, condition::Value::Nil)).map(|value| value.to_string());
        Firing { clause: at, once_per, templates: self.send.clone() }
    }
}

/// Reads `trigger.NAME`; nothing if there is a mistake in it.
pub(crate) fn read(subject: Subject, key: &str, value: Value, found: &mut Found) -> Option<Trigger> {
    let before = found.mistakes;
    let clauses = fields::items(key, value, found, |fields| Arc::new(clause(subject, fields)));
    if clauses.is_empty() && found.mistakes == before {
        found.wrong(key, "is empty; give it conditions, such as [{when: …, send: [TEMPLATE]}]");
    }
    (found.mistakes == before).then_some(Trigger { clauses })
}

fn clause(subject: Subject, fields: &mut Fields<'_>) -> Clause {
    // For people who read the ConfigMap.
    let _ = fields.text("description");
    let clause = Clause {
        when: condition(subject, "when", fields),
        once_per: condition(subject, "oncePer", fields),
        send: fields.texts("send"),
    };
    if clause.when.is_none() && subject == Subject::Application {
        fields.wrong(
            "when",
            "is missing; an Application has no events, so say when, such as app.status.health.status == 'Healthy'",
        );
    }
    if clause.send.is_empty() {
        fields.wrong("send", "is missing; name the templates to send");
    }
    clause
}

fn condition(subject: Subject, name: &str, fields: &mut Fields<'_>) -> Option<Condition> {
    let source = fields.text(name)?;
    match Condition::about(subject.names(), source.trim()) {
        Ok(condition) => Some(condition),
        Err(error) => {
            fields.wrong(name, error);
            None
        }
    }
}

/// The trigger that an event of this reason sets off: `RolloutPaused` is `on-rollout-paused`.
pub fn of_reason(reason: &str) -> String {
    match reason {
        // The established controllers have no such events, and the words say more than the reasons do.
        sluice_crds::names::event::ROLLED_BACK => "on-rollback".to_owned(),
        sluice_crds::names::policy::CHECK_FAILED => "on-rollback-checks-failed".to_owned(),
        _ => reason.chars().fold("on".to_owned(), |name, letter| {
            let joint = if letter.is_uppercase() { "-" } else { "" };
            format!("{name}{joint}{}", letter.to_lowercase())
        }),
    }
}
