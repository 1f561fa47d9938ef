//! The AnalysisRuns of a simulation, measurement by measurement.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use sluice_crds::names::{label, rollout_type};
use sluice_crds::{AnalysisPhase, AnalysisRun, Measurement, decode};

use super::tale::{Analysis, Measured};
use super::words::Words;

/// What is known of them.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    all: Vec<Analysis>,
    /// How many measurements of each metric of each run were told.
    told: BTreeMap<(String, String), i32>,
    count: usize,
}

impl Runs {
    /// Takes in a state of a run. Gives what is new of it in words: the first measurement of a metric, and every one that
    /// came to something else than the one before.
    pub(crate) fn take(&mut self, object: &Value, now: Duration, words: &Words) -> Vec<String> {
        let Ok(run) = decode::<AnalysisRun>(object.clone()) else { return Vec::new() };
        let name = run.metadata.name.clone().unwrap_or_default();
        if !self.all.iter().any(|known| known.name == name) {
            self.all.push(begun(&run, &name, now));
        }
        let status = run.status.unwrap_or_default();
        let mut said = Vec::new();
        for result in &status.metric_results {
            let told = self.told.entry((name.clone(), result.name.clone())).or_default();
            let fresh = result.count.saturating_add(result.error).saturating_sub(*told);
            *told = told.saturating_add(fresh);
            let fresh = usize::try_from(fresh).unwrap_or(0).min(result.measurements.len());
            let from = result.measurements.len() - fresh;
            for measurement in result.measurements.iter().skip(from) {
                said.extend(self.measured(&name, &result.name, measurement, now));
            }
        }
        if let Some(known) = self.all.iter_mut().find(|known| known.name == name) {
            known.phase = if status.phase.is_unset() { "Pending".to_owned() } else { format!("{:?}", status.phase) };
            known.message = words.translate(&status.message.unwrap_or_default());
            if status.phase.is_completed() {
                known.finished.get_or_insert(now);
            }
        }
        said
    }

    fn measured(&mut self, run: &str, metric: &str, one: &Measurement, now: Duration) -> Option<String> {
        self.count += 1;
        let known = self.all.iter_mut().find(|known| known.name == run)?;
        let measured = Measured {
            at: now,
            metric: metric.to_owned(),
            phase: format!("{:?}", one.phase),
            value: for_people(one.value.as_deref().unwrap_or_default()),
            message: one.message.clone().unwrap_or_default(),
        };
        let last = known.measurements.iter().rev().find(|earlier| earlier.metric == metric);
        let is_news = last.is_none_or(|last| last.phase != measured.phase || last.value != measured.value);
        let said = is_news.then(|| sentence(&measured, one.phase));
        known.measurements.push(measured);
        said
    }

    /// How many measurements there were.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Whether one is under way.
    pub(crate) fn any_open(&self) -> bool {
        self.all.iter().any(|run| run.finished.is_none())
    }

    /// All of them.
    pub(crate) fn all(self) -> Vec<Analysis> {
        self.all
    }

    /// Good and other measurements of a run, in words.
    pub(crate) fn tally(&self, text: &str) -> Option<String> {
        let run = self.all.iter().find(|run| text.split([' ', ':']).any(|word| word == run.name))?;
        run.finished?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for measured in &run.measurements {
            *counts.entry(measured.phase.as_str()).or_default() += 1;
        }
        let parts: Vec<_> = counts.iter().map(|(phase, count)| format!("{count} {}", phase.to_lowercase())).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

fn begun(run: &AnalysisRun, name: &str, now: Duration) -> Analysis {
    let empty = BTreeMap::new();
    let labels = run.metadata.labels.as_ref().unwrap_or(&empty);
    let step = || labels.get(label::STEP_INDEX).and_then(|index| index.parse::<usize>().ok()).unwrap_or(0) + 1;
    let role = match labels.get(label::ROLLOUT_TYPE).map_or("", String::as_str) {
        rollout_type::STEP => format!("step {}", step()),
        rollout_type::BACKGROUND => "background".to_owned(),
        rollout_type::PRE_PROMOTION => "before the switch".to_owned(),
        rollout_type::POST_PROMOTION => "after the switch".to_owned(),
        other => other.to_owned(),
    };
    Analysis {
        name: name.to_owned(),
        role,
        started: now,
        finished: None,
        phase: "Pending".to_owned(),
        message: String::new(),
        measurements: Vec::new(),
    }
}

fn sentence(measured: &Measured, phase: AnalysisPhase) -> String {
    let Measured { metric, value, message, .. } = measured;
    match (value.is_empty(), message.is_empty()) {
        (false, true) => format!("{metric} is {value}: {phase:?}"),
        (_, false) => format!("{metric}: {phase:?}: {message}"),
        (true, true) => format!("{metric}: {phase:?}"),
    }
}

/// A list of one reads better as that one.
fn for_people(value: &str) -> String {
    let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.filter(|inner| !inner.is_empty() && !inner.contains(',')).unwrap_or(value).to_owned()
}
