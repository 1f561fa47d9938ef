#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::needless_pass_by_value, clippy::format_collect)]
use expect_test::{Expect, expect};

use super::*;
use crate::managed::{Header, Request, Text};
use crate::testing::{Objects, canary, owner, written};
use crate::{Mismatch, Owner, Share};

fn route(entries: &[&str], left: &[&str]) -> Route {
    let of = |names: &[&str]| names.iter().map(|name| entry(name)).collect();
    Route {
        namespace: "shop".into(),
        name: "web".into(),
        managed: vec!["testers".into(), "copies".into()],
        entries: of(entries),
        left: of(left),
        owner: Owner { name: "web".into() },
    }
}

fn arms() -> Arms {
    Arms { namespace: "shop".into(), canary: "web-canary".into(), stable: "web-stable".into(), whole: 100 }
}

fn entry(name: &str) -> Object {
    Object::new(Kind::IngressRoute, "shop", name)
}

/// The TraefikService at weight 20, and an IngressRoute before it.
fn shop(spec: Value) -> Objects {
    let services = json!([
        {"name": "web-stable", "port": 80, "weight": 80},
        {"name": "web-canary", "port": 80, "scheme": "h2c", "weight": 20},
    ]);
    let metadata = json!({
        "name": "entry", "namespace": "shop", "labels": {"shard": "a"},
        "annotations": {"kubernetes.io/ingress.class": "inner", "other": "mine"},
    });
    Objects::from([
        (
            Object::new(Kind::TraefikService, "shop", "web"),
            json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"weighted": {"services": services}}}),
        ),
        (entry("entry"), json!({"metadata": metadata, "spec": spec})),
    ])
}

fn users() -> Value {
    json!({
        "entryPoints": ["websecure"], "tls": {"secretName": "shop"},
        "routes": [
            {"kind": "Rule", "match": "Host(`a`)", "middlewares": [{"name": "auth"}], "services": [web()]},
            {"kind": "Rule", "match": "Host(`a`) && PathPrefix(`/docs`)", "services": [{"name": "docs", "port": 80}]},
            {"kind": "Rule", "match": "Host(`b`)", "priority": 50, "services": [web()]},
        ],
    })
}

fn web() -> Value {
    json!({"kind": "TraefikService", "name": "web"})
}

fn testers() -> Managed {
    let header = Header { name: "X-Tester".into(), value: Text::Exact("yes".into()) };
    Managed { name: "testers".into(), rule: Rule::Headers(vec![header]) }
}

fn copies(percent: u32) -> Managed {
    let get = Request { method: Some(Text::Exact("GET".into())), ..Request::default() };
    Managed { name: "copies".into(), rule: Rule::Mirror(vec![get], percent) }
}

fn with(routes: &[Managed]) -> Share {
    Share { routes: routes.to_vec(), ..canary(20) }
}

fn write(route: &Route, objects: Objects, share: &Share) -> Result<Option<Objects>, Mismatch> {
    let arms = arms();
    written(objects, share, |live| route.read(live, &arms), |live, share| route.writes(live, &arms, share))
}

/// What is beside the user's objects once that share is written.
fn check(objects: Objects, share: &Share, expected: Expect) {
    let own = |objects: Objects| {
        let others = objects.into_iter().filter(|(object, _)| object.name.contains('.'));
        others.map(|(object, found)| format!("{object} {} {}\n", found["metadata"]["labels"], found["spec"])).collect()
    };
    let text = match write(&route(&["entry"], &[]), objects, share) {
        Err(mismatch) => format!("{mismatch}\n"),
        Ok(found) => found.map_or_else(|| "same\n".to_owned(), own),
    };
    expected.assert_eq(&text);
}

