//! `spec.restartAt`: pods older than that time are evicted, a few at a time, and their ReplicaSets replace them.
//!
//! A restart and a release go on beside each other. What a release needs comes first: nothing is evicted in a pass that
//! asks for more or fewer pods, nor a pod that alone carries a share of the traffic while a release is under way.

use jiff::{SignedDuration, Timestamp};
use sluice_crds::RolloutStatus;

use crate::change::{Change, Why};
use crate::fact::Fact;
use crate::moves::later;
use crate::observed::{Hash, Observed, Pod, Revision};
use crate::spec::Spec;

/// How often an eviction that is refused is tried again.
const AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// What a restart needs of this pass.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) changes: Vec<Change>,
    pub(crate) fact: Option<Fact>,
    pub(crate) wake: Option<Timestamp>,
}

/// The time up to which pods are still to be restarted, be it past or not.
pub fn pending(spec: &Spec, status: &RolloutStatus) -> Option<Timestamp> {
    // Kubernetes keeps whole seconds.
    let done = status.restarted_at.as_ref().map(|done| done.0.as_second());
    spec.restart_at.filter(|at| done != Some(at.as_second()))
}

/// Looks for the next pods to evict: of the stable revision first, then of the new one, then of others.
///
/// Waits for: every pod of that revision to be available, so that one batch is over before the next.
/// Never: fewer available pods in all than `replicas` − `maxUnavailable` (at least 1).
pub(crate) fn look(spec: &Spec, seen: &Observed, release: &[Change], now: Timestamp) -> Outcome {
    let Some(at) = pending(spec, &seen.status) else { return Outcome::default() };
    if at > now {
        return Outcome { wake: Some(at), ..Outcome::default() };
    }
    let Some(pods) = seen.pods.as_ref().filter(|_| all_in_sight(seen, release)) else {
        return waits("pods are being listed".to_owned(), now);
    };
    let order =
        [seen.stable_revision(), seen.new_revision().filter(|new| seen.stable_hash().as_ref() != Some(&new.hash))];
    let order: Vec<&Revision> = order.into_iter().flatten().chain(seen.older()).collect();
    let of = |revision: &Revision| pods.iter().filter(|pod| pod.hash == revision.hash).collect::<Vec<_>>();
    let batches: Vec<_> = order.into_iter().map(|one| Batch { spec, seen, revision: one, pods: of(one), at }).collect();
    if batches.iter().all(Batch::is_done) {
        return Outcome { fact: Some(Fact::Restarted(at)), ..Outcome::default() };
    }
    if release.iter().any(moves) {
        return waits("the release moves pods or traffic".to_owned(), now);
    }
    next(&batches, now)
}

/// Whether no revision in use is missing: a list may have holes, and pods that nobody sees are not restarted.
fn all_in_sight(seen: &Observed, release: &[Change]) -> bool {
    let made = release.iter().any(|change| matches!(change, Change::CreateRevision { .. }));
    !made && (seen.stable_hash().is_none() || seen.stable_revision().is_some())
}

fn moves(change: &Change) -> bool {
    matches!(
        change,
        Change::Scale { .. } | Change::PointService { .. } | Change::Route { .. } | Change::SetRoutes { .. }
    )
}

/// The pods of the first revision that may lose any; else what the first that may not waits for.
fn next(batches: &[Batch], now: Timestamp) -> Outcome {
    let mut why = None;
    for batch in batches {
        match batch.leave() {
            Ok(changes) if changes.is_empty() => {}
            Ok(changes) => return leaves(batches, changes, now),
            Err(wait) => why = why.or(Some(wait)),
        }
        if !batch.is_whole() {
            break;
        }
    }
    waits(why.unwrap_or_default(), now)
}

fn leaves(batches: &[Batch], changes: Vec<Change>, now: Timestamp) -> Outcome {
    let old = batches.iter().map(|batch| batch.old().count()).sum::<usize>();
    let fact = Some(Fact::Restarting(format!("{old} {} to go", if old == 1 { "pod is" } else { "pods are" })));
    Outcome { changes, fact, wake: Some(later(now, AGAIN)) }
}

