//! Whether the API server is there, and what it serves.

use std::sync::atomic::AtomicU16;

use http::{Request, Response, StatusCode};
use kube::Client;
use kube::client::Body;
use serde_json::json;
use tower::service_fn;

use super::*;
use crate::settings::Limits;

/// An API server that answers with that code, and is hung up on with 0.
fn server(code: Arc<AtomicU16>) -> Server {
    let answer = move |request: Request<Body>| {
        let code = code.load(Ordering::Relaxed);
        async move {
            let Ok(status) = StatusCode::from_u16(code) else { return Err(std::io::Error::other("hung up")) };
            let said = match request.uri().path() {
                "/version" => json!({"gitVersion": "v1.36.0"}),
                _ => json!({"kind": "APIGroupDiscoveryList", "items": []}),
            };
            Ok(Response::builder().status(status).body(Body::from(said.to_string().into_bytes())).unwrap())
        }
    };
    Server::new(Client::new(service_fn(answer), "default"), Limits::default())
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_went_away_is_noticed_though_what_it_serves_is_known() {
    let code = Arc::new(AtomicU16::new(200));
    let (server, discovery) = (server(code.clone()), Arc::new(Discovery::new()));
    let of = discovery.clone();
    let task = tokio::spawn(async move { of.run(&server, || {}).await });
    sleep(Duration::from_secs(1)).await;
    assert!(matches!(discovery.api(), Known::Ready(_)));
    assert_eq!(discovery.away(), None);

    code.store(0, Ordering::Relaxed);
    discovery.doubt(&Failure::Lost("the connection was reset".to_owned()));
    sleep(APART + Duration::from_secs(1)).await;
    let why = discovery.away().unwrap();
    assert!(why.contains("cannot be reached") && why.contains("hung up"), "{why}");
    assert!(matches!(discovery.api(), Known::Ready(_)), "what was known stays known");

    code.store(200, Ordering::Relaxed);
    sleep(Duration::from_secs(20)).await;
    assert_eq!(discovery.away(), None);
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_makes_no_sense_is_an_answer() {
    let code = Arc::new(AtomicU16::new(200));
    let (server, discovery) = (server(code.clone()), Arc::new(Discovery::new()));
    let of = discovery.clone();
    let task = tokio::spawn(async move { of.run(&server, || {}).await });
    sleep(Duration::from_secs(1)).await;
    code.store(0, Ordering::Relaxed);
    discovery.doubt(&Failure::Odd("not JSON".to_owned()));
    sleep(SELDOM / 2).await;
    assert_eq!(discovery.away(), None);
    task.abort();
}

/// A storm found it: one answer that lacked ConfigMaps failed a sync, and nobody tried it again.
#[tokio::test(start_paused = true)]
async fn a_kind_is_gone_once_two_answers_lack_it() {
    let is_whole = Arc::new(AtomicBool::new(true));
    let (server, discovery) = (serving(is_whole.clone()), Arc::new(Discovery::new()));
    let of = discovery.clone();
    let task = tokio::spawn(async move { of.run(&server, || {}).await });
    let serves = || discovery.api().ready().is_some_and(|api| api.resource("", "ConfigMap").is_some());
    sleep(Duration::from_secs(1)).await;
    assert!(serves());

    is_whole.store(false, Ordering::Relaxed);
    discovery.changed();
    sleep(APART).await;
    assert!(serves(), "one answer lacks it");
    is_whole.store(true, Ordering::Relaxed);
    sleep(SURE + APART).await;
    assert!(serves(), "it was named again");

    is_whole.store(false, Ordering::Relaxed);
    discovery.changed();
    sleep(SURE + APART).await;
    assert!(!serves(), "two answers lack it");
    task.abort();
}

/// An API server that serves ConfigMaps while it answers as a whole.
fn serving(is_whole: Arc<AtomicBool>) -> Server {
    let answer = move |request: Request<Body>| {
        let is_whole = is_whole.load(Ordering::Relaxed);
        async move {
            let map = json!({"resource": "configmaps", "scope": "Namespaced", "verbs": ["get"], "responseKind": {"kind": "ConfigMap"}});
            let core = json!({"metadata": {}, "versions": [{"version": "v1", "resources": [map]}]});
            let said = match request.uri().path() {
                "/version" => json!({"gitVersion": "v1.36.0"}),
                "/api" if is_whole => json!({"kind": "APIGroupDiscoveryList", "items": [core]}),
                _ => json!({"kind": "APIGroupDiscoveryList", "items": []}),
            };
            Ok::<_, std::io::Error>(Response::new(Body::from(said.to_string().into_bytes())))
        }
    };
    Server::new(Client::new(service_fn(answer), "default"), Limits::default())
}
