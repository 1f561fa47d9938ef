//! Pages below a path: behind a proxy, or for hands that know it.

use reqwest::Method;

use crate::events::told;
use crate::http::{Visitor, field};
use crate::stage::{Stage, story};
use crate::webdriver::Browser;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn below_a_path_a_release_is_followed_by_clicks_as_it_is_at_the_top() {
    let stage = Stage::local_below("tools/rollouts", &story()).await;
    stage.phase("Healthy").await;
    let browser = Browser::start().await;
    browser.open(&stage.address()).await;
    browser.sees("#rows", "Healthy").await;
    browser.sees("#link", "live").await;
    // What comes by events leads below the path too.
    stage.release("v2");
    browser.sees("#rows", "Paused").await;
    browser.click("#rows a").await;
    browser.sees("h1", "web").await;
    browser.sees("#link", "live").await;
    browser.click("#do-promote").await;
    browser.sees("#said", "shop/web promoted").await;
    browser.sees("#standing", "weight\n60 of 100").await;
    browser.click("nav a:last-child").await;
    browser.sees("h1", "Applications").await;
    browser.click("form.filter button").await;
    browser.sees("h1", "Applications").await;
    browser.click("a.brand").await;
    browser.sees("h1", "Rollouts").await;
    let styled = "return getComputedStyle(document.querySelector('a.brand')).textDecorationLine";
    assert_eq!(browser.run(styled).await, serde_json::json!("none"), "the style sheet is there");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn everything_is_below_the_path_and_nothing_beside_it() {
    let stage = Stage::cluster_below("/rollouts/", &story()).await;
    stage.phase("Healthy").await;
    stage.cluster.store.service("ann");
    let mut ann = Visitor::new(&stage);
    for path in ["/rollouts", "/rollouts/", "/rollouts/rollouts/shop/web", "/rollouts/events"] {
        let answer = ann.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/rollouts/login"), "{path}");
    }
    let answer = ann.post("/rollouts/login", &[("token", "ann")]).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/rollouts/"));
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Secure-sluice="), "{cookie}");
    assert!(cookie.ends_with("; Path=/rollouts; HttpOnly; SameSite=Lax; Secure"), "{cookie}");

    let page = "/rollouts/rollouts/shop/web";
    let events = ann.request(Method::GET, &format!("{page}/events")).send().await.unwrap();
    let csrf = field(&ann.get(page).await.text, "csrf");
    let ordered = ann.post(&format!("{page}/order"), &[("csrf", &csrf), ("order", "pause")]).await;
    assert_eq!((ordered.status.as_u16(), ordered.location()), (303, page));
    told(events, "do-promote").await;

    let near = ann.get("/rollouts/rollouts/shop/webb").await;
    assert_eq!(near.status, 404);
    for text in [near.text, ann.get("/rollouts/").await.text, ann.get(page).await.text] {
        assert!(
            text.contains("href=\"/rollouts/rollouts/shop/web\"")
                || text.contains("action=\"/rollouts/rollouts/shop/web")
        );
        for address in addresses(&text) {
            assert!(address.starts_with("/rollouts/") || address == "#content", "{address} in {text}");
        }
    }
    for beside in ["/", "/login", "/assets/style.css", "/applications"] {
        let answer = ann.get(beside).await;
        assert_eq!(answer.status, 404, "{beside}");
        assert!(answer.text.contains("href=\"/rollouts/\""), "it leads to where the pages are: {}", answer.text);
    }
    let out = ann.post("/rollouts/logout", &[("csrf", &csrf)]).await;
    assert_eq!((out.status.as_u16(), out.location()), (303, "/rollouts/"));
}

/// Where a page leads.
fn addresses(page: &str) -> Vec<&str> {
    let names = ["href=\"", "src=\"", "action=\"", "data-events=\""];
    let all = names.iter().flat_map(|name| page.split(name).skip(1));
    all.filter_map(|rest| rest.split_once('"')).map(|(address, _)| address).collect()
}