fn waits(why: String, now: Timestamp) -> Outcome {
    Outcome { changes: Vec::new(), fact: Some(Fact::Restarting(why)), wake: Some(later(now, AGAIN)) }
}

/// One revision's part of a restart.
struct Batch<'a> {
    spec: &'a Spec,
    seen: &'a Observed,
    revision: &'a Revision,
    pods: Vec<&'a Pod>,
    at: Timestamp,
}

impl Batch<'_> {
    /// Pods that stay and are to be restarted.
    fn old(&self) -> impl Iterator<Item = &Pod> {
        self.staying().filter(|pod| pod.created < self.at)
    }

    fn staying(&self) -> impl Iterator<Item = &Pod> {
        self.pods.iter().copied().filter(|pod| !pod.leaving)
    }

    /// Whether none is left to restart: all that are asked for are in sight, and none of them is older. A list of pods may have holes.
    fn is_done(&self) -> bool {
        self.old().next().is_none() && self.staying().count() >= self.revision.desired as usize
    }

    /// Pods that are to come or to go, or new and not available yet: those of the batch before.
    fn on_their_way(&self) -> usize {
        let starting = self.staying().filter(|pod| !pod.available && pod.created >= self.at).count();
        (self.revision.desired as usize).abs_diff(self.staying().count()) + starting
    }

    fn is_whole(&self) -> bool {
        self.on_their_way() == 0 && self.staying().all(|pod| pod.available)
    }

    /// The evictions of this batch, or what it waits for.
    fn leave(&self) -> Result<Vec<Change>, String> {
        let (at_once, away) = (self.at_once(), self.on_their_way());
        // Pods that serve nobody take nothing away.
        let idle: Vec<&Pod> = self.old().filter(|pod| !pod.available).collect();
        if !idle.is_empty() && away < at_once {
            return Ok(self.evict(idle.into_iter().take(at_once - away)));
        }
        let available = self.staying().filter(|pod| pod.available).count();
        let Revision { desired, hash, .. } = self.revision;
        if away > 0 || !idle.is_empty() {
            return Err(format!("{available} of {desired} pods of {hash} are available"));
        }
        let spare = self.spare().min(at_once);
        match spare.min(self.least_left(available)) {
            _ if self.old().next().is_none() => Ok(Vec::new()),
            0 if spare == 0 => Err(format!("too few of {} pods are available in all", self.spec.replicas)),
            0 => Err(format!("the only pod of {hash} carries traffic until the release is over")),
            room => Ok(self.evict(self.old().take(room))),
        }
    }

    /// Pods of this revision that may be away at once. It may carry a part of the traffic with a part of the pods: no larger
    /// part of them goes than of all.
    fn at_once(&self) -> usize {
        let [most, desired, replicas] =
            [self.spec.restarts_at_once(), self.revision.desired, self.spec.replicas].map(u64::from);
        usize::try_from((most * desired / replicas.max(1)).clamp(1, most)).unwrap_or(1)
    }

    /// Available pods of all revisions that may be taken. Those that are one too many are about to go anyway.
    fn spare(&self) -> usize {
        let pods = |hash: &Hash| {
            let all = self.seen.pods.iter().flatten();
            all.filter(|pod| pod.hash == *hash && pod.available && !pod.leaving).count()
        };
        let serving = self.seen.revisions.iter().map(|one| pods(&one.hash).min(one.desired as usize)).sum::<usize>();
        serving.saturating_sub(self.spec.replicas.saturating_sub(self.spec.restarts_at_once()) as usize)
    }

    /// Pods that may go of a revision that a Service selects: not the last one while a release is under way, when others
    /// do not stand in for it. At rest there is nobody else to wait for.
    fn least_left(&self, available: usize) -> usize {
        let at_rest = self.seen.stable_hash().as_ref() == Some(&self.seen.hash);
        if at_rest || !self.seen.selected(&self.revision.hash) { available } else { available.saturating_sub(1) }
    }

    fn evict<'p>(&self, pods: impl Iterator<Item = &'p Pod>) -> Vec<Change> {
        let one = |pod: &Pod| Change::Evict {
            hash: self.revision.hash.clone(),
            pod: pod.name.clone(),
            uid: pod.uid.clone(),
            why: Why::Restart(self.at),
        };
        pods.map(one).collect()
    }
}
