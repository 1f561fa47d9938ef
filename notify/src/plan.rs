//! What is to be sent to whom about one Rollout, given what happened and what was told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::Note;
use crate::application::{WHEN, held};
use crate::config::{Config, Service};
use crate::moment::Moment;
use crate::note::{LONGEST_OWED, MOST_TOLD, Owed};
use crate::story::Occurrence;
use crate::subscribe::Subscription;

/// All that one decision looks at.
#[derive(Clone, Copy)]
pub struct Seen<'s> {
    /// What is configured.
    pub config: &'s Config,
    /// Who wants to hear of the Rollout.
    pub subscriptions: &'s [Subscription],
    /// The release that it is at.
    pub release: &'s str,
    /// Steps of that which are done.
    pub step: usize,
    /// When that was over, if it is.
    pub over: Option<Timestamp>,
    /// What happened and is not noted as told.
    pub news: &'s [Occurrence],
    /// What is noted; `None`: nothing was ever told of this Rollout.
    pub note: Option<&'s Note>,
    /// Whether the Rollout is so new that nobody can have missed anything of it.
    pub is_young: bool,
    /// What conditions of triggers are about.
    pub variables: &'s Map<String, Value>,
    /// The present.
    pub now: Timestamp,
    /// What the stable version runs, by container, while that is another one.
    pub before: &'s BTreeMap<String, String>,
    /// What the new version runs, by container.
    pub after: &'s BTreeMap<String, String>,
}

/// What follows: the note with all that is owed now, and conditions that could not be judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What was told or is owed.
    pub note: Note,
    /// What kept somebody from being told, by trigger.
    pub problems: Vec<String>,
    /// Conditions of Applications' triggers that were judged.
    pub judged: Vec<Judged>,
}

/// How often conditions of a trigger held, and did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The trigger.
    pub trigger: String,
    /// How many held.
    pub held: usize,
    /// How many did not.
    pub others: usize,
}

/// Decides. Pure: the same input gives the same plan.
///
/// Of a Rollout of which nothing was ever told, what happened before is past: somebody has just subscribed, or Sluice has just
/// been installed, and nobody wants to hear of last week's release.
pub fn plan(seen: &Seen<'_>) -> Plan {
    let mut problems = Vec::new();
    let mut note = seen.note.cloned().unwrap_or_default().of(seen.release);
    let hearers = Hearers { note: seen.note, is_young: seen.is_young, release: seen.release, over: seen.over };
    let is_past = hearers.came_later(seen.now);
    let mut beyond = false;
    for one in seen.news {
        if !note.tell(&one.id) {
            beyond = true;
        } else if !is_past {
            let due = due(seen, one, &mut note, &mut problems);
            note.owed.extend(due);
        }
    }
    note.step = seen.step;
    if !seen.before.is_empty() {
        note.before.clone_from(seen.before);
    }
    problems.extend(beyond.then(|| format!("{MOST_TOLD} things of this release were told: of others only its end is")));
    Plan { note, problems, judged: Vec::new() }
}

/// What tells whether somebody could hear of what is news now.
pub(crate) struct Hearers<'s> {
    /// What is noted.
    pub(crate) note: Option<&'s Note>,
    /// Whether the object is so new that nobody can have missed anything of it.
    pub(crate) is_young: bool,
    /// The release that it is at.
    pub(crate) release: &'s str,
    /// When that was over, if it is.
    pub(crate) over: Option<Timestamp>,
}

impl Hearers<'_> {
    /// Whether what is news was over before anybody could hear of it: nothing was ever told of the object; or nothing of this release,
    /// and that ended so long ago that nobody subscribed then.
    pub(crate) fn came_later(&self, now: Timestamp) -> bool {
        let Some(note) = self.note else { return !self.is_young };
        let is_long_over = self.over.is_some_and(|over| now.duration_since(over) > LONGEST_OWED);
        note.release != self.release && is_long_over
    }
}

/// What the subscribers of an occurrence's trigger are owed.
fn due(seen: &Seen<'_>, of: &Occurrence, note: &mut Note, problems: &mut Vec<String>) -> Vec<Owed> {
    let subscribed = seen.subscriptions.iter().filter(|to| to.trigger == of.trigger);
    let mut subscribed = subscribed.peekable();
    if subscribed.peek().is_none() {
        return Vec::new();
    }
    let (firing, wrong) = seen.config.fire(&of.trigger, seen.variables, seen.now);
    problems.extend(wrong.into_iter().map(|why| format!("trigger.{}{why}", of.trigger)));
    let first = firing.into_iter().filter(|one| one.once_per.is_none() || note.hold(held(&of.trigger, one)));
    let templates: Vec<String> = first.flat_map(|one| one.templates).collect();
    if templates.is_empty() {
        return Vec::new();
    }
    let moment = Moment::of_rollout(seen.variables, seen.after, of, seen.step);
    let owed = |to: &Subscription| Owed {
        release: seen.release.to_owned(),
        of: of.clone(),
        to: to.clone(),
        templates: templates.clone(),
        since: Some(seen.now),
        moment: moment.clone(),
    };
    subscribed.map(owed).collect()
}

/// Whether a notice goes to Slack in the thread of its release: where nobody wrote a template of their own for it.
pub fn is_threaded(config: &Config, owed: &Owed) -> bool {
    let is_slack = config.services.get(&owed.to.service).is_some_and(Service::is_slack);
    let built_in = |name: &String| config.templates.get(name).is_some_and(|template| template.built_in);
    let is_of_release = !owed.of.is_event() && !owed.of.id.starts_with(WHEN);
    is_slack && owed.templates.iter().all(built_in) && is_of_release
}

/// How long a Rollout is young.
pub fn is_young(made: Timestamp, now: Timestamp) -> bool {
    now.duration_since(made) < jiff::SignedDuration::from_mins(10)
}
