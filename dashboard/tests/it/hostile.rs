//! What comes from outside is text, wherever it is put.

use serde_json::json;
use sluice_world::api::Sub;
use sluice_world::scenario::Scenario;

use crate::http::Visitor;
use crate::stage::{Stage, story};

const EVIL: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'";

/// A Rollout with markup wherever somebody could write it.
fn hostile() -> Scenario {
    let mut story = story();
    story.rollout["metadata"]["annotations"] =
        json!({"good": "https://grafana.test/d/1", "bad": "javascript:alert(1)"});
    story
}

#[tokio::test]
async fn texts_of_objects_are_never_markup() {
    let stage = Stage::local(&hostile()).await;
    stage.phase("Healthy").await;
    stage.release("v2");
    stage.phase("Paused").await;
    let mut owner = Visitor::at_home(&stage).await;
    let message = json!({"status": {"message": EVIL, "conditions": [
        {"type": EVIL, "status": "True", "reason": EVIL, "message": EVIL}]}});
    stage.merge(Sub::Status, &message);
    stage.merge(Sub::Object, &json!({"metadata": {"annotations": {"more": "data:text/html,x"}}}));
    for path in ["/", "/rollouts/shop/web", "/?q=%3Cscript%3Ealert(1)%3C/script%3E", "/rollouts/shop/%3Cscript%3E"] {
        let page = owner.get(path).await.text;
        assert!(!page.contains("<script>") && !page.contains("<img src=x"), "{path}: {page}");
        assert!(!page.contains("javascript:") && !page.contains("data:text"), "{path}: {page}");
    }
    let page = owner.get("/rollouts/shop/web").await.text;
    assert!(page.contains("href=\"https://grafana.test/d/1\" rel=\"noreferrer noopener\""), "{page}");
}

#[tokio::test]
async fn an_object_that_cannot_be_read_is_told_and_stops_nothing() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let odd = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "odd", "namespace": "shop"}, "spec": {"replicas": "many", "strategy": {"canary": {}}}});
    let made = stage.cluster.create(&odd, "kubectl");
    let mut owner = Visitor::at_home(&stage).await;
    let list = owner.get("/").await.text;
    assert!(list.contains("href=\"/rollouts/shop/web\""));
    // An API server with the definitions would not keep it; one that does has it told.
    if made.is_ok() {
        assert!(list.contains("Rollout shop/odd cannot be read"), "{list}");
    }
}
