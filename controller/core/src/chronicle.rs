//! What is kept of a release once it is over: on the ReplicaSet of its revision, as events are gone within the hour.

use sluice_crds::ReleaseRecord;

use crate::change::Change;
use crate::observed::{Hash, Observed};
use crate::stage;

/// The longest reason that is kept, in characters.
const LONGEST: usize = 500;

/// Keeps the record of the release that the status says is over, until it is seen to be kept.
pub(crate) fn record(seen: &Observed) -> Option<Change> {
    let status = &seen.status;
    let duration = status.duration.as_ref()?;
    let hash = Hash::from(duration.pod_hash.as_deref()?);
    let revision = seen.revisions.iter().find(|revision| revision.hash == hash)?;
    // A version that went bad after its promotion was taken back after its release was over.
    let is_current = status.current_pod_hash == duration.pod_hash;
    let aborted = status.aborted_at.as_ref().filter(|_| status.abort && is_current);
    let how = if aborted.is_some() { Some("Aborted".to_owned()) } else { duration.completion_status.clone() };
    let record = ReleaseRecord {
        began: duration.rollout_started_at.clone()?,
        ended: aborted.or(duration.finished_at.as_ref()).cloned()?,
        how: how?,
        waited_seconds: duration.total_manual_pause_duration_seconds.unwrap_or_default(),
        ordered_by: status.ordered_by.clone(),
        why: stage::recorded_reason(status).unwrap_or_default().chars().take(LONGEST).collect(),
    };
    let tells_it =
        |kept: &ReleaseRecord| (&kept.began, &kept.ended, &kept.how) == (&record.began, &record.ended, &record.how);
    (!revision.record.as_ref().is_some_and(tells_it)).then(|| Change::Record { hash, record: Box::new(record) })
}