#[test]
fn a_route_by_header_is_an_ingress_route_beside_the_users() {
    check(
        shop(users()),
        &with(&[testers()]),
        expect![[r#"
        IngressRoute "entry.web.testers" {"shard":"a"} {"entryPoints":["websecure"],"routes":[{"kind":"Rule","match":"(Host(`a`)) && Header(`X-Tester`, `yes`)","middlewares":[{"name":"auth"}],"priority":11,"services":[{"name":"web-canary","port":80,"scheme":"h2c"}]},{"kind":"Rule","match":"(Host(`b`)) && Header(`X-Tester`, `yes`)","priority":52,"services":[{"name":"web-canary","port":80,"scheme":"h2c"}]}],"tls":{"secretName":"shop"}}
    "#]],
    );
}

#[test]
fn a_mirror_answers_by_weight_and_copies_to_the_canary() {
    check(
        shop(users()),
        &with(&[copies(35)]),
        expect![[r#"
        TraefikService "web.web.copies" null {"mirroring":{"kind":"TraefikService","mirrors":[{"name":"web-canary","percent":35,"port":80,"scheme":"h2c"}],"name":"web"}}
        IngressRoute "entry.web.copies" {"shard":"a"} {"entryPoints":["websecure"],"routes":[{"kind":"Rule","match":"(Host(`a`)) && ((Method(`GET`)))","middlewares":[{"name":"auth"}],"priority":10,"services":[{"kind":"TraefikService","name":"web.web.copies"}]},{"kind":"Rule","match":"(Host(`b`)) && ((Method(`GET`)))","priority":51,"services":[{"kind":"TraefikService","name":"web.web.copies"}]}],"tls":{"secretName":"shop"}}
    "#]],
    );
}

#[test]
fn what_is_beside_goes_when_no_step_wants_it() {
    let route = route(&["entry"], &[]);
    let there = write(&route, shop(users()), &with(&[testers(), copies(35)])).unwrap().unwrap();
    assert_eq!(there.len(), 5);
    let after = write(&route, there, &with(&[])).unwrap().unwrap();
    assert_eq!(after, shop(users()));
}

#[test]
fn what_the_user_changes_is_followed() {
    let route = route(&["entry"], &[]);
    let mut objects = write(&route, shop(users()), &with(&[testers()])).unwrap().unwrap();
    let spec = objects.get_mut(&entry("entry")).unwrap();
    spec["spec"]["routes"][0]["match"] = json!("Host(`c`)");
    spec["spec"]["routes"][2].as_object_mut().unwrap().remove("priority");
    spec["metadata"]["labels"] = json!({"shard": "b"});
    check(
        objects,
        &with(&[testers()]),
        expect![[r#"
        IngressRoute "entry.web.testers" {"shard":"b"} {"entryPoints":["websecure"],"routes":[{"kind":"Rule","match":"(Host(`c`)) && Header(`X-Tester`, `yes`)","middlewares":[{"name":"auth"}],"priority":11,"services":[{"name":"web-canary","port":80,"scheme":"h2c"}]},{"kind":"Rule","match":"(Host(`b`)) && Header(`X-Tester`, `yes`)","priority":11,"services":[{"name":"web-canary","port":80,"scheme":"h2c"}]}],"tls":{"secretName":"shop"}}
    "#]],
    );
}

#[test]
fn what_somebody_made_of_it_is_put_right() {
    let route = route(&["entry"], &[]);
    let right = write(&route, shop(users()), &with(&[testers(), copies(35)])).unwrap().unwrap();
    for (pointer, value) in [("/spec/routes/0/match", json!("Host(`a`)")), ("/metadata/annotations", json!({}))] {
        let mut objects = right.clone();
        *objects.get_mut(&entry("entry.web.testers")).unwrap().pointer_mut(pointer).unwrap() = value;
        let after = write(&route, objects, &with(&[testers(), copies(35)])).unwrap().unwrap();
        assert_eq!(after, right, "{pointer}");
    }
}

#[test]
fn what_is_left_of_routes_that_nobody_names_any_more_goes() {
    let there = write(&route(&["entry"], &[]), shop(users()), &with(&[testers()])).unwrap().unwrap();
    let other = Route { managed: vec!["beta".into()], ..route(&["entry"], &["entry.web.testers"]) };
    assert_eq!(write(&other, there, &with(&[])).unwrap().unwrap(), shop(users()));
}

#[test]
fn weights_move_and_leave_alone_what_nobody_knows() {
    let route = route(&["entry"], &[]);
    let mut objects = write(&route, shop(users()), &with(&[testers()])).unwrap().unwrap();
    objects.get_mut(&entry("entry.web.testers")).unwrap()["spec"]["routes"][0]["match"] = json!("Host(`z`)");
    let now = route.read(&crate::testing::live(&objects), &arms()).unwrap().unwrap();
    let raised = Share { canary: 50, ..now };
    let after = write(&route, objects.clone(), &raised).unwrap().unwrap();
    assert_eq!(after[&entry("entry.web.testers")], objects[&entry("entry.web.testers")]);
}

#[test]
fn of_two_managed_routes_the_first_of_the_list_comes_first_and_both_before_the_users() {
    let objects = write(&route(&["entry"], &[]), shop(users()), &with(&[testers(), copies(35)])).unwrap().unwrap();
    let priority = |name: &str, at: usize| objects[&entry(name)]["spec"]["routes"][at]["priority"].clone();
    let all = ["entry.web.testers", "entry.web.copies"].map(|name| [0, 1].map(|at| priority(name, at)));
    assert_eq!(all, [[json!(11), json!(52)], [json!(10), json!(51)]]);
}

#[test]
fn where_no_route_can_be_put_it_says_why() {
    let lacks = |route: &Route, objects: &Objects| {
        route.lacks(&crate::testing::live(objects), &arms()).map(|lacks| lacks.to_string()).unwrap_or_default()
    };
    let route = route(&["entry"], &[]);
    assert_eq!(lacks(&route, &shop(users())), "");
    let docs = json!({"routes": [{"match": "Host(`a`)", "services": [{"name": "web", "port": 80}]}]});
    let mut objects = shop(docs);
    expect![[r#"TraefikService "web": no IngressRoute of namespace shop sends to it, so a step cannot add a route there; let one name it in its routes' services"#]].assert_eq(&lacks(&route, &objects));
    objects.remove(&entry("entry"));
    assert!(lacks(&route, &objects).contains("no IngressRoute"));
    let old = json!({"routes": [{"match": "Host(`a`)", "syntax": "v2", "services": [web()]}]});
    expect![[r#"IngressRoute "entry": has a rule in the syntax of Traefik v2, and a step's route is written beside it in that of v3; rewrite it"#]].assert_eq(&lacks(&route, &shop(old)));
    let mut objects = shop(users());
    objects.insert(entry("entry.web.testers"), json!({"metadata": {"ownerReferences": owner("other")}}));
    expect![[r#"IngressRoute "entry.web.testers": is not of Rollout web; delete or rename it"#]]
        .assert_eq(&lacks(&route, &objects));
    assert_eq!(write(&route, objects.clone(), &canary(20)), Ok(None), "and a stranger's stays");
}

#[test]
fn traefik_is_asked_for_the_routers_of_all_that_may_be_there() {
    let route = route(&["entry"], &[]);
    let objects = write(&route, shop(users()), &with(&[copies(35)])).unwrap().unwrap();
    let live = crate::testing::live(&objects);
    let entries = route.loaded_entries(&live);
    let told: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.routers.len())).collect();
    assert_eq!(told, [("shop-entry-web-copies", 2), ("shop-entry-web-testers", 0)]);
    assert_eq!(route.loaded_mirrors(&live), [Mirror { name: "shop-web-web-copies".into(), percent: 35 }]);
}
