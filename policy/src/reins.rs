//! When nothing is taken back by itself: soon after the last time, or after too many times.

use jiff::Timestamp;

use crate::{Budget, Rules};

/// That nothing is taken back for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reins {
    /// Why not.
    pub why: String,
    /// Until when.
    pub until: Timestamp,
}

impl Rules {
    /// Whether the next version may not be taken back now, given when others of the same Rollout were.
    pub fn reins(&self, past: &[Timestamp], now: Timestamp) -> Option<Reins> {
        let cooling = past.iter().max().and_then(|last| self.cooling(*last, now));
        cooling.or_else(|| self.settings.budget.and_then(|budget| spent(budget, past, now)))
    }

    /// Whether a rollback of that time may still keep the next from being made.
    pub fn remembers(&self, past: Timestamp, now: Timestamp) -> bool {
        let within = self.settings.budget.map_or(self.settings.cooldown, |budget| budget.within);
        past.checked_add(within.max(self.settings.cooldown)).is_ok_and(|end| now < end)
    }

    fn cooling(&self, last: Timestamp, now: Timestamp) -> Option<Reins> {
        let until = last.checked_add(self.settings.cooldown).ok().filter(|until| now < *until)?;
        Some(Reins {
            why: format!("another version was taken back at {last}, and the cooldown lasts until {until}"),
            until,
        })
    }
}

fn spent(budget: Budget, past: &[Timestamp], now: Timestamp) -> Option<Reins> {
    let Budget { rollbacks, within } = budget;
    let mut ends: Vec<_> = past.iter().filter_map(|at| at.checked_add(within).ok()).filter(|end| now < *end).collect();
    ends.sort_unstable();
    let count = ends.len();
    let until = ends.into_iter().rev().nth(rollbacks.checked_sub(1)? as usize)?;
    let hours = within.as_secs();
    Some(Reins {
        why: format!("{count} versions were taken back within {hours} s, and {rollbacks} are the budget"),
        until,
    })
}
