//! What is drawn over time: the weight of the new version, and each metric against what it is compared with.
//!
//! All charts of a release have the same span of time, so that one can be read below the other.

use jiff::{SignedDuration, Timestamp};
use sluice_orders::standing::newest;

use super::release::Seen;
use super::{MetricView, RunView, Tone};
use crate::history::Moment;
use crate::samples::Sample;

/// One chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What is drawn.
    pub title: String,
    /// What it is about, in a line.
    pub about: String,
    /// Where time begins.
    pub from: Timestamp,
    /// Where it ends.
    pub to: Timestamp,
    /// What is drawn.
    pub traces: Vec<Trace>,
    /// Numbers that measurements are compared with.
    pub bounds: Vec<f64>,
    /// The values that are always in sight.
    pub range: Option<(f64, f64)>,
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Which: actual, asked, measured.
    pub name: &'static str,
    /// Its points, oldest first.
    pub points: Vec<Point>,
}

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// What.
    pub value: f64,
    /// How it was judged.
    pub tone: Tone,
}

/// The most points of one line; the oldest are left out.
const POINTS: usize = 600;
/// The most charts of metrics on one page.
const METRICS: usize = 24;
/// The least time that is shown: a shorter one would be one point.
const LEAST: SignedDuration = SignedDuration::from_secs(60);

/// The charts of a Rollout's newest release.
pub(super) fn of(seen: &Seen, runs: &[RunView], now: Timestamp) -> Vec<Chart> {
    let hash = newest(&seen.rollout).unwrap_or_default();
    let runs: Vec<_> = runs.iter().filter(|run| !hash.is_empty() && run.hash == hash).collect();
    let (from, to) = span(seen, &runs, now);
    let mut charts: Vec<_> = weight(&seen.history, from, to, now).into_iter().collect();
    let mut metrics: Vec<Chart> = Vec::new();
    // Oldest run first: of several runs of one metric the points follow each other.
    for run in runs.iter().rev() {
        for metric in &run.metrics {
            let about = about(&run.purpose, &metric.rules);
            let points = points(seen, run, metric);
            match metrics.iter_mut().find(|chart| chart.title == metric.name && chart.about == about) {
                Some(chart) => chart.traces.iter_mut().for_each(|trace| trace.points.extend(&points)),
                None => metrics.push(Chart {
                    title: metric.name.clone(),
                    about,
                    from,
                    to,
                    traces: vec![Trace { name: "measured", points }],
                    bounds: metric.bounds.clone(),
                    range: None,
                }),
            }
        }
    }
    metrics.retain(|chart| chart.traces.iter().any(|trace| !trace.points.is_empty()));
    charts.extend(metrics.into_iter().take(METRICS));
    charts.iter_mut().for_each(bounded);
    charts
}

/// All that was measured, as far as this process has seen it; else what the run still keeps.
fn points(seen: &Seen, run: &RunView, metric: &MetricView) -> Vec<Point> {
    let samples = seen.samples.get(&run.uid).and_then(|known| known.get(&metric.name));
    if let Some(samples) = samples.filter(|samples| !samples.is_empty()) {
        return samples.iter().map(|&Sample { at, value, tone }| Point { at, value, tone }).collect();
    }
    let kept = metric.measured.iter().filter_map(|measured| Some((measured, measured.at?)));
    let points = kept.flat_map(|(measured, at)| {
        let tone = Tone::of_analysis(measured.phase);
        measured.numbers.iter().map(move |&value| Point { at, value, tone })
    });
    points.collect()
}

fn about(purpose: &str, rules: &[String]) -> String {
    std::iter::once(purpose).chain(rules.iter().map(String::as_str)).collect::<Vec<_>>().join(" · ")
}

fn bounded(chart: &mut Chart) {
    for trace in &mut chart.traces {
        trace.points.sort_by_key(|point| point.at);
        let surplus = trace.points.len().saturating_sub(POINTS);
        trace.points.drain(..surplus);
    }
}

/// From the start of the newest release to its end, or to now while it goes on; a young one has room to come.
fn span(seen: &Seen, runs: &[&RunView], now: Timestamp) -> (Timestamp, Timestamp) {
    let duration = seen.rollout.status.as_ref().and_then(|status| status.duration.clone()).unwrap_or_default();
    let metrics = runs.iter().flat_map(|run| run.metrics.iter().map(move |metric| points(seen, run, metric)));
    let times: Vec<_> = metrics.flatten().map(|point| point.at).collect();
    let history = &seen.history;
    let started = duration.rollout_started_at.map(|time| time.0);
    let first = started.or_else(|| times.iter().copied().min()).or_else(|| history.first().map(|moment| moment.at));
    let first = first.unwrap_or(now);
    let ended = duration.finished_at.map(|time| time.0).filter(|end| started.is_some_and(|start| *end >= start));
    let last = history.last().map(|last| last.at);
    let to = ended.map_or(now, |end| times.iter().copied().chain(last).fold(end, Timestamp::max));
    (first, to.max(first.checked_add(LEAST).unwrap_or(first)))
}

fn weight(history: &[Moment], from: Timestamp, to: Timestamp, now: Timestamp) -> Option<Chart> {
    let latest = history.last()?;
    let full = latest.weight.full;
    // What was before is about the version before, unless nothing has changed since.
    let begun = history.iter().position(|moment| moment.at >= from).unwrap_or(history.len() - 1);
    let shown = history.get(begun..)?;
    let line = |name, value: fn(&Moment) -> i32| {
        let point = |at, moment| Point { at, value: f64::from(value(moment)), tone: Tone::Quiet };
        let mut points: Vec<_> = shown.iter().map(|moment| point(moment.at.max(from), moment)).collect();
        points.push(point(to.min(now).max(latest.at), latest));
        Trace { name, points }
    };
    let last = history.last()?.weight;
    Some(Chart {
        title: "Weight of the new version".to_owned(),
        about: format!("now {} of {full}, the steps ask for {}", last.actual, last.asked),
        from,
        to,
        traces: vec![line("asked", |moment| moment.weight.asked), line("actual", |moment| moment.weight.actual)],
        bounds: Vec::new(),
        range: Some((0.0, f64::from(full))),
    })
}
