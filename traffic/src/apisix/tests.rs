#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::format_collect
)]
use expect_test::{Expect, expect};

use super::*;
use crate::testing::{self, Objects, canary, owner, written};

fn object(name: &str) -> Object {
    Object::new(Kind::ApisixRoute, "shop", name)
}

/// All ApisixRoutes once that share is written.
fn check(rules: &[&str], objects: Objects, share: &Share, expected: Expect) {
    let route = Route {
        route: object("web"),
        rules: rules.iter().map(|name| (*name).to_owned()).collect(),
        managed: vec!["by-header".into()],
        left: Vec::new(),
        owner: Owner { name: "web".into() },
    };
    let arms = Arms { namespace: "shop".into(), canary: "web-canary".into(), stable: "web-stable".into(), whole: 100 };
    let found = written(objects, share, |live| route.read(live, &arms), |live, share| route.writes(live, &arms, share));
    let text = match found {
        Err(mismatch) => format!("{mismatch}\n"),
        Ok(None) => "same\n".to_owned(),
        Ok(Some(objects)) => {
            objects.iter().map(|(object, route)| format!("{} {}\n", object.name, route["spec"])).collect()
        }
    };
    expected.assert_eq(&text);
}

fn rule(name: &str, canary: u32) -> Value {
    json!({
        "name": name, "match": {"paths": ["/*"], "exprs": [{"subject": {"scope": "Query", "name": "a"}, "op": "Equal", "value": "1"}]},
        "backends": [
            {"serviceName": "web-stable", "servicePort": 80, "weight": 100 - canary},
            {"serviceName": "web-canary", "servicePort": 80, "weight": canary},
        ],
    })
}

fn live(rules: &[Value]) -> Objects {
    Objects::from([(
        object("web"),
        json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"ingressClassName": "apisix", "http": rules}}),
    )])
}

