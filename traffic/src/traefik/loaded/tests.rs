#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use serde_json::json;

use super::*;

/// A replica at 20 % with one canary pod and two stable ones.
fn replica() -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        (
            "shop-web",
            json!({
                "weighted": {"services": [
                    {"name": "shop-web-canary-80", "weight": 20},
                    {"name": "shop-web-stable-80", "weight": 80}
                ]},
                "status": "enabled", "usedBy": ["shop-web-1@kubernetescrd"], "type": "weighted",
                "name": "shop-web@kubernetescrd", "provider": "kubernetescrd"
            }),
        ),
        ("shop-web-canary-80", load_balancer(&["10.244.0.3:8080"])),
        ("shop-web-stable-80", load_balancer(&["10.244.0.1:8080", "10.244.0.2:8080"])),
    ])
}

fn load_balancer(servers: &[&str]) -> Value {
    let urls: Vec<String> = servers.iter().map(|server| format!("http://{server}")).collect();
    let status: BTreeMap<&String, &str> = urls.iter().map(|url| (url, "UP")).collect();
    let list: Vec<Value> = urls.iter().map(|url| json!({"url": url})).collect();
    json!({"loadBalancer": {"servers": list, "passHostHeader": true}, "serverStatus": status, "status": "enabled"})
}

fn arm(service: &str, weight: u32, servers: &[&str]) -> Arm {
    let servers = servers.iter().map(|server| (*server).to_owned()).collect();
    Arm { service: service_name("shop", service, Some("80")), weight, servers: Some(servers) }
}

fn wanted() -> Wanted {
    Wanted {
        weighted: weighted_name("shop", "web"),
        arms: vec![
            arm("web-canary", 20, &["10.244.0.3:8080"]),
            arm("web-stable", 80, &["10.244.0.1:8080", "10.244.0.2:8080"]),
        ],
        entries: Vec::new(),
        mirrors: Vec::new(),
    }
}

