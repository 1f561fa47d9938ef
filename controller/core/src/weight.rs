//! Shares of traffic, and how many pods a share needs.

use std::fmt;

/// The part of the traffic, in percent, that goes to the new revision: 0 to 100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u32);

impl Weight {
    /// No traffic.
    pub const ZERO: Self = Self(0);
    /// All traffic.
    pub const FULL: Self = Self(100);

    /// The weight of that many percent, or `None` above 100.
    pub fn new(percent: u32) -> Option<Self> {
        (percent <= 100).then_some(Self(percent))
    }

    /// In percent.
    pub fn percent(self) -> u32 {
        self.0
    }

    /// What is left for the stable revision.
    pub fn rest(self) -> Self {
        Self(100 - self.0)
    }

    /// Pods that this share of `replicas` takes.
    ///
    /// 5 pods at weight 10 is half a pod. Rounded up: otherwise nobody stands where 10 % of the
    /// traffic goes.
    pub fn pods_of(self, replicas: u32) -> u32 {
        (u64::from(self.0) * u64::from(replicas)).div_ceil(100).try_into().unwrap_or(u32::MAX)
    }

    /// The largest weight that `available` of `replicas` pods can carry without more load on each
    /// than when all are there.
    pub fn carried_by(available: u32, replicas: u32) -> Self {
        if replicas == 0 {
            return Self::ZERO;
        }
        let percent = u64::from(available) * 100 / u64::from(replicas);
        Self(percent.min(100).try_into().unwrap_or(100))
    }

    /// The weight that `available` of `replicas` pods can carry but for less than a hundredth of all traffic: weights are
    /// whole percents, and two of three pods must be able to carry what one of three leaves.
    pub fn nearly_carried_by(available: u32, replicas: u32) -> Self {
        if replicas == 0 {
            return Self::FULL;
        }
        let percent = (u64::from(available) * 100).div_ceil(u64::from(replicas));
        Self(percent.min(100).try_into().unwrap_or(100))
    }

    /// The fewest of `replicas` pods that can carry this share, in the sense of [`Self::nearly_carried_by`]. All traffic
    /// takes all pods.
    pub fn fewest_pods_of(self, replicas: u32) -> u32 {
        match self.0 {
            0 => 0,
            100 => replicas,
            _ if replicas == 0 => 0,
            percent => {
                let below = u64::from(replicas) * u64::from(percent - 1) / 100;
                u32::try_from(below + 1).unwrap_or(u32::MAX)
            }
        }
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
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
            assert_eq!(Weight::carried_by(available, replicas).percent(), percent, "{available} of {replicas}");
        }
    }

    #[test]
    fn what_some_pods_leave_the_others_carry() {
        for replicas in 1..=100 {
            for new in 0..=replicas {
                let left = Weight::carried_by(new, replicas).rest();
                let stable = replicas - new;
                assert!(Weight::nearly_carried_by(stable, replicas) >= left, "{new} of {replicas} leave {left}");
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
    }
}
