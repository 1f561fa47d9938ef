//! One metric of a run, checked: what to ask, when, and what to make of the answers.

use jiff::{SignedDuration, Timestamp};
use sluice_crds::{Violation, duration};

use crate::{
    compare::Comparison,
    judge::{Conditions, Outcome, Rule, Verdict},
    limits::Limits,
    provider::{Answer, Clients, MeasureError, prometheus::Defaults},
    samples::Samples,
    source::{Query, Source},
};

/// A metric that can be measured.
#[derive(Debug, Clone)]
pub struct Metric {
    /// Its name, unique in the run.
    pub name: String,
    /// Between the end of one measurement and the start of the next.
    pub interval: Option<SignedDuration>,
    /// From the start of the run to the first measurement.
    pub initial_delay: SignedDuration,
    /// What ends it.
    pub limits: Limits,
    /// What its values are judged by.
    pub conditions: Conditions,
    /// How many samples a value must rest on to be judged.
    pub samples: Option<Samples>,
    /// How two versions are compared instead.
    pub comparison: Option<Comparison>,
    /// Where it is measured.
    pub source: Source,
    /// Whether its result leaves the run alone.
    pub dry_run: bool,
    /// How many of its newest measurements status keeps.
    pub keep: usize,
}

/// One measurement, taken and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The metric.
    pub metric: String,
    /// When it was asked for.
    pub started: Timestamp,
    /// When the answer, or the error, was there.
    pub finished: Timestamp,
    /// What came of it.
    pub verdict: Verdict,
    /// The answer, where there was one.
    pub answer: Option<Answer>,
}

/// How many measurements status keeps where the spec does not say.
pub(crate) const KEEP: usize = 10;

impl Metric {
    /// Checks a metric whose arguments are filled in. Any violation is added to `violations`, with its field
    /// seen from the metric.
    pub(crate) fn parse(
        metric: &sluice_crds::Metric,
        defaults: &Defaults,
        violations: &mut Vec<Violation>,
    ) -> Option<Self> {
        let before = violations.len();
        violations.extend(metric.unknown.keys().map(|name| Violation::new(name, "there is no such field")));
        if metric.name.is_empty() {
            violations.push(Violation::new("name", "is missing"));
        }
        let interval = time("interval", metric.interval.as_deref(), violations);
        if interval.is_some_and(|interval| interval.is_zero()) {
            violations.push(Violation::new("interval", "must be above 0"));
        }
        let initial_delay = time("initialDelay", metric.initial_delay.as_deref(), violations);
        let limits = Limits::parse(metric, interval.is_some(), violations);
        let conditions = Conditions {
            success: rule("successCondition", metric.success_condition.as_deref(), violations),
            failure: rule("failureCondition", metric.failure_condition.as_deref(), violations),
            no_data: no_data(metric.on_no_data.as_deref(), violations),
        };
        let samples = Samples::parse(metric, conditions.no_data, defaults, violations);
        let comparison = compared(metric, limits.count, violations);
        let asking = comparison.as_ref().map(|comparison| asking(metric, comparison));
        let source = Source::parse(asking.as_ref().unwrap_or(&metric.provider), defaults, violations)?;
        match &source {
            Source::Job(_) => violations.extend(unjudged(metric)),
            Source::Pods(_) if comparison.is_none() => {
                violations.push(Violation::new("judge", "is missing; provider pods needs judge.health"));
            }
            Source::Pods(_) | Source::Query(_) => {}
        }
        (violations.len() == before).then(|| Self {
            name: metric.name.clone(),
            interval,
            initial_delay: initial_delay.unwrap_or_default(),
            limits,
            conditions,
            samples,
            comparison,
            source,
            dry_run: false,
            keep: KEEP,
        })
    }

    /// What is asked, where the metric is measured by a server.
    pub fn query(&self) -> Option<&Query> {
        match &self.source {
            Source::Query(query) => Some(query.as_ref()),
            Source::Job(_) | Source::Pods(_) => None,
        }
    }

    /// Asks once and judges the answer. Never fails: what goes wrong is the reading's verdict.
    pub async fn measure(&self, query: &Query, clients: &Clients, clock: impl Fn() -> Timestamp) -> Reading {
        let started = clock();
        if let Some(samples) = &self.samples {
            let counted = samples.query.ask(clients, started).await;
            if let Some(lack) = samples.lack(counted.as_ref()) {
                return self.unjudged(lack, started, clock());
            }
        }
        let answer = query.ask(clients, started).await;
        self.reading(answer, started, clock())
    }

    /// A measurement that was not taken, as it would say nothing.
    pub(crate) fn unjudged(&self, verdict: Verdict, started: Timestamp, finished: Timestamp) -> Reading {
        Reading { metric: self.name.clone(), started, finished, verdict, answer: None }
    }

