//! What is to be done, and when.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::Key;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Job {
    /// Bring the ReplicaSets and the status of a Deployment in line.
    Deployment(Key),
    /// Bring the pods and the status of a ReplicaSet in line.
    ReplicaSet(Key),
    /// Take a pod one stage on.
    Pod(Key),
    /// Bring the EndpointSlice of a Service in line.
    Slice(Key),
    /// Make the configuration of that Traefik replica.
    Build(usize),
    /// Switch that Traefik replica to the configuration it has made.
    Switch(usize),
    /// Start that Traefik replica.
    Boot(usize),
    /// Write the number of pods of a Rollout.
    Scale(Key, i64),
}

/// Jobs in the order of their time. Each is on it once, at its earliest time.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    order: BTreeMap<(Instant, u64), Job>,
    places: BTreeMap<Job, (Instant, u64)>,
    count: u64,
}

impl Agenda {
    /// Adds the job, or brings it forward; a job that comes earlier anyway stays where it is.
    pub(super) fn add(&mut self, job: Job, at: Instant) {
        if self.places.get(&job).is_some_and(|(known, _)| *known <= at) {
            return;
        }
        self.drop(&job);
        self.count += 1;
        let place = (at, self.count);
        self.order.insert(place, job.clone());
        self.places.insert(job, place);
    }

    /// Takes the job off.
    pub(super) fn drop(&mut self, job: &Job) {
        if let Some(place) = self.places.remove(job) {
            self.order.remove(&place);
        }
    }

    /// Takes the first job whose time has come.
    pub(super) fn due(&mut self, now: Instant) -> Option<Job> {
        let first = self.order.first_entry().filter(|entry| entry.key().0 <= now)?;
        let job = first.remove();
        self.places.remove(&job);
        Some(job)
    }

    /// When the next job is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.order.first_key_value().map(|((at, _), _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_job_is_done_once_at_its_earliest_time() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut agenda = Agenda::default();
        for (job, at) in [(Job::Build(0), 5), (Job::Switch(0), 3), (Job::Build(0), 2), (Job::Build(0), 4)] {
            agenda.add(job, after(at));
        }
        assert_eq!(agenda.next(), Some(after(2)));
        assert_eq!(agenda.due(after(1)), None);
        assert_eq!([agenda.due(after(9)), agenda.due(after(9))], [Some(Job::Build(0)), Some(Job::Switch(0))]);
        assert_eq!(agenda.next(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn jobs_of_one_moment_keep_their_order() {
        let now = Instant::now();
        let mut agenda = Agenda::default();
        for job in [Job::Switch(1), Job::Build(0), Job::Switch(0)] {
            agenda.add(job, now);
        }
        let done: Vec<_> = std::iter::from_fn(|| agenda.due(now)).collect();
        assert_eq!(done, [Job::Switch(1), Job::Build(0), Job::Switch(0)]);
    }
}
