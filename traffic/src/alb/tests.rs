#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::format_collect
)]
use expect_test::{Expect, expect};

use super::*;
use crate::Kind;
use crate::testing::{Objects, canary, written};

fn ingress(name: &str) -> Object {
    Object::new(Kind::Ingress, "shop", name)
}

fn route() -> Route {
    Route {
        ingresses: vec![ingress("main")],
        port: 80,
        root: None,
        prefix: PREFIX.to_owned(),
        sticky: None,
        managed: vec!["first".into(), "second".into()],
        rollout: "web".into(),
    }
}

fn arms() -> Arms {
    Arms { namespace: "shop".into(), canary: "web-canary".into(), stable: "web-stable".into(), whole: 100 }
}

/// The annotations and the paths of all Ingresses once that share is written.
fn check(route: &Route, objects: Objects, arms: &Arms, share: &Share, expected: Expect) {
    let found = written(objects, share, |live| route.read(live, arms), |live, share| route.writes(live, arms, share));
    let text = match found {
        Err(mismatch) => format!("{mismatch}\n"),
        Ok(None) => "same\n".to_owned(),
        Ok(Some(objects)) => objects.values().map(told).collect(),
    };
    expected.assert_eq(&text);
}

fn told(ingress: &Value) -> String {
    let annotations = ingress["metadata"]["annotations"].as_object().unwrap();
    let lines = annotations.iter().map(|(name, text)| format!("{name} = {}\n", text.as_str().unwrap()));
    let paths: Vec<&str> = paths(ingress).filter_map(service).collect();
    lines.chain([format!("paths: {}\n", paths.join(" "))]).collect()
}

fn object(name: &str, service: &str, annotations: &Value) -> Objects {
    let rules = json!([{"http": {"paths": [path(service)]}}]);
    let meta = json!({"name": name, "namespace": "shop", "annotations": annotations});
    Objects::from([(ingress(name), json!({"metadata": meta, "spec": {"rules": rules}}))])
}

#[test]
fn an_action_shares_traffic_out() {
    check(
        &route(),
        object("main", "web-stable", &json!({"mine": "kept"})),
        &arms(),
        &canary(20),
        expect![[r#"
        alb.ingress.kubernetes.io/actions.web-stable = {"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web-canary","ServicePort":"80","Weight":20},{"ServiceName":"web-stable","ServicePort":"80","Weight":80}]}}
        mine = kept
        rollouts.argoproj.io/managed-alb-annotations = {"web":["alb.ingress.kubernetes.io/actions.web-stable"]}
        paths: web-stable
    "#]],
    );
}

/// An Ingress as the established controller leaves it.
fn running() -> Objects {
    object(
        "main",
        "web-stable",
        &json!({
            "alb.ingress.kubernetes.io/actions.web-stable":
                "{ \"Type\": \"forward\", \"ForwardConfig\": {\"TargetGroups\": [{\"Weight\":20,\"ServiceName\":\"web-canary\",\"ServicePort\":\"80\"},{\"ServiceName\":\"web-stable\",\"ServicePort\":\"80\",\"Weight\":80}]}}",
            KEPT: r#"{"other":["alb.ingress.kubernetes.io/actions.other"],"web":["alb.ingress.kubernetes.io/actions.web-stable"]}"#,
        }),
    )
}

#[test]
fn what_says_the_same_in_other_words_is_left_as_it_is() {
    check(
        &route(),
        running(),
        &arms(),
        &canary(20),
        expect![[r#"
        same
    "#]],
    );
}

#[test]
fn another_rollout_on_the_same_ingress_keeps_its_own() {
    check(
        &route(),
        running(),
        &arms(),
        &canary(100),
        expect![[r#"
        alb.ingress.kubernetes.io/actions.web-stable = {"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web-canary","ServicePort":"80","Weight":100},{"ServiceName":"web-stable","ServicePort":"80","Weight":0}]}}
        rollouts.argoproj.io/managed-alb-annotations = {"other":["alb.ingress.kubernetes.io/actions.other"],"web":["alb.ingress.kubernetes.io/actions.web-stable"]}
        paths: web-stable
    "#]],
    );
}

#[test]
fn a_root_service_stickiness_a_prefix_and_an_experiment_are_written() {
    let route = Route { root: Some("root".into()), sticky: Some(3600), prefix: "lb.example.com".into(), ..route() };
    let share = Share { canary: 20, others: BTreeMap::from([("exp".into(), 10)]), ..Share::default() };
    check(
        &route,
        object("main", "root", &json!({})),
        &arms(),
        &share,
        expect![[r#"
        lb.example.com/actions.root = {"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web-canary","ServicePort":"80","Weight":20},{"ServiceName":"exp","ServicePort":"80","Weight":10},{"ServiceName":"web-stable","ServicePort":"80","Weight":70}],"TargetGroupStickinessConfig":{"Enabled":true,"DurationSeconds":3600}}}
        rollouts.argoproj.io/managed-alb-annotations = {"web":["lb.example.com/actions.root"]}
        paths: root
    "#]],
    );
}

