//! Analyses, with every measurement.

use std::cmp::Reverse;

use jiff::Timestamp;
use kube::ResourceExt;
use sluice_analysis::interpolate::shown;
use sluice_crds::names::{annotation, label, rollout_type};
use sluice_crds::{AnalysisPhase, AnalysisRun, Argument, Experiment, Measurement, Metric, MetricResult, Rollout};
use sluice_orders::own::{hash, is_owned, number};

use super::created;

/// One AnalysisRun.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// The number of the revision that it judges.
    pub revision: Option<u64>,
    /// The hash of that revision.
    pub hash: String,
    /// How far it is.
    pub phase: AnalysisPhase,
    /// Why.
    pub message: String,
    /// Whether the controller stopped it early, so that its result is no verdict.
    pub is_cut_short: bool,
    /// Its uid.
    pub uid: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its metrics, in the order of its spec.
    pub metrics: Vec<MetricView>,
}

/// One metric of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricView {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub phase: AnalysisPhase,
    /// Why.
    pub message: String,
    /// Whether it decides nothing.
    pub is_dry: bool,
    /// What makes a measurement good or bad, in words.
    pub rules: Vec<String>,
    /// The numbers that those compare it with.
    pub bounds: Vec<f64>,
    /// Good, bad, inconclusive and failed measurements so far.
    pub counts: [i32; 4],
    /// The measurements that are kept, oldest first.
    pub measured: Vec<Measured>,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// How it went.
    pub phase: AnalysisPhase,
    /// The value, as it was written down.
    pub value: String,
    /// The numbers in it.
    pub numbers: Vec<f64>,
    /// Why it went so.
    pub message: String,
    /// When it ended, or began where it has not ended.
    pub at: Option<Timestamp>,
}

/// The most numbers that are taken from one value: a vector may be long.
const NUMBERS: usize = 8;

/// The Rollout's own runs and those of its Experiments, newest first.
pub(super) fn of(rollout: &Rollout, runs: &[AnalysisRun], experiments: &[Experiment]) -> Vec<RunView> {
    let own = runs.iter().filter(|run| is_owned(*run, rollout)).map(run);
    let experiments: Vec<_> = experiments.iter().filter(|one| is_owned(*one, rollout)).collect();
    let of_trial = |one: &AnalysisRun| experiments.iter().find(|trial| is_owned(one, **trial)).map(|of| trial(one, of));
    let mut runs: Vec<_> = own.chain(runs.iter().filter_map(of_trial)).collect();
    runs.sort_by(|one, other| (Reverse(one.created), &one.name).cmp(&(Reverse(other.created), &other.name)));
    runs
}

fn run(run: &AnalysisRun) -> RunView {
    let status = run.status.clone().unwrap_or_default();
    let result = |name: &str| status.metric_results.iter().find(|result| result.name == name);
    RunView {
        name: run.name_any(),
        purpose: purpose(run),
        revision: number(run),
        hash: hash(run).unwrap_or_default().to_owned(),
        phase: status.phase,
        message: status.message.clone().unwrap_or_default(),
        is_cut_short: run.annotations().contains_key(annotation::CUT_SHORT),
        uid: run.uid().unwrap_or_default(),
        created: created(run),
        metrics: run
            .spec
            .metrics
            .iter()
            .map(|spec| metric(&filled(spec, &run.spec.args), result(&spec.name)))
            .collect(),
    }
}

/// A run of an Experiment: it is about that one's revision and step.
fn trial(run: &AnalysisRun, of: &Experiment) -> RunView {
    let step = of.labels().get(label::STEP_INDEX).map(|step| format!("{}, ", of_step(step))).unwrap_or_default();
    RunView {
        purpose: format!("{step}experiment {}", of.name_any()),
        revision: number(of),
        hash: hash(of).unwrap_or_default().to_owned(),
        ..self::run(run)
    }
}

/// A step as people count them.
fn of_step(index: &str) -> String {
    format!("step {}", index.parse::<u32>().map_or_else(|_| index.to_owned(), |step| (step + 1).to_string()))
}

