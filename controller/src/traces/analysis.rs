//! An analysis of a release, as a span. Pure.

use jiff::Timestamp;
use kube::ResourceExt;
use sluice_crds::names::label;
use sluice_crds::{AnalysisPhase, AnalysisRun, AnalysisRunStatus, Time};
use sluice_otlp::{Event, Span, SpanId, Value};

use super::release::Release;
use crate::key::Key;

/// The most measurements of one analysis that are told.
const MOST: usize = 100;

/// The span of a run that ended, within its step where it is of one.
pub(super) fn span(
    release: &Release,
    key: &Key,
    run: &AnalysisRun,
    ended: &AnalysisRunStatus,
    now: Timestamp,
) -> Option<Span> {
    let at = |time: Option<&Time>| time.map(|time| time.0);
    let from = at(ended.started_at.as_ref()).or_else(|| run.creation_timestamp().map(|time| time.0))?;
    let kind = run.labels().get(label::ROLLOUT_TYPE).cloned().unwrap_or_default();
    let step = run.labels().get(label::STEP_INDEX).and_then(|at| at.parse().ok()).map(|at| release.step(at));
    let is_well = ended.phase == AnalysisPhase::Successful;
    let why = || format!("{:?}: {}", ended.phase, ended.message.clone().unwrap_or_default());
    Some(Span {
        trace: release.trace.clone(),
        id: SpanId::of(&release.trace, &["analysis", &run.uid()?]),
        parent: Some(step.unwrap_or_else(|| release.id.clone())),
        name: "analysis".to_owned(),
        from,
        to: at(ended.completed_at.as_ref()).unwrap_or(now),
        attributes: vec![
            ("sluice.analysis", key.name.clone().into()),
            ("sluice.analysis.kind", kind.into()),
            ("sluice.analysis.phase", format!("{:?}", ended.phase).into()),
        ],
        events: measurements(ended),
        failed: (!is_well).then(|| why().trim_end_matches(": ").to_owned()),
    })
}

/// What was measured, in the order of time.
fn measurements(ended: &AnalysisRunStatus) -> Vec<Event> {
    let each = ended.metric_results.iter().flat_map(|result| {
        result.measurements.iter().filter_map(|one| {
            let at = one.finished_at.as_ref()?.0;
            let mut attributes: Vec<(&'static str, Value)> = vec![("phase", format!("{:?}", one.phase).into())];
            attributes.extend(one.value.clone().map(|value| ("value", value.into())));
            attributes.extend(one.message.clone().map(|message| ("message", message.into())));
            Some(Event { at, name: result.name.clone(), attributes })
        })
    });
    let mut all: Vec<Event> = each.collect();
    all.sort_by_key(|event| event.at);
    let surplus = all.len().saturating_sub(MOST);
    all.split_off(surplus)
}