fn by_header(name: &str) -> Managed {
    let header = Header { name: "X-Canary".into(), value: Text::Exact("yes".into()) };
    Managed { name: name.into(), rule: Rule::Headers(vec![header]) }
}

#[test]
fn routes_by_header_come_first_and_in_order_and_go_again() {
    let share = Share { routes: vec![by_header("first"), by_header("second")], ..canary(20) };
    check(
        &route(),
        running(),
        &arms(),
        &share,
        expect![[r#"
        alb.ingress.kubernetes.io/actions.first = {"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web-canary","ServicePort":"80","Weight":100}]}}
        alb.ingress.kubernetes.io/actions.second = {"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web-canary","ServicePort":"80","Weight":100}]}}
        alb.ingress.kubernetes.io/actions.web-stable = { "Type": "forward", "ForwardConfig": {"TargetGroups": [{"Weight":20,"ServiceName":"web-canary","ServicePort":"80"},{"ServiceName":"web-stable","ServicePort":"80","Weight":80}]}}
        alb.ingress.kubernetes.io/conditions.first = [{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-Canary","values":["yes"]}}]
        alb.ingress.kubernetes.io/conditions.second = [{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-Canary","values":["yes"]}}]
        rollouts.argoproj.io/managed-alb-annotations = {"other":["alb.ingress.kubernetes.io/actions.other"],"web":["alb.ingress.kubernetes.io/actions.web-stable","alb.ingress.kubernetes.io/actions.first","alb.ingress.kubernetes.io/actions.second","alb.ingress.kubernetes.io/conditions.first","alb.ingress.kubernetes.io/conditions.second"]}
        paths: first second web-stable
    "#]],
    );
    let mut with = running();
    let live = crate::testing::live(&with);
    for write in route().writes(&live, &arms(), &share).unwrap() {
        let Write::Patch(object, patch) = write else { unreachable!() };
        json_patch::patch(with.get_mut(&object).unwrap(), &patch).unwrap();
    }
    let only_second = Share { routes: vec![by_header("second")], ..canary(20) };
    check(
        &route(),
        with,
        &arms(),
        &only_second,
        expect![[r#"
        alb.ingress.kubernetes.io/actions.second = {"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web-canary","ServicePort":"80","Weight":100}]}}
        alb.ingress.kubernetes.io/actions.web-stable = { "Type": "forward", "ForwardConfig": {"TargetGroups": [{"Weight":20,"ServiceName":"web-canary","ServicePort":"80"},{"ServiceName":"web-stable","ServicePort":"80","Weight":80}]}}
        alb.ingress.kubernetes.io/conditions.second = [{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-Canary","values":["yes"]}}]
        rollouts.argoproj.io/managed-alb-annotations = {"other":["alb.ingress.kubernetes.io/actions.other"],"web":["alb.ingress.kubernetes.io/actions.web-stable","alb.ingress.kubernetes.io/actions.second","alb.ingress.kubernetes.io/conditions.second"]}
        paths: second web-stable
    "#]],
    );
}

#[test]
fn in_ping_pong_the_services_swap_and_the_action_stays() {
    let route = Route { root: Some("root".into()), ..route() };
    let swapped = Arms { canary: "web-stable".into(), stable: "web-canary".into(), ..arms() };
    let action = r#"{"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web-canary","ServicePort":"80","Weight":100},{"ServiceName":"web-stable","ServicePort":"80","Weight":0}]}}"#;
    let live = object(
        "main",
        "root",
        &json!({"alb.ingress.kubernetes.io/actions.root": action, KEPT: r#"{"web":["alb.ingress.kubernetes.io/actions.root"]}"#}),
    );
    check(
        &route,
        live,
        &swapped,
        &canary(0),
        expect![[r#"
            same
        "#]],
    );
}

#[test]
fn what_cannot_carry_a_release_says_what_to_do() {
    check(
        &route(),
        object("main", "docs", &json!({})),
        &arms(),
        &canary(1),
        expect![[r#"
        Ingress "main": no path of spec.rules goes to Service "web-stable"; add one with the port name use-annotation, or correct the name in the Rollout
    "#]],
    );
    check(
        &route(),
        object("main", "web-stable", &json!({KEPT: "oops"})),
        &arms(),
        &canary(1),
        expect![[r#"
        Ingress "main": read annotation rollouts.argoproj.io/managed-alb-annotations: expected value at line 1 column 1; remove the annotation, it is written anew
    "#]],
    );
}
