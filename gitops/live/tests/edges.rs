//! API servers that are old, broken or odd, played by a few lines each: what the real one of the end-to-end tests never does.

#![allow(clippy::expect_used, clippy::panic, reason = "a test: what cannot be is a failure")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt, Collected};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_gitops::spec::Propagation;
use sluice_gitops::{Key, Object};
use sluice_live::{As, Known, Live, Settings, View, WriteError};
use tokio::time::sleep;

/// What is answered to a method and an address: a code and a text. `None`: nothing ever comes.
type Answers = dyn Fn(&str, &str) -> Option<(u16, String)> + Send + Sync;

/// A cluster that answers so, and what was asked of it.
fn opened(
    answers: impl Fn(&str, &str) -> Option<(u16, String)> + Send + Sync + 'static,
) -> (Live, Arc<Mutex<Vec<String>>>) {
    opened_and_told(answers, |_| ())
}

/// The same, and who is told to look.
fn opened_and_told(
    answers: impl Fn(&str, &str) -> Option<(u16, String)> + Send + Sync + 'static,
    told: impl Fn(&str) + Send + Sync + 'static,
) -> (Live, Arc<Mutex<Vec<String>>>) {
    let (answers, asked): (Arc<Answers>, Arc<Mutex<Vec<String>>>) = (Arc::new(answers), Arc::default());
    let lines = asked.clone();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (method, address) = (request.method().to_string(), request.uri().to_string());
        lines.lock().expect("no panic").push(format!("{method} {address}"));
        let answer = answers(&method, &address).or_else(|| usual(&address));
        let lines = lines.clone();
        async move {
            let body = request.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
            if method == "PATCH" {
                lines.lock().expect("no panic").push(String::from_utf8_lossy(&body).into_owned());
            }
            match answer {
                Some((code, text)) => Response::builder().status(code).body(Body::from(text.into_bytes())),
                None => std::future::pending().await,
            }
        }
    });
    (Live::open(Client::new(service, "default"), Settings::new("test", "https://test"), Arc::new(told)), asked)
}

/// A server that serves ConfigMaps and Secrets, and has none. Its watches never say a thing.
fn usual(address: &str) -> Option<(u16, String)> {
    let verbs = ["get", "list", "watch", "create", "patch", "delete"];
    let served = |plural: &str, kind: &str| json!({"name": plural, "kind": kind, "namespaced": true, "verbs": verbs});
    let answer = match address {
        "/version" => json!({"gitVersion": "v1.20.0"}),
        "/api" => json!({"kind": "APIVersions", "versions": ["v1"]}),
        "/apis" => json!({"kind": "APIGroupList", "groups": []}),
        "/api/v1" => json!({"resources": [served("configmaps", "ConfigMap"), served("secrets", "Secret")]}),
        _ if address.contains("watch=1") => return None,
        _ if address.contains("limit=") => list(&[], "1"),
        _ => return Some((404, json!({"kind": "Status", "code": 404, "message": "not found"}).to_string())),
    };
    Some((200, answer.to_string()))
}

fn list(items: &[Value], version: &str) -> Value {
    json!({"kind": "ConfigMapList", "metadata": {"resourceVersion": version}, "items": items})
}

fn config_map(name: &str, version: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": version}})
}

fn key(name: &str) -> Key {
    Key::new("", "ConfigMap", "shop", name)
}

