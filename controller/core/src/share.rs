//! Sharing out traffic by the number of pods, where there is no router.

use crate::weight::Weight;

/// Pods of the new and of the stable revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) new: u32,
    pub(crate) stable: u32,
}

/// The pods that come nearest to a weight.
///
/// Candidates are the weight's part of `replicas`, rounded up and down, beside the rest of
/// `replicas`, and of one more where a surge is allowed. The smallest error wins, the first on equality;
/// an exact half is rounded up. Between 0 and 100 neither side may be empty, unless one pod is all there
/// may be.
pub(crate) fn of(weight: Weight, replicas: u32, may_surge: bool) -> Share {
    if weight == Weight::ZERO {
        return Share { new: 0, stable: replicas };
    }
    if weight == Weight::FULL {
        return Share { new: replicas, stable: 0 };
    }
    let totals = [Some(replicas), may_surge.then_some(replicas.saturating_add(1))];
    let candidates =
        totals.into_iter().flatten().flat_map(|total| counts(weight, replicas).map(move |new| (new, total)));
    candidates
        .filter(|(new, total)| allowed(*new, *total, replicas, may_surge))
        .min_by_key(|(new, total)| error(weight, *new, *total))
        .map_or(Share { new: 0, stable: replicas }, |(new, total)| Share { new, stable: total - new })
}

/// The weight's part of `replicas`, rounded up, then down.
fn counts(weight: Weight, replicas: u32) -> impl Iterator<Item = u32> {
    let up = weight.pods_of(replicas);
    let hundredths = u64::from(weight.percent()) * u64::from(replicas) % 100;
    let down = (hundredths != 0 && hundredths != 50).then(|| up.saturating_sub(1));
    std::iter::once(up).chain(down)
}

fn allowed(new: u32, total: u32, replicas: u32, may_surge: bool) -> bool {
    let alone = replicas == 1 && !may_surge;
    new <= total && (alone || (new > 0 && new < total))
}

/// How far off a share is, in parts that compare exactly: |new/total − weight/100| with a common
/// denominator of a million.
fn error(weight: Weight, new: u32, total: u32) -> u64 {
    let real = u64::from(new) * 1_000_000 / u64::from(total.max(1));
    real.abs_diff(u64::from(weight.percent()) * 10_000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pods_come_as_near_to_the_weight_as_they_can() {
        for (replicas, may_surge, weight, new, stable) in [
            (1, false, 10, 0, 1),
            (1, false, 50, 1, 0),
            (1, true, 10, 1, 1),
            (3, true, 33, 1, 2),
            (3, false, 50, 2, 1),
            (10, false, 5, 1, 9),
            (10, true, 25, 3, 8),
            (5, true, 20, 1, 4),
            (5, true, 0, 0, 5),
            (5, true, 100, 5, 0),
            (0, true, 50, 0, 0),
        ] {
            let share = of(Weight::new(weight).unwrap(), replicas, may_surge);
            assert_eq!(share, Share { new, stable }, "{weight} % of {replicas}, surge {may_surge}");
        }
    }
}
