//! A whole run, checked: its metrics with their arguments filled in, and which of them decide nothing.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};
use sluice_crds::{AnalysisRunSpec, DryRun, MeasurementRetention, Violation, decode};

use crate::{
    args::{Args, SecretRef},
    interpolate,
    metric::Metric,
    provider::prometheus::Defaults,
};

/// A run that can be carried out.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its metrics, at least one.
    pub metrics: Vec<Metric>,
    /// Its arguments; they know which texts are secret.
    pub args: Args,
    /// Whether someone asked it to end.
    pub terminate: bool,
}

impl Run {
    /// Checks a run, or says all that is wrong with it.
    ///
    /// `secret` reads a key of a Secret. Messages never show its value.
    pub fn parse(
        spec: &AnalysisRunSpec,
        secret: impl Fn(&SecretRef) -> Option<String>,
        defaults: &Defaults,
    ) -> Result<Self, Vec<Violation>> {
        // Without the arguments nothing further can be told of the metrics.
        let args = Args::resolve(&spec.args, secret)?;
        let crowds = crowds(spec);
        if !crowds.is_empty() {
            return Err(crowds);
        }
        let mut violations = misspelt(spec);
        violations.extend(names(spec));
        violations.extend(negative_times(spec));
        let mut metrics = Vec::new();
        for (index, metric) in spec.metrics.iter().enumerate() {
            let mut found = Vec::new();
            metrics.extend(parse_metric(metric, &args, defaults, &mut found));
            violations.extend(found.into_iter().map(|violation| violation.within(&format!("metrics[{index}]"))));
        }
        let names: Vec<&str> = spec.metrics.iter().map(|metric| metric.name.as_str()).collect();
        mark_dry_runs(&spec.dry_run, &names, &mut metrics, &mut violations);
        mark_retention(&spec.measurement_retention, &names, &mut metrics, &mut violations);
        for metric in &mut metrics {
            // Status, events and metrics of the controller show it.
            metric.name = args.redact(&metric.name);
        }
        if violations.is_empty() {
            violations.extend(namesakes(&metrics));
        }
        if violations.is_empty() {
            return Ok(Self { metrics, args, terminate: spec.terminate });
        }
        for violation in &mut violations {
            // An argument may stand in the name of a field too.
            violation.field = args.redact(&violation.field);
            violation.message = args.redact(&violation.message);
        }
        Err(violations)
    }

    /// The metric of a name.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }
}

/// The most metrics that a run may have.
const METRICS: usize = 1000;

/// The most patterns of one kind that a run may have: each of them is compiled.
const PATTERNS: usize = 100;

/// What there is too much of to be looked at.
fn crowds(spec: &AnalysisRunSpec) -> Vec<Violation> {
    let counts = [
        ("metrics", spec.metrics.len(), METRICS),
        ("dryRun", spec.dry_run.len(), PATTERNS),
        ("measurementRetention", spec.measurement_retention.len(), PATTERNS),
    ];
    let crowds = counts.into_iter().filter(|(_, count, most)| count > most);
    crowds
        .map(|(field, count, most)| Violation::new(field, format!("has {count} entries; {most} is the most")))
        .collect()
}

fn names(spec: &AnalysisRunSpec) -> Vec<Violation> {
    if spec.metrics.is_empty() {
        return vec![Violation::new("metrics", "is empty; name at least one metric")];
    }
    let mut seen = BTreeSet::new();
    let twice = spec.metrics.iter().enumerate().filter(|(_, metric)| !seen.insert(&metric.name));
    twice
        .map(|(index, metric)| {
            Violation::new(format!("metrics[{index}].name"), format!("another metric is called {:?}", metric.name))
        })
        .collect()
}

/// Metrics that have one name once arguments are filled in.
fn namesakes(metrics: &[Metric]) -> impl Iterator<Item = Violation> {
    let mut seen = BTreeSet::new();
    let twice = metrics.iter().map(|metric| &metric.name).filter(move |name| !seen.insert(*name));
    twice.map(|name| Violation::new("metrics", format!("two are called {name:?} once arguments are filled in")))
}

/// Fields nobody knows, in the parts that are no metrics.
fn misspelt(spec: &AnalysisRunSpec) -> Vec<Violation> {
    let dry_run = spec.dry_run.iter().enumerate().map(|(index, rule)| (format!("dryRun[{index}]."), &rule.unknown));
    let retention = spec.measurement_retention.iter().enumerate();
    let retention = retention.map(|(index, rule)| (format!("measurementRetention[{index}]."), &rule.unknown));
    let ttl = spec.ttl_strategy.iter().map(|ttl| ("ttlStrategy.".to_owned(), &ttl.unknown));
    let places = [(String::new(), &spec.unknown)].into_iter().chain(dry_run).chain(retention).chain(ttl);
    let misspelt = places.flat_map(|(place, unknown)| unknown.keys().map(move |name| format!("{place}{name}")));
    misspelt.map(|field| Violation::new(field, "there is no such field")).collect()
}

