//! Who sees what, and what is turned away.

use serde_json::json;
use sluice_world::scenario::NAMESPACE;

use crate::http::{Visitor, field};
use crate::stage::{Stage, story};

const PAGE: &str = "/rollouts/shop/web";

#[tokio::test]
async fn at_home_nothing_is_shown_without_the_secret_of_the_address() {
    let stage = Stage::local(&story()).await;
    let mut stranger = Visitor::new(&stage);
    for path in ["/", "/events", PAGE, "/rollouts/shop/web/events", "/open/guessed", "/login"] {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(!answer.text.contains("shop"), "{path}");
    }
    assert_eq!(stranger.post("/rollouts/shop/web/order", &[("csrf", ""), ("order", "abort")]).await.status, 401);
    assert_eq!(stranger.post("/login", &[("token", "kubectl")]).await.status, 401);
    let mut owner = Visitor::at_home(&stage).await;
    assert_eq!(owner.get("/").await.status, 200);
}

#[tokio::test]
async fn at_home_only_this_machines_names_are_answered() {
    let stage = Stage::local(&story()).await;
    let owner = Visitor::at_home(&stage).await;
    for host in ["evil.test", "127.0.0.1", "localhost:1"] {
        let answer = owner.request(reqwest::Method::GET, "/").header("host", host).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{host}");
    }
    let host = format!("localhost:{}", stage.port);
    let answer = owner.request(reqwest::Method::GET, "/").header("host", host).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn in_a_cluster_nothing_is_shown_to_those_who_do_not_sign_in() {
    let stage = Stage::cluster(&story()).await;
    let mut stranger = Visitor::new(&stage);
    for path in ["/", "/events", PAGE, "/rollouts/shop/web/events"] {
        let answer = stranger.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/login"), "{path}");
    }
    for token in ["", "nobody", &"x".repeat(20_000)] {
        let answer = stranger.post("/login", &[("token", token)]).await;
        assert_eq!(answer.status, 401);
    }
    let huge = stranger.post("/login", &[("token", &"x".repeat(40_000))]).await;
    assert_eq!(huge.status, 401);
    assert!(huge.text.contains("Send a token."));
    stage.cluster.store.service("ann");
    let mut ann = Visitor::new(&stage);
    let answer = ann.post("/login", &[("token", " ann\n")]).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/"));
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-sluice="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    let page = ann.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<span>ann</span>"));
    let out = ann.post("/logout", &[("csrf", &field(&page.text, "csrf"))]).await;
    assert_eq!(out.status, 303);
    assert_eq!(ann.get("/").await.location(), "/login");
}

#[tokio::test]
async fn everyone_sees_what_they_may_and_no_more() {
    let stage = Stage::cluster(&story()).await;
    stage.phase("Healthy").await;
    for user in ["reader", "namesake", "outsider"] {
        stage.cluster.store.service(user);
    }
    stage.cluster.store.authorize(|user, spec| {
        let of = &spec["resourceAttributes"];
        let is = |field: &str, value: &str| of[field].as_str().unwrap_or_default() == value;
        let in_shop = is("namespace", NAMESPACE);
        match user {
            "reader" => in_shop && (is("verb", "get") || is("verb", "list")) && !is("resource", "pods"),
            // Another resource of the same name gives no right to ours.
            "namesake" => in_shop && is("group", "example.org"),
            _ => false,
        }
    });
    let mut reader = Visitor::signed_in(&stage, "reader").await;
    assert!(reader.get("/").await.text.contains("href=\"/rollouts/shop/web\""));
    let page = reader.get(PAGE).await.text;
    assert!(page.contains("You may look at this Rollout, and not change it."));
    assert!(page.contains("You may not list pods here"));
    assert!(page.contains("Revision 1"), "{page}");
    assert!(!page.contains("class=\"pods\""));
    for user in ["namesake", "outsider"] {
        let mut one = Visitor::signed_in(&stage, user).await;
        let list = one.get("/").await;
        assert_eq!(list.status, 200);
        assert!(!list.text.contains("shop"), "{}", list.text);
        let there = one.get(PAGE).await;
        let gone = one.get("/rollouts/shop/webb").await;
        assert_eq!((there.status.as_u16(), gone.status.as_u16()), (403, 403), "whether it is there is not told");
        assert_eq!(one.get("/rollouts/shop/web/events").await.status, 403);
        assert_eq!(one.order(PAGE, "abort", &[]).await.status, 400, "they have no page to send from");
    }
}

