//! Routes that steps add, at routers of which not each can do everything.

use super::*;

/// At Istio and at a load balancer of AWS: testers by header at both, copies at Istio.
fn strategy() -> Value {
    let header = json!({"name": "testers", "match": [{"headerName": "X-Tester", "headerValue": {"exact": "yes"}}]});
    let copies = json!({"name": "copies", "match": [{"path": {"prefix": "/shop"}}], "percentage": 35});
    json!({"canary": {
        "canaryService": "web-canary", "stableService": "web-stable",
        "trafficRouting": {
            "istio": {"virtualService": {"name": "web"}},
            "alb": {"ingress": "web", "servicePort": 80},
            "managedRoutes": [{"name": "testers"}, {"name": "copies"}],
        },
        "steps": [{"setWeight": 20}, {"setHeaderRoute": header}, {"setMirrorRoute": copies}, {"pause": {}}],
    }})
}

/// By subsets of a DestinationRule, with no Services of the two arms.
fn by_subsets() -> Story {
    let rule = json!({"name": "web", "canarySubsetName": "new", "stableSubsetName": "old"});
    let mut story = Story::new(json!({"canary": {
        "scaleDownDelaySeconds": 0,
        "trafficRouting": {"istio": {"virtualService": {"name": "web"}, "destinationRule": rule}},
        "steps": [{"setWeight": 20}],
    }}));
    let entry = |subset: &str, weight| json!({"destination": {"host": "web", "subset": subset}, "weight": weight});
    let own = json!({"route": [entry("old", 100), entry("new", 0)]});
    story.put(&format!("{VIRTUAL_SERVICES}/web"), json!({
        "apiVersion": "networking.istio.io/v1alpha3", "kind": "VirtualService", "spec": {"hosts": ["web"], "http": [own]}
    }));
    let subset = |name: &str| json!({"name": name, "labels": {"app": "web"}});
    let spec = json!({"host": "web", "subsets": [subset("old"), subset("new")]});
    let kind = "DestinationRule";
    story.put(
        &format!("{DESTINATION_RULES}/web"),
        json!({"apiVersion": "networking.istio.io/v1alpha3", "kind": kind, "spec": spec}),
    );
    story
}

fn story() -> Story {
    let mut story = Story::new(strategy());
    let entry = |host: &str, weight| json!({"destination": {"host": host}, "weight": weight});
    let own = json!({"route": [entry("web-stable", 100), entry("web-canary", 0)]});
    story.put(&format!("{VIRTUAL_SERVICES}/web"), json!({
        "apiVersion": "networking.istio.io/v1alpha3", "kind": "VirtualService", "spec": {"hosts": ["web"], "http": [own]}
    }));
    let backend = json!({"service": {"name": "web-stable", "port": {"name": "use-annotation"}}});
    let paths = json!([{"path": "/*", "pathType": "ImplementationSpecific", "backend": backend}]);
    story.put(
        &format!("{INGRESSES}/web"),
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {"rules": [{"http": {"paths": paths}}]}
        }),
    );
    story
}

impl Story {
    /// The HTTP routes of the VirtualService and the paths of the Ingress, by name.
    fn names(&self) -> (Vec<String>, Vec<String>) {
        let names = |path: &str, list: &str, name: &str| {
            let object = self.get(path);
            let all = object.pointer(list).and_then(Value::as_array).cloned().unwrap_or_default();
            all.iter().map(|one| one.pointer(name).and_then(Value::as_str).unwrap_or("-").to_owned()).collect()
        };
        let http = names(&format!("{VIRTUAL_SERVICES}/web"), "/spec/http", "/name");
        (http, names(&format!("{INGRESSES}/web"), "/spec/rules/0/http/paths", "/backend/service/name"))
    }

    fn new_version(&mut self) {
        let image = json!([{"name": "web", "image": "web:2"}]);
        let spec = json!({"template": {"spec": {"containers": image}}});
        self.edit(&format!("{ROLLOUTS}/web"), json!({"metadata": {"generation": 2}, "spec": spec}));
    }
}

#[tokio::test(start_paused = true)]
async fn each_router_gets_what_it_can_have_of_the_routes_that_steps_add() {
    let mut story = story();
    story.passes(100).await;
    assert_eq!(story.status("/phase"), "Healthy", "{}", story.status("/message"));
    let before = story.names();
    story.new_version();
    story.passes(100).await;
    assert_eq!((story.status("/phase"), story.status("/currentStepIndex")), (json!("Paused"), json!(3)));
    let (http, paths) = story.names();
    assert_eq!(http, ["testers", "copies", "-"]);
    assert_eq!(paths, ["testers", "web-stable"]);
    let copies = story.get(&format!("{VIRTUAL_SERVICES}/web"))["spec"]["http"][1].clone();
    let [stable, canary] = [json!({"host": "web-stable"}), json!({"host": "web-canary"})];
    assert_eq!(
        copies,
        json!({
            "name": "copies", "match": [{"uri": {"prefix": "/shop"}}],
            "route": [{"destination": stable, "weight": 80}, {"destination": canary, "weight": 20}],
            "mirror": canary, "mirrorPercentage": {"value": 35},
        })
    );
    story.transcript.clear();
    story.passes(5).await;
    story.check(&expect![[""]]);
    story.edit(&format!("{ROLLOUTS}/web"), json!({"status": {"abort": true}}));
    story.passes(100).await;
    assert_eq!((story.status("/phase"), story.names()), (json!("Degraded"), before));
}

/// A subset's name is no path of the API server's: asked for as a Service, it was refused, and the old pods stayed for ever.
#[tokio::test(start_paused = true)]
async fn old_pods_go_where_the_arms_are_subsets() {
    let mut story = by_subsets();
    story.passes(100).await;
    assert_eq!(story.status("/phase"), "Healthy", "{}", story.status("/message"));
    story.new_version();
    story.passes(200).await;
    assert_eq!((story.status("/phase"), story.status("/replicas")), (json!("Healthy"), json!(2)));
    assert!(story.log.take().iter().all(|(_, path, _)| !path.starts_with(&format!("{SERVICES}/web/"))));
}
