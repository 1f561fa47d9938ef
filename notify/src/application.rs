//! What is to be sent to whom about one Application.
//!
//! An Application has no events: its triggers are conditions, and what happened is that one has begun to hold. Which ones were told
//! is noted ([`Note::held`]), so that each is told once for what its `oncePer` gives; one without is told again after it had ceased to
//! hold.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::Note;
use crate::config::Config;
use crate::moment::Moment;
use crate::note::Owed;
use crate::plan::{Hearers, Judged, Plan};
use crate::story::Occurrence;
use crate::subscribe::Subscription;
use crate::trigger::Firing;

/// What the identifiers of conditions begin with.
pub(crate) const WHEN: &str = "when/";

/// The annotation in which the established controller keeps what it told.
pub const NOTIFIED: &str = "notified.notifications.argoproj.io";

/// All that one decision looks at.
#[derive(Clone, Copy)]
pub struct Seen<'s> {
    /// What is configured.
    pub config: &'s Config,
    /// Who wants to hear of the Application.
    pub subscriptions: &'s [Subscription],
    /// What is noted; `None`: nothing was ever told of this Application.
    pub note: Option<&'s Note>,
    /// Whether the Application is so new that nobody can have missed anything of it.
    pub is_young: bool,
    /// What conditions of triggers are about: see [`variables`].
    pub variables: &'s Map<String, Value>,
    /// The text of the annotation [`NOTIFIED`].
    pub notified: &'s str,
    /// The present.
    pub now: Timestamp,
}

/// The Application as conditions and templates find it: with the parts of its status that the established controller always writes.
pub fn variables(application: &Value) -> Map<String, Value> {
    let mut app = application.clone();
    if let Some(app) = app.as_object_mut() {
        let status = app.entry("status").or_insert_with(|| json!({}));
        if let Some(status) = status.as_object_mut() {
            for part in ["health", "sync", "summary"] {
                status.entry(part).or_insert_with(|| json!({}));
            }
        }
    }
    Map::from_iter([("app".to_owned(), app)])
}

/// When a condition may begin to hold although nothing changes: that of `on-deployed` waits for a minute after a sync.
pub fn wake(variables: &Map<String, Value>, now: Timestamp) -> Option<Timestamp> {
    let at = ended(variables)?.checked_add(jiff::SignedDuration::from_mins(1)).ok()?;
    (at >= now).then_some(at)
}

/// When the last operation ended.
fn ended(variables: &Map<String, Value>) -> Option<Timestamp> {
    let ended = variables.get("app")?.pointer("/status/operationState/finishedAt")?.as_str()?;
    ended.parse().ok()
}

/// Decides. Pure: the same input gives the same plan.
///
/// As with Rollouts, what was so before anybody could hear of it is past; and what the established controller has told is
/// not told again.
pub fn plan(seen: &Seen<'_>) -> Plan {
    let release = revision(seen.variables);
    let over = ended(seen.variables);
    let is_past = Hearers { note: seen.note, is_young: seen.is_young, release: &release, over }.came_later(seen.now);
    let mut note = seen.note.cloned().unwrap_or_default().of(&release);
    let told: Told = serde_json::from_str(seen.notified).unwrap_or_default();
    let (mut problems, mut judged) = (Vec::new(), Vec::new());
    let triggers: BTreeSet<&str> = seen.subscriptions.iter().map(|one| one.trigger.as_str()).collect();
    for trigger in &triggers {
        // Whoever subscribes to one more trigger has missed what it says already.
        let is_missed = is_past || (!seen.is_young && note.is_deaf_to(trigger));
        let (firing, wrong) = seen.config.fire(trigger, seen.variables, seen.now);
        judged.extend(seen.config.triggers.get(*trigger).map(|known| Judged {
            trigger: (*trigger).to_owned(),
            held: firing.len(),
            // What cannot be judged did neither.
            others: known.conditions().saturating_sub(firing.len() + wrong.len()),
        }));
        if wrong.is_empty() {
            cease(&mut note, trigger, &firing);
        }
        problems.extend(wrong.into_iter().map(|why| format!("trigger.{trigger}{why}")));
        for one in &firing {
            if note.hold(held(trigger, one)) && !is_missed {
                note.owed.extend(owed(seen, trigger, one, &told, &note.release));
            }
        }
    }
    // A trigger that is wrong for a moment is no reason to take what happens meanwhile for past.
    if seen.config.is_whole || note.heard.is_empty() {
        note.hear(&triggers);
    }
    Plan { note, problems, judged }
}

/// What the established controller noted: when it told what.
type Told = std::collections::BTreeMap<String, i64>;

/// The commit that the Application was synced to last, or is compared with.
fn revision(variables: &Map<String, Value>) -> String {
    let app = variables.get("app").unwrap_or(&Value::Null);
    let text = |path: &str| app.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    let synced = text("/status/operationState/syncResult/revision");
    synced.or_else(|| text("/status/sync/revision")).unwrap_or("none").to_owned()
}

/// By what a condition that holds is remembered.
pub(crate) fn held(trigger: &str, firing: &Firing) -> String {
    let Firing { clause, once_per, .. } = firing;
    once_per.as_ref().map_or_else(|| format!("{trigger}/{clause}"), |once| format!("{trigger}/{clause}/{once}"))
}

/// Forgets conditions without `oncePer` that hold no more: they are told when they hold again.
fn cease(note: &mut Note, trigger: &str, firing: &[Firing]) {
    let now: BTreeSet<String> = firing.iter().map(|one| held(trigger, one)).collect();
    let is_of_this = |id: &str| {
        let clause = id.strip_prefix(trigger).and_then(|rest| rest.strip_prefix('/'));
        clause.is_some_and(|clause| clause.bytes().all(|digit| digit.is_ascii_digit()))
    };
    note.held.retain(|id| !is_of_this(id) || now.contains(id));
}

/// What the trigger's subscribers are owed.
fn owed(seen: &Seen<'_>, trigger: &str, firing: &Firing, told: &Told, release: &str) -> Vec<Owed> {
    let id = format!("{WHEN}{}@{}", held(trigger, firing), occasion(seen.variables));
    let subscribed = seen.subscriptions.iter().filter(|to| to.trigger == trigger && !was_told(told, to, firing));
    let moment = Moment::of_application(seen.variables);
    let owed = |to: &Subscription| Owed {
        release: release.to_owned(),
        of: Occurrence { id: id.clone(), trigger: trigger.to_owned(), what: None },
        to: to.clone(),
        templates: firing.templates.clone(),
        since: Some(seen.now),
        moment: moment.clone(),
    };
    subscribed.map(owed).collect()
}

/// What tells one time that a condition holds from the next, in each process.
fn occasion(variables: &Map<String, Value>) -> String {
    let app = variables.get("app").unwrap_or(&Value::Null);
    let text = |path: &str| app.pointer(path).and_then(Value::as_str).unwrap_or_default();
    format!("{}/{}", text("/status/operationState/startedAt"), text("/status/health/lastTransitionTime"))
}

/// Whether the established controller told that subscriber. Its keys are `ONCE:TRIGGER:[CLAUSE].HASH:SERVICE:RECIPIENT`.
fn was_told(told: &Told, to: &Subscription, firing: &Firing) -> bool {
    let begin = format!("{}:[{}].", to.trigger, firing.clause);
    let begin = firing.once_per.as_ref().map_or_else(|| begin.clone(), |once| format!("{once}:{begin}"));
    let end = format!(":{}:{}", to.service, to.recipient);
    told.keys().any(|key| key.starts_with(&begin) && key.ends_with(&end))
}