#[tokio::test]
async fn orders_are_taken_from_our_own_pages_only() {
    let stage = Stage::local(&story()).await;
    stage.phase("Healthy").await;
    let mut owner = Visitor::at_home(&stage).await;
    let csrf = field(&owner.get(PAGE).await.text, "csrf");
    let order = |csrf: &str| vec![("csrf".to_owned(), csrf.to_owned()), ("order".to_owned(), "pause".to_owned())];
    let path = "/rollouts/shop/web/order";
    let send = |headers: &[(&'static str, String)], csrf: &str| {
        let mut request = owner.request(reqwest::Method::POST, path).header("accept", "text/plain").form(&order(csrf));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(send(&[("origin", "https://evil.test".to_owned())], &csrf).await, 403);
    assert_eq!(send(&[("origin", "null".to_owned())], &csrf).await, 403);
    assert_eq!(send(&[("sec-fetch-site", "cross-site".to_owned())], &csrf).await, 403);
    assert_eq!(send(&[], "guessed").await, 400);
    assert_eq!(send(&[], "").await, 400);
    assert_eq!(stage.rollout()["spec"]["paused"], json!(null), "nothing was done");
    let own = format!("http://127.0.0.1:{}", stage.port);
    assert_eq!(send(&[("origin", own), ("sec-fetch-site", "same-origin".to_owned())], &csrf).await, 200);
    assert_eq!(stage.rollout()["spec"]["paused"], json!(true));
}

#[tokio::test]
async fn whoever_may_only_order_cannot_change_what_runs() {
    let stage = Stage::cluster(&story()).await;
    stage.phase("Healthy").await;
    stage.cluster.store.service("operator");
    stage.cluster.store.authorize(|_, spec| {
        let of = &spec["resourceAttributes"];
        of["verb"] != "patch" || of["subresource"] == "status"
    });
    let mut operator = Visitor::signed_in(&stage, "operator").await;
    let page = operator.get(PAGE).await.text;
    assert!(!page.contains("set-image"), "{page}");
    stage.release("v2");
    stage.phase("Paused").await;
    for (order, more) in [
        ("pause", vec![]),
        ("restart", vec![]),
        ("set-image", vec![("container", "web"), ("image", "web:v9")]),
        ("undo", vec![("revision", "1")]),
    ] {
        let answer = operator.order(PAGE, order, &more).await;
        assert_eq!(answer.status, 403, "{order}: {}", answer.text);
        assert!(answer.text.contains("ask for the verb patch on rollouts"), "{}", answer.text);
    }
    assert_eq!(operator.order(PAGE, "abort", &[]).await.text, "shop/web aborted");
    // A right that is taken away holds for the next order, whatever was known of it.
    stage.cluster.store.authorize(|_, spec| spec["resourceAttributes"]["verb"] != "patch");
    assert_eq!(operator.order(PAGE, "retry", &[]).await.status, 403);
}

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_it_safe() {
    let stage = Stage::local(&story()).await;
    let mut owner = Visitor::at_home(&stage).await;
    for path in ["/", PAGE, "/assets/style.css", "/nowhere", "/rollouts/shop/webb"] {
        let headers = owner.get(path).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"));
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], if path.starts_with("/assets") { "max-age=300" } else { "no-store" });
    }
}

#[tokio::test]
async fn whoever_may_not_list_all_is_told_when_namespaces_were_not_asked_about() {
    let stage = Stage::empty_cluster().await;
    for number in 0..1001 {
        let namespace = format!("team-{number:04}");
        stage
            .cluster
            .create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}), "kubectl")
            .unwrap();
        let mut rollout = story().rollout;
        rollout["metadata"]["namespace"] = json!(namespace);
        stage.cluster.create(&rollout, "kubectl").unwrap();
    }
    for user in ["reader", "admin"] {
        stage.cluster.store.service(user);
    }
    stage.cluster.store.authorize(|user, spec| {
        let namespace = &spec["resourceAttributes"]["namespace"];
        user == "admin" || *namespace == "team-0007" || *namespace == "team-1000"
    });
    let mut admin = Visitor::signed_in(&stage, "admin").await;
    let all = admin.until("/", "1001 Rollouts").await;
    assert!(!all.contains("only 1000 were looked at"), "whoever may list all misses nothing");
    let mut reader = Visitor::signed_in(&stage, "reader").await;
    let list = reader.get("/").await.text;
    assert!(list.contains("/rollouts/team-0007/web") && !list.contains("/rollouts/team-1000/web"), "{list}");
    assert!(list.contains("of those that have some only 1000 were looked at"), "{list}");
    let one = reader.get("/?namespace=team-1000").await.text;
    assert!(one.contains("/rollouts/team-1000/web"), "the namespace that is asked for is among them: {one}");
}
