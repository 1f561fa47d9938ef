//! The pods of two revisions as a source of measurements: whether each is ready, and how often its containers restarted.

use std::collections::BTreeMap;

use sluice_crds::{PodsMetric, Violation};

use crate::condition::Value;
use crate::provider::{Answer, checks};

/// The most pods that are looked at of each revision, first by name.
pub const MOST: usize = 200;

/// Whose pods are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodsSource {
    /// The hash of the new version.
    pub canary: String,
    /// That of the stable one.
    pub stable: Option<String>,
}

/// One pod as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it takes requests.
    pub ready: bool,
    /// How often its containers have restarted.
    pub restarts: u32,
}

impl PodsSource {
    /// Checks the provider. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(metric: &PodsMetric, violations: &mut Vec<Violation>) -> Option<Self> {
        let mut found = Vec::new();
        checks::unknown("", &metric.unknown, &mut found);
        if metric.canary.trim().is_empty() {
            found.push(Violation::new(
                "canary",
                "is empty; write the hash of the new version, such as {{args.latest-hash}}",
            ));
        }
        let sound = found.is_empty();
        violations.extend(found.into_iter().map(|violation| violation.within("provider.pods")));
        sound.then(|| Self { canary: metric.canary.clone(), stable: metric.stable.clone() })
    }
}

/// What was seen of the pods, by name, as an answer.
pub fn answer(canary: &BTreeMap<String, Health>, stable: &BTreeMap<String, Health>) -> Answer {
    let ready = |pods: &BTreeMap<String, Health>| pods.values().filter(|pod| pod.ready).count();
    let text = format!("{} of {} ready, stable {} of {}", ready(canary), canary.len(), ready(stable), stable.len());
    let arms = arms("canary", canary).chain(arms("stable", stable)).collect();
    Answer { value: Value::Nil, text, metadata: BTreeMap::new(), arms }
}

fn arms<'a>(arm: &'a str, pods: &'a BTreeMap<String, Health>) -> impl Iterator<Item = (String, f64)> + 'a {
    pods.iter().take(MOST).flat_map(move |(name, pod)| {
        let ready = if pod.ready { 1.0 } else { 0.0 };
        [(format!("{arm} {name} ready"), ready), (format!("{arm} {name} restarts"), f64::from(pod.restarts))]
    })
}
