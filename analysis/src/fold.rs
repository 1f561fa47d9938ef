//! Folds readings into the status of a run.
//!
//! *Guarantees*: without readings and without a change of the spec a status folds into itself, so nothing is written;
//! an ended run never changes again; no secret is in it.

use jiff::Timestamp;
use sluice_crds::violation::{Violation, in_one_line};
use sluice_crds::{AnalysisPhase as Phase, AnalysisRunStatus, Measurement, MetricResult, RunSummary, Time};

use crate::{
    args::Args,
    assess::{self, Assessment},
    compare::{EVIDENCE, POWER},
    judge::Outcome,
    metric::{Metric, Reading},
    run::Run,
};

/// The status after `readings`.
pub fn fold(run: &Run, previous: &AnalysisRunStatus, readings: Vec<Reading>, now: Timestamp) -> AnalysisRunStatus {
    if previous.phase.is_completed() {
        return previous.clone();
    }
    let mut status = previous.clone();
    status.started_at.get_or_insert(Time(now));
    take_times_back(&mut status, now);
    for reading in readings {
        add(run, &mut status, reading);
    }
    assess_metrics(run, &mut status);
    // What just ended may end the others.
    assess_metrics(run, &mut status);
    status.run_summary = Some(summary(run, &status, |metric| !metric.dry_run));
    let any_dry = run.metrics.iter().any(|metric| metric.dry_run);
    status.dry_run_summary = any_dry.then(|| summary(run, &status, |metric| metric.dry_run));
    let assessed = assess::run(run, &status);
    become_assessed(status, assessed, now)
}

/// What was measured later than now was measured now: the clock that wrote it was ahead, and the next measurement would wait
/// for it.
fn take_times_back(status: &mut AnalysisRunStatus, now: Timestamp) {
    let measurements = status.metric_results.iter_mut().flat_map(|result| &mut result.measurements);
    let ends = measurements.map(|measurement| &mut measurement.finished_at);
    for time in ends.chain([&mut status.started_at]).flatten() {
        time.0 = time.0.min(now);
    }
}

/// The status of a run whose spec is wrong: an Error that says what to mend.
pub fn invalid(previous: &AnalysisRunStatus, violations: &[Violation], now: Timestamp) -> AnalysisRunStatus {
    if previous.phase.is_completed() {
        return previous.clone();
    }
    let mut status = previous.clone();
    status.started_at.get_or_insert(Time(now));
    let why = format!("analysis spec invalid: {}", in_one_line(violations));
    become_assessed(status, Assessment { phase: Phase::Error, why }, now)
}

fn become_assessed(mut status: AnalysisRunStatus, assessed: Assessment, now: Timestamp) -> AnalysisRunStatus {
    status.phase = assessed.phase;
    let why = if assessed.why.is_empty() && !assessed.phase.is_completed() { powers(&status) } else { assessed.why };
    status.message = Some(why).filter(|why| !why.is_empty());
    if status.phase.is_completed() {
        status.completed_at.get_or_insert(Time(now));
    }
    status
}

/// What the traffic can show, of each metric that compares versions.
fn powers(status: &AnalysisRunStatus) -> String {
    let results = status.metric_results.iter();
    let told = results.filter_map(|result| Some(format!("{}: {}", result.name, result.metadata.get(POWER)?)));
    told.collect::<Vec<_>>().join("; ")
}

/// Adds one reading. One that comes after its metric ended is too late to count.
fn add(run: &Run, status: &mut AnalysisRunStatus, reading: Reading) {
    let Some(metric) = run.metric(&reading.metric) else {
        return;
    };
    let results = &mut status.metric_results;
    let index = results.iter().position(|result| result.name == metric.name).unwrap_or_else(|| {
        results.push(new_result(metric, &run.args));
        results.len() - 1
    });
    let Some(result) = results.get_mut(index).filter(|result| !result.phase.is_completed()) else {
        return;
    };
    let reading = compared(metric, result, reading);
    let reading = match &metric.samples {
        Some(samples) => samples.patient(result, reading),
        None => reading,
    };
    count(result, reading.verdict.outcome);
    // One that a dead controller left unfinished was taken anew.
    result.measurements.retain(|measurement| measurement.finished_at.is_some());
    result.measurements.push(measurement(reading, &run.args));
    let surplus = result.measurements.len().saturating_sub(metric.keep);
    result.measurements.drain(..surplus);
}

