//! An open-loop load generator: so many requests a second, whatever becomes of those before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::balance::Balance;
use crate::http::{self, Answer, Http};

/// A request that takes longer has failed.
const LIMIT: Duration = Duration::from_secs(10);
/// More requests than this are not kept waiting for an answer; the next one counts as failed.
const IN_FLIGHT: usize = 2_000;
/// The load ends by itself after so many requests: an hour at 200 a second.
const REQUESTS: usize = 720_000;
/// Of how many failures a summary quotes the text.
const QUOTED: usize = 5;

/// What became of one request.
#[derive(Clone, Debug)]
pub struct Sample {
    /// When it was sent.
    pub sent: Instant,
    /// How long the answer took.
    pub took: Duration,
    /// The version that answered; none when the router or nobody did.
    pub version: Option<Arc<str>>,
    /// Why it has failed: a status other than 2xx, or trouble on the way.
    pub failure: Option<Arc<str>>,
}

/// Requests and failures of one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All requests.
    pub requests: u64,
    /// Those of them that failed.
    pub failed: u64,
}

/// A number of samples, counted.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// All of them.
    pub total: Count,
    /// By the version that answered.
    pub versions: BTreeMap<String, Count>,
    /// Those that no version answered.
    pub unanswered: Count,
    /// The slowest answer.
    pub slowest: Duration,
    /// The first few failures, as text.
    pub failures: Vec<String>,
}

impl Summary {
    /// Counts the samples.
    pub fn of<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Self {
        let mut summary = Self::default();
        samples.into_iter().for_each(|sample| summary.add(sample));
        summary
    }

    /// The percentage of all requests that `version` answered.
    pub fn share(&self, version: &str) -> f64 {
        percent(self.version(version).requests, self.total.requests)
    }

    /// What is known of `version`.
    pub fn version(&self, version: &str) -> Count {
        self.versions.get(version).copied().unwrap_or_default()
    }

    fn add(&mut self, sample: &Sample) {
        let failed = u64::from(sample.failure.is_some());
        let arm = match &sample.version {
            Some(version) => self.versions.entry(version.to_string()).or_default(),
            None => &mut self.unanswered,
        };
        for count in [arm, &mut self.total] {
            count.requests += 1;
            count.failed += failed;
        }
        self.slowest = self.slowest.max(sample.took);
        let quoted = sample.failure.iter().map(ToString::to_string);
        self.failures.extend(quoted.take(QUOTED.saturating_sub(self.failures.len())));
    }
}

impl Count {
    /// The percentage of failures.
    pub fn error_rate(self) -> f64 {
        percent(self.failed, self.requests)
    }
}

// Counts of requests are far below 2^52.
#[allow(clippy::cast_precision_loss)]
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// A load that is being sent. Dropping it ends it.
#[derive(Debug)]
pub struct Load {
    samples: Arc<Mutex<Vec<Sample>>>,
    began: Instant,
    stop: oneshot::Sender<()>,
    task: JoinSet<()>,
}

impl Load {
    /// Sends `rate` requests a second to `url` under the name `host`.
    pub fn start(url: &str, host: &str, rate: u32) -> Result<Self> {
        Self::balanced(&Balance::new([url.to_owned()]), host, rate)
    }

    /// Sends `rate` requests a second to `url` under the name `host`, all with that header.
    pub fn with_header(url: &str, host: &str, rate: u32, header: (&'static str, &'static str)) -> Result<Self> {
        Self::sent(&Balance::new([url.to_owned()]), host, rate, Some(header))
    }

    /// Sends `rate` requests a second under the name `host`, shared among routers.
    pub fn balanced(balance: &Balance, host: &str, rate: u32) -> Result<Self> {
        Self::sent(balance, host, rate, None)
    }

    fn sent(balance: &Balance, host: &str, rate: u32, header: Option<(&'static str, &'static str)>) -> Result<Self> {
        let target = Target { balance: balance.clone(), host: host.to_owned(), header, client: http::keep_alive() };
        target.request(target.balance.way().url())?;
        let samples = Arc::<Mutex<Vec<Sample>>>::default();
        let (stop, stopped) = oneshot::channel();
        let mut task = JoinSet::new();
        task.spawn(send_all(Arc::new(target), rate, samples.clone(), stopped));
        Ok(Self { samples, began: Instant::now(), stop, task })
    }

