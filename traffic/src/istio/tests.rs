#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::format_collect
)]
use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use super::*;
use crate::Kind;
use crate::managed::{Header, Managed, Request, Rule, Text};
use crate::testing::{self, Objects, canary, written};

const LABEL: &str = "rollouts-pod-template-hash";

fn service(namespace: &str, name: &str) -> VirtualService {
    let object = Object::new(Kind::VirtualService, namespace, name);
    VirtualService { object, http: Vec::new(), tls: Vec::new(), tcp: Vec::new() }
}

fn route(services: Vec<VirtualService>) -> Route {
    Route { services, subsets: None, managed: vec!["first".into(), "second".into()] }
}

fn web() -> Route {
    route(vec![service("shop", "web")])
}

fn arms() -> Arms {
    Arms { namespace: "shop".into(), canary: "web-canary".into(), stable: "web-stable".into(), whole: 100 }
}

/// The routes of all VirtualServices once that share is written, one a line.
fn check(route: &Route, objects: Objects, share: &Share, expected: Expect) {
    let arms = arms();
    let found = written(objects, share, |live| route.read(live, &arms), |live, share| route.writes(live, &arms, share));
    let text = match found {
        Err(mismatch) => format!("{mismatch}\n"),
        Ok(None) => "same\n".to_owned(),
        Ok(Some(objects)) => {
            objects.iter().filter(|(object, _)| object.kind == Kind::VirtualService).map(told).collect()
        }
    };
    expected.assert_eq(&text);
}

fn told((object, live): (&Object, &Value)) -> String {
    let sections = ["http", "tls", "tcp"].into_iter().flat_map(|section| {
        let routes = edit::list(&live["spec"], &format!("/{section}")).to_vec();
        routes.into_iter().map(move |route| line(section, &route))
    });
    let noted = edit::annotation(live, added::ANNOTATION).map(|noted| format!("  noted {noted}\n"));
    std::iter::once(format!("{}\n", object.name)).chain(sections).chain(noted).collect()
}

fn line(section: &str, route: &Value) -> String {
    let destinations = edit::list(route, "/route").iter().map(|entry| {
        let to = &entry["destination"];
        let name = edit::text(to, "subset").or_else(|| edit::text(to, "host")).unwrap();
        format!(" {name}={}", entry["weight"])
    });
    let name = edit::text(route, "name").map(|name| format!(" {name}:")).unwrap_or_default();
    let mirror = route.get("mirror").map(|to| format!(" mirror {to} {}", route["mirrorPercentage"]));
    let matches = mirror.is_some() || edit::list(route, "/match").iter().any(|one| one.get("headers").is_some());
    let matches = matches.then(|| format!(" if {}", route["match"]));
    let destinations: String = destinations.collect();
    format!("  {section}{name}{destinations}{}{}\n", mirror.unwrap_or_default(), matches.unwrap_or_default())
}

fn objects(namespace: &str, name: &str, spec: &Value) -> Objects {
    let object = Object::new(Kind::VirtualService, namespace, name);
    Objects::from([(object, json!({"metadata": {"name": name, "namespace": namespace}, "spec": spec}))])
}

fn entry(host: &str, weight: u32) -> Value {
    json!({"destination": {"host": host, "port": {"number": 80}}, "weight": weight})
}

fn pair(canary: u32) -> Value {
    json!([entry("web-stable", 100 - canary), entry("web-canary", canary)])
}

fn http(routes: &Value) -> Objects {
    objects("shop", "web", &json!({"hosts": ["web"], "http": routes}))
}

