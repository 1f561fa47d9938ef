//! Measures by a Job: makes it, waits for its end, and leaves none behind that nobody waits for.
//!
//! A Job's name tells which measurement it is for, so that a controller that died after it made one finds it again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, DynamicObject, ListParams, PostParams};
use serde_json::Value;
use sluice_analysis::condition;
use sluice_analysis::job::{self, JobSource, NAME, NAMESPACE, Which};
use sluice_analysis::judge::{Outcome, Verdict};
use sluice_analysis::metric::{Metric, Reading};
use sluice_analysis::provider::Answer;
use sluice_analysis::run::Run;
use sluice_analysis::source::Source;
use sluice_crds::{AnalysisRunStatus, decode};
use sluice_read::Objects;

use crate::analysis_run::Error;
use crate::analysis_run::observe::Seen;
use crate::context::Context;
use crate::key::Key;

/// One measurement of one run.
pub(super) struct Task {
    pub(super) ctx: Arc<Context>,
    pub(super) run: Key,
    pub(super) uid: String,
    pub(super) number: u64,
}

/// How many seconds to wait between two looks: soon at first, as most Jobs are short.
const LOOKS: [u64; 6] = [1, 1, 2, 3, 5, 10];

/// The number of a metric's next measurement.
pub(super) fn number(status: &AnalysisRunStatus, metric: &str) -> u64 {
    let result = status.metric_results.iter().find(|result| result.name == metric);
    let taken = result.map_or(0, |result| i64::from(result.count) + i64::from(result.error));
    u64::try_from(taken).unwrap_or(0) + 1
}

/// Makes the Job, unless it is there, and waits until it ends. Never fails: what goes wrong is the reading's verdict.
pub(super) async fn measure(task: &Task, metric: &Metric, job: &JobSource) -> Reading {
    let started = task.ctx.clock.now();
    let verdict = match task.make(metric, job).await {
        Ok(()) => task.ended(metric, job).await,
        Err(message) => Verdict { outcome: Outcome::Error, message },
    };
    if matches!(verdict.outcome, Outcome::Inconclusive) {
        // It would go on trying to start, with nobody waiting for it.
        let _ = task.delete(metric, task.number).await;
    }
    reading(metric, &task.which(metric), &task.run, verdict, started, task.ctx.clock.now())
}

impl Task {
    fn which<'a>(&'a self, metric: &'a Metric) -> Which<'a> {
        Which { run: &self.run.name, uid: &self.uid, metric: &metric.name, number: self.number }
    }

    fn api(&self) -> Api<DynamicObject> {
        self.ctx.untyped::<Job>(&self.run.namespace)
    }

    /// Makes the Job, once. An API server that does not answer is asked until it does, so that no second Job is made in
    /// place of one that is there after all.
    async fn make(&self, metric: &Metric, job: &JobSource) -> Result<(), String> {
        self.forget_old(metric).await;
        let object: DynamicObject =
            decode(job.object(self.which(metric))).map_err(|error| format!("make the Job: {error}"))?;
        let mut looks = looks();
        loop {
            match self
                .api()
                .create(&PostParams { field_manager: Some("sluice".to_owned()), ..PostParams::default() }, &object)
                .await
            {
                Ok(_) => return Ok(()),
                Err(kube::Error::Api(status)) if status.code == 409 => return self.is_ours(metric).await,
                Err(error) => match refusal(&error) {
                    Some(words) => return Err(format!("make the Job: {words}")),
                    None => tokio::time::sleep(looks.next().unwrap_or_default()).await,
                },
            }
        }
    }

    /// Whether the Job of that name was made for this run: by this controller before it died, or by the one before it.
    async fn is_ours(&self, metric: &Metric) -> Result<(), String> {
        let name = job::name(self.which(metric));
        let there = self.api().get_opt(&name).await.map_err(|error| format!("read the Job {name}: {error}"))?;
        let owners = there.into_iter().flat_map(|job| job.metadata.owner_references.unwrap_or_default());
        let ours = owners.into_iter().any(|owner| owner.uid == self.uid);
        if ours { Ok(()) } else { Err(format!("make the Job: {name} is there already and not of this run")) }
    }

