#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::Kind;
use crate::managed::{Header, Rule, Text};

fn arms() -> Arms {
    Arms { namespace: "shop".into(), canary: "new".into(), stable: "old".into(), whole: 100 }
}

fn web() -> Object {
    Object::new(Kind::HttpRoute, "shop", "web")
}

fn at_web() -> Route {
    Route { routes: vec![web()], by_header: vec![web()] }
}

fn with_rules(rules: &Value) -> Value {
    json!({"metadata": {"namespace": "shop", "name": "web", "generation": 3}, "spec": {"rules": rules}})
}

fn live(route: &Value) -> Live {
    [(web(), route.clone())].into_iter().collect()
}

fn refs(rule: &Value) -> String {
    let told = rule["backendRefs"].as_array().unwrap().iter();
    told.map(|one| format!("{}={}", one["name"].as_str().unwrap(), one["weight"])).collect::<Vec<_>>().join(" ")
}

/// The backends of each rule after the share was written, or why it was not.
fn told(rules: &Value, share: &Share) -> String {
    let (mut after, route) = (with_rules(rules), at_web());
    match route.writes(&live(&after), &arms(), share) {
        Err(mismatch) => mismatch.to_string(),
        Ok(writes) => {
            for write in writes {
                let Write::Patch(object, patch) = write else { panic!("a route is never created") };
                assert_eq!(object, web());
                json_patch::patch(&mut after, &patch).unwrap();
            }
            assert_eq!(route.read(&live(&after), &arms()), Ok(Some(share.clone())), "what was written reads back");
            assert_eq!(route.writes(&live(&after), &arms(), share), Ok(Vec::new()), "a second write is none");
            after["spec"]["rules"].as_array().unwrap().iter().map(refs).collect::<Vec<_>>().join(" / ")
        }
    }
}

fn check(rules: &Value, canary: u32, expected: &str) {
    assert_eq!(told(rules, &Share::of_canary(canary)), expected, "{canary} of {rules}");
}

#[test]
fn every_rule_that_lists_both_arms_gets_the_weights_and_no_other_does() {
    check(
        &json!([
            {"backendRefs": [{"name": "new", "port": 80, "weight": 7}]},
            {"backendRefs": [{"name": "old", "port": 80, "weight": 1}, {"name": "new", "port": 80, "weight": 1}]},
            {"backendRefs": [{"name": "old", "weight": 1}, {"name": "third", "weight": 9}]},
            {"backendRefs": [{"name": "new", "weight": 20}, {"name": "third", "weight": 9}, {"name": "old", "weight": 80}]}
        ]),
        20,
        "new=7 / old=80 new=20 / old=1 third=9 / new=20 third=9 old=80",
    );
}

#[test]
fn services_of_other_namespaces_and_other_kinds_are_no_arms() {
    let refs = json!([
        {"name": "new", "namespace": "other", "weight": 1}, {"name": "new", "kind": "ServiceImport", "group": "x", "weight": 2},
        {"name": "new", "kind": "Service", "group": "", "namespace": "shop", "weight": 3}, {"name": "old", "weight": 4}
    ]);
    check(&json!([{"backendRefs": refs}]), 100, "new=1 new=2 new=100 old=0");
}

#[test]
fn a_route_that_cannot_carry_a_release_says_what_to_do() {
    check(
        &json!([{"backendRefs": [{"name": "old"}]}, {"backendRefs": [{"name": "typo"}]}, {"matches": []}]),
        20,
        "HTTPRoute \"web\": find a rule that lists both Service \"new\" and Service \"old\" in its backendRefs: its rules list old, typo; add both to the rule whose traffic is to be shared",
    );
    check(
        &json!("typo"),
        20,
        "HTTPRoute \"web\": find a rule that lists both Service \"new\" and Service \"old\" in its backendRefs: no rule lists a Service of the Rollout's namespace; add both to the rule whose traffic is to be shared",
    );
    check(
        &json!([{"backendRefs": [{"name": "old"}, {"name": "new", "port": 1}, {"name": "new", "port": 2}]}]),
        20,
        "HTTPRoute \"web\": find Service \"new\" in spec.rules[0].backendRefs: it has 2 entries; leave one",
    );
    let missing = at_web().read(&Live::default(), &arms()).unwrap_err();
    assert_eq!(missing.to_string(), "HTTPRoute \"web\" not found in namespace shop; create it or correct the name");
}

