//! AnalysisRuns: what was measured of a revision.

use kube::ResourceExt;
use sluice_analysis::job;
use sluice_crds::{AnalysisPhase, AnalysisRun, MetricResult};

use super::created;
use super::icon::Icon;
use super::node::{Info, Node, Status};
use super::text::Text;

/// The node of an AnalysisRun, with its measurements counted.
pub(crate) fn node(run: &AnalysisRun) -> Node {
    let status = run.status.clone().unwrap_or_default();
    Node {
        glyph: 'α',
        name: Text::plain(run.name_any()),
        kind: "AnalysisRun".into(),
        status: Some(of_phase(status.phase)),
        created: created(run),
        info: counts(&status.metric_results),
        children: status.metric_results.iter().flat_map(jobs).collect(),
    }
}

/// The Jobs that measured a metric, where Jobs do.
fn jobs(result: &MetricResult) -> impl Iterator<Item = Node> {
    let jobs = result.measurements.iter().filter_map(|one| Some((one, one.metadata.get(job::NAME)?)));
    jobs.map(|(measurement, name)| Node {
        glyph: '⊞',
        name: Text::plain(name.clone()),
        kind: "Job".into(),
        status: Some(of_phase(measurement.phase)),
        created: measurement.started_at.as_ref().map(|time| time.0),
        info: Vec::new(),
        children: Vec::new(),
    })
}

/// A phase in a sign and a word.
pub(super) fn of_phase(phase: AnalysisPhase) -> Status {
    let text = if phase.is_unset() { String::new() } else { format!("{phase:?}") };
    Status { icon: Icon::of_analysis(phase), text }
}

/// How many measurements of all metrics came out how.
fn counts(results: &[MetricResult]) -> Vec<Info> {
    let sum = |count: fn(&MetricResult) -> i32| results.iter().map(count).sum::<i32>();
    let counts = [
        (Icon::Ok, sum(|result| result.successful)),
        (Icon::Bad, sum(|result| result.failed)),
        (Icon::Unknown, sum(|result| result.inconclusive)),
        (Icon::Warning, sum(|result| result.error)),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    counts.map(|(icon, count)| Info::Text(icon.text().and(Text::plain(format!(" {count}"))))).collect()
}
