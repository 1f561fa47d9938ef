//! What a run needs now.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sluice_crds::AnalysisRunStatus;

use crate::{
    assess,
    metric::Metric,
    run::Run,
    schedule::{Due, due},
};

/// What to do for a run, and when to look again.
#[derive(Debug)]
pub struct Plan<'run> {
    /// The metrics to measure at once, side by side.
    pub measure: Vec<&'run Metric>,
    /// When to plan again.
    pub wake: Wake,
}

/// When to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// When a measurement is there, or the run changes.
    OnChange,
    /// Then at the latest.
    At(Timestamp),
}

/// Plans a run. `measuring` names the metrics whose measurement is under way.
///
/// *Expected flow*: fold the readings that came in, write the status, plan on the new status, start `measure`.
/// *Guarantees*: never two measurements of one metric at a time; none for a run that ended or is about to.
pub fn plan<'run>(
    run: &'run Run,
    status: &AnalysisRunStatus,
    measuring: &BTreeSet<String>,
    now: Timestamp,
) -> Plan<'run> {
    let mut plan = Plan { measure: Vec::new(), wake: Wake::OnChange };
    if status.phase.is_completed() || assess::ending(run, status) {
        return plan;
    }
    let started = status.started_at.as_ref().map_or(now, |time| time.0);
    for metric in run.metrics.iter().filter(|metric| !measuring.contains(&metric.name)) {
        let result = status.metric_results.iter().find(|result| result.name == metric.name);
        match due(metric, result, started, now) {
            Due::Now => plan.measure.push(metric),
            Due::At(time) => plan.wake = plan.wake.or_at(time),
            Due::Never => {}
        }
    }
    plan
}

impl Wake {
    fn or_at(self, time: Timestamp) -> Self {
        match self {
            Self::OnChange => Self::At(time),
            Self::At(other) => Self::At(other.min(time)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::prometheus::Defaults;

    #[test]
    fn a_run_about_to_end_is_not_measured_even_before_its_status_says_so() {
        let provider = json!({"prometheus": {"address": "http://prometheus", "query": "up"}});
        let spec = serde_json::from_value(json!({"metrics": [{"name": "m", "provider": provider}]})).unwrap();
        let mut run = Run::parse(&spec, |_| None, &Defaults::default()).unwrap();
        let measured =
            |run: &Run| plan(run, &AnalysisRunStatus::default(), &BTreeSet::new(), Timestamp::UNIX_EPOCH).measure.len();
        assert_eq!(measured(&run), 1);
        run.terminate = true;
        assert_eq!(measured(&run), 0);
    }
}
