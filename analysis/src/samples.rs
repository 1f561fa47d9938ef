//! How much a measurement rests on: a query of its own counts the samples behind a value, and too few say nothing.

use jiff::{SignedDuration, Timestamp};
use sluice_crds::{MetricProvider, MetricResult, Violation, duration};

use crate::condition::Value;
use crate::judge::{Outcome, Verdict, verdict};
use crate::limits;
use crate::metric::Reading;
use crate::provider::{Answer, MeasureError, prometheus::Defaults};
use crate::source::{Query, Source};

/// Under which key status keeps since when there have been too few.
const SINCE: &str = "TooFewSince";

/// How long more are waited for where the metric does not say.
const WAIT: SignedDuration = SignedDuration::from_hours(1);

/// How many samples a value needs, and where they are counted.
#[derive(Debug, Clone)]
pub struct Samples {
    /// What counts them.
    pub query: Query,
    least: i32,
    wait: SignedDuration,
    /// What too few are at once, where the metric says so.
    no_data: Option<Outcome>,
}

impl Samples {
    /// Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(
        metric: &sluice_crds::Metric,
        no_data: Option<Outcome>,
        defaults: &Defaults,
        violations: &mut Vec<Violation>,
    ) -> Option<Self> {
        let found = misfits(metric);
        let is_wanted = found.is_empty() && metric.min_samples.is_some();
        violations.extend(found);
        if !is_wanted {
            return None;
        }
        let least = limits::number(metric.min_samples.as_ref(), 1, 1);
        let least = least.map_err(|message| violations.push(Violation::new("minSamples", message)));
        let wait = wait(metric.max_wait.as_deref(), violations);
        let query = query(metric, defaults, violations);
        Some(Self { query: query?, least: least.ok()?, wait, no_data })
    }

    /// Why nothing is to be made of a measurement; `None` where it rests on enough.
    pub(crate) fn lack(&self, counted: Result<&Answer, &MeasureError>) -> Option<Verdict> {
        let counted = match counted {
            Ok(answer) => total(&answer.value),
            Err(error) => return Some(verdict(Outcome::Error, format!("count samples: {error}"))),
        };
        if counted >= f64::from(self.least) {
            return None;
        }
        let few = format!("{} of {} samples: too few to tell", shown(counted), self.least);
        let outcome = self.no_data.unwrap_or(Outcome::Waiting);
        Some(verdict(outcome, if outcome == Outcome::Successful { String::new() } else { few }))
    }

    /// The reading, with an end to patience: samples that do not come for too long leave the metric undecided.
    pub(crate) fn patient(&self, result: &mut MetricResult, mut reading: Reading) -> Reading {
        if reading.verdict.outcome != Outcome::Waiting {
            result.metadata.remove(SINCE);
            return reading;
        }
        let since = result.metadata.entry(SINCE.to_owned()).or_insert_with(|| reading.finished.to_string());
        // What cannot be read was written by nobody who waits.
        let since: Timestamp = since.parse().unwrap_or(reading.finished);
        if reading.finished.duration_since(since) >= self.wait {
            reading.verdict.outcome = Outcome::Inconclusive;
        }
        reading
    }
}

/// What does not go together.
fn misfits(metric: &sluice_crds::Metric) -> Vec<Violation> {
    let [least, samples, wait] = [metric.min_samples.is_some(), metric.samples.is_some(), metric.max_wait.is_some()];
    let judged = metric.judge.is_some();
    let found = [
        (judged && least, "minSamples", "does not go with judge, which has a minSamples of its own"),
        (judged && samples, "samples", "does not go with judge, which counts requests itself"),
        (judged && wait, "maxWait", "does not go with judge, which has a maxWait of its own"),
        (!judged && samples && !least, "minSamples", "is missing; samples are counted to see that there are enough"),
        (!judged && wait && !least, "maxWait", "needs minSamples, which it is the patience for"),
        (
            !judged && least && !samples,
            "samples",
            "is missing; write a query for the number of requests (or whatever else) that the value rests on",
        ),
        (
            !judged && least && wait && metric.on_no_data.is_some(),
            "maxWait",
            "does not go with onNoData, which says what too few samples are at once",
        ),
    ];
    let found = found.into_iter().filter(|(is_misfit, ..)| *is_misfit);
    found.map(|(_, field, message)| Violation::new(field, message)).collect()
}

fn wait(text: Option<&str>, violations: &mut Vec<Violation>) -> SignedDuration {
    match text.map(duration::parse) {
        None => WAIT,
        Some(Ok(wait)) if wait.is_positive() => wait,
        Some(_) => {
            violations.push(Violation::new("maxWait", "must be a duration above 0, such as 30m"));
            WAIT
        }
    }
}

/// The metric's provider, asked for the samples instead. What is wrong with the provider itself is said once, of the metric.
fn query(metric: &sluice_crds::Metric, defaults: &Defaults, violations: &mut Vec<Violation>) -> Option<Query> {
    let samples = metric.samples.clone().filter(|query| !query.trim().is_empty());
    let Some(samples) = samples else {
        violations.push(Violation::new("samples", "is empty; write a query for the number of samples"));
        return None;
    };
    let Some(provider) = asking(&metric.provider, samples) else {
        let message = "needs a provider with a query: prometheus, datadog, newRelic, graphite or influxdb. \
            Where the answer has the number in it, ask for it in the conditions";
        violations.push(Violation::new("samples", message));
        return None;
    };
    match Source::parse(&provider, defaults, &mut Vec::new())? {
        Source::Query(query) => Some(*query),
        Source::Job(_) | Source::Pods(_) => None,
    }
}

fn asking(provider: &MetricProvider, samples: String) -> Option<MetricProvider> {
    let mut provider = provider.clone();
    if let Some(prometheus) = &mut provider.prometheus {
        prometheus.query = Some(samples);
        prometheus.range_query = None;
    } else if let Some(datadog) = &mut provider.datadog {
        datadog.query = Some(samples);
        datadog.queries.clear();
        datadog.formula = None;
    } else if let Some(new_relic) = &mut provider.new_relic {
        new_relic.query = samples;
    } else if let Some(graphite) = &mut provider.graphite {
        graphite.query = Some(samples);
    } else if let Some(influxdb) = &mut provider.influxdb {
        influxdb.query = Some(samples);
    } else {
        return None;
    }
    Some(provider)
}

/// All numbers of an answer together. None at all are no samples.
fn total(value: &Value) -> f64 {
    match value {
        Value::Float(number) if number.is_finite() => *number,
        Value::List(items) => items.iter().map(total).sum(),
        Value::Map(fields) => fields.values().map(total).sum(),
        _ => 0.0,
    }
}

/// A count, or an estimate of one such as Prometheus makes by `increase`.
fn shown(counted: f64) -> String {
    format!("{:.1}", counted.max(0.0)).trim_end_matches(".0").to_owned()
}