/// Asks a replica that differs from the wanted one in what `change` does to it.
fn check<T>(change: impl FnOnce(&mut BTreeMap<&'static str, Value>) -> T, expected: Result<(), &str>) {
    let mut replica = replica();
    change(&mut replica);
    let answer = |path: String| {
        let found = replica.iter().find(|(name, _)| super::path(name) == path);
        (path, found.map(|(_, value)| value.clone()).ok_or_else(|| "HTTP 404".to_owned()))
    };
    let answers = wanted().paths().into_iter().map(answer).collect();
    assert_eq!(loaded(&answers, &wanted()).map_err(|not_yet| not_yet.to_string()), expected.map_err(str::to_owned));
}

fn set(replica: &mut BTreeMap<&'static str, Value>, service: &str, pointer: &str, value: Value) {
    *replica.get_mut(service).unwrap().pointer_mut(pointer).unwrap() = value;
}

#[test]
fn a_replica_that_shows_all_of_it_has_it() {
    check(|_| (), Ok(()));
    check(
        |r| {
            set(r, "shop-web", "/weighted/services/0/name", json!("shop-web-canary-80@kubernetescrd"));
        },
        Ok(()),
    );
    check(|r| set(r, "shop-web", "/status", json!("warning")), Ok(()));
}

#[test]
fn an_old_weight_is_not_yet() {
    check(
        |r| set(r, "shop-web", "/weighted/services/0/weight", json!(5)),
        Err("shop-web-canary-80 has weight 5, not 20"),
    );
    check(|r| set(r, "shop-web", "/weighted", json!({})), Err("shop-web-canary-80 has weight none, not 20"));
}

#[test]
fn pods_too_few_or_too_many_are_not_yet() {
    check(|r| r.insert("shop-web-canary-80", load_balancer(&[])), Err("shop-web-canary-80 lacks 10.244.0.3:8080"));
    check(
        |r| r.insert("shop-web-canary-80", load_balancer(&["10.244.0.3:8080", "10.244.0.9:8080"])),
        Err("shop-web-canary-80 still has 10.244.0.9:8080"),
    );
    check(
        |r| r.insert("shop-web-canary-80", json!({"loadBalancer": {}, "status": "enabled"})),
        Err("shop-web-canary-80 lacks 10.244.0.3:8080"),
    );
}

#[test]
fn a_terminating_pod_kept_for_cookie_holders_does_not_count() {
    let mut with_fenced = load_balancer(&["10.244.0.3:8080", "10.244.0.4:8080"]);
    *with_fenced.pointer_mut("/loadBalancer/servers/1/url").unwrap() = json!("http://10.244.0.4:8080");
    with_fenced["loadBalancer"]["servers"][1]["fenced"] = json!(true);
    check(|r| r.insert("shop-web-canary-80", with_fenced), Ok(()));
}

#[test]
fn a_dropped_or_broken_route_is_not_yet() {
    check(|r| r.remove("shop-web"), Err("shop-web: HTTP 404"));
    check(|r| r.remove("shop-web-stable-80"), Err("shop-web-stable-80: HTTP 404"));
    check(
        |r| r.insert("shop-web", json!({"status": "disabled", "error": ["no server", "and worse"]})),
        Err("shop-web: disabled: no server: and worse"),
    );
    check(|r| r.insert("shop-web", json!([1, 2])), Err("shop-web: no status"));
}

#[test]
fn servers_all_down_by_traefiks_health_check_are_not_yet() {
    let down = json!({"http://10.244.0.1:8080": "DOWN", "http://10.244.0.2:8080": "DOWN"});
    check(
        |r| set(r, "shop-web-stable-80", "/serverStatus", down),
        Err("shop-web-stable-80: Traefik's health check has every server down"),
    );
    let one = json!({"http://10.244.0.1:8080": "DOWN", "http://10.244.0.2:8080": "UP"});
    check(|r| set(r, "shop-web-stable-80", "/serverStatus", one), Ok(()));
}

#[test]
fn a_service_that_is_not_shown_pod_by_pod_is_judged_by_weight_alone() {
    let native = wanted().by_weight();
    assert_eq!(native.paths(), ["/api/http/services/shop-web@kubernetescrd"]);
    let answers = Answers::from([(path("shop-web"), Ok(replica()["shop-web"].clone()))]);
    assert_eq!(loaded(&answers, &native), Ok(()));
}

#[test]
fn names_are_those_of_traefik() {
    for (namespace, name, port, expected) in [
        ("shop", "web", Some("80"), "shop-web-80"),
        ("shop", "web", Some("http"), "shop-web-http"),
        ("shop", "web", None, "shop-web"),
        ("shop", "web.v2", Some("80"), "shop-web-v2-80"),
    ] {
        assert_eq!(service_name(namespace, name, port), expected);
    }
}

/// A replica whose list of routers is this, where one IngressRoute may be.
fn check_routers(routers: Value, wanted: &[(&str, i64)], expected: Result<(), &str>) {
    let name = weighted_name("shop", "web.web.testers");
    assert_eq!(search(&name), "/api/http/routers?search=shop-web-web-testers-&per_page=1000");
    let entry = Entry {
        routers: wanted.iter().map(|(rule, priority)| ((*rule).to_owned(), *priority)).collect(),
        name: name.clone(),
    };
    let answers = Answers::from([(search(&name), Ok(routers))]);
    let found = has_routers(&answers, &entry).map_err(|not_yet| not_yet.to_string());
    assert_eq!(found, expected.map_err(str::to_owned));
}

fn router(name: &str, rule: &str, status: &str) -> Value {
    json!({"name": format!("shop-web-web-testers-{name}@kubernetescrd"), "rule": rule, "priority": 9, "status": status, "error": ["no such middleware"]})
}

#[test]
fn a_route_beside_the_users_counts_when_its_routers_are_there_and_well() {
    check_routers(json!([router("0123456789abcdef0123", "a", "enabled")]), &[("a", 9)], Ok(()));
    check_routers(json!([]), &[("a", 9)], Err("shop-web-web-testers lacks the router of a"));
    check_routers(
        json!([router("01", "a", "enabled")]),
        &[("a", 8)],
        Err("shop-web-web-testers lacks the router of a"),
    );
    check_routers(
        json!([router("01", "a", "disabled")]),
        &[("a", 9)],
        Err("shop-web-web-testers: disabled: no such middleware"),
    );
}

#[test]
fn a_route_that_was_taken_out_counts_when_its_routers_are_gone() {
    check_routers(json!([]), &[], Ok(()));
    check_routers(json!([router("2-01", "a", "enabled")]), &[], Ok(()));
    check_routers(json!([router("01", "a", "enabled")]), &[], Err("shop-web-web-testers still has the router of a"));
}

#[test]
fn a_mirror_counts_when_it_copies_as_many_requests() {
    let shown =
        json!({"mirroring": {"service": "shop-web", "mirrors": [{"name": "shop-web-canary-80", "percent": 35}]}});
    let check = |percent| copies(&shown, &Mirror { name: "m".into(), percent }).map_err(|not_yet| not_yet.to_string());
    assert_eq!(check(35), Ok(()));
    assert_eq!(check(60), Err("m copies 35 %, not 60".to_owned()));
}
