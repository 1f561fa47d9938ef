//! What is looked at after a version was taken back, as the spec of an AnalysisRun.

use sluice_crds::{AnalysisRunSpec, HealthJudge, IntOrString, Judge, Metric, MetricProvider, TemplateRef, WebMetric};

use crate::watch::{args, pods, seconds};
use crate::{Check, Rules, Versions};

/// How often is looked.
const LOOKS: i32 = 6;

impl Rules {
    /// What to measure of the version that users have again, but for the AnalysisTemplates of [`Rules::templates`]. `smoke` is
    /// where a smoke test goes that names no address; without one it cannot be made, and says so by failing.
    pub fn checks(&self, versions: &Versions, smoke: Option<&str>) -> AnalysisRunSpec {
        let looks = self.checks.iter().filter_map(|check| match check {
            Check::Health => Some(health(versions, &seconds(self.settings.interval))),
            Check::Smoke(address) => Some(smoke_test(address.as_deref().or(smoke).unwrap_or_default())),
            Check::Template(_) => None,
        });
        AnalysisRunSpec { metrics: looks.collect(), args: args(versions), ..AnalysisRunSpec::default() }
    }

    /// The AnalysisTemplates that are asked as well.
    pub fn templates(&self) -> Vec<TemplateRef> {
        let named =
            self.checks.iter().filter_map(|check| if let Check::Template(name) = check { Some(name) } else { None });
        named.map(|name| TemplateRef { template_name: name.clone(), ..TemplateRef::default() }).collect()
    }
}

/// No pod of the version may fail for a while.
fn health(versions: &Versions, interval: &str) -> Metric {
    let health = HealthJudge { failures: 1, within: "10m".to_owned(), ..HealthJudge::default() };
    Metric {
        name: "health_check".to_owned(),
        interval: Some(interval.to_owned()),
        count: Some(IntOrString::Int(LOOKS)),
        judge: Some(Judge { health: Some(health), ..Judge::default() }),
        provider: pods(&versions.stable, &versions.stable),
        ..Metric::default()
    }
}

/// Any answer that is no error is good. One that cannot be had is tried a few times.
fn smoke_test(url: &str) -> Metric {
    let web = WebMetric { url: url.to_owned(), ..WebMetric::default() };
    Metric {
        name: "smoke_test".to_owned(),
        interval: Some("5s".to_owned()),
        count: Some(IntOrString::Int(1)),
        success_condition: Some("isNil(result) || true".to_owned()),
        provider: MetricProvider { web: Some(web), ..MetricProvider::default() },
        ..Metric::default()
    }
}
