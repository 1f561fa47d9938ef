//! What people do, by clicks and keys, in a real browser.

use reqwest::Method;
use serde_json::json;
use sluice_world::api::Sub;

use crate::applications::application;
use crate::http::Visitor;
use crate::stage::{Stage, story};
use crate::webdriver::Browser;

const ENTER: &str = "\u{e007}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_is_followed_and_promoted_by_clicks() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.sees("#rows", "Healthy").await;
    browser.click("#rows a").await;
    browser.sees("h1", "web").await;
    browser.sees("#link", "live").await;
    browser.click("#ask-set-image > summary").await;
    browser.fill("#image-value", "web:v2").await;
    browser.click("#do-set-image").await;
    browser.sees("#said", "shop/web gets the image web:v2 in web").await;
    browser.sees("#standing", "Paused").await;
    browser.sees("#standing", "weight\n20 of 100").await;
    browser.sees("#runs", "good: result[0] < 0.05").await;
    browser.sees("#charts", "errors").await;
    browser.sees("#revisions", "canary").await;
    browser.look("light", 1200, 900).await;
    browser.wait_for_a_sight().await;
    browser.picture("release-light").await;
    browser.click("#do-promote").await;
    browser.sees("#said", "shop/web promoted").await;
    browser.sees("#standing", "weight\n60 of 100").await;
    browser.sees("#standing", "Paused").await;
    browser.click("#do-promote").await;
    browser.sees("#standing", "Healthy").await;
    stage.phase("Healthy").await;
    let steps = "return document.querySelectorAll('#charts .line.actual').length";
    assert_eq!(browser.run(steps).await, json!(1), "the weight is drawn");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_release_is_seen_and_aborted_by_a_click() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.open(&stage.url("/rollouts/shop/web")).await;
    stage.release("v3");
    browser.sees("#standing", "Paused").await;
    let bad = "return document.querySelectorAll('#charts .point.bad').length > 2";
    let end = tokio::time::Instant::now() + crate::stage::PATIENCE;
    while browser.run(bad).await != json!(true) {
        assert!(tokio::time::Instant::now() < end, "bad measurements are drawn: {}", browser.text("#runs").await);
    }
    browser.wait_for_a_sight().await;
    for (scheme, width) in [("light", 1200), ("dark", 1200), ("light", 400), ("dark", 400)] {
        browser.look(scheme, width, 900).await;
        browser.picture(&format!("bad-{scheme}-{width}")).await;
        let sideways = "return document.documentElement.scrollWidth <= window.innerWidth";
        assert_eq!(browser.run(sideways).await, json!(true), "nothing is cut off at {width}");
    }
    browser.click("#do-abort").await;
    browser.sees("#said", "shop/web aborted").await;
    browser.sees("#standing", "Degraded").await;
    browser.sees("#standing", "weight\n0 of 100").await;
    stage.phase("Degraded").await;
    browser.picture("aborted-dark-400").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_is_looked_at_synced_and_rolled_back_by_clicks() {
    let stage = Stage::local(&story()).await;
    stage.cluster.create(&application(), "kubectl").unwrap();
    stage.phase("Healthy").await;
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.click("nav a[href='/applications']").await;
    browser.sees("#rows", "OutOfSync").await;
    browser.picture("applications").await;
    browser.click("#rows a").await;
    browser.sees("#objects", "Release of web").await;
    browser.sees("#link", "live").await;
    browser.click("#differences summary").await;
    browser.sees("#differences", "hello <you>").await;
    for (scheme, width) in [("light", 1200), ("dark", 1200), ("light", 400), ("dark", 400)] {
        browser.look(scheme, width, 900).await;
        browser.picture(&format!("application-{scheme}-{width}")).await;
        let sideways = "return document.documentElement.scrollWidth <= window.innerWidth";
        assert_eq!(browser.run(sideways).await, json!(true), "nothing is cut off at {width}");
    }
    browser.click("#ask-sync > summary").await;
    browser.click("#sync-prune").await;
    // What a reader has ticked stays, whatever comes meanwhile.
    stage.merge_application(&json!({"status": {"health": {"message": "still well"}}}));
    browser.sees("#standing", "still well").await;
    browser.picture("application-sync").await;
    browser.click("#do-sync").await;
    browser.sees("#said", "shop/app syncs").await;
    assert_eq!(stage.application()["operation"]["sync"]["prune"], true);
    browser.sees("#operation", "Something is asked for").await;
    browser.click("#do-terminate").await;
    browser.sees("#said", "operation taken back").await;
    browser.click("#ask-rollback-1 > summary").await;
    browser.picture("application-rollback").await;
    browser.click("#do-roll-back-to-1").await;
    browser.sees("#said", "shop/app goes back to deployment 1").await;
    assert_eq!(stage.application()["operation"]["sync"]["revision"], "v1.0.0");
    browser.click("#objects a").await;
    browser.sees("h1", "web").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_is_promoted_by_keys_alone() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    stage.release("v2");
    stage.phase("Paused").await;
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.open(&stage.url("/rollouts/shop/web")).await;
    browser.sees("#orders", "Promote").await;
    browser.tab_to("#do-promote").await;
    browser.press(ENTER).await;
    browser.sees("#said", "shop/web promoted").await;
    browser.sees("#standing", "weight\n60 of 100").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_is_synced_by_keys_alone() {
    let stage = Stage::local(&story()).await;
    stage.cluster.create(&application(), "kubectl").unwrap();
    stage.phase("Healthy").await;
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.open(&stage.url("/applications")).await;
    browser.sees("#rows", "OutOfSync").await;
    browser.tab_to("#rows a").await;
    browser.press(ENTER).await;
    browser.sees("#objects", "Release of web").await;
    browser.sees("#link", "live").await;
    browser.tab_to("#ask-sync > summary").await;
    browser.press(ENTER).await;
    browser.tab_to("#sync-prune").await;
    browser.press(" ").await;
    browser.tab_to("#do-sync").await;
    browser.press(ENTER).await;
    browser.sees("#said", "shop/app syncs").await;
    assert_eq!(stage.application()["operation"]["sync"]["prune"], true);
    browser.sees("#operation", "Something is asked for").await;
    browser.tab_to("#do-terminate").await;
    browser.press(ENTER).await;
    browser.sees("#said", "operation taken back").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_whose_session_has_ended_says_so_instead_of_showing_old_numbers() {
    let sign_out = "const csrf = document.querySelector('[name=csrf]').value; \
                    fetch('/logout', {method: 'POST', body: new URLSearchParams({csrf}), redirect: 'manual'})";
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.open(&stage.url("/rollouts/shop/web")).await;
    browser.sees("#link", "live").await;
    browser.run(sign_out).await;
    browser.sees("main", "Open the address that kubectl sluice dashboard printed").await;

    let stage = Stage::cluster(&story()).await;
    stage.phase("Healthy").await;
    stage.cluster.store.service("ann");
    browser.open(&stage.url("/login")).await;
    browser.fill("#token", "ann").await;
    browser.press(ENTER).await;
    browser.sees("#rows", "Healthy").await;
    browser.sees("#link", "live").await;
    browser.run(sign_out).await;
    browser.sees("main", "Sign in").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_too_many_says_so_and_is_live_once_another_is_closed() {
    let stage = Stage::cluster(&story()).await;
    stage.phase("Healthy").await;
    stage.cluster.store.service("ann");
    let ann = Visitor::signed_in(&stage, "ann").await;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(ann.request(Method::GET, "/events").send().await.unwrap());
    }
    let browser = Browser::start().await;
    browser.open(&stage.url("/login")).await;
    browser.fill("#token", "ann").await;
    browser.press(ENTER).await;
    browser.sees("#link", "not live: you have 8 pages open already; close some").await;
    open.clear();
    let is_live = "return document.getElementById('link').textContent === 'live'";
    let end = tokio::time::Instant::now() + crate::stage::PATIENCE;
    while browser.run(is_live).await != json!(true) {
        assert!(tokio::time::Instant::now() < end, "it is live: {}", browser.text("#link").await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_reader_opened_or_wrote_stays_when_events_come() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.open(&stage.url("/rollouts/shop/web")).await;
    browser.sees("#link", "live").await;
    browser.click("#ask-set-image > summary").await;
    browser.fill("#image-value", "web:half-wri").await;
    stage.release("v2");
    browser.sees("#orders", "Abort").await;
    let kept = "return document.getElementById('image-value').value + ' ' + document.activeElement.id";
    assert_eq!(browser.run(kept).await, json!("web:half-wri image-value"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_by_keyboard_stays_where_they_are_when_events_come() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.sees("#link", "live").await;
    let link = "#rows a[href='/rollouts/shop/web']";
    browser.run(&format!("document.querySelector(\"{link}\").focus()")).await;
    // Another row comes before this one, and this one is drawn anew.
    let mut other = story().rollout;
    other["metadata"]["name"] = json!("app");
    other["spec"]["selector"]["matchLabels"]["app"] = json!("app");
    other["spec"]["template"]["metadata"]["labels"]["app"] = json!("app");
    other["spec"]["strategy"] = json!({"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}});
    stage.cluster.create(&other, "kubectl").unwrap();
    browser.sees("#rows tr[id='row/shop/app']", "app").await;
    stage.release("v2");
    browser.sees("#rows tr[id='row/shop/web']", "Paused").await;
    let focused = "return document.activeElement.getAttribute('href') ?? document.activeElement.parentElement?.id";
    assert_eq!(browser.run(focused).await, json!("/rollouts/shop/web"));

    browser.open(&stage.url("/rollouts/shop/web")).await;
    browser.sees("#link", "live").await;
    browser.run("document.querySelector('details.revision > summary').focus()").await;
    let revision = browser.run(focused).await;
    let closed = format!("return !document.getElementById({revision}).open");
    browser.run("document.activeElement.click()").await;
    assert_eq!(browser.run(&closed).await, json!(true));
    // Drawn first while it has no pod, and closed; it opens with its pods, and what the reader closed stays closed.
    stage.release("v3");
    browser.sees("#revisions", "web:v3").await;
    assert_eq!(browser.run(focused).await, revision);
    assert_eq!(browser.run(&closed).await, json!(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn markup_in_objects_stays_text_in_events_too() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.sees("#link", "live").await;
    let evil = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>";
    stage.merge(Sub::Status, &json!({"status": {"message": evil}}));
    browser.sees("#rows", evil).await;
    browser.open(&stage.url("/rollouts/shop/web")).await;
    stage.merge(Sub::Status, &json!({"status": {"message": format!("{evil} again")}}));
    browser.sees("#standing", evil).await;
    assert_eq!(browser.run("return window.hit ?? null").await, json!(null));
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_is_live_and_fits_a_phone() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    for number in 0..8 {
        let mut rollout = story().rollout;
        rollout["metadata"]["name"] = json!(format!("app-{number}"));
        rollout["spec"]["selector"]["matchLabels"]["app"] = json!(format!("app-{number}"));
        rollout["spec"]["template"]["metadata"]["labels"]["app"] = json!(format!("app-{number}"));
        rollout["spec"]["strategy"] = json!({"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}});
        stage.cluster.create(&rollout, "kubectl").unwrap();
    }
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.sees("#rows", "app-7").await;
    stage.release("v2");
    browser.sees("#rows tr[id='row/shop/web']", "Paused").await;
    for (scheme, width) in [("light", 1200), ("dark", 1200), ("light", 400)] {
        browser.look(scheme, width, 900).await;
        browser.picture(&format!("list-{scheme}-{width}")).await;
        let sideways = "return document.documentElement.scrollWidth <= window.innerWidth";
        assert_eq!(browser.run(sideways).await, json!(true), "nothing is cut off at {width}");
    }
    browser.open(&stage.url("/?phase=Paused")).await;
    browser.sees("#count", "1 of 9 Rollouts").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
