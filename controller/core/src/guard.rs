//! The watch over a version that the rollback policy asks for: during its release, and for a while after its promotion.
//!
//! Its verdict comes as an analysis of its own ([`Role::Policy`]). During a release a bad one takes the version back like any other.
//! After the promotion it makes the revision before the stable one again, whose pods were kept for that: an abort follows, as of a
//! release, with all its guarantees.

use jiff::{SignedDuration, Timestamp};

use crate::analysis;
use crate::observed::{Analysis, Hash, Observed, Past, Revision, Role, Routed};
use crate::spec::{Spec, Strategy};
use crate::stage::{Stage, moment};

/// What the rollback policy asks for a Rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// How long after its promotion a version is watched, and the one before it kept ready.
    pub bake: SignedDuration,
}

/// When the watch over the promoted version ends, while it goes on.
pub(crate) fn bakes_until(seen: &Observed, now: Timestamp) -> Option<Timestamp> {
    let guard = seen.guard.as_ref()?;
    let duration = seen.status.duration.as_ref()?;
    let promoted = matches!(duration.completion_status.as_deref(), Some("Promoted" | "FastPromoted"));
    let at = moment(duration.finished_at.as_ref()).filter(|_| promoted)?;
    at.checked_add(guard.bake).ok().filter(|end| now < *end)
}

/// The revision to go back to: the newest that was completed. Never one that was itself taken back.
pub(crate) fn before(seen: &Observed) -> Option<&Revision> {
    seen.older().filter(|revision| revision.past == Past::Completed).max_by_key(|revision| revision.number)
}

/// Whether a revision is kept ready to go back to.
pub(crate) fn keeps(seen: &Observed, revision: &Revision, now: Timestamp) -> bool {
    bakes_until(seen, now).is_some() && before(seen).is_some_and(|before| before.hash == revision.hash)
}

/// The revision that is stable again, because the one promoted after it went bad while it was watched.
pub(crate) fn taken_back(seen: &Observed, now: Timestamp) -> Option<Hash> {
    let settled = seen.stable_hash().as_ref() == Some(&seen.hash);
    let bad = analysis::of_role(seen, Role::Policy).is_some_and(analysis::bad);
    let watched = settled && bad && bakes_until(seen, now).is_some();
    watched.then(|| before(seen)).flatten().map(|before| before.hash.clone())
}

/// The watch that is wanted at this stage: while users see the new revision, and until the end of its bake time.
pub(crate) fn wanted(spec: &Spec, seen: &Observed, stage: &Stage, now: Timestamp) -> Option<Role> {
    seen.guard?;
    let wanted = match stage {
        Stage::Stepping(_) | Stage::Promoting => {
            !seen.status.promote_full && (watch(seen).is_some() || shows(spec, seen))
        }
        Stage::Settled => bakes_until(seen, now).is_some() && before(seen).is_some(),
        Stage::Installing | Stage::Aborting(_) => false,
    };
    wanted.then_some(Role::Policy)
}

fn watch(seen: &Observed) -> Option<&Analysis> {
    analysis::of_role(seen, Role::Policy)
}

/// Whether users see the new revision.
fn shows(spec: &Spec, seen: &Observed) -> bool {
    match (&spec.strategy, &seen.routed) {
        (Strategy::BlueGreen(blue_green), _) => {
            let active = seen.services.get(&blue_green.active);
            active.is_some_and(|active| active.selects.as_ref() == Some(&seen.hash))
        }
        (Strategy::Canary(_), Some(Routed::Live { canary, .. })) => canary.is_some_and(|weight| weight.parts() > 0),
        (Strategy::Canary(_), Some(Routed::Broken(_))) => false,
        (Strategy::Canary(_), None) => seen.new_revision().is_some_and(|new| new.ready > 0),
    }
}
