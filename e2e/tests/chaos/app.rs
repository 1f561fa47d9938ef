//! The five apps, and how each is released.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::time::Duration;

use serde_json::{Value, json};
use sluice_e2e::fixtures;

/// Pods of each app.
pub(crate) const REPLICAS: usize = 3;
/// Part of the version of each app that fails some of its requests.
pub(crate) const BAD: &str = "bad";
/// How many of its requests a bad version fails.
const ERROR_RATE: &str = "0.08";

/// An app, named after what happens to its releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum App {
    /// It goes out through 5, 20 and 50 %, judged by its errors.
    Good,
    /// It fails 8 % of its requests; its analysis takes it back.
    Bad,
    /// A person aborts it.
    Aborted,
    /// Another version comes while it is on its way.
    Superseded,
    /// It goes out at once, beside the old one.
    BlueGreen,
}

impl App {
    pub(crate) const ALL: [Self; 5] = [Self::Good, Self::Bad, Self::Aborted, Self::Superseded, Self::BlueGreen];

    /// The name of its Rollout and its route.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Aborted => "aborted",
            Self::Superseded => "superseded",
            Self::BlueGreen => "blue-green",
        }
    }

    /// The host name of its route.
    pub(crate) fn host(self) -> String {
        format!("{}.test", self.name())
    }

    /// The Services of its route, each with an entry.
    pub(crate) fn services(self) -> Vec<String> {
        let kinds: &[&str] = if self == Self::BlueGreen { &["active"] } else { &["stable", "canary"] };
        kinds.iter().map(|kind| self.service(kind)).collect()
    }

    /// What becomes of a release: taken back, or out.
    pub(crate) fn is_taken_back(self) -> bool {
        matches!(self, Self::Bad | Self::Aborted)
    }

    /// What a release waits for by itself: its pauses, measurements and delays before pods go.
    pub(crate) fn waits(self) -> Duration {
        Duration::from_secs(match self {
            Self::Good => 30,
            Self::Bad | Self::Superseded => 25,
            Self::Aborted => 5,
            Self::BlueGreen => 40,
        })
    }

    /// Its Rollout at a version.
    pub(crate) fn rollout(self, namespace: &str, version: &str) -> Value {
        let mut template = fixtures::pod_template(self.name(), version);
        let container = &mut template["spec"]["containers"][0];
        // On a machine that is busy a probe may be late; that is not what is tested here.
        container["readinessProbe"]["timeoutSeconds"] = json!(20);
        container["readinessProbe"]["failureThreshold"] = json!(5);
        if version.contains(BAD) {
            container["env"] = json!([{"name": "ERROR_RATE", "value": ERROR_RATE}]);
        }
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": self.name(), "namespace": namespace},
            "spec": {
                "replicas": REPLICAS, "revisionHistoryLimit": 3,
                "selector": {"matchLabels": {"app": self.name()}},
                "template": template,
                "strategy": self.strategy(),
            },
        })
    }

    fn strategy(self) -> Value {
        let pause = |time: &str| json!({"pause": {"duration": time}});
        let weight = |weight: u32| json!({"setWeight": weight});
        let judged = |template: &str| json!({"templates": [{"templateName": format!("{}-{template}", self.name())}]});
        match self {
            Self::Good => self.canary(
                &json!([weight(5), pause("4s"), weight(20), {"analysis": judged("thrice")}, weight(50), pause("4s")]),
                Some(judged("errors")),
            ),
            Self::Bad => self.canary(&json!([weight(20), {"pause": {}}]), Some(judged("errors"))),
            Self::Aborted => self.canary(&json!([weight(10), pause("3s"), weight(60), {"pause": {}}]), None),
            Self::Superseded => self.canary(&json!([weight(20), pause("6s"), weight(60), pause("6s")]), None),
            Self::BlueGreen => json!({"blueGreen": {
                "activeService": self.service("active"), "previewService": self.service("preview"),
                "autoPromotionSeconds": 4,
            }}),
        }
    }

    fn canary(self, steps: &Value, analysis: Option<Value>) -> Value {
        let mut canary = json!({
            "canaryService": self.service("canary"), "stableService": self.service("stable"),
            "scaleDownDelaySeconds": 3, "abortScaleDownDelaySeconds": 3,
            "trafficRouting": {"traefik": {"weightedTraefikServiceName": self.name()}},
            "steps": steps,
        });
        if let Some(analysis) = analysis {
            canary["analysis"] = analysis;
        }
        json!({"canary": canary})
    }

    /// All but its Rollout.
    pub(crate) fn surroundings(self, namespace: &str, prometheus: &str) -> Vec<Value> {
        let selector = json!({"app": self.name()});
        let mut names = self.services();
        names.extend((self == Self::BlueGreen).then(|| self.service("preview")));
        let mut objects: Vec<_> = names.iter().map(|name| fixtures::service(name, &selector)).collect();
        let entries = self.services();
        let entries: Vec<_> = entries.iter().map(|name| (name.as_str(), None)).collect();
        objects.push(fixtures::traefik_service(self.name(), &entries));
        objects.push(fixtures::ingress_route(self.name(), &self.host(), self.name()));
        if matches!(self, Self::Good | Self::Bad) {
            objects.push(self.template(namespace, prometheus, "errors", None));
            objects.push(self.template(namespace, prometheus, "thrice", Some(3)));
        }
        objects
    }

    /// Judges by the failed share of what both Traefiks sent to the canary Service; more than 4 % is too much.
    fn template(self, namespace: &str, prometheus: &str, name: &str, count: Option<u32>) -> Value {
        let service = self.service("canary");
        let series = format!("traefik_service_requests_total{{service=\"{namespace}-{service}-80@kubernetescrd\"");
        let failed = format!("(sum(increase({series},code=~\"5..\"}}[6s])) or vector(0))");
        let mut template = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate",
            "metadata": {"name": format!("{}-{name}", self.name())},
            "spec": {"metrics": [{
                "name": "errors", "interval": "1s", "initialDelay": "6s", "consecutiveErrorLimit": 300,
                "failureCondition": "result[0] > 0.04", "successCondition": "result[0] <= 0.04",
                "provider": {"prometheus": {
                    "address": prometheus,
                    "query": format!("{failed} / (sum(increase({series}}}[6s])) > 0)"),
                }},
            }]},
        });
        if let Some(count) = count {
            template["spec"]["metrics"][0]["count"] = json!(count);
        }
        template
    }

    fn service(self, kind: &str) -> String {
        format!("{}-{kind}", self.name())
    }
}
