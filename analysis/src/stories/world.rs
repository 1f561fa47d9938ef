//! The fake controller: folds, plans and measures as the real one does, with answers from a script.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    time::Duration,
};

use expect_test::Expect;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use sluice_crds::{AnalysisPhase, AnalysisRunSpec, AnalysisRunStatus};

use crate::{
    condition::Value,
    fact::facts,
    fold::{fold, invalid},
    metric::{Metric, Reading},
    plan::{Wake, plan},
    provider::{Answer, MeasureError, prometheus::Defaults},
    run::Run,
};

/// What the server does when asked.
#[derive(Clone)]
pub(crate) enum Take {
    Values(Vec<f64>),
    Down,
    /// So many samples are counted before the value is asked for.
    Counted(f64, Box<Take>),
    Slow(i64, Box<Take>),
}

pub(crate) fn value(number: f64) -> Take {
    Take::Values(vec![number])
}

pub(crate) fn values<const N: usize>(numbers: [f64; N]) -> Take {
    Take::Values(numbers.to_vec())
}

pub(crate) fn empty() -> Take {
    Take::Values(Vec::new())
}

pub(crate) fn nan() -> Take {
    value(f64::NAN)
}

pub(crate) fn down() -> Take {
    Take::Down
}

/// So many samples, and the answer that rests on them.
pub(crate) fn counted(samples: f64, take: Take) -> Take {
    Take::Counted(samples, Box::new(take))
}

/// An answer after so many seconds.
pub(crate) fn slow(seconds: i64, take: Take) -> Take {
    Take::Slow(seconds, Box::new(take))
}

/// A run, what its metrics answer, and what is done to it.
pub(crate) struct Story {
    spec: Json,
    answers: BTreeMap<&'static str, Vec<Take>>,
    terminate_at: Option<i64>,
    crash_at: Option<i64>,
    until: i64,
}

/// A run of these metrics; a provider is put in for each.
pub(crate) fn story<const N: usize>(metrics: [Json; N]) -> Story {
    let mut metrics = metrics.to_vec();
    for metric in &mut metrics {
        metric["provider"] = json!({"prometheus": {"address": "http://prometheus", "query": "up"}});
    }
    Story {
        spec: json!({"metrics": metrics}),
        answers: BTreeMap::new(),
        terminate_at: None,
        crash_at: None,
        until: 300,
    }
}

impl Story {
    /// What a metric answers, one after the other; the last goes on.
    pub(crate) fn answers<const N: usize>(mut self, metric: &'static str, takes: [Take; N]) -> Self {
        self.answers.insert(metric, takes.to_vec());
        self
    }

    pub(crate) fn dry_run(mut self, pattern: &str) -> Self {
        self.spec["dryRun"] = json!([{"metricName": pattern}]);
        self
    }

    pub(crate) fn keeping(mut self, limit: i32) -> Self {
        self.spec["measurementRetention"] = json!([{"metricName": ".*", "limit": limit}]);
        self
    }

    pub(crate) fn terminated_at(mut self, seconds: i64) -> Self {
        self.terminate_at = Some(seconds);
        self
    }

    /// The controller dies then: what was being measured is lost, what was written is not.
    pub(crate) fn crashing_at(mut self, seconds: i64) -> Self {
        self.crash_at = Some(seconds);
        self
    }

    /// Stops looking then.
    pub(crate) fn until(mut self, seconds: i64) -> Self {
        self.until = seconds;
        self
    }
}

/// Plays the story and compares its transcript.
pub(crate) fn check(story: Story, transcript: Expect) {
    transcript.assert_eq(&World::new(story).play());
}

struct World {
    story: Story,
    start: Timestamp,
    now: Timestamp,
    status: AnalysisRunStatus,
    under_way: Vec<Reading>,
    transcript: String,
}

impl World {
    fn new(story: Story) -> Self {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        Self {
            story,
            start,
            now: start,
            status: AnalysisRunStatus::default(),
            under_way: Vec::new(),
            transcript: String::new(),
        }
    }

    fn play(mut self) -> String {
        while let Some(next) = self.pass() {
            if next > self.at(self.story.until) {
                self.say("… and so on");
                break;
            }
            self.now = next;
            if self.story.crash_at.is_some_and(|seconds| self.now >= self.at(seconds)) {
                self.story.crash_at = None;
                self.under_way.clear();
                self.say("the controller dies and starts again");
            }
        }
        self.epilogue();
        self.transcript
    }