/// The reading of a metric that compares two versions, judged by all that was seen of them so far.
fn compared(metric: &Metric, result: &mut MetricResult, reading: Reading) -> Reading {
    let (Some(comparison), Some(answer)) = (&metric.comparison, &reading.answer) else { return reading };
    let kept = result.metadata.get(EVIDENCE).map(String::as_str);
    let weighed = comparison.weigh(kept, &answer.arms, reading.finished);
    result.metadata.insert(EVIDENCE.to_owned(), weighed.kept);
    // Told once: what the traffic at the beginning can show.
    if let Some(power) = weighed.power {
        result.metadata.entry(POWER.to_owned()).or_insert_with(|| power.to_string());
    }
    Reading { verdict: weighed.verdict, ..reading }
}

fn new_result(metric: &Metric, args: &Args) -> MetricResult {
    let metadata = metric.source.metadata().into_iter().map(|(key, text)| (key, args.redact(&text)));
    MetricResult {
        name: metric.name.clone(),
        phase: Phase::Running,
        dry_run: metric.dry_run,
        metadata: metadata.collect(),
        ..MetricResult::default()
    }
}

fn count(result: &mut MetricResult, outcome: Outcome) {
    let tally = match outcome {
        Outcome::Successful => &mut result.successful,
        Outcome::Failed => &mut result.failed,
        Outcome::Inconclusive => &mut result.inconclusive,
        Outcome::Error => &mut result.error,
        Outcome::Waiting => {
            result.consecutive_error = 0;
            return;
        }
    };
    *tally = tally.saturating_add(1);
    let error = outcome == Outcome::Error;
    result.consecutive_error = if error { result.consecutive_error.saturating_add(1) } else { 0 };
    result.consecutive_success =
        if outcome == Outcome::Successful { result.consecutive_success.saturating_add(1) } else { 0 };
    result.count = result.count.saturating_add(i32::from(!error));
}

fn measurement(reading: Reading, args: &Args) -> Measurement {
    let message = args.redact(&reading.verdict.message);
    let (value, metadata) = reading.answer.map(|answer| (answer.text, answer.metadata)).unzip();
    let metadata = metadata.unwrap_or_default().into_iter().map(|(key, text)| (key, args.redact(&text)));
    Measurement {
        phase: phase(reading.verdict.outcome),
        message: Some(message).filter(|message| !message.is_empty()),
        started_at: Some(Time(reading.started)),
        finished_at: Some(Time(reading.finished)),
        // A Job has no value.
        value: value.filter(|value| !value.is_empty()).map(|value| args.redact(&value)),
        metadata: metadata.collect(),
        resume_at: None,
    }
}

fn phase(outcome: Outcome) -> Phase {
    match outcome {
        Outcome::Successful => Phase::Successful,
        Outcome::Failed => Phase::Failed,
        Outcome::Inconclusive => Phase::Inconclusive,
        Outcome::Error => Phase::Error,
        Outcome::Waiting => Phase::Pending,
    }
}

fn assess_metrics(run: &Run, status: &mut AnalysisRunStatus) {
    let ending = assess::ending(run, status);
    for result in status.metric_results.iter_mut().filter(|result| !result.phase.is_completed()) {
        let Some(metric) = run.metric(&result.name) else {
            continue;
        };
        let Assessment { phase, why } = assess::metric(metric, result, ending);
        result.phase = phase;
        result.message = Some(why).filter(|why| !why.is_empty());
    }
}

