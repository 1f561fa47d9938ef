//! Measurements under way, and answers that no status has yet. Kept in memory only: a controller that starts anew
//! measures anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use jiff::Timestamp;
use sluice_analysis::judge::{Outcome, Verdict};
use sluice_analysis::metric::{Metric, Reading};
use sluice_analysis::provider::Clients;
use sluice_analysis::provider::prometheus::Defaults;
use sluice_analysis::run::Run;
use sluice_analysis::source::Source;
use tokio::task::AbortHandle;

use crate::analysis_run::job::{self, Task};
use crate::analysis_run::pods;
use crate::analysis_run::vault;
use crate::context::Context;
use crate::key::Key;

/// Every run's measurements.
#[derive(Debug)]
pub struct Measuring {
    clients: Clients,
    defaults: Defaults,
    sessions: Mutex<HashMap<Key, Session>>,
}

/// One run's measurements.
#[derive(Debug, Default)]
struct Session {
    uid: String,
    under_way: BTreeMap<String, UnderWay>,
    readings: Vec<Reading>,
}

/// A measurement under way; it ends when this is dropped.
#[derive(Debug)]
struct UnderWay(AbortHandle);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Measuring {
    /// Nothing under way. Metrics that name no server are asked of those that `defaults` says.
    pub fn new(clients: Clients, defaults: Defaults) -> Self {
        Self { clients, defaults, sessions: Mutex::default() }
    }

    pub(super) fn defaults(&self) -> &Defaults {
        &self.defaults
    }

    /// What was measured for the run of that uid and is in no status yet. Another run of the same name is forgotten.
    pub(super) fn readings(&self, key: &Key, uid: &str) -> Vec<Reading> {
        let mut sessions = self.lock();
        let session = sessions.entry(key.clone()).or_default();
        if session.uid != uid {
            *session = Session { uid: uid.to_owned(), ..Session::default() };
        }
        session.readings.clone()
    }

    /// The first so many readings are in the status now.
    pub(super) fn recorded(&self, key: &Key, count: usize) {
        if let Some(session) = self.lock().get_mut(key) {
            session.readings.drain(..count.min(session.readings.len()));
        }
    }

    /// The metrics that must not be measured now: their last measurement is under way, or in no status yet.
    pub(super) fn under_way(&self, key: &Key) -> BTreeSet<String> {
        let sessions = self.lock();
        let session = sessions.get(key).into_iter();
        session
            .flat_map(|session| session.under_way.keys().chain(session.readings.iter().map(|reading| &reading.metric)))
            .cloned()
            .collect()
    }

    /// Starts a measurement. When its answer is there the run gets a pass.
    pub(super) fn start(self: &Arc<Self>, ctx: &Arc<Context>, key: &Key, metric: Metric, number: u64) {
        let mut sessions = self.lock();
        let Some(session) = sessions.get_mut(key) else { return };
        let name = metric.name.clone();
        let task = Task { ctx: ctx.clone(), run: key.clone(), uid: session.uid.clone(), number };
        let task = ctx.tasks.spawn(measure(self.clone(), task, metric));
        session.under_way.insert(name, UnderWay(task.abort_handle()));
    }

    /// Stops waiting for the Jobs of a run.
    pub(super) fn stop_jobs(&self, key: &Key, run: &Run) {
        if let Some(session) = self.lock().get_mut(key) {
            let is_job = |name: &str| run.metric(name).is_some_and(|metric| matches!(metric.source, Source::Job(_)));
            session.under_way.retain(|name, _| !is_job(name));
        }
    }

    /// Adds readings that were not waited for.
    pub(super) fn add(&self, key: &Key, readings: Vec<Reading>) {
        if let Some(session) = self.lock().get_mut(key) {
            session.readings.extend(readings);
        }
    }

    /// Drops all that is known of a run, and ends its measurements.
    pub(super) fn forget(&self, key: &Key) {
        self.lock().remove(key);
    }

    fn answered(&self, key: &Key, uid: &str, reading: Reading) {
        if let Some(session) = self.lock().get_mut(key).filter(|session| session.uid == uid) {
            session.under_way.remove(&reading.metric);
            session.readings.push(reading);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn measure(measuring: Arc<Measuring>, task: Task, metric: Metric) {
    let clock = task.ctx.clock.clone();
    let started = clock.now();
    let clients = measuring.clients.clone().with_vault(vault::of(&task.ctx, &task.run.namespace));
    let work = async {
        match &metric.source {
            Source::Query(query) => metric.measure(query, &clients, || clock.now()).await,
            Source::Job(job) => job::measure(&task, &metric, job).await,
            Source::Pods(source) => pods::measure(&task.ctx, &task.run, &metric, source),
        }
    };
    let reading = AssertUnwindSafe(work).catch_unwind().await;
    let reading = reading.unwrap_or_else(|_| panicked(&metric, started, clock.now()));
    measuring.answered(&task.run, &task.uid, reading);
    task.ctx.queues.analysis_runs.add(task.run);
}

/// A measurement that panicked is an error of its metric, and of nothing else.
fn panicked(metric: &Metric, started: Timestamp, finished: Timestamp) -> Reading {
    let verdict = Verdict { outcome: Outcome::Error, message: "the measurement panicked; please report it".to_owned() };
    Reading { metric: metric.name.clone(), started, finished, verdict, answer: None }
}
