//! What a verdict of the rollback policy rests on, in a few lines: what was measured, and what was asked for it.
//!
//! All of it stands in the AnalysisRun, where whoever may see the Rollout sees it. Never where the numbers are asked for: an address
//! may hold credentials.

use std::collections::BTreeMap;

use sluice_crds::names::{label, rollout_type};
use sluice_crds::{AnalysisPhase, AnalysisRun, Measurement, Metric, MetricResult, RolloutStatus};

use crate::text::cut;

/// The most metrics that are shown.
const MOST: usize = 3;
/// The most letters of a query or a measurement that are shown.
const LONGEST: usize = 240;

/// A reason in one line, and below it what the run found and asked that it is about: the one that it names, else the newest watch
/// over this version.
pub(super) fn with_evidence(why: &str, status: &RolloutStatus, runs: &[&AnalysisRun]) -> String {
    let why = one_line(why);
    let lines = about(&why, status, runs).map(|run| lines(run, &why)).unwrap_or_default();
    std::iter::once(why).chain(lines).collect::<Vec<_>>().join("\n")
}

fn about<'r>(why: &str, status: &RolloutStatus, runs: &[&'r AnalysisRun]) -> Option<&'r AnalysisRun> {
    let of = |run: &AnalysisRun, name: &str| run.metadata.labels.as_ref().and_then(|labels| labels.get(name).cloned());
    let is_mine = |run: &&&AnalysisRun| of(run, label::POD_TEMPLATE_HASH) == status.current_pod_hash;
    let is_watch = |run: &&&AnalysisRun| {
        of(run, label::ROLLOUT_TYPE).is_some_and(|role| [rollout_type::POLICY, rollout_type::BAKE].contains(&&*role))
    };
    let name = |run: &AnalysisRun| run.metadata.name.clone().unwrap_or_default();
    let named = runs.iter().filter(is_mine).filter(|run| why.contains(&name(run)));
    // The name of one may be the beginning of another's.
    let named = named.max_by_key(|run| name(run).len());
    let made = |run: &AnalysisRun| run.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let newest = || runs.iter().filter(is_mine).filter(is_watch).max_by_key(|run| (made(run), name(run)));
    named.or_else(newest).copied()
}

/// Of each metric that is not well: what was measured, unless that is said already, and what was asked.
fn lines(run: &AnalysisRun, said: &str) -> Vec<String> {
    let results = run.status.iter().flat_map(|status| &status.metric_results);
    let unwell = results.filter_map(|result| Some((result, newest(result)?)));
    let unwell = unwell.filter(|(_, newest)| newest.phase != AnalysisPhase::Successful).take(MOST);
    let of = |(result, newest): (&MetricResult, &Measurement)| {
        let found = newest.message.as_deref().map(one_line).filter(|found| !found.is_empty() && !said.contains(found));
        let found = found.map(|found| format!("{} found {}", result.name, cut(&found, LONGEST)));
        let asked = query(run, &result.name).map(|query| format!("{} asked {}", result.name, cut(&query, LONGEST)));
        found.into_iter().chain(asked)
    };
    unwell.flat_map(of).collect()
}

fn newest(result: &MetricResult) -> Option<&Measurement> {
    result.measurements.iter().rev().find(|one| one.finished_at.is_some())
}

/// What was asked of the new version, in one line, with the values of arguments in it.
fn query(run: &AnalysisRun, metric: &str) -> Option<String> {
    let metric = run.spec.metrics.iter().find(|one| one.name == metric)?;
    let given: BTreeMap<&str, &str> =
        run.spec.args.iter().filter_map(|one| Some((&*one.name, one.value.as_deref()?))).collect();
    Some(one_line(
        &given.iter().fold(asked(metric)?.to_owned(), |query, (name, value)| {
            query.replace(&format!("{{{{args.{name}}}}}"), value)
        }),
    ))
}

fn asked(metric: &Metric) -> Option<&str> {
    let bound = metric.judge.as_ref().and_then(|judge| judge.threshold.as_ref());
    let own = metric.provider.prometheus.as_ref().and_then(|prometheus| prometheus.query.as_deref());
    bound.map(|bound| bound.canary.value.as_str()).or(own)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
