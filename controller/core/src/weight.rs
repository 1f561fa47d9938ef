//! Shares of traffic, and how many pods a share needs.

use std::cmp::Ordering;
use std::fmt;

/// The part of the traffic that goes to the new revision, in parts of a whole: of a hundred, or of `maxTrafficWeight`.
///
/// Two of the same share are equal, whatever their wholes are.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    parts: u32,
    whole: u32,
}

/// The whole of a weight in percent.
pub const PERCENT: u32 = 100;

impl Weight {
    /// No traffic.
    pub const ZERO: Self = Self { parts: 0, whole: PERCENT };
    /// All traffic.
    pub const FULL: Self = Self { parts: PERCENT, whole: PERCENT };

    /// The weight of that many percent, or `None` above 100.
    pub fn new(percent: u32) -> Option<Self> {
        Self::of(percent, PERCENT)
    }

    /// So many parts of a whole, or `None` above it.
    pub fn of(parts: u32, whole: u32) -> Option<Self> {
        (parts <= whole && whole > 0).then_some(Self { parts, whole })
    }

    /// How many parts of its own whole.
    pub fn parts(self) -> u32 {
        self.parts
    }

    /// The same share in parts of that whole; what is less than a part is nothing.
    pub fn in_parts_of(self, whole: u32) -> Self {
        Self { parts: part(self.parts, whole, self.whole), whole }
    }

    /// What is left for the stable revision.
    pub fn rest(self) -> Self {
        Self { parts: self.whole - self.parts, whole: self.whole }
    }

    /// Pods that this share of `replicas` takes.
    ///
    /// 5 pods at weight 10 is half a pod. Rounded up: otherwise nobody stands where 10 % of the
    /// traffic goes.
    pub fn pods_of(self, replicas: u32) -> u32 {
        (u64::from(self.parts) * u64::from(replicas)).div_ceil(self.whole.into()).try_into().unwrap_or(u32::MAX)
    }

    /// The largest weight, in parts of that whole, that `available` of `replicas` pods can carry without more load on each
    /// than when all are there.
    pub fn carried_by(available: u32, replicas: u32, whole: u32) -> Self {
        let parts = if replicas == 0 { 0 } else { part(available.min(replicas), whole, replicas) };
        Self { parts, whole }
    }

    /// The weight that `available` of `replicas` pods can carry but for less than one part of all traffic: weights are
    /// whole parts, and two of three pods must be able to carry what one of three leaves.
    pub fn nearly_carried_by(available: u32, replicas: u32, whole: u32) -> Self {
        if replicas == 0 {
            return Self { parts: whole, whole };
        }
        let parts = (u64::from(available) * u64::from(whole)).div_ceil(u64::from(replicas));
        Self { parts: u32::try_from(parts).unwrap_or(u32::MAX).min(whole), whole }
    }

    /// The fewest of `replicas` pods that can carry this share, in the sense of [`Self::nearly_carried_by`]. All traffic
    /// takes all pods.
    pub fn fewest_pods_of(self, replicas: u32) -> u32 {
        match self.parts {
            0 => 0,
            all if all == self.whole => replicas,
            _ if replicas == 0 => 0,
            parts => part(replicas, parts - 1, self.whole).saturating_add(1),
        }
    }
}

/// `amount` times `parts` of `whole`, rounded down.
fn part(amount: u32, parts: u32, whole: u32) -> u32 {
    u32::try_from(u64::from(amount) * u64::from(parts) / u64::from(whole)).unwrap_or(u32::MAX)
}

impl Default for Weight {
    fn default() -> Self {
        Self::ZERO
    }
}

impl Ord for Weight {
    fn cmp(&self, other: &Self) -> Ordering {
        let ours = u64::from(self.parts) * u64::from(other.whole);
        ours.cmp(&(u64::from(other.parts) * u64::from(self.whole)))
    }
}

impl PartialOrd for Weight {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Weight {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Weight {}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.parts)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn weight(percent: u32) -> Weight {
        Weight::new(percent).unwrap()
    }

    #[test]
    fn a_share_is_rounded_up_so_that_somebody_serves_it() {
        for (percent, replicas, pods) in
            [(0, 5, 0), (1, 5, 1), (10, 5, 1), (20, 5, 1), (21, 5, 2), (100, 5, 5), (50, 0, 0)]
        {
            assert_eq!(weight(percent).pods_of(replicas), pods, "{percent} % of {replicas}");
        }
    }

    #[test]
    fn pods_carry_no_more_than_their_part() {
        for (available, replicas, percent) in [(0, 5, 0), (1, 5, 20), (2, 3, 66), (3, 3, 100), (9, 3, 100), (1, 0, 0)] {
            assert_eq!(Weight::carried_by(available, replicas, PERCENT).parts(), percent, "{available} of {replicas}");
        }
    }

    #[test]
    fn what_some_pods_leave_the_others_carry() {
        let wholes = [PERCENT, 1_000, 7].into_iter();
        let all = wholes.flat_map(|whole| (1..=whole.min(100)).map(move |replicas| (replicas, whole)));
        for (replicas, whole) in all {
            for new in 0..=replicas {
                let left = Weight::carried_by(new, replicas, whole).rest();
                let stable = replicas - new;
                assert!(Weight::nearly_carried_by(stable, replicas, whole) >= left, "{new} of {replicas} leave {left}");
                assert!(left.fewest_pods_of(replicas) <= stable, "{new} of {replicas} leave {left}");
            }
        }
        for (share, pods) in [(0, 0), (1, 1), (33, 1), (34, 1), (35, 2), (67, 2), (68, 3), (100, 3)] {
            assert_eq!(weight(share).fewest_pods_of(3), pods, "{share} % of 3");
        }
    }

    #[test]
    fn a_weight_above_all_traffic_cannot_be_made() {
        assert_eq!(Weight::new(101), None);
        assert_eq!(Weight::of(1_001, 1_000), None);
        assert_eq!(Weight::of(0, 0), None);
    }
    #[test]
    fn a_tenth_is_a_tenth_in_whatever_parts() {
        let fine = Weight::of(100, 1_000).unwrap();
        assert_eq!(fine, weight(10));
        assert!(Weight::of(5, 1_000).unwrap() < weight(1));
        assert_eq!((fine.rest().parts(), Weight::FULL.in_parts_of(1_000).parts()), (900, 1_000));
        assert_eq!((Weight::of(5, 1_000).unwrap().pods_of(10), Weight::FULL.pods_of(u32::MAX)), (1, u32::MAX));
    }
}
