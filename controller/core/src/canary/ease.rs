//! Traffic that goes back by the weights of the steps, where the rollback policy wants that (`strategy: gradual`).
//!
//! It goes down to the next weight at once. How much the version may have later follows from the time since the abort alone: whatever
//! dies in between, nothing is held for longer, and nothing is given back.

use jiff::{SignedDuration, Timestamp};

use super::View;
use crate::fact::Hold;
use crate::guard;
use crate::moves::{Moves, later};
use crate::spec::Step;
use crate::stage::moment;
use crate::weight::Weight;

impl View<'_> {
    /// Whether traffic goes back by the weights of the steps.
    pub(super) fn is_gradual(&self) -> bool {
        self.each().is_some()
    }

    /// For how long it stays at each.
    fn each(&self) -> Option<SignedDuration> {
        guard::gradual(self.seen, self.stage).filter(|each| *each > SignedDuration::ZERO)
    }

    /// The share that a version that is taken back may still have.
    pub(super) fn eased(&self) -> Weight {
        self.easing().map_or(Weight::ZERO, |(left, _)| left)
    }

    /// The same, and until when; `None` once it is to have nothing.
    fn easing(&self) -> Option<(Weight, Timestamp)> {
        let (each, live) = (self.each()?, self.live.unwrap_or_default());
        let levels = self.levels().into_iter();
        let Some(began) = moment(self.seen.status.aborted_at.as_ref()) else {
            return levels.filter(|level| *level < live).max().map(|next| (next, later(self.now, each)));
        };
        if self.now < began {
            // The clock was ahead: nobody knows for how long it has gone.
            return None;
        }
        let ends = (1..).map(|number| later(began, each.saturating_mul(number)));
        let (level, until) = levels.zip(ends).find(|(_, until)| self.now < *until)?;
        Some((level.min(live), until)).filter(|(left, _)| *left > Weight::ZERO)
    }

    /// The weights of the steps, from above.
    fn levels(&self) -> Vec<Weight> {
        let weight = |step: &Step| if let Step::SetWeight(weight) = step { Some(*weight) } else { None };
        let weights = self.canary.steps.iter().filter_map(weight);
        let mut levels: Vec<_> = weights.filter(|level| *level > Weight::ZERO && *level < self.full()).collect();
        levels.sort_unstable();
        levels.dedup();
        levels.reverse();
        levels
    }
}

/// Says how much is left, and when to look again.
pub(super) fn wait(moves: &mut Moves, view: &View) {
    if let Some((left, until)) = view.easing() {
        moves.wakes.push(until);
        moves
            .hold(Hold::Policy(format!("traffic goes back by the weights of the steps; {left} until {until} at most")));
    }
}
