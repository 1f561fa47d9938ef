//! How metrics went: AnalysisRuns keep their newest measurements only (ten, unless told otherwise), and a chart wants them all.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kube::ResourceExt;
use sluice_crds::AnalysisRun;

use crate::view::{Tone, numbers};

/// The most samples that are kept of one metric. Every other one goes when there are more, so that the whole time stays.
const SAMPLES: usize = 256;
/// The most runs that are kept; that which was measured the longest ago goes.
const RUNS: usize = 1000;

/// One number of one measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it was measured.
    pub at: Timestamp,
    /// The number.
    pub value: f64,
    /// How it was judged.
    pub tone: Tone,
}

/// The samples of one run, by metric.
pub type ByMetric = BTreeMap<String, Vec<Sample>>;

/// The samples of all runs, by uid.
#[derive(Debug, Default)]
pub struct Samples(BTreeMap<String, ByMetric>);

impl Samples {
    /// Takes in what a run has measured since it was last seen.
    pub fn note(&mut self, run: &AnalysisRun) {
        let uid = run.uid().unwrap_or_default();
        let known = self.0.entry(uid).or_default();
        for result in run.status.iter().flat_map(|status| &status.metric_results) {
            let samples = known.entry(result.name.clone()).or_default();
            let last = samples.last().map(|sample| sample.at);
            for measurement in &result.measurements {
                let at = measurement.finished_at.as_ref().map(|time| time.0);
                let Some(at) = at.filter(|at| last.is_none_or(|last| *at > last)) else { continue };
                let tone = Tone::of_analysis(measurement.phase);
                let values = numbers(measurement.value.as_deref().unwrap_or_default());
                samples.extend(values.into_iter().map(|value| Sample { at, value, tone }));
            }
            while samples.len() > SAMPLES {
                thin(samples);
            }
        }
        self.make_room();
    }

    /// Forgets a run that is gone.
    pub fn forget(&mut self, uid: &str) {
        self.0.remove(uid);
    }

    /// Forgets all runs but these.
    pub fn keep(&mut self, is_there: impl Fn(&str) -> bool) {
        self.0.retain(|uid, _| is_there(uid));
    }

    /// What is known of a run.
    pub fn of(&self, uid: &str) -> ByMetric {
        self.0.get(uid).cloned().unwrap_or_default()
    }

    fn make_room(&mut self) {
        while self.0.len() > RUNS {
            let latest = |known: &ByMetric| known.values().filter_map(|samples| Some(samples.last()?.at)).max();
            let oldest = self.0.iter().min_by_key(|(_, known)| latest(known)).map(|(uid, _)| uid.clone());
            oldest.and_then(|uid| self.0.remove(&uid));
        }
    }
}

/// Leaves every other sample out, and the newest in.
fn thin(samples: &mut Vec<Sample>) {
    let newest = samples.len() - 1;
    let mut index = 0;
    samples.retain(|_| {
        index += 1;
        (newest + 1 - index).is_multiple_of(2)
    });
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn run(uid: &str, measurements: &[(i64, &str)]) -> AnalysisRun {
        let at = |second: i64| Timestamp::from_second(second).unwrap().to_string();
        let measurements: Vec<Value> = measurements
            .iter()
            .map(|(second, value)| json!({"phase": "Failed", "value": value, "finishedAt": at(*second)}))
            .collect();
        serde_json::from_value(json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun", "metadata": {"name": "run", "uid": uid},
            "spec": {"metrics": []},
            "status": {"phase": "Running", "metricResults": [{"name": "errors", "phase": "Running", "measurements": measurements}]},
        }))
        .unwrap()
    }

    #[test]
    fn what_a_run_no_longer_keeps_is_still_known() {
        let mut samples = Samples::default();
        samples.note(&run("one", &[(1, "[0.1 0.2]"), (2, "0.3")]));
        samples.note(&run("one", &[(2, "0.3"), (3, "words"), (4, "0.4")]));
        let one = samples.of("one");
        let known = one["errors"].iter().map(|sample| (sample.at.as_second(), sample.value));
        assert_eq!(known.collect::<Vec<_>>(), [(1, 0.1), (1, 0.2), (2, 0.3), (4, 0.4)]);
        samples.forget("one");
        assert_eq!(samples.of("one"), ByMetric::new());
    }

    #[test]
    fn long_runs_keep_their_whole_time_and_the_newest() {
        let mut samples = Samples::default();
        for second in 0..5000 {
            samples.note(&run("one", &[(second, "1")]));
        }
        let one = samples.of("one");
        let known = &one["errors"];
        assert!(known.len() <= SAMPLES && known.len() > SAMPLES / 4, "{}", known.len());
        assert!(known[0].at.as_second() < 100, "{}", known[0].at);
        assert_eq!(known.last().unwrap().at.as_second(), 4999);
    }

    #[test]
    fn the_runs_measured_longest_ago_go() {
        let mut samples = Samples::default();
        for number in 0..=1000 {
            samples.note(&run(&format!("run-{number}"), &[(number, "1")]));
        }
        assert_eq!((samples.of("run-0").len(), samples.of("run-1").len(), samples.of("run-1000").len()), (0, 1, 1));
        samples.keep(|uid| uid == "run-7");
        assert_eq!((samples.of("run-7").len(), samples.of("run-8").len()), (1, 0));
    }
}
