#![allow(clippy::unwrap_used)]
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use sluice_traffic::{Kind, Object};
use tokio::time::sleep;

use crate::options::Options;
use crate::process::Process;
use crate::testing::{Asked, Log, empty, nothing, surroundings};

const ROUTES: &str = "/apis/traefik.io/v1alpha1/traefikservices";

/// A process in a cluster that has only this Rollout, and answers for TraefikServices as `routes` says.
async fn process(rollout: Option<Value>, routes: fn(&Asked) -> (StatusCode, Value)) -> (Process, Log) {
    let (surroundings, log) = surroundings(move |asked| match asked.1.split('?').next().unwrap() {
        ROUTES => routes(asked),
        "/apis/argoproj.io/v1alpha1/rollouts" => {
            let (status, mut list) = empty(asked);
            list["items"] = json!(rollout.iter().collect::<Vec<_>>());
            (status, list)
        }
        _ => empty(asked),
    });
    let process = Process::start(surroundings, Options::default(), None);
    sleep(Duration::from_secs(1)).await;
    (process, log)
}

fn shop() -> Value {
    let routing = json!({"traefik": {"weightedTraefikServiceName": "web"}});
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "shop", "namespace": "ns", "uid": "shop", "resourceVersion": "1"},
        "spec": {"strategy": {"canary": {"trafficRouting": routing}}}
    })
}

fn web() -> Object {
    Object::new(Kind::TraefikService, "ns", "web")
}

fn asked_for_routes(log: &Log) -> bool {
    log.take().iter().any(|(_, path, _)| path.starts_with(ROUTES))
}

#[tokio::test(start_paused = true)]
async fn a_kind_of_route_is_not_asked_for_before_a_rollout_names_it() {
    let (process, log) = process(None, empty).await;
    assert!(process.context().caches.is_settled());
    assert!(!asked_for_routes(&log));
}

#[tokio::test(start_paused = true)]
async fn a_kind_of_route_is_watched_once_a_rollout_names_it() {
    let (process, log) = process(Some(shop()), empty).await;
    assert!(process.context().caches.is_settled());
    assert!(asked_for_routes(&log));
    assert!(process.context().caches.routes.find(&web()).unwrap().is_none(), "listed, and not there");
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_cannot_be_watched_is_told_with_what_to_do_and_holds_nobody_else() {
    type Answer = fn(&Asked) -> (StatusCode, Value);
    let refused: [(Answer, &str); 3] = [
        (
            nothing,
            "its kind cannot be watched: the API server does not serve traefikservices of traefik.io/v1alpha1; install their CustomResourceDefinition",
        ),
        (
            |_| status(403),
            "its kind cannot be watched: the controller may not read traefikservices of traefik.io; allow it get, list, watch and patch there in the role of its ServiceAccount: ",
        ),
        (|_| status(500), "its kind cannot be watched: "),
    ];
    for (answer, words) in refused {
        let (process, _) = process(Some(shop()), answer).await;
        let caches = &process.context().caches;
        assert!(caches.is_settled(), "{words}");
        let told = caches.routes.find(&web()).unwrap_err();
        assert!(told.starts_with(&format!("TraefikService \"web\": {words}")), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_for_a_moment_is_trusted_unless_it_is_refused() {
    let (process, _) = process(Some(shop()), empty).await;
    let routes = &process.context().caches.routes;
    assert!(!routes.failed(Kind::TraefikService, "timed out", false));
    assert!(routes.find(&web()).is_ok());
    assert!(routes.failed(Kind::TraefikService, "gone", true));
    assert!(routes.find(&web()).is_err());
    assert!(routes.listed(Kind::TraefikService));
    assert!(routes.find(&web()).is_ok());
}

fn status(code: u16) -> (StatusCode, Value) {
    let (_, mut status) = nothing(&Asked::default());
    status["code"] = json!(code);
    (StatusCode::from_u16(code).unwrap(), status)
}
