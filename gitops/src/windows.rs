//! Sync windows: when a project lets its Applications be synced.
//!
//! Windows open and close in their own time zone, summer time and all (the established controller adds the zone's offset of
//! today). A schedule or zone that cannot be read is a mistake of the project, said once, and does not block syncs one by one
//! (<https://github.com/argoproj/argo-cd/issues/10071>).

pub mod cron;
mod decide;
mod read;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use sluice_crds::SyncWindow;

use self::cron::Cron;
pub use self::decide::{Asked, Verdict, decide, goes_on};
use crate::check::Checker;
use crate::glob::Glob;
use crate::project::Place;

/// All windows of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows(Vec<Window>);

/// A time in which syncs may run, or may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// What it does.
    pub kind: Kind,
    /// When it opens.
    pub opens: Cron,
    /// Where the clock is that it goes by.
    pub zone: TimeZone,
    /// How long it is open.
    pub length: SignedDuration,
    /// Whether a person may sync all the same.
    pub manual: bool,
    /// Whether a sync that began when it was allowed may end.
    pub overrun: bool,
    /// How people know it: what kind, its schedule, and its description.
    pub shown: String,
    whom: Whom,
}

/// What a window does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Syncs may run in it, and at no other time.
    Allow,
    /// Syncs may not run in it.
    Deny,
}

/// Applications that a window is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Whom {
    applications: Vec<Glob>,
    namespaces: Vec<Glob>,
    clusters: Vec<Glob>,
    /// All lists that say something must have it, not any.
    all: bool,
}

impl Windows {
    pub(crate) fn read(check: &mut Checker, windows: &[SyncWindow]) -> Self {
        check.count("spec.syncWindows", windows.len(), crate::project::MOST);
        let each = windows.iter().take(crate::project::MOST).enumerate();
        Self(each.filter_map(|(at, one)| read::window(check, &format!("spec.syncWindows[{at}]"), one)).collect())
    }

    /// The windows that are for an Application.
    pub fn of(&self, application: &str, place: &Place) -> Vec<&Window> {
        self.0.iter().filter(|window| window.whom.has(application, place)).collect()
    }
}

impl Whom {
    fn has(&self, application: &str, place: &Place) -> bool {
        let any = |globs: &[Glob], text: &str| !text.is_empty() && globs.iter().any(|glob| glob.is_match(text));
        let verdicts = [
            (&self.applications, any(&self.applications, application)),
            (&self.namespaces, any(&self.namespaces, &place.namespace)),
            (&self.clusters, any(&self.clusters, &place.name) || any(&self.clusters, &place.server)),
        ];
        let mut said = verdicts.iter().filter(|(list, _)| !list.is_empty()).map(|(_, has)| *has).peekable();
        if self.all { said.peek().is_some() && said.all(|has| has) } else { said.any(|has| has) }
    }
}

/// Openings that are looked at to find the end of windows that overlap: one that is reopened more often counts as open for so
/// long, and is looked at again then.
const OVERLAPS: usize = 400;

/// Changes of clocks that are looked at for a time that they leave out: those of five years, as far as schedules are searched.
const CHANGES: usize = 10;

impl Window {
    /// Whether it is open.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.closes(now).is_some()
    }

    /// When it closes, if it is open.
    pub fn closes(&self, now: Timestamp) -> Option<Timestamp> {
        let since = now.checked_sub(self.length).ok()?;
        let first = self.opening(since).filter(|first| *first <= now)?;
        let mut end = first.checked_add(self.length).ok()?;
        let mut opening = first;
        for _ in 0..OVERLAPS {
            match self.opening(opening).filter(|next| *next <= end) {
                Some(next) => (opening, end) = (next, next.checked_add(self.length).ok()?),
                None => break,
            }
        }
        Some(end)
    }

    /// When it next opens or closes; `None`: never.
    pub fn edge(&self, now: Timestamp) -> Option<Timestamp> {
        self.closes(now).or_else(|| self.opening(now))
    }

    /// When it opens next. What would open at a time that a change of clocks leaves out opens at the end of what is
    /// left out: in the hour that spring takes away too, what is denied for the night is denied.
    fn opening(&self, after: Timestamp) -> Option<Timestamp> {
        let next = self.opens.next(after, &self.zone);
        let changes = self.zone.following(after).map(|change| change.timestamp()).take(CHANGES);
        changes.take_while(|at| next.is_none_or(|next| *at < next)).find(|at| self.is_left_out(*at)).or(next)
    }

    /// Whether it would open at a time by the clock that a change of clocks leaves out.
    fn is_left_out(&self, change: Timestamp) -> bool {
        let Ok(before) = change.checked_sub(SignedDuration::from_mins(1)) else { return false };
        let (last, first) = (self.zone.to_datetime(before), self.zone.to_datetime(change));
        let minutes = last.series(Span::new().minutes(1)).skip(1);
        minutes.take_while(|minute| *minute < first).any(|minute| self.opens.has(minute))
    }
}

#[cfg(test)]
mod tests;
