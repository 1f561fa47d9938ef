//! What is kept in the cluster of a Rollout's notices: what was told of its release, and what is still owed to whom.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::release::Release;
use crate::send::Receipt;
use crate::story::{EVENT, Occurrence};
use crate::subscribe::Subscription;

/// The annotation of a Rollout that holds the note, as JSON.
pub const ANNOTATION: &str = "sluice/notices";

/// The most things of one release that are told: there is an end to what an annotation holds.
pub const MOST_TOLD: usize = 500;
/// The most ends of a release that are told beside: an abort and a retry are two.
const MOST_ENDS: usize = 100;
/// The most conditions that are remembered, as with the established controller.
const MOST_HELD: usize = 100;
/// The most groups of notices whose first message is known.
const MOST_GROUPS: usize = 30;
/// The most notices that may wait to be sent once all were tried. What was owed before those is lost, and said so.
pub const MOST_OWED: usize = 40;
/// How long a notice may wait to be sent. One of yesterday is none: it is given up when it fails once more, and said to be lost, so that
/// what waits behind it is told.
pub const LONGEST_OWED: SignedDuration = SignedDuration::from_hours(24);
/// The most releases before this one whose threads may still have to say how those ended.
const MOST_LEFT: usize = 5;

/// The note.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Note {
    /// The release that it is about.
    pub release: String,
    /// Steps of it that were told.
    #[serde(skip_serializing_if = "is_zero")]
    pub step: usize,
    /// What else of it was told.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub told: BTreeSet<String>,
    /// The images before it, by container.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub before: BTreeMap<String, String>,
    /// Where its thread is, by service and recipient.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub threads: BTreeMap<String, Thread>,
    /// How it stands, where somebody has a thread of it or is to have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<Release>,
    /// Releases before it whose threads do not say yet how those ended, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Left>,
    /// The first message of each group of notices, by service, recipient and group.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Receipt>,
    /// Conditions of triggers that were told, the oldest first: an Application's, and a Rollout's that have a `oncePer`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<String>,
    /// Triggers of an Application that somebody wanted to hear of when it was looked at last. Notes of earlier versions do not say.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub heard: BTreeSet<String>,
    /// What could not be sent yet, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<Owed>,
}

/// A thread of messages about one release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Its first message.
    pub top: Receipt,
    /// What that says, in short; another one where it has to be edited.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub says: String,
}

/// A release that another one followed before its threads could say how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The release.
    pub id: String,
    /// How it ended.
    pub release: Release,
    /// Its threads.
    pub threads: BTreeMap<String, Thread>,
}

/// A notice that somebody has not got yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Of which release.
    pub release: String,
    /// What happened.
    pub of: Occurrence,
    /// Who is to hear of it.
    pub to: Subscription,
    /// The templates to send.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<String>,
    /// Since when it is owed. Notes of earlier versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// What the object was like when it happened.
    #[serde(default, skip_serializing_if = "Moment::is_unknown")]
    pub moment: Moment,
}

impl Owed {
    /// Whether it has waited for so long that it is given up if it fails again.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.since.is_some_and(|since| now.duration_since(since) > LONGEST_OWED)
    }
}

impl Note {
    /// Reads an annotation. One that cannot be read is none: somebody edited it.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// As the annotation has it.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether that was told of that release.
    pub fn has(&self, release: &str, id: &str) -> bool {
        self.release == release && self.told.contains(id)
    }

    /// The note of a release: this one, or a new one. What is owed of the release before stays owed, and its threads have to say
    /// how it ended.
    pub fn of(mut self, release: &str) -> Self {
        if self.release == release {
            return self;
        }
        if let Some(shown) = self.shown.take().filter(|_| !self.threads.is_empty()) {
            self.left.push(Left { id: self.release, release: shown.left(), threads: self.threads });
        }
        self.left.drain(..self.left.len().saturating_sub(MOST_LEFT));
        let Self { owed, groups, held, heard, left, .. } = self;
        Self { release: release.to_owned(), owed, groups, held, heard, left, ..Self::default() }
    }

    /// Whether nobody waits for anything.
    pub fn is_settled(&self) -> bool {
        self.owed.is_empty() && self.left.is_empty()
    }

    /// How that release stands or ended, if it has threads or is to have some.
    pub fn shown_of(&self, release: &str) -> Option<&Release> {
        if self.release == release {
            return self.shown.as_ref();
        }
        self.left.iter().find(|left| left.id == release).map(|left| &left.release)
    }

    /// That release's threads.
    pub fn threads_of(&mut self, release: &str) -> Option<&mut BTreeMap<String, Thread>> {
        if self.release == release {
            return Some(&mut self.threads);
        }
        self.left.iter_mut().find(|left| left.id == release).map(|left| &mut left.threads)
    }

    /// Notes the first message of a group; if there is no room for it, one of another group is forgotten.
    pub fn group(&mut self, group: String, first: Receipt) {
        if self.groups.len() >= MOST_GROUPS {
            self.groups.pop_first();
        }
        self.groups.insert(group, first);
    }

    /// Notes that this was told, or is owed. False where there is no room to note it, so that it would be told by each pass.
    pub fn tell(&mut self, id: &str) -> bool {
        let room = if is_end(id) { MOST_TOLD + MOST_ENDS } else { MOST_TOLD };
        let has_room = self.told.len() < room;
        if has_room && !is_elsewhere(id) {
            self.told.insert(id.to_owned());
        }
        has_room || is_elsewhere(id)
    }

    /// Notes that a condition holds. False where that was noted.
    pub(crate) fn hold(&mut self, id: String) -> bool {
        let is_new = !self.held.contains(&id);
        if is_new {
            self.held.push(id);
            self.held.drain(..self.held.len().saturating_sub(MOST_HELD));
        }
        is_new
    }

    /// Notes which triggers somebody wants to hear of.
    pub(crate) fn hear(&mut self, triggers: &BTreeSet<&str>) {
        self.heard = triggers.iter().map(|trigger| (*trigger).to_owned()).collect();
    }

    /// Whether nobody wanted to hear of that trigger when the object was looked at last.
    pub(crate) fn is_deaf_to(&self, trigger: &str) -> bool {
        !self.heard.is_empty() && !self.heard.contains(trigger)
    }

    /// Takes the oldest away of what waits, as far as there are too many to be noted.
    pub fn overflow(&mut self) -> Vec<Owed> {
        self.owed.drain(..self.owed.len().saturating_sub(MOST_OWED)).collect()
    }
}

/// Whether it is about how a release ended: that is told whatever was told before.
fn is_end(id: &str) -> bool {
    ["completed", "aborted@", "rolled-back@", "checks-failed@"].iter().any(|end| id.starts_with(end))
}

/// Steps are noted by their number, and events cannot come again.
fn is_elsewhere(id: &str) -> bool {
    id.starts_with("step/") || id.starts_with(EVENT)
}

/// What threads are noted by.
pub fn thread_key(service: &str, recipient: &str) -> String {
    format!("{service}/{recipient}")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
