//! What is kept of a release once it is over: on the ReplicaSet of its revision, as events are gone within the hour.

use jiff::Timestamp;
use sluice_crds::{ReleaseRecord, RolloutDuration};

use crate::change::Change;
use crate::fact::Fact;
use crate::observed::{Hash, Observed};
use crate::{stage, status};

/// The longest reason that is kept, in characters.
const LONGEST: usize = 500;

/// Keeps the record of the release that the status says is over, until it is seen to be kept.
pub(crate) fn record(seen: &Observed) -> Option<Change> {
    let status = &seen.status;
    let duration = status.duration.clone()?;
    // A version that went bad after its promotion was taken back after its release was over.
    let is_current = status.current_pod_hash == duration.pod_hash;
    let aborted = status.aborted_at.clone().filter(|_| status.abort && is_current);
    let over = match aborted {
        None => duration,
        at => RolloutDuration { finished_at: at, completion_status: Some("Aborted".to_owned()), ..duration },
    };
    keep(seen, over)
}

/// Keeps the record of the release whose place a newer one takes in this pass: from then on the status tells of that one alone.
pub(crate) fn superseded(seen: &Observed, facts: &[Fact], now: Timestamp) -> Option<Change> {
    keep(seen, status::superseded(seen, facts, now)?)
}

fn keep(seen: &Observed, over: RolloutDuration) -> Option<Change> {
    let hash = Hash::from(over.pod_hash.as_deref()?);
    let revision = seen.revisions.iter().find(|revision| revision.hash == hash)?;
    let record = ReleaseRecord {
        began: over.rollout_started_at?,
        ended: over.finished_at?,
        how: over.completion_status?,
        waited_seconds: over.total_manual_pause_duration_seconds.unwrap_or_default(),
        ordered_by: seen.status.ordered_by.clone(),
        why: stage::recorded_reason(&seen.status).unwrap_or_default().chars().take(LONGEST).collect(),
    };
    let tells_it =
        |kept: &ReleaseRecord| (&kept.began, &kept.ended, &kept.how) == (&record.began, &record.ended, &record.how);
    (!revision.record.as_ref().is_some_and(tells_it)).then(|| Change::Record { hash, record: Box::new(record) })
}