    pub(crate) fn reading(
        &self,
        answer: Result<Answer, MeasureError>,
        started: Timestamp,
        finished: Timestamp,
    ) -> Reading {
        let (verdict, answer) = match answer {
            Ok(answer) => (self.conditions.judge(&answer.value, &for_people(&answer.text)), Some(answer)),
            Err(error) => (Verdict { outcome: Outcome::Error, message: error.to_string() }, None),
        };
        Reading { metric: self.name.clone(), started, finished, verdict, answer }
    }
}

/// What is no use with a Job, which is judged by its end.
fn unjudged(metric: &sluice_crds::Metric) -> impl Iterator<Item = Violation> {
    let set = [
        ("successCondition", metric.success_condition.is_some()),
        ("failureCondition", metric.failure_condition.is_some()),
        ("onNoData", metric.on_no_data.is_some()),
        ("minSamples", metric.min_samples.is_some()),
    ];
    let set = set.into_iter().filter(|(_, set)| *set);
    set.map(|(field, _)| Violation::new(field, "is no use with a job, which is good when it succeeds; remove it"))
}

/// How a metric compares two versions, if it does.
fn compared(metric: &sluice_crds::Metric, count: Option<u32>, violations: &mut Vec<Violation>) -> Option<Comparison> {
    let judge = metric.judge.as_ref()?;
    let unknown = judge.unknown.keys();
    let message = "there is no such judge; use sequential, mannWhitney, threshold or health";
    violations.extend(unknown.map(|name| Violation::new(format!("judge.{name}"), message)));
    let health = judge.health.is_some();
    let set = [judge.sequential.is_some(), judge.mann_whitney.is_some(), judge.threshold.is_some(), health];
    let set = set.into_iter().filter(|set| *set).count();
    let prometheus = metric.provider.prometheus.as_ref();
    let asks = prometheus.is_some_and(|prometheus| prometheus.query.is_some() || prometheus.range_query.is_some());
    let misfits = [
        (set == 0, "is empty; use sequential, mannWhitney, threshold or health"),
        (set > 1, "has more than one judge; keep one"),
        (metric.success_condition.is_some(), "does not go with successCondition; keep one of them"),
        (metric.failure_condition.is_some(), "does not go with failureCondition; keep one of them"),
        (metric.on_no_data.is_some(), "does not go with onNoData; minSamples and maxWait say what too little is"),
        (metric.interval.is_none(), "needs an interval: counters are measured again and again"),
        (!health && prometheus.is_none(), "needs the provider prometheus"),
        (health && metric.provider.pods.is_none(), "health needs the provider pods"),
        (asks, "has queries of its own; remove query and rangeQuery of provider.prometheus"),
    ];
    let found = misfits.into_iter().filter(|(is_misfit, _)| *is_misfit);
    violations.extend(found.map(|(_, message)| Violation::new("judge", message)));
    let sequential = judge.sequential.as_ref().map(|judge| Comparison::sequential(judge, violations));
    let ranked = judge.mann_whitney.as_ref().map(|judge| Comparison::mann_whitney(judge, count, violations));
    let bounded = judge.threshold.as_ref().map(|judge| Comparison::threshold(judge, violations));
    let healthy = judge.health.as_ref().map(|judge| Comparison::health(judge, violations));
    sequential.or(ranked).or(bounded).or(healthy)
}

/// The provider, asked for the counters of both versions.
fn asking(metric: &sluice_crds::Metric, comparison: &Comparison) -> sluice_crds::MetricProvider {
    let mut provider = metric.provider.clone();
    if let Some(prometheus) = &mut provider.prometheus {
        prometheus.query = Some(comparison.query());
    }
    provider
}

/// A list of one reads better as that one.
fn for_people(text: &str) -> String {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inner.filter(|inner| !inner.is_empty() && !inner.contains(',')).unwrap_or(text).to_owned()
}

/// A duration that is not negative. Left out and empty mean the same.
fn time(field: &str, text: Option<&str>, violations: &mut Vec<Violation>) -> Option<SignedDuration> {
    let message = match duration::parse(text.filter(|text| !text.is_empty())?) {
        Ok(time) if time.is_negative() => "must not be negative".to_owned(),
        Ok(time) => return Some(time),
        Err(error) => error.to_string(),
    };
    violations.push(Violation::new(field, message));
    None
}

fn no_data(text: Option<&str>, violations: &mut Vec<Violation>) -> Option<Outcome> {
    match text? {
        "fail" => Some(Outcome::Failed),
        "inconclusive" => Some(Outcome::Inconclusive),
        "pass" => Some(Outcome::Successful),
        other => {
            let message = format!("is {other:?}; write fail, inconclusive or pass");
            violations.push(Violation::new("onNoData", message));
            None
        }
    }
}

fn rule(field: &str, text: Option<&str>, violations: &mut Vec<Violation>) -> Option<Rule> {
    match Rule::parse(text.filter(|text| !text.trim().is_empty())?) {
        Ok(rule) => Some(rule),
        Err(message) => {
            violations.push(Violation::new(field, message));
            None
        }
    }
}
