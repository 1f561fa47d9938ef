//! Where each field of a Rollout is at home: a Rollout that is healthy without it, and what a value of it needs around.

use serde_json::{Value, json};
use sluice_e2e::fixtures;
use sluice_e2e::hostile::leaf::Leaf;
use sluice_e2e::hostile::path::{Path, complete};

/// A healthy Rollout, and the objects it needs beside it.
pub(crate) struct Home {
    /// Its spec.
    pub(crate) spec: Value,
    /// Services and routes of its own.
    pub(crate) beside: Vec<Value>,
}

/// The Rollout `name` in which the field is tried.
pub(crate) fn of(name: &str, leaf: &Leaf) -> Home {
    let shown = leaf.path.to_string();
    if shown.starts_with("spec.strategy.blueGreen") {
        blue_green(name)
    } else if shown.starts_with("spec.strategy.canary.pingPong") {
        turns(name)
    } else if ROUTED.iter().any(|start| shown.starts_with(start)) {
        routed(name)
    } else if shown.starts_with(LENDER) {
        lent(name)
    } else {
        plain(name)
    }
}

const LENDER: &str = "spec.workloadRef.";

/// Fields that need a router to mean anything.
const ROUTED: [&str; 20] = [
    "spec.strategy.canary.trafficRouting.plugins",
    "spec.strategy.canary.trafficRouting.traefik",
    "spec.strategy.canary.trafficRouting.gatewayAPI",
    "spec.strategy.canary.trafficRouting.istio",
    "spec.strategy.canary.trafficRouting.nginx",
    "spec.strategy.canary.trafficRouting.alb",
    "spec.strategy.canary.trafficRouting.smi",
    "spec.strategy.canary.trafficRouting.apisix",
    "spec.strategy.canary.trafficRouting.managedRoutes",
    "spec.strategy.canary.trafficRouting.maxTrafficWeight",
    "spec.strategy.canary.canaryService",
    "spec.strategy.canary.stableService",
    "spec.strategy.canary.scaleDownDelay",
    "spec.strategy.canary.minPodsPerReplicaSet",
    "spec.strategy.canary.dynamicStableScale",
    "spec.strategy.canary.steps[].setCanaryScale",
    "spec.strategy.canary.steps[].setHeaderRoute",
    "spec.strategy.canary.steps[].experiment.templates[].weight",
    "spec.strategy.canary.steps[].setMirrorRoute",
    "spec.strategy.canary.abortScaleDownDelaySeconds",
];

/// A canary without a router.
pub(crate) fn plain(name: &str) -> Home {
    Home { spec: spec(name, &json!({"canary": {"steps": [{"setWeight": 50}]}})), beside: Vec::new() }
}

/// A canary whose pods a Deployment describes too.
fn lent(name: &str) -> Home {
    let home = plain(name);
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": format!("lender-{name}")},
        "spec": {"replicas": 0, "selector": home.spec["selector"], "template": home.spec["template"]},
    });
    Home { beside: vec![deployment], ..home }
}

fn routed(name: &str) -> Home {
    let [canary, stable] = ["canary", "stable"].map(|role| format!("{role}-{name}"));
    let strategy = json!({"canary": {
        "canaryService": canary, "stableService": stable, "scaleDownDelaySeconds": 1,
        "trafficRouting": {"traefik": {"weightedTraefikServiceName": name}},
        "steps": [{"setWeight": 50}],
    }});
    let entries = [(stable.as_str(), None), (canary.as_str(), None)];
    let selector = json!({"app": name});
    let beside = vec![
        fixtures::service(&canary, &selector),
        fixtures::service(&stable, &selector),
        fixtures::traefik_service(name, &entries),
        fixtures::traefik_service("route", &entries),
        fixtures::ingress_route(name, &format!("{name}.hostile.test"), name),
    ];
    Home { spec: spec(name, &strategy), beside }
}