    /// Waits for the end of the Job, or for what shows that there will be none.
    async fn ended(&self, metric: &Metric, job: &JobSource) -> Verdict {
        let name = job::name(self.which(metric));
        let mut looks = looks();
        loop {
            tokio::time::sleep(looks.next().unwrap_or_default()).await;
            let seen = match self.api().get_opt(&name).await {
                Err(error) => match refusal(&error) {
                    Some(words) => {
                        let message = format!("read the Job {name}: {words}");
                        return Verdict { outcome: Outcome::Error, message };
                    }
                    // The next look may be luckier.
                    None => continue,
                },
                Ok(None) => {
                    let message = format!("the Job {name} was deleted before it ended");
                    return Verdict { outcome: Outcome::Error, message };
                }
                Ok(Some(seen)) => seen.data,
            };
            if let Some(verdict) = job::verdict(&seen) {
                return verdict;
            }
            if !job.has_deadline()
                && waits(&seen)
                && let Some(message) = job::stuck(&self.pods(&name).await)
            {
                return Verdict { outcome: Outcome::Inconclusive, message };
            }
        }
    }

    /// The Job's pods. None where they cannot be read: then nothing is known of them.
    async fn pods(&self, name: &str) -> Vec<Value> {
        let pods: Objects<Pod> = Objects::namespaced(self.ctx.client.clone(), &self.run.namespace);
        let params = ListParams::default().labels(&format!("batch.kubernetes.io/job-name={name}"));
        let pods = pods.list(&params).await.map(|list| list.items).unwrap_or_default();
        pods.iter().filter_map(|pod| serde_json::to_value(pod).ok()).collect()
    }

    /// Deletes the Job of a measurement that status keeps no more.
    async fn forget_old(&self, metric: &Metric) {
        let kept = u64::try_from(metric.keep).unwrap_or(u64::MAX);
        if let Some(old) = self.number.checked_sub(kept).filter(|old| *old > 0) {
            // It goes with the run at the latest.
            let _ = self.delete(metric, old).await;
        }
    }

    /// Deletes the Job of a measurement, and its pods. Says whether there was one.
    async fn delete(&self, metric: &Metric, number: u64) -> Result<bool, kube::Error> {
        let name = job::name(Which { number, ..self.which(metric) });
        match self.api().delete(&name, &DeleteParams::foreground()).await {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Ends the Jobs under way of a run that ends. Each was neither good nor bad.
pub(super) async fn stop(
    ctx: &Arc<Context>,
    key: &Key,
    uid: &str,
    run: &Run,
    seen: &Seen,
) -> Result<Vec<Reading>, Error> {
    let mut readings = Vec::new();
    let jobs = run.metrics.iter().filter(|metric| matches!(metric.source, Source::Job(_)));
    for metric in jobs.filter(|metric| is_open(metric, seen)) {
        let number = number(&seen.status, &metric.name);
        let task = Task { ctx: ctx.clone(), run: key.clone(), uid: uid.to_owned(), number };
        if task.delete(metric, number).await.map_err(Error::Job)? {
            let verdict = Verdict { outcome: Outcome::Inconclusive, message: "stopped with the run".to_owned() };
            let now = ctx.clock.now();
            readings.push(reading(metric, &task.which(metric), key, verdict, now, now));
        }
    }
    Ok(readings)
}

/// Whether a Job of that metric may be under way: it is not done with, and no Job of it has just ended.
fn is_open(metric: &Metric, seen: &Seen) -> bool {
    let result = seen.status.metric_results.iter().find(|result| result.name == metric.name);
    let has_ended = result.is_some_and(|result| result.phase.is_completed());
    !has_ended && !seen.readings.iter().any(|reading| reading.metric == metric.name)
}

fn reading(
    metric: &Metric,
    which: &Which<'_>,
    run: &Key,
    verdict: Verdict,
    started: Timestamp,
    finished: Timestamp,
) -> Reading {
    let metadata = [(NAME, job::name(*which)), (NAMESPACE, run.namespace.clone())];
    let metadata = metadata.into_iter().map(|(key, text)| (key.to_owned(), text)).collect();
    let answer = Answer { value: condition::Value::Nil, text: String::new(), metadata, arms: BTreeMap::new() };
    Reading { metric: metric.name.clone(), started, finished, verdict, answer: Some(answer) }
}

/// What the API server said where it will say the same again.
fn refusal(error: &kube::Error) -> Option<&str> {
    match error {
        kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 429 => Some(&status.message),
        _ => None,
    }
}

/// Whether pods of a Job are there that do not run yet.
fn waits(job: &Value) -> bool {
    let count = |field: &str| job.pointer(&format!("/status/{field}")).and_then(Value::as_i64).unwrap_or(0);
    count("active") > count("ready")
}

/// Without end.
fn looks() -> impl Iterator<Item = Duration> {
    let last = LOOKS.last().copied().unwrap_or_default();
    LOOKS.into_iter().chain(std::iter::repeat(last)).map(Duration::from_secs)
}
