//! Sharing out traffic by the number of pods, where there is no router.

use std::cmp::Ordering;

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
///
/// The weight is in percent: another whole needs a router.
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
        .min_by(|one, other| nearer(weight, *one, *other))
        .map_or(Share { new: 0, stable: replicas }, |(new, total)| Share { new, stable: total - new })
}

/// The weight's part of `replicas`, rounded up, then down.
fn counts(weight: Weight, replicas: u32) -> impl Iterator<Item = u32> {
    let up = weight.pods_of(replicas);
    let hundredths = u64::from(weight.parts()) * u64::from(replicas) % 100;
    let down = (hundredths != 0 && hundredths != 50).then(|| up.saturating_sub(1));
    std::iter::once(up).chain(down)
}

fn allowed(new: u32, total: u32, replicas: u32, may_surge: bool) -> bool {
    let alone = replicas == 1 && !may_surge;
    new <= total && (alone || (new > 0 && new < total))
}

/// Which of two shares, new pods of all, is nearer to the weight: by whole numbers, so that equal ones are equal.
fn nearer(weight: Weight, one: (u32, u32), other: (u32, u32)) -> Ordering {
    let off = |(new, total): (u32, u32)| {
        let (new, total) = (u128::from(new), u128::from(total.max(1)));
        ((new * 100).abs_diff(u128::from(weight.parts()) * total), total)
    };
    let (one, other) = (off(one), off(other));
    (one.0 * other.1).cmp(&(other.0 * one.1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
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

    /// The same, the slow way: all candidates in turn.
    fn by_trying_all(percent: u32, replicas: u32, may_surge: bool) -> (u32, u32) {
        let part = f64::from(percent) * f64::from(replicas) / 100.0;
        let half = (percent * replicas) % 100 == 50;
        let news = [part.ceil(), part.floor()];
        let news = if half { &news[..1] } else { &news[..] };
        let mut best: Option<(u32, u32)> = None;
        for total in replicas..=replicas + u32::from(may_surge) {
            for new in news.iter().map(|new| *new as u32) {
                let alone = replicas == 1 && !may_surge;
                if new > total || (!alone && (new == 0 || new == total)) {
                    continue;
                }
                // Times 100 times its total; so each is multiplied by the other's.
                let off = |(new, total): (u32, u32)| (i64::from(new) * 100 - i64::from(percent * total)).abs();
                let is_nearer =
                    best.is_none_or(|best| off((new, total)) * i64::from(best.1) < off(best) * i64::from(total));
                if is_nearer {
                    best = Some((new, total));
                }
            }
        }
        best.map_or((0, replicas), |(new, total)| (new, total - new))
    }

    #[test]
    fn every_share_of_up_to_forty_pods_is_the_nearest() {
        for (replicas, percent, may_surge) in
            (1..=40).flat_map(|replicas| (1..100).flat_map(move |w| [(replicas, w, false), (replicas, w, true)]))
        {
            let share = of(Weight::new(percent).unwrap(), replicas, may_surge);
            let expected = by_trying_all(percent, replicas, may_surge);
            assert_eq!((share.new, share.stable), expected, "{percent} % of {replicas}, surge {may_surge}");
        }
    }
}