/// Times to live that no run can have.
fn negative_times(spec: &AnalysisRunSpec) -> Vec<Violation> {
    let Some(ttl) = &spec.ttl_strategy else { return Vec::new() };
    let fields = [
        ("secondsAfterCompletion", ttl.seconds_after_completion),
        ("secondsAfterFailure", ttl.seconds_after_failure),
        ("secondsAfterSuccess", ttl.seconds_after_success),
    ];
    let negative =
        fields.into_iter().filter_map(|(field, seconds)| Some((field, seconds.filter(|seconds| *seconds < 0)?)));
    negative
        .map(|(field, seconds)| {
            Violation::new(format!("ttlStrategy.{field}"), format!("is {seconds}; must be 0 or more"))
        })
        .collect()
}

fn parse_metric(
    metric: &sluice_crds::Metric,
    args: &Args,
    defaults: &Defaults,
    violations: &mut Vec<Violation>,
) -> Option<Metric> {
    let filled = serde_json::to_value(metric).and_then(|json| {
        let (json, unresolved) = interpolate::fill(json, args);
        violations.extend(unresolved);
        Ok(decode(json)?)
    });
    match filled {
        // A text with an argument missing is not what was meant: no use in checking it further.
        Ok(_) if !violations.is_empty() => None,
        Ok(metric) => Metric::parse(&metric, defaults, violations),
        Err(error) => {
            violations.push(Violation::new("", format!("has the wrong shape once arguments are filled in: {error}")));
            None
        }
    }
}

fn mark_dry_runs(rules: &[DryRun], names: &[&str], metrics: &mut [Metric], violations: &mut Vec<Violation>) {
    let patterns = rules.iter().map(|rule| rule.metric_name.as_str()).collect();
    for (_, pattern) in patterns_for("dryRun", patterns, names, violations) {
        for metric in metrics.iter_mut().filter(|metric| pattern.is_match(&metric.name)) {
            metric.dry_run = true;
        }
    }
}

/// Sets how many measurements are kept; of several rules for a metric the first counts.
fn mark_retention(
    rules: &[MeasurementRetention],
    names: &[&str],
    metrics: &mut [Metric],
    violations: &mut Vec<Violation>,
) {
    for (index, _) in rules.iter().enumerate().filter(|(_, rule)| rule.limit < 1) {
        violations.push(Violation::new(format!("measurementRetention[{index}].limit"), "must be at least 1"));
    }
    let patterns = rules.iter().map(|rule| rule.metric_name.as_str()).collect();
    let patterns = patterns_for("measurementRetention", patterns, names, violations);
    for (index, pattern) in patterns.iter().rev() {
        let limit = rules.get(*index).and_then(|rule| usize::try_from(rule.limit).ok());
        for metric in metrics.iter_mut().filter(|metric| pattern.is_match(&metric.name)) {
            metric.keep = limit.unwrap_or(metric.keep);
        }
    }
}

/// The most memory one pattern may take once compiled.
const PATTERN_LIMIT: usize = 1 << 20;

/// The patterns that can be used, each with its index. A pattern is found anywhere in a name.
fn patterns_for(
    field: &str,
    patterns: Vec<&str>,
    names: &[&str],
    violations: &mut Vec<Violation>,
) -> Vec<(usize, Regex)> {
    let mut seen = BTreeSet::new();
    let mut usable = Vec::new();
    for (index, pattern) in patterns.into_iter().enumerate() {
        let regex = RegexBuilder::new(pattern).size_limit(PATTERN_LIMIT).build();
        let message = match regex {
            Err(error) => {
                let error = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
                format!("{pattern:?} is no regular expression: {error}")
            }
            Ok(_) if !seen.insert(pattern) => format!("{pattern:?} is there twice"),
            Ok(regex) if !names.iter().any(|name| regex.is_match(name)) => {
                format!("{pattern:?} matches no metric")
            }
            Ok(regex) => {
                usable.push((index, regex));
                continue;
            }
        };
        violations.push(Violation::new(format!("{field}[{index}].metricName"), message));
    }
    usable
}

#[cfg(test)]
mod tests;
