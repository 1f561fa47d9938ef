//! Who gets traffic, and how much.

use std::collections::BTreeMap;

use crate::managed::Managed;

/// The Services that a release shares traffic between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arms {
    /// Their namespace.
    pub namespace: String,
    /// Reaches the new revision.
    pub canary: String,
    /// Reaches the stable revision.
    pub stable: String,
    /// The weight that means all traffic.
    pub whole: u32,
}

/// What each arm gets, in parts of [`Arms::whole`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The canary Service's part.
    pub canary: u32,
    /// Parts of other Services of the same namespace, by name: those of an experiment. A Service that is not in here any more
    /// is taken out of the route.
    pub others: BTreeMap<String, u32>,
    /// Routes that steps added, in the order of `managedRoutes`. One that is not in here any more is taken out.
    pub routes: Vec<Managed>,
}

impl Share {
    /// That part for the canary Service, the rest for the stable one.
    pub fn of_canary(canary: u32) -> Self {
        Self { canary, ..Self::default() }
    }

    /// The same with no arm above the whole, and all of them together no more than it. The canary comes first.
    pub fn within(&self, whole: u32) -> Self {
        let canary = self.canary.min(whole);
        let mut left = whole - canary;
        let others = self.others.iter().map(|(name, weight)| {
            let weight = (*weight).min(left);
            left -= weight;
            (name.clone(), weight)
        });
        Self { canary, others: others.collect(), routes: self.routes.clone() }
    }

    /// What is left for the stable Service.
    pub fn stable(&self, whole: u32) -> u32 {
        let others = self.others.values().fold(self.canary, |sum, weight| sum.saturating_add(*weight));
        whole.saturating_sub(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_cut_and_the_canary_comes_first() {
        let share = |canary, a, b| Share {
            canary,
            others: BTreeMap::from([("a".into(), a), ("b".into(), b)]),
            routes: Vec::new(),
        };
        assert_eq!(share(20, 10, 10).within(100), share(20, 10, 10));
        assert_eq!(share(20, 10, 10).stable(100), 60);
        assert_eq!(share(u32::MAX, 10, 10).within(100), share(100, 0, 0));
        assert_eq!(share(50, 40, 40).within(100), share(50, 40, 10));
        assert_eq!(share(50, 40, u32::MAX).stable(100), 0);
    }
}
