//! How many pods each side has where the stable revision need not stay whole: `maxSurge` bounds all pods, or
//! `dynamicStableScale` lets stable pods go as their traffic does.
//!
//! The two sides take turns: new pods as far as there is room, traffic as far as they carry it, then stable pods as far as
//! that left them. On the way back the same in the other direction: traffic only as far as stable pods are there for it.

use super::View;
use crate::moves;
use crate::observed::Revision;
use crate::stage::Stage;
use crate::weight::Weight;

impl View<'_> {
    /// Whether the stable revision stays whole whatever happens.
    pub(super) fn keeps_stable_whole(&self) -> bool {
        self.canary.most_pods.is_none() && !self.canary.dynamic_stable
    }

    /// The revision behind the canary Service, where it is not the stable one.
    pub(super) fn tried(&self) -> Option<&Revision> {
        let hash =
            self.canary_service.selects.as_ref().filter(|hash| Some(*hash) != self.seen.stable_hash().as_ref())?;
        self.seen.revision(hash)
    }

    /// Whether it goes forward with the new revision; else all traffic has to come back to the stable one first.
    pub(super) fn is_forward(&self) -> bool {
        let in_place = self.tried().is_none_or(|tried| tried.hash == self.seen.hash);
        in_place && matches!(self.stage, Stage::Stepping(_) | Stage::Promoting)
    }

    /// Pods that may still be added.
    pub(super) fn room(&self) -> u32 {
        let asked = moves::total(self.seen.revisions.iter().map(|revision| revision.desired));
        self.canary.most_pods.map_or(u32::MAX, |most| most.saturating_sub(asked))
    }

    /// Pods that may be missing where no others may come first.
    fn missing(&self) -> u32 {
        if self.canary.most_pods.is_some_and(|most| most <= self.replicas) { self.canary.max_unavailable } else { 0 }
    }

    /// As many of the new pods that a stage asks for as fit beside the stable ones that its weight leaves.
    pub(super) fn at_most(&self, asked: u32) -> u32 {
        let Some(most) = self.canary.most_pods else { return asked };
        let stable = self.target().rest().fewest_pods_of(self.replicas).saturating_sub(self.missing());
        let fits = most.saturating_sub(stable.max(self.least_of_selected()));
        asked.min(fits.max(1))
    }

    /// As many new pods as can be there with the traffic where it is now.
    pub(super) fn in_reach(&self) -> u32 {
        let enough = self.enough();
        self.canary.most_pods.map_or(enough, |most| enough.min(most.saturating_sub(self.least_stable()).max(1)))
    }

    /// Pods of the stable revision that the stage asks for. Never fewer than its traffic needs.
    pub(super) fn stable_pods(&self) -> u32 {
        if self.keeps_stable_whole() || !self.is_forward() {
            return self.replicas;
        }
        let dynamic = self.canary.dynamic_stable.then(|| self.target().rest().pods_of(self.replicas).max(1));
        let room = self.canary.most_pods.map(|most| most.saturating_sub(self.needed()));
        let wanted = dynamic.into_iter().chain(room).fold(self.replicas, u32::min);
        wanted.max(self.least_stable())
    }

    /// The fewest stable pods for the traffic that they get now.
    pub(super) fn least_stable(&self) -> u32 {
        let live = self.live.unwrap_or_default();
        let fewest = self.share_of_stable().fewest_pods_of(self.replicas);
        // Weights are whole percents: where new pods have all that they carry, the others carry the rest.
        let others = self.tried().filter(|tried| live >= self.carried_by(tried.available, self.replicas));
        let others = others.map(|tried| self.replicas.saturating_sub(tried.available));
        let least = fewest.min(others.unwrap_or(fewest)).saturating_sub(self.missing());
        least.max(self.least_of_selected()).min(self.replicas)
    }

    /// What a Service selects has at least one pod, or the whole route goes down.
    fn least_of_selected(&self) -> u32 {
        u32::from(self.stable.is_some_and(|stable| self.seen.selected(&stable.hash)))
    }

    /// The part of all traffic that goes to the stable revision now. What cannot be told counts as all.
    fn share_of_stable(&self) -> Weight {
        let Some(live) = self.live else { return self.full() };
        let elsewhere = |service: &crate::observed::Service| service.selects.is_some() && !self.is_stable(service);
        match (elsewhere(self.stable_service), elsewhere(self.canary_service)) {
            (false, false) => self.full(),
            (false, true) => live.rest(),
            (true, false) => live,
            (true, true) => Weight::ZERO,
        }
    }

    /// The weight that stays until the stable revision has the pods for it.
    ///
    /// Where both sides have too few, each pod gets the same. What no longer goes to the stable revision is not held back.
    pub(super) fn held_back(&self) -> Weight {
        let to_stable = self.is_stable(self.stable_service) && !self.keeps_stable_whole();
        let Some(tried) = self.tried().filter(|tried| tried.ready > 0 && to_stable) else { return Weight::ZERO };
        let stable = self.stable.map_or(0, |stable| stable.available);
        let allowed = stable.saturating_add(self.canary.max_unavailable);
        let left = Weight::nearly_carried_by(allowed, self.replicas, self.canary.whole).rest();
        let even = self.carried_by(tried.available, tried.available.saturating_add(stable));
        let carried = self.carried_by(tried.available, self.replicas).max(even);
        left.min(carried).min(self.live.unwrap_or_default())
    }

    /// Whether the users are still on a revision that they are to be taken from, behind both Services, and the stable one
    /// cannot take them all at once. Then they are handed over by weight.
    pub(super) fn hands_back_by_weight(&self) -> bool {
        let by_weight = self.canary.most_pods.is_some() || self.is_gradual();
        let behind = self.stable_service.selects.as_ref().filter(|_| by_weight);
        let Some(tried) = self.tried().filter(|tried| Some(&tried.hash) == behind && tried.ready > 0) else {
            return false;
        };
        let leaves = !self.is_forward() || tried.hash != self.seen.hash;
        let is_whole = |available| available >= self.replicas && !self.is_gradual();
        leaves && self.stable.is_some_and(|stable| stable.ready > 0 && !is_whole(stable.available))
    }

    /// Whether more pods are wanted than there may be, with those of older revisions.
    pub(super) fn is_pressed(&self) -> bool {
        let Some(most) = self.canary.most_pods else { return false };
        let older = moves::total(self.seen.older().map(|revision| revision.desired));
        let new = match self.stage {
            Stage::Aborting(_) => self.new.map_or(0, |new| new.desired),
            _ => self.needed(),
        };
        let stable = if self.stable.is_some() { self.stable_pods() } else { 0 };
        moves::total([stable, new, older].into_iter()) > most
    }
}
