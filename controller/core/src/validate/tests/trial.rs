//! Shares of the traffic for experiments of steps.

use super::*;
use crate::validate::trial;

/// What is wrong with these steps at that routing.
fn wrong(routing: Value, steps: Value) -> String {
    let ports = json!([{"name": "web", "image": "web", "ports": [{"containerPort": 80}]}]);
    let mut spec = json!(changed(
        "/strategy/canary",
        json!({"canaryService": "new", "stableService": "old", "trafficRouting": routing, "steps": steps}),
    ));
    spec["template"]["spec"]["containers"] = ports;
    super::spec(&serde_json::from_value(spec).unwrap(), None).map_or_else(|found| in_lines(&found), |_| String::new())
}

fn traefik() -> Value {
    json!({"traefik": {"weightedTraefikServiceName": "web"}})
}

fn experiment<const N: usize>(weights: [i32; N]) -> Value {
    let template = |(at, weight)| json!({"name": format!("t{at}"), "specRef": "canary", "weight": weight});
    json!({"experiment": {"duration": "1m", "templates": weights.into_iter().enumerate().map(template).collect::<Vec<_>>()}})
}

#[test]
fn an_experiment_gets_no_more_than_the_canary_leaves() {
    assert_eq!(wrong(traefik(), json!([experiment([60, 40]), {"setWeight": 80}, experiment([20, 0])])), "");
    let steps = json!([experiment([60, 41]), {"setWeight": 80}, {"pause": {}}, experiment([20, 1, -1, 101])]);
    expect![[r#"
        spec.strategy.canary.steps[0].experiment.templates[1].weight: makes 101 with the canary's 0 and those before; the whole is 100
        spec.strategy.canary.steps[3].experiment.templates[1].weight: makes 101 with the canary's 80 and those before; the whole is 100
        spec.strategy.canary.steps[3].experiment.templates[2].weight: is -1; must be 0 to 100
        spec.strategy.canary.steps[3].experiment.templates[3].weight: is 101; must be 0 to 100
    "#]]
    .assert_eq(&wrong(traefik(), steps));
}

#[test]
fn an_experiment_gets_traffic_from_routers_that_have_room_for_it() {
    let mut both = traefik();
    for (name, router) in [
        ("gatewayAPI", json!({"httpRoute": "web"})),
        ("istio", json!({"virtualService": {"name": "web"}})),
        ("alb", json!({"ingress": "web", "servicePort": 80})),
        ("smi", json!({})),
    ] {
        assert_eq!(wrong(json!({name: router}), json!([experiment([10])])), "", "{name}");
        both[name] = router;
    }
    assert_eq!(wrong(both.clone(), json!([experiment([10])])), "");
    both["nginx"] = json!({"stableIngress": "web"});
    let apart = json!({"gatewayAPI": {"httpRoute": "web", "namespace": "gateways"}});
    for routing in [both, apart, json!({"apisix": {"route": {"name": "web"}}}), Value::Null] {
        let found = wrong(routing, json!([experiment([10])]));
        let start = "spec.strategy.canary.steps[0].experiment.templates[0].weight: needs traefik, gatewayAPI, istio, alb or smi in";
        assert!(found.starts_with(start), "{found}");
    }
}

#[test]
fn a_service_that_kubernetes_would_refuse_is_told_before_any_release() {
    let names = |rollout: &str, template: &str, service: Value| {
        let templates = json!([{"name": template, "specRef": "canary", "service": service}]);
        let steps = json!([{"experiment": {"templates": templates}}]);
        let spec = json!({"strategy": {"canary": {"steps": steps}}});
        in_lines(&trial::names(rollout, &serde_json::from_value(spec).unwrap()))
    };
    assert_eq!(names("web", "try", json!({})), "");
    assert_eq!(names(&"w".repeat(50), "try", json!(null)), "");
    assert_eq!(names("shop.web", "try", json!({"name": "try"})), "");
    expect![[r#"
        spec.strategy.canary.steps[0].experiment.templates[0].name: its Service would be called "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww-00000000-1-0-try", which must be 1 to 63 of a-z, 0-9 and -, the first a letter and the last no -; give it service.name
        spec.strategy.canary.steps[0].experiment.templates[0].name: its Service would be called "shop.web-00000000-1-0-try", which must be 1 to 63 of a-z, 0-9 and -, the first a letter and the last no -; give it service.name
    "#]]
    .assert_eq(&(names(&"w".repeat(50), "try", json!({})) + &names("shop.web", "try", json!({}))));
}
