//! What the API server serves.

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::json;
use tower::service_fn;

use super::*;
use crate::settings::Limits;

/// A storm found it: one answer that lacked ConfigMaps failed a sync, and nobody tried it again.
#[tokio::test(start_paused = true)]
async fn a_kind_is_gone_once_two_answers_lack_it() {
    let is_whole = Arc::new(AtomicBool::new(true));
    let (server, discovery) = (serving(is_whole.clone()), Arc::new(Discovery::new()));
    let of = discovery.clone();
    let task = tokio::spawn(async move { of.run(&server, || {}).await });
    let knows_it = || discovery.api().ready().is_some_and(|api| api.resource("", "ConfigMap").is_some());
    sleep(SURE + Duration::from_secs(1)).await;
    assert!(knows_it() && discovery.is_sure());

    is_whole.store(false, Ordering::Relaxed);
    discovery.changed();
    sleep(APART).await;
    assert!(knows_it(), "one answer lacks it");
    is_whole.store(true, Ordering::Relaxed);
    sleep(SURE + APART).await;
    assert!(knows_it(), "it was named again");

    is_whole.store(false, Ordering::Relaxed);
    discovery.changed();
    sleep(SURE + APART).await;
    assert!(!knows_it(), "two answers lack it");
    task.abort();
}

/// A storm found it: a process whose first answer lacked ConfigMaps took those of a deleted Application for gone.
#[tokio::test(start_paused = true)]
async fn what_the_first_answer_lacks_is_asked_once_more() {
    let is_whole = Arc::new(AtomicBool::new(false));
    let (server, discovery) = (serving(is_whole.clone()), Arc::new(Discovery::new()));
    let of = discovery.clone();
    let task = tokio::spawn(async move { of.run(&server, || {}).await });
    sleep(Duration::from_secs(1)).await;
    assert!(discovery.api().ready().is_some() && !discovery.is_sure());
    is_whole.store(true, Ordering::Relaxed);
    sleep(SURE).await;
    let knows_it = discovery.api().ready().is_some_and(|api| api.resource("", "ConfigMap").is_some());
    assert!(knows_it && discovery.is_sure());
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