/// The same with Services that take turns.
fn turns(name: &str) -> Home {
    let Home { mut spec, beside } = routed(name);
    if let Some(canary) = spec.pointer_mut("/strategy/canary").and_then(Value::as_object_mut) {
        let both = ["stable", "canary"].map(|role| canary.remove(&format!("{role}Service")).unwrap_or_default());
        let [first, second] = both;
        canary.insert("pingPong".to_owned(), json!({"pingService": first, "pongService": second}));
    }
    Home { spec, beside }
}

fn blue_green(name: &str) -> Home {
    let [active, preview] = ["active", "preview"].map(|role| format!("{role}-{name}"));
    let strategy =
        json!({"blueGreen": {"activeService": active, "previewService": preview, "scaleDownDelaySeconds": 1}});
    let beside = [&active, &preview].map(|service| fixtures::service(service, &json!({"app": name}))).into();
    Home { spec: spec(name, &strategy), beside }
}

fn spec(name: &str, strategy: &Value) -> Value {
    let container = json!({"name": "app", "image": "sluice-demo/app:v1", "ports": [{"containerPort": 8080}]});
    json!({
        "replicas": 1, "revisionHistoryLimit": 2,
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
        },
        "strategy": strategy,
    })
}

/// The spec with a value in a field, and with what that field needs around it.
pub(crate) fn with(home: &Value, name: &str, leaf: &Leaf, value: Option<&Value>) -> Value {
    let mut object = json!({"spec": home});
    let shown = leaf.path.to_string();
    if shown.starts_with("spec.strategy.canary.steps[].") && !shown.ends_with("setWeight") {
        Path::parse("spec.strategy.canary.steps").remove(&mut object);
    }
    if shown == "spec.strategy.canary.dynamicStableScale" {
        Path::parse("spec.strategy.canary.scaleDownDelaySeconds").remove(&mut object);
    }
    // Beside Traefik, what steps add would have to be such as Traefik knows too.
    if managed_route(&shown).is_some() || shown.starts_with("spec.strategy.canary.trafficRouting.managedRoutes[].") {
        Path::parse("spec.strategy.canary.trafficRouting").remove(&mut object);
    }
    if shown.starts_with(LENDER) {
        Path::parse("spec.template").remove(&mut object);
        let lender = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": format!("lender-{name}")});
        complete(&mut object, &json!({"spec": {"workloadRef": lender}}));
    }
    for around in [&needed(&shown), &leaf.around] {
        complete(&mut object, around);
    }
    match value {
        Some(value) => leaf.path.put(&mut object, of_app(value, name)),
        None => leaf.path.remove(&mut object),
    }
    object["spec"].take()
}

/// Pods of every Rollout have a label of their own; values speak of an app called web.
fn of_app(value: &Value, name: &str) -> Value {
    let mut value = value.clone();
    if value == "lender" {
        return json!(format!("lender-{name}"));
    }
    let labels = value.pointer_mut("/metadata/labels/app");
    if let Some(app) = labels.filter(|app| **app == "web") {
        *app = json!(name);
    }
    value
}

const ANALYSES: [&str; 4] = [
    "spec.strategy.canary.analysis",
    "spec.strategy.canary.steps[].analysis",
    "spec.strategy.blueGreen.prePromotionAnalysis",
    "spec.strategy.blueGreen.postPromotionAnalysis",
];

/// What a router needs whose objects are not in this cluster: the spec is good, and the release says what is missing.
fn router(shown: &str) -> Option<Value> {
    let within = shown.strip_prefix("spec.strategy.canary.trafficRouting.")?;
    let (name, field) = within.split_once('.')?;
    let configured = match name {
        "istio" if field.starts_with("destinationRule") => {
            let rule = json!({"name": "none", "canarySubsetName": "canary", "stableSubsetName": "stable"});
            json!({"virtualService": {"name": "none"}, "destinationRule": rule})
        }
        "istio" if !field.starts_with("virtualServices") => json!({"virtualService": {"name": "none"}}),
        "nginx" if !field.starts_with("stableIngresses") => json!({"stableIngress": "none"}),
        "alb" if !field.starts_with("ingresses") => json!({"ingress": "none", "servicePort": 80}),
        "alb" => json!({"servicePort": 80}),
        "apisix" => json!({"route": {"name": "none"}}),
        _ => return None,
    };
    Some(json!({"spec": {"strategy": {"canary": {"trafficRouting": {name: configured}}}}}))
}

