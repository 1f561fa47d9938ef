#![allow(clippy::unwrap_used)]
use serde_json::{Value, json};

use super::*;

fn service(services: &Value) -> Value {
    json!({"metadata": {"namespace": "shop", "name": "web"}, "spec": {"weighted": {"services": services}}})
}

fn arms_named(canary: &str, stable: &str) -> Arms {
    Arms { namespace: "shop".into(), canary: canary.into(), stable: stable.into(), whole: 100 }
}

/// What `patch` leaves of the weights, read as `name=weight name=weight …`; `same` for no patch.
fn patched(services: &Value, canary: u32) -> String {
    let mut live = service(services);
    let (arms, share) = (arms_named("web-canary", "web-stable"), Share::of_canary(canary));
    match patch(&live, &arms, &share) {
        Err(mismatch) => mismatch.to_string(),
        Ok(None) => "same".into(),
        Ok(Some(patch)) => {
            json_patch::patch(&mut live, &patch).unwrap();
            assert_eq!(read(&live, &arms), Ok(Some(share.clone())), "what was written reads back");
            assert_eq!(super::patch(&live, &arms, &share), Ok(None), "a second patch is none");
            let list = live.pointer("/spec/weighted/services").and_then(Value::as_array).unwrap().clone();
            list.iter()
                .map(|e| format!("{}={}", e["name"].as_str().unwrap(), e["weight"]))
                .collect::<Vec<_>>()
                .join(" ")
        }
    }
}

fn check(services: &Value, canary: u32, expected: &str) {
    assert_eq!(patched(services, canary), expected, "{canary} % of {services}");
}

#[test]
fn weights_are_set_where_missing_and_kept_where_right() {
    let fresh = json!([{"name": "web-stable", "port": 80}, {"name": "web-canary", "port": 80}]);
    check(&fresh, 20, "web-stable=80 web-canary=20");
    let running = json!([{"name": "web-stable", "weight": 80}, {"name": "web-canary", "weight": 20}]);
    check(&running, 20, "same");
    check(&running, 0, "web-stable=100 web-canary=0");
    check(&running, 100, "web-stable=0 web-canary=100");
}

#[test]
fn weights_edited_by_hand_are_put_right() {
    check(
        &json!([{"name": "web-stable", "weight": 80}, {"name": "web-canary", "weight": 80}]),
        20,
        "web-stable=80 web-canary=20",
    );
    check(
        &json!([{"name": "web-stable", "weight": "80"}, {"name": "web-canary", "weight": -1}]),
        20,
        "web-stable=80 web-canary=20",
    );
}

#[test]
fn entries_of_others_keep_their_weight() {
    check(
        &json!([
            {"name": "web-canary", "kind": "TraefikService", "weight": 7},
            {"name": "web-canary", "namespace": "other", "weight": 8},
            {"name": "third", "weight": 9},
            {"name": "web-canary", "kind": "Service", "namespace": "shop"},
            {"name": "web-stable", "sticky": {"cookie": {}}}
        ]),
        10,
        "web-canary=7 web-canary=8 third=9 web-canary=10 web-stable=90",
    );
}

#[test]
fn a_list_that_cannot_carry_a_release_says_what_to_do() {
    let none = "read spec.weighted.services: TraefikService has no such list; give it one entry for the canary Service and one for the stable Service";
    check(&json!([]), 10, none);
    check(&json!("typo"), 10, none);
    check(
        &json!([{"name": "web-stable"}, {"name": "typo"}]),
        10,
        "find Service \"web-canary\" in spec.weighted.services: it lists web-stable, typo; add an entry for it or correct the name in the Rollout",
    );
    check(
        &json!([{"name": "web-stable"}, {"name": "web-canary", "port": 1}, {"name": "web-canary", "port": 2}]),
        10,
        "find Service \"web-canary\" in spec.weighted.services: it has 2 entries; leave one",
    );
}

#[test]
fn an_entry_that_moved_makes_the_patch_fail() {
    let live = service(&json!([{"name": "web-stable"}, {"name": "web-canary"}]));
    let patch = patch(&live, &arms_named("web-canary", "web-stable"), &Share::of_canary(5)).unwrap().unwrap();
    let mut moved = service(&json!([{"name": "web-canary"}, {"name": "web-stable"}]));
    assert!(json_patch::patch(&mut moved, &patch).is_err());
}

#[test]
fn what_no_release_wrote_reads_as_nothing() {
    let share = |c: &Value, s: &Value| {
        let live = service(&json!([{"name": "c", "weight": c}, {"name": "s", "weight": s}]));
        read(&live, &arms_named("c", "s")).unwrap().map(|share| share.canary)
    };
    assert_eq!(share(&json!(20), &json!(80)), Some(20));
    assert_eq!(share(&json!(null), &json!(100)), None);
    assert_eq!(share(&json!(20), &json!(20)), None);
    assert_eq!(share(&json!(2.5), &json!(97.5)), None);
    assert_eq!(share(&json!(u64::MAX), &json!(101)), None);
}