    /// When the load began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// The answered requests so far.
    pub fn snapshot(&self) -> Summary {
        Summary::of(lock(&self.samples).iter())
    }

    /// The answered requests that were sent within the time.
    pub fn between(&self, from: Instant, to: Instant) -> Summary {
        Summary::of(lock(&self.samples).iter().filter(|sample| (from..to).contains(&sample.sent)))
    }

    /// A copy of every sample so far, in the order of their answers.
    pub fn samples(&self) -> Vec<Sample> {
        lock(&self.samples).clone()
    }

    /// Sends nothing more, waits for what is on its way, and counts everything.
    pub async fn stop(self) -> Summary {
        Summary::of(&self.finish().await)
    }

    /// Sends nothing more, waits for what is on its way, and returns every sample in the order of their answers.
    pub async fn finish(mut self) -> Vec<Sample> {
        let _ = self.stop.send(());
        while self.task.join_next().await.is_some() {}
        std::mem::take(&mut lock(&self.samples))
    }
}

#[derive(Debug)]
struct Target {
    balance: Balance,
    host: String,
    header: Option<(&'static str, &'static str)>,
    client: Http,
}

/// Sends until it is told to stop, and returns when the last request is answered.
async fn send_all(target: Arc<Target>, rate: u32, samples: Arc<Mutex<Vec<Sample>>>, mut stop: oneshot::Receiver<()>) {
    let mut ticks = interval(Duration::from_secs(1) / rate.max(1));
    // What a busy machine delays is sent later, not left out: the rate holds.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut in_flight = JoinSet::new();
    for _ in 0..REQUESTS {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = &mut stop => break,
        }
        while in_flight.try_join_next().is_some() {}
        if in_flight.len() < IN_FLIGHT {
            in_flight.spawn(send_one(target.clone(), samples.clone()));
        } else {
            lock(&samples).push(Sample::failed(Instant::now(), "too many requests wait for their answers"));
        }
    }
    while in_flight.join_next().await.is_some() {}
}

async fn send_one(target: Arc<Target>, samples: Arc<Mutex<Vec<Sample>>>) {
    let sample = target.send().await;
    lock(&samples).push(sample);
}

impl Target {
    fn request(&self, url: &str) -> Result<Request<Full<Bytes>>> {
        let mut request = http::get_request(url, Some(&self.host))?;
        if let Some((name, value)) = self.header {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Ok(request)
    }

    async fn send(&self) -> Sample {
        let sent = Instant::now();
        let way = self.balance.way();
        let answer = async { http::send(&self.client, self.request(way.url())?, LIMIT).await };
        match answer.await {
            Ok(answer) => Sample::answered(sent, &answer),
            Err(error) => Sample::failed(sent, &format!("{error:#}")),
        }
    }
}

impl Sample {
    fn answered(sent: Instant, answer: &Answer) -> Self {
        let version = answer.headers.get("x-version").and_then(|version| version.to_str().ok());
        let failure = (!answer.status.is_success()).then(|| format!("{}: {}", answer.status, answer.body.trim()));
        Self { sent, took: sent.elapsed(), version: version.map(Arc::from), failure: failure.map(Arc::from) }
    }

    fn failed(sent: Instant, why: &str) -> Self {
        Self { sent, took: sent.elapsed(), version: None, failure: Some(why.into()) }
    }
}

fn lock(samples: &Mutex<Vec<Sample>>) -> MutexGuard<'_, Vec<Sample>> {
    samples.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;

    fn sample(version: Option<&str>, failure: Option<&str>) -> Sample {
        let sent = Instant::now();
        Sample { sent, took: Duration::ZERO, version: version.map(Arc::from), failure: failure.map(Arc::from) }
    }

    #[test]
    fn a_summary_tells_the_versions_errors_from_the_routers() {
        let samples = [
            sample(Some("v1"), None),
            sample(Some("v1"), None),
            sample(Some("v2"), Some("500")),
            sample(None, Some("404")),
        ];
        let summary = Summary::of(&samples);
        assert_eq!(summary.total, Count { requests: 4, failed: 2 });
        assert_eq!(summary.version("v2").error_rate(), 100.0);
        assert_eq!(summary.unanswered, Count { requests: 1, failed: 1 });
        assert_eq!((summary.share("v1"), summary.share("v9")), (50.0, 0.0));
        assert_eq!(summary.failures, ["500", "404"]);
    }
}