    /// One pass of the controller. Returns when something happens next.
    fn pass(&mut self) -> Option<Timestamp> {
        let terminated = self.story.terminate_at.map(|seconds| self.at(seconds));
        self.story.spec["terminate"] = json!(terminated.is_some_and(|time| time <= self.now));
        let spec: AnalysisRunSpec = serde_json::from_value(self.story.spec.clone()).unwrap();
        let run = match Run::parse(&spec, |_| None, &Defaults::default()) {
            Ok(run) => run,
            Err(violations) => {
                let status = invalid(&self.status, &violations, self.now);
                self.record(status);
                return None;
            }
        };
        let (ready, under_way): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.under_way).into_iter().partition(|reading| reading.finished <= self.now);
        self.under_way = under_way;
        for reading in &ready {
            self.say_reading(reading);
        }
        let status = fold(&run, &self.status, ready, self.now);
        self.record(status);
        assert_eq!(fold(&run, &self.status, Vec::new(), self.now), self.status, "a status folds into itself");

        let measuring: BTreeSet<String> = self.under_way.iter().map(|reading| reading.metric.clone()).collect();
        let plan = plan(&run, &self.status, &measuring, self.now);
        for metric in plan.measure {
            let take = self.next_take(&metric.name);
            self.under_way.push(reading(metric, take, self.now));
        }
        if self.status.phase.is_completed() {
            return None;
        }
        let wake = match plan.wake {
            Wake::At(time) => Some(time),
            Wake::OnChange => None,
        };
        let crash = self.story.crash_at.map(|seconds| self.at(seconds));
        let finished = self.under_way.iter().map(|reading| reading.finished);
        wake.into_iter().chain(finished).chain(terminated.filter(|time| *time > self.now)).chain(crash).min()
    }

    fn next_take(&mut self, metric: &str) -> Take {
        let takes = self.story.answers.get_mut(metric).unwrap();
        if takes.len() > 1 { takes.remove(0) } else { takes.first().unwrap().clone() }
    }

    fn record(&mut self, status: AnalysisRunStatus) {
        for fact in facts(&self.status, &status) {
            self.say(&format!("{} [{}]", fact, fact.reason()));
        }
        self.status = status;
    }

    fn say_reading(&mut self, reading: &Reading) {
        let value = reading.answer.as_ref().map_or("", |answer| answer.text.as_str());
        let took = reading.finished.duration_since(reading.started).as_secs();
        let took = if took > 0 { format!(" after {took}s") } else { String::new() };
        let text = format!("{} {value}{took} {:?}", reading.metric, reading.verdict.outcome);
        self.say(text.trim());
        if !reading.verdict.message.is_empty() {
            writeln!(self.transcript, "        {}", reading.verdict.message).unwrap();
        }
    }

    fn say(&mut self, text: &str) {
        let seconds = self.now.duration_since(self.start).as_secs();
        writeln!(self.transcript, "{:02}:{:02}  {text}", seconds / 60, seconds % 60).unwrap();
    }

    /// What status holds in the end.
    fn epilogue(&mut self) {
        let summary = |summary: &sluice_crds::RunSummary| serde_json::to_string(summary).unwrap().replace('"', "");
        if let Some(dry) = &self.status.dry_run_summary {
            let run = self.status.run_summary.as_ref().unwrap();
            writeln!(self.transcript, "run {}, dry run {}", summary(run), summary(dry)).unwrap();
        }
        for result in self.status.metric_results.iter().filter(|result| result.measurements.len() > 4) {
            let kept = result.measurements.len();
            let taken = result.count + result.error;
            writeln!(self.transcript, "{} keeps {kept} of {taken}", result.name).unwrap();
        }
        assert_eq!(self.status.completed_at.is_some(), self.status.phase.is_completed());
        self.never_passes_unmeasured();
    }

    /// The rule above all others.
    fn never_passes_unmeasured(&self) {
        if self.status.phase != AnalysisPhase::Successful || self.story.terminate_at.is_some() {
            return;
        }
        for result in self.status.metric_results.iter().filter(|result| !result.dry_run) {
            assert!(result.successful > 0, "{} passed unmeasured", result.name);
        }
    }

    fn at(&self, seconds: i64) -> Timestamp {
        self.start + SignedDuration::from_secs(seconds)
    }
}

fn reading(metric: &Metric, take: Take, now: Timestamp) -> Reading {
    if let Take::Counted(samples, take) = take {
        let (counted, _) = answer(value(samples));
        return match metric.samples.as_ref().unwrap().lack(counted.as_ref()) {
            Some(lack) => metric.unjudged(lack, now, now),
            None => reading(metric, *take, now),
        };
    }
    let (answer, seconds) = answer(take);
    metric.reading(answer, now, now + SignedDuration::from_secs(seconds))
}

fn answer(take: Take) -> (Result<Answer, MeasureError>, i64) {
    match take {
        Take::Slow(seconds, take) => (answer(*take).0, seconds),
        Take::Counted(_, take) => answer(*take),
        Take::Down => {
            let slow = MeasureError::slow("http://prometheus", Duration::from_secs(30));
            (Err(slow), 0)
        }
        Take::Values(numbers) => {
            let text = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let (metadata, arms) = (BTreeMap::new(), BTreeMap::new());
            let answer = Answer { value: Value::from(numbers), text: format!("[{text}]"), metadata, arms };
            (Ok(answer), 0)
        }
    }
}