#[test]
fn the_weights_of_the_named_rules_are_set() {
    check(
        &[],
        live(&[rule("any", 20)]),
        &canary(20),
        expect![[r#"
        same
    "#]],
    );
    check(
        &[],
        live(&[rule("web", 20), rule("docs", 20)]),
        &canary(50),
        expect![[r#"
        web {"http":[{"backends":[{"serviceName":"web-stable","servicePort":80,"weight":50},{"serviceName":"web-canary","servicePort":80,"weight":50}],"match":{"exprs":[{"op":"Equal","subject":{"name":"a","scope":"Query"},"value":"1"}],"paths":["/*"]},"name":"web"},{"backends":[{"serviceName":"web-stable","servicePort":80,"weight":80},{"serviceName":"web-canary","servicePort":80,"weight":20}],"match":{"exprs":[{"op":"Equal","subject":{"name":"a","scope":"Query"},"value":"1"}],"paths":["/*"]},"name":"docs"}],"ingressClassName":"apisix"}
    "#]],
    );
    check(
        &["web", "docs"],
        live(&[rule("web", 20), rule("docs", 30)]),
        &canary(30),
        expect![[r#"
        web {"http":[{"backends":[{"serviceName":"web-stable","servicePort":80,"weight":70},{"serviceName":"web-canary","servicePort":80,"weight":30}],"match":{"exprs":[{"op":"Equal","subject":{"name":"a","scope":"Query"},"value":"1"}],"paths":["/*"]},"name":"web"},{"backends":[{"serviceName":"web-stable","servicePort":80,"weight":70},{"serviceName":"web-canary","servicePort":80,"weight":30}],"match":{"exprs":[{"op":"Equal","subject":{"name":"a","scope":"Query"},"value":"1"}],"paths":["/*"]},"name":"docs"}],"ingressClassName":"apisix"}
    "#]],
    );
}

fn by_headers() -> Share {
    let header = |name: &str, value| Header { name: name.into(), value };
    let headers = vec![
        header("A", Text::Exact("x".into())),
        header("B", Text::Prefix("1.2".into())),
        header("C", Text::Regex("^y".into())),
    ];
    Share { routes: vec![Managed { name: "by-header".into(), rule: Rule::Headers(headers) }], ..canary(20) }
}

#[test]
fn a_route_by_header_is_an_object_of_its_own_before_the_users() {
    check(
        &[],
        live(&[rule("web", 20)]),
        &by_headers(),
        expect![[r#"
        by-header {"http":[{"backends":[{"serviceName":"web-canary","servicePort":80,"weight":100}],"match":{"exprs":[{"op":"Equal","subject":{"name":"a","scope":"Query"},"value":"1"},{"op":"Equal","subject":{"name":"A","scope":"Header"},"value":"x"},{"op":"RegexMatch","subject":{"name":"B","scope":"Header"},"value":"^1\\.2"},{"op":"RegexMatch","subject":{"name":"C","scope":"Header"},"value":"^y"}],"paths":["/*"]},"name":"web","priority":1}],"ingressClassName":"apisix"}
        web {"http":[{"backends":[{"serviceName":"web-stable","servicePort":80,"weight":80},{"serviceName":"web-canary","servicePort":80,"weight":20}],"match":{"exprs":[{"op":"Equal","subject":{"name":"a","scope":"Query"},"value":"1"}],"paths":["/*"]},"name":"web"}],"ingressClassName":"apisix"}
    "#]],
    );
}

#[test]
fn of_two_routes_by_header_the_first_of_the_list_comes_first() {
    let route = Route {
        route: object("web"),
        rules: Vec::new(),
        managed: vec!["first".into(), "second".into()],
        left: Vec::new(),
        owner: Owner { name: "web".into() },
    };
    let arms = Arms { namespace: "shop".into(), canary: "web-canary".into(), stable: "web-stable".into(), whole: 100 };
    let [header] = [Header { name: "A".into(), value: Text::Exact("x".into()) }];
    let by_header = |name: &str| Managed { name: name.into(), rule: Rule::Headers(vec![header.clone()]) };
    let share = Share { routes: vec![by_header("first"), by_header("second")], ..canary(20) };
    let mut own = rule("web", 20);
    own["priority"] = json!(10);
    let read = |live: &Live| route.read(live, &arms);
    let objects = written(live(&[own]), &share, read, |live, share| route.writes(live, &arms, share)).unwrap().unwrap();
    let priority = |name: &str| objects[&object(name)].pointer("/spec/http/0/priority").cloned();
    assert_eq!(["first", "second", "web"].map(priority), [12, 11, 10].map(|at| Some(json!(at))));
}

#[test]
fn a_route_by_header_goes_when_no_step_wants_it_and_a_strangers_stays() {
    let mut objects = live(&[rule("web", 20)]);
    objects.insert(object("by-header"), json!({"metadata": {"ownerReferences": owner("web")}, "spec": {}}));
    check(
        &[],
        objects.clone(),
        &canary(20),
        expect![[r#"
        web {"http":[{"backends":[{"serviceName":"web-stable","servicePort":80,"weight":80},{"serviceName":"web-canary","servicePort":80,"weight":20}],"match":{"exprs":[{"op":"Equal","subject":{"name":"a","scope":"Query"},"value":"1"}],"paths":["/*"]},"name":"web"}],"ingressClassName":"apisix"}
    "#]],
    );
    objects.get_mut(&object("by-header")).unwrap()["metadata"] = json!({});
    check(
        &[],
        objects,
        &canary(20),
        expect![[r#"
        ApisixRoute "by-header": is not of Rollout web; delete or rename it
    "#]],
    );
}

#[test]
fn a_route_whose_name_managed_routes_has_lost_is_read_and_goes() {
    let mut objects = live(&[rule("web", 20)]);
    objects.insert(object("old"), json!({"metadata": {"ownerReferences": owner("web")}, "spec": {}}));
    let route = Route {
        route: object("web"),
        rules: Vec::new(),
        managed: Vec::new(),
        left: vec![object("web"), object("old")],
        owner: Owner { name: "web".into() },
    };
    let arms = Arms { namespace: "shop".into(), canary: "web-canary".into(), stable: "web-stable".into(), whole: 100 };
    let now = testing::live(&objects);
    let told = route.read(&now, &arms).unwrap().unwrap();
    assert_eq!(told.routes.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["old"]);
    assert_eq!(route.writes(&now, &arms, &canary(20)).unwrap(), [Write::Delete(object("old"))]);
}

#[test]
fn what_cannot_carry_a_release_says_what_to_do() {
    check(
        &["wep"],
        live(&[rule("web", 20)]),
        &canary(1),
        expect![[r#"
        ApisixRoute "web": spec.http has no rule "wep"; named are web; name one of them in the Rollout
    "#]],
    );
    let mut one_armed = rule("web", 20);
    one_armed["backends"].as_array_mut().unwrap().pop();
    check(
        &[],
        live(&[one_armed]),
        &canary(1),
        expect![[r#"
        ApisixRoute "web": rule "web" has 0 backends for Service "web-canary", among web-stable; it needs one
    "#]],
    );
}

#[test]
fn its_controller_tells_whether_it_synced() {
    let check = |status: &Value, expected: Taken| {
        let route = json!({"metadata": {"generation": 3}, "status": {"conditions": [status]}});
        assert_eq!(taken(&object("web"), &route), expected);
    };
    let condition = |status: &str, seen: i64| json!({"type": "ResourcesAvailable", "status": status, "observedGeneration": seen, "message": "no such service"});
    check(&condition("True", 3), Taken::Yes);
    check(&condition("True", 2), Taken::NotYet("ApisixRoute \"web\" is not synced yet".into()));
    check(&condition("False", 3), Taken::NotYet("APISIX refuses ApisixRoute \"web\": no such service".into()));
    check(&json!({"type": "other"}), Taken::Untold);
}

#[test]
fn in_ping_pong_the_services_swap() {
    let route = Route {
        route: object("web"),
        rules: Vec::new(),
        managed: Vec::new(),
        left: Vec::new(),
        owner: Owner { name: "web".into() },
    };
    let arms = Arms { namespace: "shop".into(), canary: "web-stable".into(), stable: "web-canary".into(), whole: 100 };
    let live = crate::testing::live(&live(&[rule("any", 100)]));
    assert_eq!(route.read(&live, &arms), Ok(Some(canary(0))), "all traffic is where it was, by another name");
    assert_eq!(route.writes(&live, &arms, &canary(0)), Ok(Vec::new()));
}
