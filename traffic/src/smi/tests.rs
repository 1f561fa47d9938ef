#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::needless_pass_by_value)]
use expect_test::{Expect, expect};

use super::*;
use crate::Kind;
use crate::testing::{Objects, canary, owner, written};

fn split() -> Object {
    Object::new(Kind::TrafficSplit, "shop", "web")
}

fn route(root: Option<&str>) -> Route {
    Route { split: split(), root: root.map(str::to_owned), owner: Owner { name: "web".into() } }
}

/// What the TrafficSplit's spec says once that share is written.
fn check(objects: Objects, root: Option<&str>, share: &Share, expected: Expect) {
    let arms = Arms { namespace: "shop".into(), canary: "web-canary".into(), stable: "web-stable".into(), whole: 100 };
    let route = route(root);
    let found = written(objects, share, |live| route.read(live, &arms), |live, share| route.writes(live, &arms, share));
    let text = match found {
        Err(mismatch) => mismatch.to_string(),
        Ok(None) => "same".to_owned(),
        Ok(Some(objects)) => objects[&split()]["spec"].to_string(),
    };
    expected.assert_eq(&text);
}

/// A TrafficSplit as the release made it.
fn made(backends: &Value) -> Objects {
    let meta = json!({"name": "web", "namespace": "shop", "ownerReferences": owner("web")});
    Objects::from([(split(), json!({"metadata": meta, "spec": {"service": "web-stable", "backends": backends}}))])
}

#[test]
fn a_split_is_made_and_then_follows_the_weights() {
    check(
        Objects::new(),
        None,
        &canary(0),
        expect![[
            r#"{"backends":[{"service":"web-canary","weight":"0"},{"service":"web-stable","weight":"100"}],"service":"web-stable"}"#
        ]],
    );
    let twenty = json!([{"service": "web-canary", "weight": "20"}, {"service": "web-stable", "weight": "80"}]);
    check(made(&twenty), None, &canary(20), expect!["same"]);
    check(
        made(&twenty),
        Some("web"),
        &canary(100),
        expect![[
            r#"{"backends":[{"service":"web-canary","weight":"100"},{"service":"web-stable","weight":"0"}],"service":"web"}"#
        ]],
    );
}

#[test]
fn an_experiment_gets_its_part_and_loses_it() {
    let share = Share { canary: 20, others: BTreeMap::from([("exp".into(), 10)]), ..Share::default() };
    check(
        Objects::new(),
        None,
        &share,
        expect![[
            r#"{"backends":[{"service":"web-canary","weight":"20"},{"service":"exp","weight":"10"},{"service":"web-stable","weight":"70"}],"service":"web-stable"}"#
        ]],
    );
    let with = json!([{"service": "web-canary", "weight": "20"}, {"service": "exp", "weight": "10"}, {"service": "web-stable", "weight": "70"}]);
    check(
        made(&with),
        None,
        &canary(20),
        expect![[
            r#"{"backends":[{"service":"web-canary","weight":"20"},{"service":"web-stable","weight":"80"}],"service":"web-stable"}"#
        ]],
    );
}

#[test]
fn a_split_of_somebody_else_is_left_alone() {
    let mut theirs = made(&json!([]));
    theirs.get_mut(&split()).unwrap()["metadata"]["ownerReferences"] = owner("other");
    check(theirs, None, &canary(20), expect![[r#"TrafficSplit "web": is not of Rollout web; delete or rename it"#]]);
}