/// What a field needs around it beyond what its schema requires.
fn needed(shown: &str) -> Value {
    let mut object = json!({});
    let analysis =
        ANALYSES.into_iter().find(|place| shown.strip_prefix(place).is_some_and(|rest| rest.starts_with('.')));
    if let Some(place) = analysis {
        Path::parse(place).put(&mut object, self::analysis(shown));
    }
    if shown.starts_with("spec.strategy.canary.trafficRouting.") {
        object = json!({"spec": {"strategy": {"canary": {"trafficRouting": {"traefik": {"weightedTraefikServiceName": "none"}}}}}});
    }
    // At a Gateway managed routes may have any name.
    let at_gateway = ["gatewayAPI.", "managedRoutes[]."];
    if at_gateway.iter().any(|field| shown.starts_with(&format!("spec.strategy.canary.trafficRouting.{field}"))) {
        object = json!({"spec": {"strategy": {"canary": {"trafficRouting": {"gatewayAPI": {"httpRoute": "none"}}}}}});
    }
    object = router(shown).unwrap_or(object);
    if let Some(step) = managed_route(shown) {
        object = step;
    }
    if shown.starts_with("spec.strategy.canary.replicaProgressThreshold.") {
        object = json!({"spec": {"strategy": {"canary": {"replicaProgressThreshold": {"type": "Pods", "value": 1}}}}});
    }
    if shown.starts_with("spec.strategy.canary.steps[].experiment.") {
        object = json!({"spec": {"strategy": {"canary": {"steps": [{"experiment": experiment(shown)}]}}}});
    }
    if shown.starts_with("spec.selector.matchExpressions") {
        object =
            json!({"spec": {"selector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}}});
    }
    object
}

/// An experiment with one of each of what it may have.
fn experiment(shown: &str) -> Value {
    let mut template = json!({"name": "one", "specRef": "canary"});
    if shown.contains("selector.matchExpressions") {
        template["selector"] = json!({"matchExpressions": [{"key": "app", "operator": "Exists"}]});
    }
    let mut analysis = json!({"name": "one", "templateName": "good", "args": [{"name": "limit"}]});
    if !shown.contains("valueFrom") {
        analysis["args"][0]["value"] = json!("1");
    }
    json!({"templates": [template], "analyses": [analysis], "dryRun": [{"metricName": "metric"}]})
}

/// A step that adds a route, at a router that can have it.
fn managed_route(shown: &str) -> Option<Value> {
    let (kind, field) = shown.strip_prefix("spec.strategy.canary.steps[].")?.split_once('.')?;
    let one = match kind {
        "setHeaderRoute" if field.contains("headerValue.") => json!({"headerName": "X-User", "headerValue": {}}),
        "setHeaderRoute" => json!({"headerName": "X-User", "headerValue": {"exact": "me"}}),
        "setMirrorRoute" if field.starts_with("match[].") => json!({}),
        "setMirrorRoute" => json!({"method": {"exact": "GET"}}),
        _ => return None,
    };
    let steps = json!([{kind: {"name": "beta", "match": [one]}}]);
    let routing = json!({"istio": {"virtualService": {"name": "none"}}, "managedRoutes": [{"name": "beta"}]});
    Some(json!({"spec": {"strategy": {"canary": {"trafficRouting": routing, "steps": steps}}}}))
}

/// An analysis with one of each of what it may have.
fn analysis(shown: &str) -> Value {
    let mut analysis = json!({
        "templates": [{"templateName": "good"}],
        "args": [{"name": "limit"}],
        "dryRun": [{"metricName": "metric"}],
        "measurementRetention": [{"metricName": "metric", "limit": 5}],
    });
    if !shown.contains("valueFrom") {
        analysis["args"][0]["value"] = json!("1");
    }
    analysis
}
