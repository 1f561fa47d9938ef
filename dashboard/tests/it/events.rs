//! Events of open pages.

use std::time::Duration;

use futures::StreamExt;
use reqwest::Method;
use sluice_world::api::Sub;
use tokio::time::{Instant, timeout};

use crate::http::Visitor;
use crate::stage::{Stage, story};

/// What a page is told within some time, until it holds a text.
pub(crate) async fn told(answer: reqwest::Response, text: &str) -> Duration {
    let (began, mut bytes, mut all) = (Instant::now(), answer.bytes_stream(), String::new());
    let told = async {
        while !all.contains(text) {
            all.push_str(&String::from_utf8_lossy(&bytes.next().await.expect("the stream goes on").unwrap()));
        }
    };
    let is_told = timeout(Duration::from_secs(10), told).await.is_ok();
    assert!(is_told, "not told of {text}: {all}");
    began.elapsed()
}

#[tokio::test]
async fn pages_are_told_what_changes() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let owner = Visitor::at_home(&stage).await;
    let list = owner.request(Method::GET, "/events").send().await.unwrap();
    let page = owner.request(Method::GET, "/rollouts/shop/web/events").send().await.unwrap();
    assert_eq!(list.headers()["content-type"], "text/event-stream");
    stage.release("v2");
    let (list, page) = tokio::join!(told(list, "CanaryPauseStep"), told(page, "CanaryPauseStep"));
    println!("told within {list:?} and {page:?} of the release's start");
}

#[tokio::test]
async fn a_page_made_from_the_newest_state_gets_only_news() {
    let stage = Stage::empty().await;
    let mut owner = Visitor::at_home(&stage).await;
    let page = owner.get("/").await.text;
    let events = page.split_once("data-events=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let answer = owner.request(Method::GET, &events).send().await.unwrap();
    let mut bytes = answer.bytes_stream();
    assert!(timeout(Duration::from_secs(1), bytes.next()).await.is_err(), "nothing is new");
    let old = owner.request(Method::GET, "/events?since=other.1").send().await.unwrap();
    told(old, "Rollouts").await;
}

#[tokio::test]
async fn an_ended_session_is_told_nothing_more() {
    let stage = Stage::cluster(&story()).await;
    stage.phase("Healthy").await;
    stage.cluster.store.service("ann");
    let mut ann = Visitor::signed_in(&stage, "ann").await;
    let page = ann.get("/").await.text;
    let events = ann.request(Method::GET, "/rollouts/shop/web/events").send().await.unwrap();
    let mut bytes = events.bytes_stream();
    assert!(timeout(Duration::from_secs(5), bytes.next()).await.unwrap().is_some(), "all of it at first");
    ann.post("/logout", &[("csrf", &crate::http::field(&page, "csrf"))]).await;
    stage.merge(Sub::Status, &serde_json::json!({"status": {"message": "a secret of later"}}));
    let rest = timeout(Duration::from_secs(10), bytes.collect::<Vec<_>>()).await.expect("it ends");
    let rest: String = rest.into_iter().flatten().map(|part| String::from_utf8_lossy(&part).into_owned()).collect();
    assert!(!rest.contains("a secret of later"), "{rest}");
}

#[tokio::test]
async fn there_is_a_limit_to_open_pages() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let owner = Visitor::at_home(&stage).await;
    let mut open = Vec::new();
    for _ in 0..128 {
        let answer = owner.request(Method::GET, "/events").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        open.push(answer);
    }
    let one_more = owner.request(Method::GET, "/events").send().await.unwrap();
    assert_eq!(one_more.status(), 503);
    drop(open.pop());
    let end = Instant::now() + Duration::from_secs(10);
    while owner.request(Method::GET, "/events").send().await.unwrap().status() != 200 {
        assert!(Instant::now() < end, "a closed page gives its place back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn nobody_keeps_the_pages_of_others_from_being_fed() {
    let stage = Stage::cluster(&story()).await;
    stage.phase("Healthy").await;
    for user in ["robot", "ann"] {
        stage.cluster.store.service(user);
    }
    let mut open = Vec::new();
    for _ in 0..2 {
        let robot = Visitor::signed_in(&stage, "robot").await;
        for _ in 0..4 {
            open.push(robot.request(Method::GET, "/events").send().await.unwrap());
        }
        assert!(open.iter().all(|answer| answer.status() == 200));
    }
    let mut robot = Visitor::signed_in(&stage, "robot").await;
    let one_more = robot.get("/events").await;
    assert_eq!(one_more.status, 503, "in whichever session");
    assert!(one_more.text.contains("you have 8 pages open already"), "{}", one_more.text);
    let ann = Visitor::signed_in(&stage, "ann").await;
    assert_eq!(ann.request(Method::GET, "/events").send().await.unwrap().status(), 200);
}
