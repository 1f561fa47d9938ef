//! Applications: their pages, orders and rights. Their status is written here, as their controller would.

use reqwest::Method;
use serde_json::{Value, json};
use sluice_dashboard::view::{Differing, Field};
use sluice_dashboard::watch::Key;
use sluice_world::api::{Sub, catalog};

use crate::events::told;
use crate::http::{Visitor, field};
use crate::stage::{Stage, story};

const PAGE: &str = "/applications/shop/app";
pub(crate) const NAME: &str = "app";

/// An Application of the story's Rollout; it has two deployments behind it.
pub(crate) fn application() -> Value {
    let source = json!({"repoURL": "https://git.test/shop", "path": "deploy", "targetRevision": "main"});
    let object = |group: &str, kind: &str, name: &str, sync: &str, health: &str| {
        json!({"group": group, "version": "v1", "kind": kind, "namespace": "shop", "name": name, "status": sync,
            "health": {"status": health}})
    };
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": NAME, "namespace": "shop"},
        "spec": {"project": "default", "source": source, "destination": {"name": "in-cluster", "namespace": "shop"}},
        "status": {
            "sync": {"status": "OutOfSync", "revision": "v2.0.0"}, "health": {"status": "Healthy"},
            "resources": [object("argoproj.io", "Rollout", "web", "Synced", "Healthy"),
                object("", "ConfigMap", "settings", "OutOfSync", "Healthy")],
            "operationState": {"operation": {"sync": {}, "initiatedBy": {"username": "ann"}}, "phase": "Succeeded",
                "message": "successfully synced", "startedAt": "2026-01-01T10:00:00Z", "finishedAt": "2026-01-01T10:00:09Z",
                "syncResult": {"revision": "v2.0.0", "resources": [
                    {"group": "batch", "version": "v1", "kind": "Job", "namespace": "shop", "name": "migrate", "hookType": "PreSync",
                        "hookPhase": "Succeeded", "syncPhase": "PreSync", "message": "job completed"},
                    {"group": "argoproj.io", "version": "v1alpha1", "kind": "Rollout", "namespace": "shop", "name": "web",
                        "status": "Synced", "syncPhase": "Sync", "message": "rollout configured"}]}},
            "history": [{"id": 1, "revision": "v1.0.0", "source": source, "deployedAt": "2026-01-01T09:00:00Z"},
                {"id": 2, "revision": "v2.0.0", "source": source, "deployedAt": "2026-01-01T10:00:09Z"}],
        },
    })
}

/// Where that Application is told not to be as git says.
pub(crate) fn differing(key: &Key) -> Vec<Differing> {
    let field = |path: &str, here: &str, wanted: &str| Field {
        path: path.to_owned(),
        here: here.to_owned(),
        wanted: wanted.to_owned(),
    };
    let fields = vec![
        field("/data/greeting", "\"hello <you>\"", "\"welcome\""),
        field("/data/key", "nothing", &"a".repeat(200)),
    ];
    let (kind, namespace, name) = ("ConfigMap".to_owned(), "shop".to_owned(), "settings".to_owned());
    let is_it = (&*key.namespace, &*key.name) == ("shop", NAME);
    is_it.then(|| Differing { group: String::new(), kind, namespace, name, fields, more: 3 }).into_iter().collect()
}

impl Stage {
    pub(crate) fn merge_application(&self, patch: &Value) {
        self.cluster.store.merge(&catalog::APPLICATION, "shop", NAME, Sub::Object, patch, "kubectl").unwrap();
    }

    pub(crate) fn application(&self) -> Value {
        (*self.cluster.store.get(&catalog::APPLICATION, "shop", NAME).unwrap()).clone()
    }
}

async fn stage() -> Stage {
    let stage = Stage::local(&story()).await;
    stage.cluster.create(&application(), "kubectl").unwrap();
    stage.phase("Healthy").await;
    stage
}

