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
    let record = ReleaseRecord {
        began: duration.rollout_started_at.clone()?,
        ended: duration.finished_at.clone()?,
        how: duration.completion_status.clone()?,
        waited_seconds: duration.total_manual_pause_duration_seconds.unwrap_or_default(),
        ordered_by: status.ordered_by.clone(),
        why: stage::recorded_reason(status).unwrap_or_default().chars().take(LONGEST).collect(),
    };
    let is_of = |kept: &ReleaseRecord| kept.began == record.began && kept.ended == record.ended;
    (!revision.record.as_ref().is_some_and(is_of)).then(|| Change::Record { hash, record: Box::new(record) })
}