#[test]
fn the_only_route_is_weighted_and_left_alone_where_it_is_right() {
    check(
        &web(),
        http(&json!([{"route": pair(20)}])),
        &canary(20),
        expect![[r#"
        same
    "#]],
    );
    check(
        &web(),
        http(&json!([{"name": "any", "route": pair(20)}])),
        &canary(0),
        expect![[r#"
        web
          http any: web-stable=100 web-canary=0
    "#]],
    );
    let fresh = json!([{"route": [{"destination": {"host": "web-stable"}}, {"destination": {"host": "web-canary"}}]}]);
    check(
        &web(),
        http(&fresh),
        &canary(20),
        expect![[r#"
        web
          http web-stable=80 web-canary=20
    "#]],
    );
}

#[test]
fn named_routes_are_weighted_and_others_are_not() {
    let mut route = web();
    route.services[0].http = vec!["a".into(), "c".into()];
    let routes =
        json!([{"name": "a", "route": pair(0)}, {"name": "b", "route": pair(0)}, {"name": "c", "route": pair(50)}]);
    check(
        &route,
        http(&routes),
        &canary(50),
        expect![[r#"
        web
          http a: web-stable=50 web-canary=50
          http b: web-stable=100 web-canary=0
          http c: web-stable=50 web-canary=50
    "#]],
    );
}

#[test]
fn long_host_names_are_known_and_those_of_another_namespace_are_not() {
    let long = json!([{"route": [entry("web-stable.shop.svc.cluster.local", 100), entry("web-canary.shop", 0)]}]);
    check(
        &web(),
        http(&long),
        &canary(5),
        expect![[r#"
        web
          http web-stable.shop.svc.cluster.local=95 web-canary.shop=5
    "#]],
    );
    let other = json!([{"route": [entry("web-stable.mall.svc.cluster.local", 100), entry("web-canary", 0)]}]);
    check(
        &web(),
        http(&other),
        &canary(5),
        expect![[r#"
        VirtualService "web": a weighted route has 0 destinations for host "web-stable", among web-stable.mall.svc.cluster.local, web-canary; add one, or correct the name in the Rollout
    "#]],
    );
    let elsewhere = route(vec![service("mesh", "web")]);
    check(
        &elsewhere,
        objects("mesh", "web", &json!({"http": [{"route": pair(0)}]})),
        &canary(5),
        expect![[r#"
        VirtualService "web": a weighted route has 0 destinations for host "web-canary.shop", among web-stable, web-canary; add one, or correct the name in the Rollout
    "#]],
    );
    let near = json!({"http": [{"route": [entry("web-stable.shop", 100), entry("web-canary.shop", 0)]}]});
    check(
        &elsewhere,
        objects("mesh", "web", &near),
        &canary(5),
        expect![[r#"
        web
          http web-stable.shop=95 web-canary.shop=5
    "#]],
    );
}

#[test]
fn tls_and_tcp_routes_go_by_what_they_match() {
    let mut route = web();
    route.services[0].tls = vec![Tls { port: Some(443), hosts: BTreeSet::from(["a".into(), "b".into()]) }];
    route.services[0].tcp = vec![Some(3000)];
    let spec = json!({
        "tls": [
            {"match": [{"port": 443, "sniHosts": ["a"]}], "route": pair(0)},
            {"match": [{"port": 443, "sniHosts": ["a"]}, {"port": 443, "sniHosts": ["b"]}], "route": pair(0)},
        ],
        "tcp": [{"match": [{"port": 3000}], "route": pair(0)}, {"match": [{"port": 3000}, {"port": 4000}], "route": pair(0)}],
        "http": [{"route": [entry("docs", 100)]}],
    });
    check(
        &route,
        objects("shop", "web", &spec),
        &canary(10),
        expect![[r#"
        web
          http docs=100
          tls web-stable=100 web-canary=0
          tls web-stable=90 web-canary=10
          tcp web-stable=90 web-canary=10
          tcp web-stable=100 web-canary=0
    "#]],
    );
    let only = json!({"tcp": [{"route": pair(0)}], "tls": [{"route": pair(0)}]});
    check(
        &web(),
        objects("shop", "web", &only),
        &canary(10),
        expect![[r#"
        web
          tls web-stable=90 web-canary=10
          tcp web-stable=90 web-canary=10
    "#]],
    );
}

#[test]
fn what_cannot_carry_a_release_says_what_to_do() {
    check(
        &web(),
        http(&json!([])),
        &canary(1),
        expect![[r#"
        VirtualService "web": has no route in spec.http, spec.tls or spec.tcp that could be weighted
    "#]],
    );
    check(
        &web(),
        http(&json!([{"route": pair(0)}, {"route": pair(0)}])),
        &canary(1),
        expect![[r#"
        VirtualService "web": spec.http has 2 routes; name those to be weighted in the Rollout
    "#]],
    );
    let mut named = web();
    named.services[0].http = vec!["b".into()];
    check(
        &named,
        http(&json!([{"name": "a", "route": pair(0)}])),
        &canary(1),
        expect![[r#"
        VirtualService "web": spec.http has no route named "b"; named are a
    "#]],
    );
    let mut by_port = web();
    by_port.services[0].tcp = vec![Some(1)];
    check(
        &by_port,
        objects("shop", "web", &json!({"tcp": [{"route": pair(0)}]})),
        &canary(1),
        expect![[r#"
        VirtualService "web": spec.tcp has no route that matches port 1
    "#]],
    );
    let twice = json!([{"route": [entry("web-stable", 100), entry("web-canary", 0), entry("web-canary.shop", 0)]}]);
    check(
        &web(),
        http(&twice),
        &canary(1),
        expect![[r#"
        VirtualService "web": a weighted route has 2 destinations for host "web-canary", among web-stable, web-canary, web-canary.shop; leave one
    "#]],
    );
    check(
        &web(),
        Objects::new(),
        &canary(1),
        expect![[r#"
        VirtualService "web" not found in namespace shop; create it or correct the name
    "#]],
    );
}

#[test]
fn several_virtual_services_get_the_same_weights() {
    let both = route(vec![service("shop", "web"), service("shop", "api")]);
    let mut live = http(&json!([{"route": pair(20)}]));
    live.extend(objects("shop", "api", &json!({"http": [{"route": pair(0)}]})));
    check(
        &both,
        live,
        &canary(20),
        expect![[r#"
        api
          http web-stable=80 web-canary=20
        web
          http web-stable=80 web-canary=20
    "#]],
    );
}

#[test]
fn a_destination_of_the_users_own_keeps_its_part_of_the_stable_one() {
    let three = json!([{"route": [entry("web-stable", 90), entry("web-canary", 0), entry("third", 10)]}]);
    check(
        &web(),
        http(&three),
        &canary(30),
        expect![[r#"
        web
          http web-stable=60 web-canary=30 third=10
    "#]],
    );
}

#[test]
fn an_experiment_is_added_like_the_stable_destination_and_taken_out_again() {
    let share = Share { others: BTreeMap::from([("exp-a".into(), 5), ("exp-b".into(), 5)]), ..canary(20) };
    let long = json!([{"route": [entry("web-stable.shop.svc", 100), entry("web-canary", 0)]}]);
    check(
        &web(),
        http(&long),
        &share,
        expect![[r#"
        web
          http web-stable.shop.svc=70 web-canary=20 exp-a.shop.svc=5 exp-b.shop.svc=5
          noted exp-a,exp-b
    "#]],
    );
    let mut running = http(
        &json!([{"route": [entry("web-stable", 70), entry("web-canary", 20), entry("exp-a", 5), entry("mine", 5)]}]),
    );
    let object = web().services[0].object.clone();
    running.get_mut(&object).unwrap()["metadata"]["annotations"] = json!({added::ANNOTATION: "exp-a"});
    check(
        &web(),
        running,
        &canary(20),
        expect![[r#"
        web
          http web-stable=75 web-canary=20 mine=5
    "#]],
    );
}

fn by_header(name: &str) -> Managed {
    let header = |name: &str, value| Header { name: name.into(), value };
    let headers = vec![header("a", Text::Exact("1".into())), header("b", Text::Prefix("2".into()))];
    Managed { name: name.into(), rule: Rule::Headers(headers) }
}

fn mirror(name: &str) -> Managed {
    let headers = BTreeMap::from([("c".to_owned(), Text::Exact("3".into()))]);
    let request = Request { method: Some(Text::Exact("GET".into())), path: Some(Text::Prefix("/".into())), headers };
    Managed { name: name.into(), rule: Rule::Mirror(vec![request], 35) }
}

#[test]
fn managed_routes_come_first_in_their_order_and_go_when_no_step_wants_them() {
    let share = Share { routes: vec![by_header("first"), mirror("second")], ..canary(20) };
    let mut live = http(&json!([{"name": "primary", "route": pair(0)}, {"name": "second", "route": []}]));
    check(
        &web(),
        live.clone(),
        &share,
        expect![[r#"
        web
          http first: web-canary=100 if [{"headers":{"a":{"exact":"1"}}},{"headers":{"b":{"prefix":"2"}}}]
          http second: web-stable=80 web-canary=20 mirror {"host":"web-canary","port":{"number":80}} {"value":35} if [{"headers":{"c":{"exact":"3"}},"method":{"exact":"GET"},"uri":{"prefix":"/"}}]
          http primary: web-stable=80 web-canary=20
    "#]],
    );
    for write in web().writes(&testing::live(&live), &arms(), &share).unwrap() {
        let Write::Patch(object, patch) = write else { unreachable!() };
        json_patch::patch(live.get_mut(&object).unwrap(), &patch).unwrap();
    }
    check(
        &web(),
        live.clone(),
        &share,
        expect![[r#"
        same
    "#]],
    );
    check(
        &web(),
        live,
        &canary(0),
        expect![[r#"
        web
          http primary: web-stable=100 web-canary=0
    "#]],
    );
}

#[test]
fn a_route_whose_name_managed_routes_has_lost_goes_with_the_next_write() {
    let share = Share { routes: vec![by_header("first"), mirror("second")], ..canary(20) };
    let mut live = http(&json!([{"name": "primary", "route": pair(0)}]));
    for write in web().writes(&testing::live(&live), &arms(), &share).unwrap() {
        let Write::Patch(object, patch) = write else { unreachable!() };
        json_patch::patch(live.get_mut(&object).unwrap(), &patch).unwrap();
    }
    let renamed = Route { managed: vec!["second".into()], ..web() };
    let told = renamed.read(&testing::live(&live), &arms()).unwrap().unwrap();
    assert_eq!(told.routes, share.routes);
    check(
        &renamed,
        live,
        &Share { routes: vec![mirror("second")], ..canary(20) },
        expect![[r#"
        web
          http second: web-stable=80 web-canary=20 mirror {"host":"web-canary","port":{"number":80}} {"value":35} if [{"headers":{"c":{"exact":"3"}},"method":{"exact":"GET"},"uri":{"prefix":"/"}}]
          http primary: web-stable=80 web-canary=20
    "#]],
    );
}

#[test]
fn a_route_by_header_needs_a_weighted_http_route() {
    let share = Share { routes: vec![by_header("first")], ..canary(20) };
    check(
        &web(),
        objects("shop", "web", &json!({"tcp": [{"route": pair(0)}]})),
        &share,
        expect![[r#"
        VirtualService "web": weights no HTTP route, and only those go by headers or are mirrored
    "#]],
    );
}

fn subsets() -> Route {
    let rule = Object::new(Kind::DestinationRule, "shop", "rule");
    let subsets = Subsets { rule, canary: "canary".into(), stable: "stable".into(), additional: vec!["third".into()] };
    Route { subsets: Some(subsets), ..web() }
}

fn with_rule(names: &[&str]) -> Objects {
    let to = |name: &str, weight: u32| json!({"destination": {"host": "web", "subset": name}, "weight": weight});
    let mut live = http(&json!([{"route": [to("stable", 90), to("canary", 0), to("third", 10)]}]));
    let list: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "labels": {"app": "web"}, "trafficPolicy": {"tls": {}}}))
        .collect();
    let rule = subsets().subsets.unwrap().rule;
    live.insert(
        rule,
        json!({"metadata": {"name": "rule", "namespace": "shop"}, "spec": {"host": "web", "subsets": list}}),
    );
    live
}

#[test]
fn subsets_share_traffic_out_and_a_route_by_header_goes_to_the_canarys() {
    let share = Share { routes: vec![by_header("first")], ..canary(20) };
    check(
        &subsets(),
        with_rule(&["stable", "canary", "third"]),
        &share,
        expect![[r#"
        web
          http first: canary=100 if [{"headers":{"a":{"exact":"1"}}},{"headers":{"b":{"prefix":"2"}}}]
          http stable=70 canary=20 third=10
    "#]],
    );
    check(
        &subsets(),
        with_rule(&["stable", "third"]),
        &share,
        expect![[r#"
        DestinationRule "rule": spec.subsets has no "canary", only stable, third; add it, with the labels of your pods
    "#]],
    );
}

#[test]
fn a_subset_selects_one_revision() {
    let subsets = subsets().subsets.unwrap();
    let mut objects = with_rule(&["stable", "canary"]);
    let point = |objects: &Objects, owner| {
        subsets.point(&testing::live(objects), "canary", (LABEL, "abc"), ("managed-by", owner))
    };
    let Ok(Some(Write::Patch(object, patch))) = point(&objects, "web") else { panic!("one patch") };
    json_patch::patch(objects.get_mut(&object).unwrap(), &patch).unwrap();
    expect![[r#"[{"labels":{"app":"web"},"name":"stable","trafficPolicy":{"tls":{}}},{"labels":{"app":"web","rollouts-pod-template-hash":"abc"},"name":"canary","trafficPolicy":{"tls":{}}}]"#]]
        .assert_eq(&objects[&object]["spec"]["subsets"].to_string());
    assert_eq!(point(&objects, "web"), Ok(None), "a second time nothing is written");
    assert_eq!(subsets.selects(&testing::live(&objects), "canary", LABEL), Ok(Some("abc")));
    assert_eq!(subsets.selects(&testing::live(&objects), "stable", LABEL), Ok(None));
    let theirs = point(&objects, "other").unwrap_err().to_string();
    assert_eq!(theirs, "DestinationRule \"rule\": is managed by Rollout web; give each Rollout its own");
}

#[test]
fn in_ping_pong_the_services_swap() {
    let swapped = Arms { canary: "web-stable".into(), stable: "web-canary".into(), ..arms() };
    let live = testing::live(&http(&json!([{"route": pair(100)}])));
    assert_eq!(web().read(&live, &swapped), Ok(Some(canary(0))), "all traffic is where it was, by another name");
}
