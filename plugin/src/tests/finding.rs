//! A look at a Rollout reads what is its own, however much else there is in the namespace.

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde_json::json;
use tower::ServiceExt;

use super::{PROD, Scene};
use crate::args::{ClusterFlags, Names};
use crate::client::Cluster;
use crate::get;
use crate::trouble;

#[test]
fn a_look_reads_by_selector_and_not_the_namespace() {
    let scene = Scene::paused();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (service, noted) = (scene.store.service("alice"), asked.clone());
    let service = service.map_request(move |request: Request<Body>| {
        noted.lock().unwrap().push(request.uri().to_string());
        request
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let names = Names { words: vec!["rollout/shop".to_owned()], selector: None };
    let looked = async {
        let cluster =
            Cluster { client: Client::new(service, PROD), namespace: PROD.to_owned(), flags: ClusterFlags::default() };
        get::report(&cluster, &names).await
    };
    runtime.block_on(looked).unwrap();
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 4, "{asked:?}");
    for uri in asked.iter().filter(|uri| !uri.ends_with("/rollouts/shop")) {
        assert!(uri.contains("labelSelector="), "{uri} reads a whole namespace");
    }
}

#[test]
fn whoever_may_not_list_experiments_selects_rollouts_all_the_same() {
    let scene = Scene::paused();
    let looked = |selector: &str| {
        let service = scene.store.service("alice");
        // As the API server answers whom no role lets.
        let service = tower::service_fn(move |request: Request<Body>| {
            let is_refused = request.uri().path().ends_with("/experiments");
            let answer = service.clone().oneshot(request);
            async move {
                if is_refused {
                    return Ok(refusal());
                }
                let (parts, body) = answer.await?.into_parts();
                let body = body.collect().await?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Response::from_parts(
                    parts,
                    Body::from(body.to_bytes()),
                ))
            }
        });
        let names = Names { words: Vec::new(), selector: Some(selector.to_owned()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = Client::new(service, PROD);
            let cluster = Cluster { client, namespace: PROD.to_owned(), flags: ClusterFlags::default() };
            get::report(&cluster, &names).await.map(|report| report.lines.join("\n"))
        })
    };
    assert!(looked("app=shop").unwrap().contains("revision:2"));
    let why = trouble::explain(&looked("app=nothing").unwrap_err());
    assert!(why.contains("no role lets you"), "{why}");
}

fn refusal() -> Response<Body> {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403, "reason": "Forbidden",
        "message": "no role lets you"});
    Response::builder().status(403).body(Body::from(status.to_string().into_bytes())).unwrap()
}