/// Looks until the view is so. Time is virtual: it passes when nobody has anything to do.
async fn until(live: &Live, instance: &str, is_so: impl Fn(&Known<View>) -> bool) -> Known<View> {
    for _ in 0..10_000 {
        let view = live.view(instance);
        if is_so(&view) {
            return view;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("not so: {:?}", live.view(instance));
}

fn names(view: Known<View>) -> Vec<String> {
    view.ready().expect("is ready").named.into_keys().map(|key| key.name).collect()
}

#[tokio::test(start_paused = true)]
async fn an_old_server_is_asked_group_by_group_and_a_broken_group_is_named() {
    let (live, _) = opened(|_, address| {
        let groups = json!({"kind": "APIGroupList", "groups": [
            {"name": "broken.test", "versions": [{"version": "v1beta1"}], "preferredVersion": {"version": "v1beta1"}},
            {"name": "batch", "versions": [{"version": "v1beta1"}, {"version": "v1"}], "preferredVersion": {"version": "v1"}},
        ]});
        let jobs = json!({"resources": [
            {"name": "jobs", "kind": "Job", "namespaced": true, "verbs": ["get", "list", "watch"]},
            {"name": "jobs/status", "kind": "Job", "namespaced": true, "verbs": ["get", "patch"]},
        ]});
        Some(match address {
            "/apis" => (200, groups.to_string()),
            "/apis/broken.test/v1beta1" => (503, "the server is down".to_owned()),
            "/apis/batch/v1" | "/apis/batch/v1beta1" => (200, jobs.to_string()),
            _ => return None,
        })
    });
    live.want("a", [key("one")].into());
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    let api = live.api().ready().expect("is known");
    assert_eq!((api.version.as_str(), api.broken().len()), ("v1.20.0", 1));
    let job = api.resource("batch", "Job").expect("is served");
    assert_eq!((job.versions.as_slice(), job.status), (["v1".to_owned(), "v1beta1".to_owned()].as_slice(), true));
    live.want("b", [Key::new("broken.test", "Thing", "shop", "x"), key("one")].into());
    let view = until(&live, "b", |view| matches!(view, Known::Failed(_))).await;
    assert!(matches!(view, Known::Failed(why) if why.contains("broken.test/v1beta1: the server is down")));
}

#[tokio::test(start_paused = true)]
async fn a_watch_whose_version_is_too_old_begins_with_a_new_list() {
    let lists = Mutex::new(0);
    let (live, asked) = opened(move |_, address| {
        if address.starts_with("/api/v1/configmaps?watch=1") && address.contains("resourceVersion=5&") {
            let gone = json!({"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}});
            return Some((200, format!("{gone}\n")));
        }
        if !address.starts_with("/api/v1/configmaps?limit") {
            return None;
        }
        let mut lists = lists.lock().expect("no panic");
        *lists += 1;
        let (object, version) = if *lists == 1 { ("one", "5") } else { ("two", "9") };
        Some((200, list(&[config_map(object, version)], version).to_string()))
    });
    live.want("a", [key("one"), key("two")].into());
    let view =
        until(&live, "a", |view| matches!(view, Known::Ready(view) if view.named.contains_key(&key("two")))).await;
    assert_eq!(names(view), ["two"]);
    let asked = asked.lock().expect("no panic").clone();
    assert!(asked.iter().any(|line| line.contains("resourceVersion=9&")), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_watch_lost_is_found_within_the_hour() {
    let lists = Mutex::new(0);
    let (live, _) = opened(move |_, address| {
        let ends = address.contains("watch=1").then(|| (200, String::new()));
        if !address.starts_with("/api/v1/configmaps?limit") {
            return ends;
        }
        let mut lists = lists.lock().expect("no panic");
        *lists += 1;
        Some((200, list(&[config_map("one", &format!("{lists}"))], "9").to_string()))
    });
    live.want("a", [key("one")].into());
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    sleep(Duration::from_mins(61)).await;
    let view = live.view("a").ready().expect("was ready");
    assert_eq!(view.named[&key("one")].text("/metadata/resourceVersion"), "2");
}

#[tokio::test(start_paused = true)]
async fn pages_are_read_to_the_end_and_what_cannot_be_read_harms_nobody() {
    let (live, _) = opened(|_, address| {
        if !address.starts_with("/api/v1/configmaps?limit") {
            return None;
        }
        let page = if address.contains("continue=next%2Fpage%3D") {
            list(&[json!({"metadata": "none"}), config_map("two", "2")], "3")
        } else {
            json!({"metadata": {"resourceVersion": "3", "continue": "next/page="}, "items": [config_map("one", "1")]})
        };
        Some((200, page.to_string()))
    });
    live.want("a", [key("one"), key("two")].into());
    assert_eq!(names(until(&live, "a", |view| matches!(view, Known::Ready(_))).await), ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_listed_is_read_one_by_one_and_what_cannot_be_read_has_nothing() {
    let version = Mutex::new(0);
    let (live, asked) = opened(move |_, address| {
        let kind = |plural: &str, kind: &str, verb: &str| json!({"name": plural, "kind": kind, "namespaced": true, "verbs": [verb]});
        match address {
            "/api/v1" => {
                let kinds = json!({"resources": [kind("things", "Thing", "get"), kind("reviews", "Review", "create")]});
                Some((200, kinds.to_string()))
            }
            "/api/v1/namespaces/shop/things/one" => {
                let mut version = version.lock().expect("no panic");
                *version += 1;
                let mut thing = config_map("one", &version.to_string());
                thing["apiVersion"] = "v1".into();
                thing["kind"] = "Thing".into();
                Some((200, thing.to_string()))
            }
            _ => None,
        }
    });
    let of = |kind: &str, name: &str| Key::new("", kind, "shop", name);
    live.want("a", [of("Thing", "one"), of("Thing", "two"), of("Review", "three")].into());
    assert_eq!(names(until(&live, "a", |view| matches!(view, Known::Ready(_))).await), ["one"]);
    // It is read again at times.
    let is_new = |view: &Known<View>| {
        let Known::Ready(view) = view else { return false };
        view.named.values().any(|one| one.text("/metadata/resourceVersion") == "3")
    };
    until(&live, "a", is_new).await;
    let asked = asked.lock().expect("no panic").clone();
    assert!(
        asked.iter().all(|line| !line.contains("reviews") && !line.contains("watch=1") || line.contains("/apis/")),
        "{asked:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_each_watch_at_once_is_not_flooded() {
    let (live, asked) = opened(|_, address| address.contains("watch=1").then(|| (200, String::new())));
    live.want("a", [key("one")].into());
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    // What is served is asked twice at the beginning.
    sleep(Duration::from_secs(3)).await;
    let before = asked.lock().expect("no panic").len();
    sleep(Duration::from_mins(1)).await;
    let more = asked.lock().expect("no panic").len() - before;
    assert!((60..=60 * 3 + 3).contains(&more), "{more} requests in a minute");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_asked_is_told_and_asked_again() {
    let attempts = Mutex::new(0);
    let (live, _) = opened(move |_, address| {
        let mut attempts = attempts.lock().expect("no panic");
        *attempts += usize::from(address == "/version");
        (*attempts < 3).then(|| (502, "<html>bad gateway</html>".to_owned()))
    });
    live.want("a", BTreeSet::from([key("one")]));
    let view = until(&live, "a", |view| matches!(view, Known::Failed(_))).await;
    assert!(matches!(view, Known::Failed(why) if why.contains("bad gateway")));
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_cannot_be_answered_now_looks_again_by_itself() {
    let told = Arc::new(Mutex::new(0));
    let count = told.clone();
    let (live, _) = opened_and_told(
        |method, _| (method == "PATCH").then(|| (503, String::new())),
        move |instance| *count.lock().expect("no panic") += usize::from(instance == "a"),
    );
    live.want("a", [key("one")].into());
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    sleep(Duration::from_mins(1)).await;
    let before = *told.lock().expect("no panic");
    let object =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "shop"}}).into();
    for _ in 0..3 {
        assert_eq!(live.tried_new(&object, Manner::default(), &As::Itself).await, Tried::NotYet);
    }
    sleep(Duration::from_secs(6)).await;
    assert_eq!(*told.lock().expect("no panic"), before + 1);
}

#[tokio::test(start_paused = true)]
async fn what_something_on_the_way_answers_is_told_with_the_object() {
    let (live, _) = opened(|method, _| (method == "PATCH").then(|| (504, String::new())));
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    let object =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "shop"}}).into();
    let written = live.write(&object, Manner::default(), &As::Itself).await;
    assert!(
        matches!(&written, Err(WriteError::Unreachable(why)) if why.contains("ConfigMap shop/one") && why.contains("504")),
        "{written:?}"
    );
}

/// What is in it would go with it.
#[tokio::test(start_paused = true)]
async fn a_namespace_is_not_deleted_to_be_made_anew() {
    let immutable = json!({"kind": "Status", "code": 422, "reason": "Invalid", "message": "spec: field is immutable"});
    let verbs = ["get", "list", "watch", "create", "patch", "delete"];
    let served =
        json!({"resources": [{"name": "namespaces", "kind": "Namespace", "namespaced": false, "verbs": verbs}]});
    let (live, asked) = opened(move |method, address| match method {
        "PATCH" => Some((422, immutable.to_string())),
        _ => (address == "/api/v1").then(|| (200, served.to_string())),
    });
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    let object: Object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}).into();
    let force = Manner { force: true, ..Manner::default() };
    let why = "Force does not delete it: all objects in it would go";
    let written = live.write(&object, force, &As::Itself).await;
    assert!(matches!(&written, Err(WriteError::Refused(said)) if said.contains(why)), "{written:?}");
    let tried = live.tried(&object, &object, &[], force, &As::Itself).await;
    assert!(matches!(&tried.0, Tried::Refused(said) if said.contains(why)), "{tried:?}");
    assert!(!is_deleted(&asked));
}

/// A cluster that answers `code` while the switch is on, to everything or to writes alone; and how often `a` was told to look.
fn troubled(code: u16, only_writes: bool) -> (Live, Arc<AtomicBool>, Arc<Mutex<usize>>) {
    let (is_on, told) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(0)));
    let (switch, count) = (is_on.clone(), told.clone());
    let (live, _) = opened_and_told(
        move |method, address| {
            let concerned = !only_writes || method == "PATCH";
            let says = json!({"kind": "Status", "code": code, "message": "bad luck"}).to_string();
            (switch.load(Ordering::Relaxed) && concerned && !address.contains("watch=1")).then_some((code, says))
        },
        move |instance| *count.lock().expect("no panic") += usize::from(instance == "a"),
    );
    live.want("a", [key("one")].into());
    (live, is_on, told)
}

/// Somebody asks, and is not answered.
async fn asked_in_vain(live: &Live) {
    let object =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "shop"}}).into();
    assert_eq!(live.tried_new(&object, Manner::default(), &As::Itself).await, Tried::NotYet);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_seen_and_stays_away_is_told_once_and_believed_when_it_is_back() {
    let (live, is_away, told) = troubled(502, false);
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    is_away.store(true, Ordering::Relaxed);
    asked_in_vain(&live).await;
    // One that restarts is back by then.
    sleep(Duration::from_secs(15)).await;
    assert!(matches!((live.view("a"), live.usable()), (Known::Ready(_), Known::Ready(_))));
    sleep(Duration::from_secs(15)).await;
    assert!(matches!((live.usable(), live.api()), (Known::Failed(_), Known::Ready(_))), "what it serves stays known");
    let Known::Failed(why) = live.view("a") else { panic!("what was seen counts for ever") };
    assert_eq!(why, "the API server cannot be reached: bad luck");
    let before = *told.lock().expect("no panic");
    sleep(Duration::from_mins(10)).await;
    assert_eq!(*told.lock().expect("no panic"), before, "it is told again and again");
    is_away.store(false, Ordering::Relaxed);
    sleep(Duration::from_secs(10)).await;
    assert!(matches!(live.view("a"), Known::Ready(_)));
    assert_eq!(*told.lock().expect("no panic"), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_know_us_any_more_is_told_at_once_with_what_to_do() {
    let (live, is_strange, _) = troubled(401, false);
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    is_strange.store(true, Ordering::Relaxed);
    asked_in_vain(&live).await;
    sleep(Duration::from_secs(1)).await;
    let view = live.view("a");
    assert!(
        matches!(&view, Known::Failed(why) if why.contains("renew the credentials in the cluster's Secret")),
        "{view:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn one_answer_of_something_on_the_way_is_no_trouble_of_the_cluster() {
    for code in [401, 503] {
        let (live, is_on, _) = troubled(code, true);
        until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
        is_on.store(true, Ordering::Relaxed);
        for _ in 0..20 {
            asked_in_vain(&live).await;
            sleep(Duration::from_secs(5)).await;
            assert!(matches!(live.view("a"), Known::Ready(_)));
        }
    }
}

/// A ConfigMap as it is in the cluster, with the mark of an Application.
fn marked(of: &str, version: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {
            "name": "one", "namespace": "shop", "uid": "one", "resourceVersion": version,
            "annotations": {"argocd.argoproj.io/tracking-id": format!("{of}:/ConfigMap:shop/one")},
        },
    })
}

/// A server with one ConfigMap, that belongs to Application a until it is written as that of b.
fn with_one() -> (Live, Arc<Mutex<Vec<String>>>) {
    let there = Mutex::new(marked("a", "1"));
    opened(move |method, address| {
        let mut there = there.lock().expect("no panic");
        match method {
            "PATCH" => *there = marked("b", "2"),
            "GET" if address.starts_with("/api/v1/configmaps?limit") => {
                return Some((200, list(&[there.clone()], "1").to_string()));
            }
            "GET" | "DELETE" if address.starts_with("/api/v1/namespaces/shop/configmaps/one") => {}
            _ => return None,
        }
        Some((200, there.to_string()))
    })
}

async fn deletes(live: &Live, instance: &str, why: Option<&str>) -> Result<(), WriteError> {
    let stays = |_: &Object| why.map(str::to_owned);
    live.prune(&key("one"), Propagation::Foreground, (instance, &stays), &As::Itself).await
}

fn is_deleted(asked: &Mutex<Vec<String>>) -> bool {
    asked.lock().expect("no panic").iter().any(|line| line.starts_with("DELETE"))
}

#[tokio::test(start_paused = true)]
async fn what_another_application_took_over_in_between_is_not_deleted() {
    let (live, asked) = with_one();
    live.want("a", [key("one")].into());
    let view = until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    assert_eq!(view.ready().expect("is ready").tracked.len(), 1);
    live.write(&marked("b", "").into(), Manner::default(), &As::Itself).await.expect("is written");
    let deleted = deletes(&live, "a", None).await;
    assert!(
        matches!(&deleted, Err(WriteError::Conflict(why)) if why.contains("belongs to application b now")),
        "{deleted:?}"
    );
    assert!(!is_deleted(&asked));
    deletes(&live, "b", None).await.expect("is deleted");
    assert!(is_deleted(&asked));
}

/// The watch has not shown yet that a Rollout took the Service over.
#[tokio::test(start_paused = true)]
async fn a_service_that_a_release_has_taken_over_by_now_keeps_selecting_what_that_says() {
    let service = |version: &str, annotations: Value, selector: Value| {
        json!({"apiVersion": "v1", "kind": "Service", "spec": {"selector": selector},
               "metadata": {"name": "web", "namespace": "shop", "uid": "web", "resourceVersion": version, "annotations": annotations}})
    };
    let before = service("1", json!({}), json!({"app": "web"}));
    let hash = json!({"app": "web", "rollouts-pod-template-hash": "7f9c"});
    let taken = service("2", json!({"argo-rollouts.argoproj.io/managed-by-rollouts": "web"}), hash.clone());
    let git: Object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}}})
    .into();
    let shown = before.clone();
    let (live, asked) = opened(move |_, address| {
        let verbs = ["get", "list", "watch", "create", "patch", "delete"];
        let answer = match address {
            "/api/v1" => {
                json!({"resources": [{"name": "services", "kind": "Service", "namespaced": true, "verbs": verbs}]})
            }
            _ if address.starts_with("/api/v1/services?limit") => list(std::slice::from_ref(&shown), "1"),
            _ if address.starts_with("/api/v1/namespaces/shop/services/web") => taken.clone(),
            _ => return None,
        };
        Some((200, answer.to_string()))
    });
    let key = Key::new("", "Service", "shop", "web");
    live.want("a", [key].into());
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    live.write(&git, Manner::default(), &As::Itself).await.expect("is written");
    let (tried, difference) = live.tried(&git, &before.into(), &[], Manner::default(), &As::Itself).await;
    assert_eq!(tried, Tried::Same, "{difference:?}");
    let asked = asked.lock().expect("no panic");
    let sent: Vec<Value> = asked.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(!sent.is_empty() && sent.iter().all(|sent| sent["spec"]["selector"] == hash), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn what_says_by_now_that_it_stays_is_not_deleted() {
    let (live, asked) = with_one();
    live.want("a", [key("one")].into());
    until(&live, "a", |view| matches!(view, Known::Ready(_))).await;
    let deleted = deletes(&live, "a", Some("ignored (no prune)")).await;
    assert!(matches!(&deleted, Err(WriteError::Conflict(why)) if why.contains("no prune")), "{deleted:?}");
    assert!(!is_deleted(&asked));
}
