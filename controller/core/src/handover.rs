//! `spec.workloadRef.scaleDown`: an app moves from its Deployment to the Rollout. The Deployment's own pods go as the
//! Rollout's do their work.
//!
//! Never: fewer available pods than the Deployment had, until all that the Rollout asks for are available. Nor twice: what its
//! owner scales up afterwards stays, and the status says so.

use crate::change::{Change, Why};
use crate::fact::Fact;
use crate::moves::total;
use crate::observed::{Lending, Observed, Revision};
use crate::spec::{Lender, ScaleDown, Spec};
use crate::stage::Stage;

/// What becomes of the lender's own pods in this pass.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) change: Option<Change>,
    pub(crate) fact: Option<Fact>,
}

/// Everything it looks at, under short names.
struct View<'a> {
    spec: &'a Spec,
    seen: &'a Observed,
    stage: &'a Stage,
    lender: &'a Lender,
    lending: &'a Lending,
}

/// Looks at the pods of a lender that is to be scaled down. `held` is whether the release waits for anything.
pub(crate) fn look(spec: &Spec, seen: &Observed, stage: &Stage, held: bool) -> Outcome {
    let Some((lender, lending)) = seen.lending() else { return Outcome::default() };
    // Who asks for no pods has prepared a Rollout, and moves nothing yet.
    if lender.scale_down == ScaleDown::Never || spec.replicas == 0 {
        return Outcome::default();
    }
    let view = View { spec, seen, stage, lender, lending };
    match stage {
        Stage::Aborting(_) if seen.stable_hash().is_none() => view.give_back(),
        Stage::Installing => view.install(),
        _ => view.after_the_first(held),
    }
}

impl View<'_> {
    /// Nothing was promoted yet, and is not to be: the lender gets back what it had.
    fn give_back(&self) -> Outcome {
        let from = self.lending.handover.map_or(0, |handover| handover.from);
        self.scale(from.max(self.lending.pods), Why::Abort)
    }

    /// The first revision comes up: one pod goes for each that is available. The last one waits for the promotion, by when
    /// Services and routers are seen to reach the new ones.
    fn install(&self) -> Outcome {
        let available = self.seen.new_revision().map_or(0, |new| new.available);
        let from = self.from();
        if self.lender.scale_down == ScaleDown::OnSuccess || (available == 0 && self.lending.handover.is_none()) {
            return Outcome { change: self.note(), ..Outcome::default() };
        }
        self.scale(from.saturating_sub(available).max(1).min(from), Why::Install)
    }

    /// A revision was promoted. Whichever was the first: the lender's pods have had their time once as many of the Rollout's
    /// are available as it asks for.
    fn after_the_first(&self, held: bool) -> Outcome {
        if self.lending.pods == 0 {
            return Outcome::default();
        }
        if !self.is_open() {
            return Outcome { fact: Some(self.told()), ..Outcome::default() };
        }
        let waits = held && *self.stage == Stage::Settled;
        if waits || self.available() < self.spec.replicas {
            return Outcome::default();
        }
        self.scale(0, Why::Promotion)
    }

    /// Pods of the lender before any went.
    fn from(&self) -> u32 {
        self.lending.handover.map_or(self.lending.pods, |handover| handover.from)
    }

    /// Whether its pods are still to go. Without a note only those of a Rollout in its first revision are: later on, its owner
    /// has scaled it up, or another controller left it so.
    fn is_open(&self) -> bool {
        match self.lending.handover {
            Some(handover) => !handover.over,
            None => self.seen.stable_revision().is_some_and(|stable| stable.number == 1),
        }
    }

    /// Notes that the migration is not over, where the number of the revision will not tell.
    fn note(&self) -> Option<Change> {
        let later = self.seen.new_revision().is_some_and(|new| new.number > 1);
        let missing = later && self.lending.handover.is_none() && self.lending.pods > 0;
        missing.then(|| Change::NoteHandover { lender: self.lender.clone(), from: self.lending.pods })
    }

    /// Available pods of the stable revision and the new one.
    fn available(&self) -> u32 {
        let stable = self.seen.stable_revision();
        let new = self.seen.new_revision().filter(|new| stable.is_none_or(|stable| stable.hash != new.hash));
        let available = |revision: &Revision| revision.available.min(revision.desired);
        total([stable, new].into_iter().flatten().map(available))
    }

    fn scale(&self, to: u32, why: Why) -> Outcome {
        let pods = self.lending.pods;
        let instead = if to < pods { self.instead(to) } else { 0 };
        let change =
            || Change::ScaleLender { lender: self.lender.clone(), from: pods, to, instead, had: self.from(), why };
        Outcome { change: (to != pods).then(change), ..Outcome::default() }
    }

    /// Pods of the Rollout that must be available for the lender to have no more than that.
    fn instead(&self, left: u32) -> u32 {
        if left == 0 { self.spec.replicas } else { self.from().saturating_sub(left) }
    }

    fn told(&self) -> Fact {
        let Lending { pods, .. } = self.lending;
        let s = if *pods == 1 { "" } else { "s" };
        Fact::Beside(format!(
            "{} runs {pods} pod{s} of its own beside this Rollout's: it was scaled up; scale it to 0, or set spec.workloadRef.scaleDown to never",
            self.lender
        ))
    }
}
