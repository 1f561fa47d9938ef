//! Scenarios in few words.

use serde_json::{Value, json};

use crate::actors::slack::CHANNEL;

use super::{LENDER, NAME, NAMESPACE, POLICY, Scenario, TEMPLATE, WATCHED};

/// A step that sets the share of the new version.
pub fn weight(percent: u32) -> Value {
    json!({"setWeight": percent})
}

/// A step that sets the number of new pods apart from their share: `replicas`, `weight` or `matchTrafficWeight`.
pub fn scale(form: &str, value: impl Into<Value>) -> Value {
    json!({"setCanaryScale": {form: value.into()}})
}

/// A step that waits for a person.
pub fn pause() -> Value {
    json!({"pause": {}})
}

/// A step that waits so long.
pub fn pause_for(length: &str) -> Value {
    json!({"pause": {"duration": length}})
}

/// A step that waits for the verdict of the AnalysisTemplate.
pub fn analysis() -> Value {
    json!({"analysis": templates()})
}

/// A step that lets requests with this value of a header go to the new version; without one it ends that.
pub fn testers(value: Option<&str>) -> Value {
    let header = |value: &str| json!({"headerName": "X-Tester", "headerValue": {"exact": value}});
    let headers: Vec<_> = value.into_iter().map(header).collect();
    json!({"setHeaderRoute": {"name": "testers", "match": headers}})
}

/// A step that copies so many of a hundred requests to the new version.
pub fn mirror(percentage: u32) -> Value {
    json!({"setMirrorRoute": {"name": "copies", "percentage": percentage, "match": [{"method": {"exact": "GET"}}]}})
}

/// A step that runs a pod of each version beside the release for so long.
pub fn experiment(length: &str) -> Value {
    json!({"experiment": {"duration": length, "templates": sets()}})
}

/// The same, with so many percent of the traffic for each of the two pods.
pub fn experiment_with_traffic(length: &str, percent: u32) -> Value {
    let mut sets = sets();
    for set in sets.as_array_mut().into_iter().flatten() {
        set["weight"] = json!(percent);
    }
    json!({"experiment": {"duration": length, "templates": sets}})
}

/// One that lasts until the AnalysisTemplate's verdict.
pub fn analysed_experiment() -> Value {
    let analysis = json!({"name": TEMPLATE, "templateName": TEMPLATE, "requiredForCompletion": true});
    json!({"experiment": {"templates": sets(), "analyses": [analysis]}})
}

fn sets() -> Value {
    let set = |name: &str, of: &str| json!({"name": name, "specRef": of, "metadata": {"labels": {"set": name}}});
    json!([set("old", "stable"), set("new", "canary")])
}

fn templates() -> Value {
    json!({"templates": [{"templateName": TEMPLATE}]})
}

impl Scenario {
    /// A canary whose traffic Traefik shares out.
    pub fn canary(name: &str, replicas: u32, steps: impl IntoIterator<Item = Value>) -> Self {
        let strategy = json!({"canary": {
            "canaryService": "canary", "stableService": "stable",
            "trafficRouting": {"traefik": {"weightedTraefikServiceName": NAME}},
            "steps": steps.into_iter().collect::<Vec<_>>(),
        }});
        let mut scenario = Self::new(name, replicas, &strategy);
        scenario.around.extend([service("canary"), service("stable"), route(["stable", "canary"])]);
        scenario
    }

    /// The same with two Services that take turns.
    pub fn ping_pong(name: &str, replicas: u32, steps: impl IntoIterator<Item = Value>) -> Self {
        let strategy = json!({"canary": {
            "pingPong": {"pingService": "ping", "pongService": "pong"},
            "trafficRouting": {"traefik": {"weightedTraefikServiceName": NAME}},
            "steps": steps.into_iter().collect::<Vec<_>>(),
        }});
        let mut scenario = Self::new(name, replicas, &strategy);
        scenario.around.extend([service("ping"), service("pong"), route(["ping", "pong"])]);
        scenario
    }

