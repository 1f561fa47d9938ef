//! Series of AnalysisRuns, of the templates they are made of, and of Experiments.

use std::collections::BTreeSet;
use std::fmt;

use sluice_crds::{
    AnalysisPhase, AnalysisRun, AnalysisTemplate, ClusterAnalysisTemplate, Experiment, Metric, MetricProvider,
};

use super::page::{Page, Sample, of};
use crate::key::Key;

pub(super) fn runs(page: &mut Page<'_, '_>, runs: &[&AnalysisRun]) -> fmt::Result {
    let info = |run: &&AnalysisRun| {
        (of(&Key::of(*run), [("phase", phase(run.status.as_ref().map(|status| status.phase)))]), 1)
    };
    page.gauge("analysis_run_info", "An AnalysisRun and how it stands", runs.iter().map(info).collect())?;
    let types = runs.iter().flat_map(|run| types(&Key::of(*run), &run.spec.metrics)).collect();
    page.gauge("analysis_run_metric_type", "A metric of an AnalysisRun and where it comes from", types)?;
    let metrics = runs.iter().flat_map(|run| metric_phases(run)).collect();
    page.gauge("analysis_run_metric_phase", "A metric of an AnalysisRun and how it stands", metrics)
}

/// Those of the whole cluster have an empty namespace.
pub(super) fn templates(
    page: &mut Page<'_, '_>,
    own: &[&AnalysisTemplate],
    cluster: &[&ClusterAnalysisTemplate],
) -> fmt::Result {
    let own = own.iter().map(|one| (Key::of(*one), &one.spec.metrics));
    let cluster = cluster.iter().map(|one| (Key::of(*one), &one.spec.0.metrics));
    let all: Vec<_> = own.chain(cluster).collect();
    let info = all.iter().map(|(key, _)| (of(key, []), 1)).collect();
    page.gauge("analysis_template_info", "An AnalysisTemplate or ClusterAnalysisTemplate", info)?;
    let types = all.iter().flat_map(|(key, metrics)| types(key, metrics)).collect();
    page.gauge("analysis_template_metric_info", "A metric of a template and where it comes from", types)
}

pub(super) fn experiments(page: &mut Page<'_, '_>, experiments: &[&Experiment]) -> fmt::Result {
    let info =
        |one: &&Experiment| (of(&Key::of(*one), [("phase", phase(one.status.as_ref().map(|status| status.phase)))]), 1);
    page.gauge("experiment_info", "An Experiment and how it stands", experiments.iter().map(info).collect())
}

/// Each once, even where two metrics that nobody has checked have the same name: Prometheus takes no series twice.
fn types(key: &Key, metrics: &[Metric]) -> Vec<Sample> {
    let each: BTreeSet<(&str, &str)> = metrics.iter().map(|one| (one.name.as_str(), provider(&one.provider))).collect();
    let labels =
        |(metric, of_type): (&str, &str)| of(key, [("metric", metric.to_owned()), ("type", of_type.to_owned())]);
    each.into_iter().map(|one| (labels(one), 1)).collect()
}

/// A provider by the word that other controllers of this API have for it: a plugin by its name.
fn provider(provider: &MetricProvider) -> &str {
    let named = [
        (provider.prometheus.is_some(), "Prometheus"),
        (provider.job.is_some(), "Job"),
        (provider.kayenta.is_some(), "Kayenta"),
        (provider.web.is_some(), "Web"),
        (provider.wavefront.is_some(), "Wavefront"),
        (provider.new_relic.is_some(), "NewRelic"),
        (provider.datadog.is_some(), "Datadog"),
        (provider.cloud_watch.is_some(), "CloudWatch"),
        (provider.graphite.is_some(), "Graphite"),
        (provider.influxdb.is_some(), "Influxdb"),
        (provider.skywalking.is_some(), "SkyWalking"),
        (provider.pods.is_some(), "Pods"),
    ];
    let named = named.into_iter().find_map(|(is, name)| is.then_some(name));
    named.or_else(|| provider.plugin.keys().next().map(String::as_str)).unwrap_or("Unknown")
}

/// The phases that a metric may be in.
const PHASES: [AnalysisPhase; 6] = [
    AnalysisPhase::Pending,
    AnalysisPhase::Error,
    AnalysisPhase::Failed,
    AnalysisPhase::Successful,
    AnalysisPhase::Running,
    AnalysisPhase::Inconclusive,
];

/// One series for each metric and phase, and 1 for the one that is.
fn metric_phases(run: &AnalysisRun) -> impl Iterator<Item = Sample> {
    let results = run.status.iter().flat_map(|status| &status.metric_results);
    let of_type = |name: &str| {
        let metric = run.spec.metrics.iter().find(|metric| metric.name == name);
        metric.map_or("Unknown", |metric| provider(&metric.provider)).to_owned()
    };
    results.flat_map(move |result| {
        let is = phase(Some(result.phase));
        let (key, of_type) = (Key::of(run), of_type(&result.name));
        PHASES.map(|one| {
            let one = phase(Some(one));
            let value = i64::from(one == is);
            let labels = [
                ("metric", result.name.clone()),
                ("type", of_type.clone()),
                ("dry_run", result.dry_run.to_string()),
                ("phase", one),
            ];
            (of(&key, labels), value)
        })
    })
}

fn phase(phase: Option<AnalysisPhase>) -> String {
    match phase {
        None | Some(AnalysisPhase::Unset) => "Pending".to_owned(),
        Some(phase) => format!("{phase:?}"),
    }
}