#[test]
fn rules_that_disagree_read_as_nothing() {
    let read = |rules: Value| at_web().read(&live(&with_rules(&rules)), &arms()).unwrap();
    let rule =
        |new: u32, old: u32| json!({"backendRefs": [{"name": "new", "weight": new}, {"name": "old", "weight": old}]});
    assert_eq!(read(json!([rule(20, 80), rule(20, 80)])), Some(Share::of_canary(20)));
    assert_eq!(read(json!([rule(20, 80), rule(5, 95)])), None);
    assert_eq!(read(json!([rule(1, 1)])), None, "as the API fills in what is left out");
}

#[test]
fn services_of_an_experiment_come_to_every_rule_and_go_again() {
    let rules = json!([
        {"backendRefs": [{"name": "old", "port": 80, "weight": 80}, {"name": "new", "port": 80, "weight": 20}]},
        {"backendRefs": [{"name": "new", "port": 81, "weight": 20}, {"name": "old", "port": 81, "weight": 80}]}
    ]);
    let others = BTreeMap::from([("exp-a".to_owned(), 5), ("exp-b".to_owned(), 10)]);
    let share = Share { canary: 20, others, ..Share::default() };
    assert_eq!(told(&rules, &share), "old=65 new=20 exp-a=5 exp-b=10 / new=20 old=65 exp-a=5 exp-b=10");
    let patch = |route: &mut Value, share: &Share| {
        let patch = super::patch(route, &arms(), share).unwrap().unwrap();
        json_patch::patch(route, &patch).unwrap();
    };
    let mut route = with_rules(&rules);
    patch(&mut route, &share);
    assert_eq!(route.pointer("/spec/rules/1/backendRefs/2"), Some(&json!({"name": "exp-a", "port": 81, "weight": 5})));
    patch(&mut route, &Share::of_canary(20));
    assert_eq!(route["spec"]["rules"], rules);
}

#[test]
fn a_gateway_has_taken_a_route_when_it_says_so_of_the_last_change() {
    let taken = |parents: &Value| {
        let mut route = with_rules(&json!([]));
        route["spec"]["parentRefs"] = json!([{"name": "gw"}]);
        route["status"] = json!({"parents": parents});
        at_web().taken(&live(&route))
    };
    let not_yet = |text: &str| Taken::NotYet(format!("HTTPRoute \"web\": {text}"));
    let says = |kind: &str, status: &str, generation: i64| json!({"type": kind, "status": status, "reason": "Why", "message": "told", "observedGeneration": generation});
    let by = |gateway: &str, conditions: Value| json!({"parentRef": {"name": gateway}, "conditions": conditions});
    let both = |generation| json!([says("Accepted", "True", generation), says("ResolvedRefs", "True", generation)]);
    assert_eq!(taken(&json!([by("gw", both(3))])), Taken::Yes);
    assert_eq!(taken(&json!([by("gw", both(3)), by("past", both(1))])), Taken::Yes);
    assert_eq!(taken(&json!([by("gw", both(2))])), not_yet("gw has not seen the last change yet"));
    assert_eq!(taken(&json!([by("gw", json!([says("Accepted", "True", 3)]))])), not_yet("gw says no ResolvedRefs yet"));
    let refused = json!([says("Accepted", "False", 3)]);
    assert_eq!(taken(&json!([by("gw", refused)])), not_yet("gw says Accepted False: Why: told"));
    let nobody = not_yet("no Gateway has taken it up; look at its spec.parentRefs and at the Gateway's listeners");
    assert_eq!(taken(&json!([by("past", both(3))])), nobody);
    assert_eq!(taken(&json!([])), nobody);
}

fn header(name: &str, value: Text) -> Managed {
    Managed { name: name.to_owned(), rule: Rule::Headers(vec![Header { name: "x-user".to_owned(), value }]) }
}

/// The rules once these are the header routes.
fn managed(route: &mut Value, routes: &[Managed]) -> Value {
    let share = Share { canary: 20, routes: routes.to_vec(), ..Share::default() };
    for write in at_web().writes(&live(route), &arms(), &share).unwrap() {
        let Write::Patch(_, patch) = write else { panic!("a route is never created") };
        json_patch::patch(route, &patch).unwrap();
    }
    assert_eq!(at_web().read(&live(route), &arms()), Ok(Some(share.clone())), "what was written reads back");
    assert_eq!(at_web().writes(&live(route), &arms(), &share), Ok(Vec::new()), "a second write is none");
    route["spec"]["rules"].clone()
}