    /// People in Slack hear of it, with nothing configured but a token.
    #[must_use]
    pub fn told(mut self) -> Self {
        let name = "argo-rollouts-notification-secret";
        let data = json!({"slack-token": "eG94Yi0xMjM0NTY3ODk="});
        let metadata = json!({"name": name, "namespace": NAMESPACE});
        self.around.push(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}));
        let note = json!({"metadata": {"annotations": {"notifications.argoproj.io/subscribe.slack": CHANNEL}}});
        json_patch::merge(&mut self.rollout, &note);
        self
    }

    /// With an IngressRoute before the TraefikService, and these names for routes that steps add beside it.
    #[must_use]
    pub fn entered(mut self, managed: &[&str]) -> Self {
        self.around.push(entry());
        let names: Vec<_> = managed.iter().map(|name| json!({"name": name})).collect();
        self.with("/strategy/canary/trafficRouting/managedRoutes", json!(names))
    }

    /// A canary whose traffic follows the number of pods.
    pub fn by_pods(name: &str, replicas: u32, steps: impl IntoIterator<Item = Value>) -> Self {
        let steps: Vec<_> = steps.into_iter().collect();
        Self::new(name, replicas, &json!({"canary": {"steps": steps, "maxSurge": 1, "maxUnavailable": 0}}))
    }

    /// A blue-green release that promotes by itself.
    pub fn blue_green(name: &str, replicas: u32) -> Self {
        let strategy = json!({"blueGreen": {"activeService": "active", "previewService": "preview"}});
        let mut scenario = Self::new(name, replicas, &strategy);
        scenario.around.extend([service("active"), service("preview")]);
        scenario
    }

    /// An analysis beside the steps.
    #[must_use]
    pub fn watched(self) -> Self {
        self.with("/strategy/canary/analysis", templates())
    }

    /// An analysis beside the steps that does not end before they do.
    #[must_use]
    pub fn watched_throughout(mut self) -> Self {
        let metrics =
            self.around.iter_mut().filter_map(|object| object.pointer_mut("/spec/metrics/0")?.as_object_mut());
        metrics.for_each(|metric| drop(metric.remove("count")));
        self.watched()
    }

    /// An analysis before or after the switch: `prePromotionAnalysis`, `postPromotionAnalysis`.
    #[must_use]
    pub fn judged(self, which: &str) -> Self {
        self.with(&format!("/strategy/blueGreen/{which}"), templates())
    }

    /// A rollback policy watches each version, for so long after its promotion, and takes it back by that strategy.
    #[must_use]
    pub fn guarded(mut self, bake: &str, strategy: &str) -> Self {
        let query = format!("{{new: {WATCHED}, baseline: before}}");
        let trigger = format!("{{type: error_rate_spike, threshold: 5%, duration: 10s, query: {query}}}");
        let target = format!("{{{NAMESPACE}: {{strategy: {strategy}, validation_checks: [health_check]}}}}");
        let policy = format!(
            "interval: 5s\nbake_time: {bake}\ntriggers: [{trigger}]\nprometheus: {{address: http://prometheus.test:9090}}\nrollback_targets: {target}\n"
        );
        self.around.push(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": POLICY, "namespace": NAMESPACE},
            "data": {"rollback-policy.yaml": policy},
        }));
        self
    }

    /// The template is a Deployment's, which has so many pods of its own.
    #[must_use]
    pub fn lent(mut self, pods: u32, scale_down: &str) -> Self {
        let part = |field: &str| self.rollout.pointer(&format!("/spec/{field}")).cloned().unwrap_or_default();
        self.around.push(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": LENDER, "namespace": NAMESPACE},
            "spec": {"replicas": pods, "selector": part("selector"), "template": part("template")},
        }));
        let reference = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": LENDER, "scaleDown": scale_down});
        let borrowed = json!({"spec": {"template": null, "selector": null, "workloadRef": reference}});
        json_patch::merge(&mut self.rollout, &borrowed);
        self
    }

    fn new(name: &str, replicas: u32, strategy: &Value) -> Self {
        let rollout = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": NAME}},
                "template": {
                    "metadata": {"labels": {"app": NAME}},
                    "spec": {"containers": [{"name": NAME, "image": "web:v1", "ports": [{"containerPort": 8080}]}]},
                },
                "strategy": strategy,
            },
        });
        Self { name: name.to_owned(), rollout, around: vec![template()], story: Vec::new() }
    }
}

fn service(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"app": NAME}, "ports": [{"port": 80, "targetPort": 8080}]},
    })
}

fn route(services: [&str; 2]) -> Value {
    json!({
        "apiVersion": "traefik.io/v1alpha1", "kind": "TraefikService",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {"weighted": {"services": services.map(|name| json!({"name": name, "port": 80}))}},
    })
}

fn entry() -> Value {
    json!({
        "apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {"entryPoints": ["web"], "routes": [
            {"kind": "Rule", "match": "Host(`web.test`)", "services": [{"kind": "TraefikService", "name": NAME}]},
        ]},
    })
}

/// Three looks, ten seconds apart, at the share of failed requests; one bad look is too many.
fn template() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate",
        "metadata": {"name": TEMPLATE, "namespace": NAMESPACE},
        "spec": {"metrics": [{
            "name": TEMPLATE, "interval": "10s", "count": 3, "successCondition": "result[0] < 0.05",
            "provider": {"prometheus": {"address": "http://prometheus.test:9090", "query": TEMPLATE}},
        }]},
    })
}