fn summary(run: &Run, status: &AnalysisRunStatus, which: impl Fn(&Metric) -> bool) -> RunSummary {
    let names: Vec<&str> =
        run.metrics.iter().filter(|metric| which(metric)).map(|metric| metric.name.as_str()).collect();
    let ended = |phase| {
        let results = status.metric_results.iter();
        number(results.filter(|result| result.phase == phase && names.contains(&result.name.as_str())).count())
    };
    RunSummary {
        count: number(names.len()),
        successful: ended(Phase::Successful),
        failed: ended(Phase::Failed),
        inconclusive: ended(Phase::Inconclusive),
        error: ended(Phase::Error),
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::plan::{Wake, plan};
    use crate::provider::MeasureError;
    use crate::provider::prometheus::Defaults;

    /// The machine's clock was an hour ahead for a while: the next measurement, due 10 s later, would have waited for it.
    #[test]
    fn what_was_measured_later_than_now_was_measured_now() {
        let provider = json!({"prometheus": {"address": "http://prometheus", "query": "up"}});
        let spec = serde_json::from_value(json!({"metrics": [{"name": "m", "interval": "10s", "provider": provider}]}));
        let run = Run::parse(&spec.unwrap(), |_| None, &Defaults::default()).unwrap();
        let (now, ahead) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(3600).unwrap());
        let slow = || Err(MeasureError::slow("http://prometheus", Duration::from_secs(30)));
        let measured =
            fold(&run, &AnalysisRunStatus::default(), vec![run.metrics[0].reading(slow(), ahead, ahead)], ahead);
        let status = fold(&run, &measured, Vec::new(), now);
        let wake = plan(&run, &status, &BTreeSet::new(), now).wake;
        assert_eq!(wake, Wake::At(Timestamp::from_second(10).unwrap()));
        assert_eq!(status.started_at, Some(Time(now)));
    }

    /// A run whose query and server hold a secret, and what its status says after the server was slow.
    #[test]
    fn no_secret_gets_into_the_status() {
        let query = json!({"address": "http://prometheus", "query": "up{tenant=\"{{args.token}}\"}"});
        let spec = json!({
            "args": [{"name": "token", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            "metrics": [{"name": "m", "provider": {"prometheus": query}}],
        });
        let spec = serde_json::from_value(spec).unwrap();
        let run = Run::parse(&spec, |_| Some("s3cr3t".to_owned()), &Defaults::default()).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let slow = Err(MeasureError::slow("http://s3cr3t", Duration::from_secs(30)));
        let reading = run.metrics[0].reading(slow, now, now);
        let status = fold(&run, &AnalysisRunStatus::default(), vec![reading], now);
        let shown = serde_json::to_string_pretty(&status.metric_results).unwrap();
        assert!(!shown.contains("s3cr3t"), "{shown}");
        expect![[r#"
            [
              {
                "name": "m",
                "phase": "Running",
                "measurements": [
                  {
                    "phase": "Error",
                    "message": "no answer from Prometheus at http://***** within 30s; see the provider's timeout",
                    "startedAt": "1970-01-01T00:00:00Z",
                    "finishedAt": "1970-01-01T00:00:00Z"
                  }
                ],
                "error": 1,
                "consecutiveError": 1,
                "metadata": {
                  "ResolvedPrometheusQuery": "up{tenant=\"*****\"}"
                }
              }
            ]"#]]
        .assert_eq(&shown);
    }

    #[test]
    fn an_ended_run_never_changes_again() {
        let ended =
            invalid(&AnalysisRunStatus::default(), &[Violation::new("metrics", "is empty")], Timestamp::UNIX_EPOCH);
        let run = Run { metrics: Vec::new(), args: Args::default(), terminate: true };
        assert_eq!(ended.message.as_deref(), Some("analysis spec invalid: metrics: is empty"));
        assert_eq!(fold(&run, &ended, Vec::new(), Timestamp::MAX), ended);
    }
}