#[tokio::test]
async fn an_application_shows_its_objects_its_operation_and_the_release_inside() {
    let stage = stage().await;
    let mut owner = Visitor::at_home(&stage).await;
    let list = owner.until("/applications", "href=\"/applications/shop/app\"").await;
    assert!(list.contains("1 Application ") && list.contains("OutOfSync"), "{list}");
    let page = owner.until(PAGE, "href=\"/rollouts/shop/web\"").await;
    for text in ["ConfigMap", "PreSync hook", "job completed", "kubectl sluice app diff app -N shop", "Release of web"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    for text in [
        "<details id=\"differs-ConfigMap-shop-settings\"><summary>5 fields",
        "/data/greeting",
        "hello &lt;you&gt;",
        "and 3 more",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let answer = owner.get("/applications/shop/aps").await;
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("href=\"/applications/shop/app\""), "{}", answer.text);
    assert_eq!(owner.get("/applications?q=nowhere").await.text.matches("id=\"row/").count(), 0);
}

#[tokio::test]
async fn open_pages_are_told_of_syncs_and_of_the_release_inside() {
    let stage = stage().await;
    let mut owner = Visitor::at_home(&stage).await;
    owner.until(PAGE, "Release of web").await;
    let list = owner.request(Method::GET, "/applications/events").send().await.unwrap();
    let page = owner.request(Method::GET, &format!("{PAGE}/events")).send().await.unwrap();
    stage.merge_application(&json!({"status": {"health": {"status": "Degraded", "message": "gone wrong"}}}));
    tokio::join!(told(list, "gone wrong"), told(page, "gone wrong"));
    let page = owner.request(Method::GET, &format!("{PAGE}/events")).send().await.unwrap();
    stage.release("v2");
    told(page, "CanaryPauseStep").await;
}

#[tokio::test]
async fn an_application_is_synced_rolled_back_refreshed_and_its_operation_ended() {
    let stage = stage().await;
    let mut owner = Visitor::at_home(&stage).await;
    owner.until(PAGE, "Release of web").await;
    let synced = owner.order(PAGE, "sync", &[("prune", "on"), ("revision", " v3 ")]).await;
    assert_eq!(synced.text, "shop/app syncs");
    let operation = stage.application()["operation"].clone();
    assert_eq!((&operation["sync"]["prune"], &operation["sync"]["revision"]), (&json!(true), &json!("v3")));
    assert_eq!(operation["initiatedBy"]["username"], "dashboard", "who acts at home is the client's user");
    let twice = owner.order(PAGE, "sync", &[]).await;
    assert_eq!(twice.status, 409);
    assert!(twice.text.contains("has another operation in progress"), "{}", twice.text);
    owner.until(PAGE, "name=\"place\" value=\"asked\"").await;
    assert_eq!(owner.order(PAGE, "terminate", &[]).await.text, "shop/app operation taken back: it had not begun");
    assert_eq!(stage.application()["operation"], Value::Null);

    assert_eq!(owner.order(PAGE, "rollback", &[("id", "1")]).await.text, "shop/app goes back to deployment 1");
    assert_eq!(stage.application()["operation"]["sync"]["revision"], "v1.0.0");
    let running = json!({"operation": null, "status": {"operationState": {"phase": "Running", "startedAt": "2026-01-01T11:00:00Z"}}});
    stage.merge_application(&running);
    let page = owner.until(PAGE, "value=\"2026-01-01T11:00:00Z\"").await;
    stage.merge_application(&json!({"status": {"operationState": {"startedAt": "2026-01-01T12:00:00Z"}}}));
    let fields = [("csrf", &*field(&page, "csrf")), ("place", &*field(&page, "place")), ("order", "terminate")];
    let request = owner.request(Method::POST, &format!("{PAGE}/order")).header("accept", "text/plain").form(&fields);
    let late = owner.send(request).await;
    assert_eq!(
        (late.status.as_u16(), &*late.text),
        (409, "shop/app does something else meanwhile; nothing was done. Look at it again")
    );
    owner.until(PAGE, "value=\"2026-01-01T12:00:00Z\"").await;
    assert_eq!(owner.order(PAGE, "terminate", &[]).await.text, "shop/app operation terminating");
    assert_eq!(stage.application()["status"]["operationState"]["phase"], "Terminating");

    assert_eq!(owner.order(PAGE, "refresh", &[]).await.text, "shop/app is being looked at anew");
    assert_eq!(stage.application()["metadata"]["annotations"]["argocd.argoproj.io/refresh"], "normal");
}

#[tokio::test]
async fn orders_that_would_not_do_what_was_meant_are_refused() {
    let stage = stage().await;
    stage.merge_application(&json!({"spec": {"syncPolicy": {"automated": {}}}}));
    let mut owner = Visitor::at_home(&stage).await;
    owner.until(PAGE, "It syncs by itself").await;
    for (order, more, status, text) in [
        ("rollback", vec![("id", "1")], 409, "syncs by itself, which would undo a rollback"),
        ("sync", vec![("revision", "v3")], 409, "cannot be synced to v3"),
        ("sync", vec![("revision", "two words")], 400, "without spaces"),
        ("rollback", vec![], 400, "rollback needs the id of a past deployment"),
        ("terminate", vec![], 200, "has no operation in progress"),
        ("destroy", vec![], 400, "order must be sync, refresh, refresh-hard, terminate or rollback"),
    ] {
        let answer = owner.order(PAGE, order, &more).await;
        assert_eq!(answer.status, status, "{order}: {}", answer.text);
        assert!(answer.text.contains(text), "{order}: {}", answer.text);
    }
    assert_eq!(stage.application()["operation"], Value::Null);
}

#[tokio::test]
async fn everyone_sees_the_applications_they_may_and_gives_the_orders_they_may() {
    let stage = Stage::cluster(&story()).await;
    stage.cluster.create(&application(), "kubectl").unwrap();
    stage.phase("Healthy").await;
    for user in ["reader", "outsider"] {
        stage.cluster.store.service(user);
    }
    stage.cluster.store.authorize(|user, spec| {
        let of = &spec["resourceAttributes"];
        user == "reader" && of["resource"] == "applications" && of["verb"] != "patch"
    });
    let mut stranger = Visitor::new(&stage);
    for path in ["/applications", "/applications/events", PAGE] {
        assert_eq!(stranger.get(path).await.location(), "/login", "{path}");
    }
    let mut reader = Visitor::signed_in(&stage, "reader").await;
    let page = reader.until(PAGE, "ConfigMap").await;
    assert!(page.contains("You may look at this Application, and not change it."), "{page}");
    assert!(!page.contains("href=\"/rollouts/"), "the release inside is not theirs to see");
    assert!(!page.contains("/data/greeting"), "nor what is in the objects");
    let csrf = field(&page, "csrf");
    let path = format!("{PAGE}/order");
    let request = reader.request(Method::POST, &path).header("accept", "text/plain");
    let answer = reader.send(request.form(&[("csrf", csrf.as_str()), ("order", "sync")])).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert!(answer.text.contains("ask for the verb patch on applications"), "{}", answer.text);
    let mut outsider = Visitor::signed_in(&stage, "outsider").await;
    assert!(!outsider.get("/applications").await.text.contains("shop"));
    let (there, gone) = (outsider.get(PAGE).await.status, outsider.get("/applications/shop/none").await.status);
    assert_eq!((there.as_u16(), gone.as_u16()), (403, 403), "whether it is there is not told");
    assert_eq!(stage.application()["operation"], Value::Null);
}
