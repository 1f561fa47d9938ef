//! A look at a Rollout reads what is its own, however much else there is in the namespace.

use std::sync::{Arc, Mutex};

use http::Request;
use kube::Client;
use kube::client::Body;
use tower::ServiceExt;

use super::{PROD, Scene};
use crate::args::{ClusterFlags, Names};
use crate::client::Cluster;
use crate::get;

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