#[test]
fn arms_are_told_apart_by_name_or_not_at_all() {
    let arms = |names: &[&str]| {
        let list: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        arms(&service(&json!(list)))
            .map_or_else(|error| error.to_string(), |(canary, stable)| format!("{canary}/{stable}"))
    };
    assert_eq!(arms(&["web", "web-canary"]), "web-canary/web");
    assert_eq!(arms(&["web-canary", "web-stable"]), "web-canary/web-stable");
    assert_eq!(arms(&["web-primary", "web-next"]), "web-next/web-primary");
    assert_eq!(arms(&["canary-demo-stable", "canary-demo-new"]), "canary-demo-new/canary-demo-stable");
    let unclear = |listed| {
        format!(
            "tell canary from stable in spec.weighted.services: it lists {listed}; set spec.strategy.canary.canaryService and stableService"
        )
    };
    assert_eq!(arms(&["blue", "green"]), unclear("blue, green"));
    assert_eq!(arms(&["web-canary-stable", "web"]), unclear("web-canary-stable, web"));
    assert_eq!(arms(&["a", "a-canary", "b"]), unclear("a, a-canary, b"));
    assert_eq!(arms(&["web-canary"]), unclear("web-canary"));
}

#[test]
fn what_an_experiment_added_makes_the_arms_no_less_clear() {
    let mut live = service(&json!([{"name": "web"}, {"name": "web-canary"}, {"name": "try"}]));
    live["metadata"]["annotations"] = json!({"sluice/added-services": "try"});
    assert_eq!(arms(&live).unwrap(), ("web-canary".to_owned(), "web".to_owned()));
}

#[test]
fn an_arm_is_listed_with_its_port_and_how_it_is_reached() {
    let live = service(&json!([
        {"name": "by-number", "port": 80},
        {"name": "by-name", "port": "http", "nativeLB": false},
        {"name": "native", "port": 80, "nativeLB": true},
        {"name": "nodes", "nodePortLB": true}
    ]));
    for (name, port, by_pod) in [
        ("by-number", Some("80"), true),
        ("by-name", Some("http"), true),
        ("native", Some("80"), false),
        ("nodes", None, false),
    ] {
        let port = port.map(str::to_owned);
        assert_eq!(listed(&live, name), Ok(Listed { port, by_pod }), "{name}");
    }
}

#[test]
fn services_of_an_experiment_come_and_go_and_others_stay() {
    let mut live = service(&json!([
        {"name": "web-canary", "port": 80, "weight": 20}, {"name": "third", "weight": 9},
        {"name": "web-stable", "port": 80, "weight": 80, "sticky": {"cookie": {}}}
    ]));
    let before = live.clone();
    let arms = arms_named("web-canary", "web-stable");
    for (others, expected) in [
        (vec![("exp-a", 5), ("exp-b", 10)], "web-canary=20 third=9 web-stable=65 exp-a=5 exp-b=10"),
        (vec![("exp-a", 7), ("exp-b", 10)], "web-canary=20 third=9 web-stable=63 exp-a=7 exp-b=10"),
        (vec![("exp-b", 10)], "web-canary=20 third=9 web-stable=70 exp-b=10"),
        (vec![], "web-canary=20 third=9 web-stable=80"),
    ] {
        let others = others.into_iter().map(|(name, weight)| (name.to_owned(), weight)).collect();
        let share = Share { canary: 20, others, ..Share::default() };
        let patch = patch(&live, &arms, &share).unwrap().unwrap();
        json_patch::patch(&mut live, &patch).unwrap();
        let list = live["spec"]["weighted"]["services"].as_array().unwrap().iter();
        let told: Vec<_> = list.map(|e| format!("{}={}", e["name"].as_str().unwrap(), e["weight"])).collect();
        assert_eq!(told.join(" "), expected);
        assert_eq!(read(&live, &arms), Ok(Some(share.clone())));
        assert_eq!(super::patch(&live, &arms, &share), Ok(None));
    }
    assert_eq!(live["spec"], before["spec"]);
}

#[test]
fn in_ping_pong_the_services_swap() {
    let live = service(&json!([{"name": "web-stable", "weight": 0}, {"name": "web-canary", "weight": 100}]));
    let swapped = arms_named("web-stable", "web-canary");
    assert_eq!(read(&live, &swapped), Ok(Some(Share::of_canary(0))), "all traffic is where it was, by another name");
    assert_eq!(patch(&live, &swapped, &Share::of_canary(0)), Ok(None));
}