fn purpose(run: &AnalysisRun) -> String {
    let labels = run.labels();
    let kind = labels.get(label::ROLLOUT_TYPE).map(String::as_str).unwrap_or_default();
    match (kind, labels.get(label::STEP_INDEX)) {
        (rollout_type::STEP, Some(step)) => of_step(step),
        (rollout_type::BACKGROUND, _) => "beside the steps".to_owned(),
        (rollout_type::PRE_PROMOTION, _) => "before the switch".to_owned(),
        (rollout_type::POST_PROMOTION, _) => "after the switch".to_owned(),
        (rollout_type::POLICY, _) => "rollback policy".to_owned(),
        (rollout_type::BAKE, _) => "rollback policy, after promotion".to_owned(),
        (rollout_type::CHECKS, _) => "checks after a rollback".to_owned(),
        (other, _) => other.to_owned(),
    }
}

fn metric(spec: &Metric, result: Option<&MetricResult>) -> MetricView {
    let result = result.cloned().unwrap_or_default();
    MetricView {
        name: spec.name.clone(),
        phase: result.phase,
        message: result.message.unwrap_or_default(),
        is_dry: result.dry_run,
        rules: rules(spec),
        bounds: bounds(spec),
        counts: [result.successful, result.failed, result.inconclusive, result.error],
        measured: result.measurements.iter().map(measured).collect(),
    }
}

/// The metric with what its conditions say once the run's arguments are in them.
fn filled(spec: &Metric, args: &[Argument]) -> Metric {
    let told = |condition: &Option<String>| condition.as_ref().map(|condition| shown(condition, args));
    let success_condition = told(&spec.success_condition);
    Metric { success_condition, failure_condition: told(&spec.failure_condition), ..spec.clone() }
}

fn rules(spec: &Metric) -> Vec<String> {
    let good = spec.success_condition.iter().map(|condition| format!("good: {condition}"));
    let bad = spec.failure_condition.iter().map(|condition| format!("bad: {condition}"));
    let judge = spec.judge.as_ref().and_then(|judge| {
        let limit = judge.threshold.as_ref().map(|threshold| match (threshold.limit, threshold.times) {
            (Some(limit), _) => format!("bad: from {limit} on, unless the stable version is as bad"),
            (None, Some(times)) => format!("bad: {times} times that of the stable version"),
            (None, None) => "compared with the stable version".to_owned(),
        });
        let compared = judge.sequential.is_some() || judge.mann_whitney.is_some();
        let health = judge.health.as_ref().map(|health| format!("bad: {} failed health checks", health.failures));
        limit.or(health).or_else(|| compared.then(|| "compared with the stable version".to_owned()))
    });
    good.chain(bad).chain(judge).collect()
}

fn bounds(spec: &Metric) -> Vec<f64> {
    let conditions = [&spec.success_condition, &spec.failure_condition].into_iter().flatten();
    let parsed = conditions.filter_map(|source| sluice_analysis::condition::Condition::parse(source).ok());
    let mut bounds: Vec<f64> = parsed.flat_map(|condition| condition.bounds()).collect();
    let threshold = spec.judge.as_ref().and_then(|judge| judge.threshold.as_ref());
    bounds.extend(threshold.and_then(|threshold| threshold.limit).filter(|limit| limit.is_finite()));
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    bounds
}

fn measured(measurement: &Measurement) -> Measured {
    let value = measurement.value.clone().unwrap_or_default();
    Measured {
        phase: measurement.phase,
        numbers: numbers(&value),
        message: measurement.message.clone().unwrap_or_default(),
        at: measurement.finished_at.as_ref().or(measurement.started_at.as_ref()).map(|time| time.0),
        value,
    }
}

/// The finite numbers of a value that is a number or a list of them, such as `[0.98 0.97]`.
pub(crate) fn numbers(value: &str) -> Vec<f64> {
    let words = value.trim().trim_start_matches('[').trim_end_matches(']').split([' ', ',']);
    let words: Vec<_> = words.filter(|word| !word.is_empty()).take(NUMBERS).collect();
    let numbers: Option<Vec<f64>> = words.into_iter().map(|word| word.parse().ok()).collect();
    numbers.unwrap_or_default().into_iter().filter(|number: &f64| number.is_finite()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_values() {
        let cases: [(&str, &[f64]); 8] = [
            ("0.5", &[0.5]),
            ("[0.98 0.97]", &[0.98, 0.97]),
            ("[1,2]", &[1.0, 2.0]),
            ("[NaN]", &[]),
            ("", &[]),
            ("{\"a\":1}", &[]),
            ("<b>1</b>", &[]),
            ("[1 2 3 4 5 6 7 8 9]", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
        ];
        for (value, expected) in cases {
            assert_eq!(numbers(value), expected, "{value}");
        }
    }
}
