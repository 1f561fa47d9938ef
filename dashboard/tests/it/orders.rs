//! Orders, over HTTP, to a Rollout that a real controller minds.

use serde_json::json;

use crate::http::{Visitor, field};
use crate::stage::{Stage, story};

const PAGE: &str = "/rollouts/shop/web";

#[tokio::test]
async fn a_release_is_driven_from_start_to_end() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let mut owner = Visitor::at_home(&stage).await;
    let set = owner.order(PAGE, "set-image", &[("container", "web"), ("image", "web:v2")]).await;
    assert_eq!(set.text, "shop/web gets the image web:v2 in web");
    stage.phase("Paused").await;
    let page = owner.get(PAGE).await.text;
    let place = field(&page, "place");
    assert_eq!(owner.order(PAGE, "promote", &[]).await.text, "shop/web promoted");
    stage.until("at the second pause", |rollout| rollout["status"]["currentStepIndex"] == 3).await;
    stage.phase("Paused").await;
    let (csrf, path) = (field(&page, "csrf"), format!("{PAGE}/order"));
    let late = owner.post(&path, &[("csrf", &csrf), ("order", "promote"), ("place", &place)]).await;
    assert_eq!((late.status.as_u16(), late.location()), (303, PAGE));
    let told = owner.get(PAGE).await.text;
    assert!(told.contains("shop/web moved on meanwhile; nothing was done. Look at it again"), "{told}");
    assert!(!owner.get(PAGE).await.text.contains("moved on meanwhile"), "it is said once");
    assert_eq!(owner.order(PAGE, "promote-full", &[]).await.text, "shop/web fully promoted");
    stage.phase("Healthy").await;
    stage.until("told whose orders they were", |rollout| rollout["status"]["orderedBy"] == json!(["dashboard"])).await;
    let revision = "release fast promoted by dashboard in ";
    owner.until(PAGE, revision).await;
    let nothing = owner.order(PAGE, "abort", &[]).await;
    assert!(
        nothing.text.starts_with("shop/web has no update in progress: there is nothing to abort. "),
        "{}",
        nothing.text
    );
}

#[tokio::test]
async fn a_release_is_aborted_retried_and_undone() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let mut owner = Visitor::at_home(&stage).await;
    stage.release("v2");
    stage.phase("Paused").await;
    assert_eq!(owner.order(PAGE, "abort", &[]).await.text, "shop/web aborted");
    stage.phase("Degraded").await;
    assert_eq!(owner.order(PAGE, "promote", &[]).await.text, "shop/web is aborted; use retry");
    assert_eq!(owner.order(PAGE, "retry", &[]).await.text, "shop/web retried");
    stage.phase("Paused").await;
    let undone = owner.order(PAGE, "undo", &[("revision", "1")]).await;
    assert_eq!(undone.text, "shop/web goes back to the template of revision 1");
    stage.phase("Healthy").await;
    assert_eq!(stage.rollout()["spec"]["template"]["spec"]["containers"][0]["image"], "web:v1");
    let labels = &stage.rollout()["spec"]["template"]["metadata"]["labels"];
    assert_eq!(labels, &json!({"app": "web"}), "the controller's own label is not taken over");
}

#[tokio::test]
async fn a_rollout_is_paused_promoted_and_restarted() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let mut owner = Visitor::at_home(&stage).await;
    assert_eq!(owner.order(PAGE, "pause", &[]).await.text, "shop/web paused");
    assert_eq!(stage.rollout()["spec"]["paused"], json!(true));
    assert_eq!(owner.order(PAGE, "promote", &[]).await.text, "shop/web promoted");
    stage.until("resumed", |rollout| !rollout["spec"]["paused"].as_bool().unwrap_or_default()).await;
    let restarts = owner.order(PAGE, "restart", &[]).await;
    assert_eq!(restarts.text, "shop/web restarts: its pods are replaced a few at a time");
    stage.until("restarted", |rollout| rollout["status"]["restartedAt"] == rollout["spec"]["restartAt"]).await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_what_to_do() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let mut owner = Visitor::at_home(&stage).await;
    let orders = "order must be promote, promote-full, abort, retry, pause, restart, undo or set-image";
    for (order, more, status, text) in [
        ("destroy", vec![], 400, orders),
        ("undo", vec![], 400, "undo needs a revision"),
        (
            "undo",
            vec![("revision", "99")],
            409,
            "shop/web: unable to find specified revision 99 in history; there are 1; nothing was done",
        ),
        ("set-image", vec![("container", "web")], 400, "set-image needs a container and an image"),
        ("set-image", vec![("container", "x"), ("image", "y")], 409, "shop/web has no container \"x\"; there are web"),
    ] {
        let answer = owner.order(PAGE, order, &more).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (status, text));
    }
    let unread = owner.order(PAGE, "undo", &[("revision", "minus one")]).await;
    assert_eq!(unread.status, 400);
    assert!(unread.text.contains("revision"), "{}", unread.text);
    let huge = owner.order(PAGE, "set-image", &[("container", "web"), ("image", &"x".repeat(40_000))]).await;
    assert_eq!(huge.status, 400, "{}", huge.text);
}

#[tokio::test]
async fn an_unknown_name_suggests_near_ones() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let mut owner = Visitor::at_home(&stage).await;
    let answer = owner.get("/rollouts/shop/wen").await;
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("there is no Rollout shop/wen"), "{}", answer.text);
    assert!(answer.text.contains("href=\"/rollouts/shop/web\""), "{}", answer.text);
    assert!(!owner.get("/rollouts/shop/zzz").await.text.contains("Did you mean"));
}