fn shared_rules() -> Value {
    json!([
        {"backendRefs": [{"name": "third", "port": 80}]},
        {
            "name": "main", "matches": [{"path": {"type": "PathPrefix", "value": "/a"}}, {"headers": [{"name": "h", "value": "v"}]}],
            "filters": [{"type": "URLRewrite"}],
            "backendRefs": [{"name": "old", "port": 80, "weight": 80}, {"name": "new", "port": 81, "weight": 20}]
        }
    ])
}

#[test]
fn a_header_route_is_put_first_like_the_rules_that_share_traffic_and_goes_without_a_trace() {
    let mut route = with_rules(&shared_rules());
    let rules = managed(&mut route, &[header("beta", Text::Exact("beta".into()))]);
    let wanted = json!({"type": "Exact", "name": "x-user", "value": "beta"});
    assert_eq!(
        rules[0],
        json!({
            "matches": [
                {"path": {"type": "PathPrefix", "value": "/a"}, "headers": [wanted]},
                {"headers": [{"name": "h", "value": "v"}, wanted]}
            ],
            "filters": [{"type": "URLRewrite"}],
            "backendRefs": [{"name": "new", "port": 81}]
        })
    );
    assert_eq!((&rules[1], &rules[2]), (&shared_rules()[0], &shared_rules()[1]));
    assert_eq!(managed(&mut route, &[]), shared_rules());
    assert_eq!(route["metadata"]["annotations"], json!({}));
}

#[test]
fn header_routes_keep_their_order_and_weights_go_on_beneath_them() {
    let mut route = with_rules(&shared_rules());
    let (one, two) = (header("one", Text::Prefix("a.b".into())), header("two", Text::Regex("^x".into())));
    managed(&mut route, std::slice::from_ref(&two));
    let rules = managed(&mut route, &[one.clone(), two.clone()]);
    let value = |rule: usize| rules[rule]["matches"][0]["headers"][0]["value"].as_str().unwrap().to_owned();
    assert_eq!((value(0), value(1)), ("^a\\.b.*$".to_owned(), "^x".to_owned()));
    let patch = super::patch(&route, &arms(), &Share::of_canary(60)).unwrap().unwrap();
    json_patch::patch(&mut route, &patch).unwrap();
    assert_eq!(refs(&route["spec"]["rules"][3]), "old=40 new=60");
    let read = at_web().read(&live(&route), &arms()).unwrap().unwrap();
    assert_eq!((read.canary, read.routes), (60, vec![one, two]));
}

#[test]
fn what_an_api_server_fills_in_is_no_change_and_what_people_do_is_put_right() {
    let mut route = with_rules(&shared_rules());
    let beta = [header("beta", Text::Exact("beta".into()))];
    managed(&mut route, &beta);
    route["spec"]["rules"][0]["backendRefs"][0]["weight"] = json!(1);
    route["spec"]["rules"][0]["backendRefs"][0]["kind"] = json!("Service");
    assert_eq!(at_web().read(&live(&route), &arms()).unwrap().unwrap().routes, beta);
    // Another manifest is applied: the annotation stays, the rules are the user's own again.
    route["spec"]["rules"] = shared_rules();
    assert_eq!(at_web().read(&live(&route), &arms()), Ok(None));
    assert_eq!(managed(&mut route, &[]), shared_rules(), "none of the user's rules is taken for a release's");
    // The rule beneath is changed: so is the one made of it.
    managed(&mut route, &beta);
    route["spec"]["rules"][2]["matches"] = json!([{"path": {"type": "PathPrefix", "value": "/b"}}]);
    assert_eq!(at_web().read(&live(&route), &arms()), Ok(None));
    assert_eq!(managed(&mut route, &beta)[0]["matches"][0]["path"]["value"], "/b");
    assert_eq!(managed(&mut route, &[]).as_array().map(Vec::len), Some(2));
}

#[test]
fn in_ping_pong_the_services_swap() {
    let route = with_rules(&json!([{"backendRefs": [{"name": "old", "weight": 0}, {"name": "new", "weight": 100}]}]));
    let swapped = Arms { canary: "old".into(), stable: "new".into(), ..arms() };
    let none = Share::of_canary(0);
    assert_eq!(at_web().read(&live(&route), &swapped), Ok(Some(none.clone())), "all traffic is where it was");
    assert_eq!(at_web().writes(&live(&route), &swapped, &none), Ok(Vec::new()));
}
