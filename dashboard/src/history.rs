//! How weights went: kept in memory for as long as this process runs, as no object of the cluster tells it.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use crate::view::Weight;

/// The most changes that are kept of one Rollout; the oldest go.
const MOMENTS: usize = 512;

/// A weight, since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since when.
    pub at: Timestamp,
    /// The weight.
    pub weight: Weight,
}

/// The weights of all Rollouts, by uid.
#[derive(Debug, Default)]
pub struct History(BTreeMap<String, VecDeque<Moment>>);

impl History {
    /// Notes the weight that a Rollout has now. One that it had already is not noted again.
    pub fn note(&mut self, uid: &str, at: Timestamp, weight: Weight) {
        let moments = self.0.entry(uid.to_owned()).or_default();
        if moments.back().is_some_and(|last| last.weight == weight) {
            return;
        }
        if moments.len() == MOMENTS {
            moments.pop_front();
        }
        moments.push_back(Moment { at, weight });
    }

    /// Forgets a Rollout that is gone.
    pub fn forget(&mut self, uid: &str) {
        self.0.remove(uid);
    }

    /// Forgets all Rollouts but these.
    pub fn keep(&mut self, is_there: impl Fn(&str) -> bool) {
        self.0.retain(|uid, _| is_there(uid));
    }

    /// What is known of a Rollout, oldest first.
    pub fn of(&self, uid: &str) -> Vec<Moment> {
        self.0.get(uid).into_iter().flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(actual: i32) -> Weight {
        Weight { actual, asked: 50, full: 100 }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn only_changes_are_kept_and_the_oldest_go() {
        let mut history = History::default();
        for second in 0..2000 {
            history.note("one", at(second), weight(i32::try_from(second / 2).unwrap()));
        }
        let known = history.of("one");
        assert_eq!(known.len(), MOMENTS);
        assert_eq!(known.last(), Some(&Moment { at: at(1998), weight: weight(999) }));
        assert_eq!(history.of("two"), []);
        history.note("two", at(0), weight(0));
        history.keep(|uid| uid == "two");
        assert_eq!((history.of("one").len(), history.of("two").len()), (0, 1));
        history.forget("two");
        assert_eq!(history.of("two"), []);
    }
}
