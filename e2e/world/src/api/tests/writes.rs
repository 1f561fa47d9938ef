//! Writes in time: who may, who goes after whom, and who is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;

use super::super::{Store, Sub, catalog};
use super::story::{asked, check};

#[test]
fn dependents_go_a_moment_after_their_owner() {
    let child = r#"{"name":"child","ownerReferences":[
        {"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"00000000-0000-4000-8000-000000000004"}]}"#;
    let child = format!(r#"POST maps {{"metadata":{}}}"#, child.split_whitespace().collect::<String>());
    check(
        &[
            r#"POST maps {"metadata":{"name":"owner"}}"#,
            &child,
            "SLEEP 1",
            "GET maps/child",
            "DELETE maps/owner",
            "GET maps/child",
            "SLEEP 1",
            "GET maps/child",
        ],
        &expect![[r#"
            POST maps {"metadata":{"name":"owner"}}
              201 owner@104
            POST maps {"metadata":{"name":"child","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"00000000-0000-4000-8000-000000000004"}]}}
              201 child@105
            GET maps/child
              200 child@105
            DELETE maps/owner
              200 Success: 
            GET maps/child
              200 child@105
            GET maps/child
              404 NotFound: configmaps "child" not found
        "#]],
    );
}

#[test]
fn nothing_is_created_in_a_namespace_that_goes() {
    check(
        &[
            r#"POST /api/v1/namespaces {"metadata":{"name":"going","finalizers":["test.io/hold"]}}"#,
            "DELETE /api/v1/namespaces/going",
            r#"POST /api/v1/namespaces/going/configmaps {"metadata":{"name":"a"}}"#,
        ],
        &expect![[r#"
            POST /api/v1/namespaces {"metadata":{"name":"going","finalizers":["test.io/hold"]}}
              201 going@104
            DELETE /api/v1/namespaces/going
              200 going@105
            POST /api/v1/namespaces/going/configmaps {"metadata":{"name":"a"}}
              403 Forbidden: configmaps "a" is forbidden: unable to create new content in namespace going because it is being terminated
        "#]],
    );
}

#[test]
fn pods_on_a_node_end_in_their_own_time() {
    let pods = "/api/v1/namespaces/default/pods";
    let pod = format!(r#"POST {pods} {{"metadata":{{"name":"p"}},"spec":{{"nodeName":"n","containers":[]}}}}"#);
    check(
        &[
            &pod,
            &format!("DELETE {pods}/p"),
            &format!("GET {pods}/p"),
            &format!("DELETE {pods}/p?gracePeriodSeconds=0"),
            &format!("GET {pods}/p"),
        ],
        &expect![[r#"
            POST /api/v1/namespaces/default/pods {"metadata":{"name":"p"},"spec":{"nodeName":"n","containers":[]}}
              201 p@104
            DELETE /api/v1/namespaces/default/pods/p
              200 p@105
            GET /api/v1/namespaces/default/pods/p
              200 p@105
            DELETE /api/v1/namespaces/default/pods/p?gracePeriodSeconds=0
              200 p@106
            GET /api/v1/namespaces/default/pods/p
              404 NotFound: pods "p" not found
        "#]],
    );
}

#[test]
fn those_who_look_at_writes_see_each_once_and_may_write() {
    let store = Store::new(Clock::System);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let book = seen.clone();
    store.on_write(Box::new(move |store, write| {
        book.lock().unwrap().push(format!("{} {} by {}", write.verb, write.name, write.by));
        if write.verb == "create" {
            let patch = json!({"metadata": {"labels": {"seen": "yes"}}});
            store.merge(write.of, &write.namespace, &write.name, Sub::Object, &patch, "looker").unwrap();
        }
    }));
    let map = |data: Value| json!({"metadata": {"name": "a", "namespace": "default"}, "data": data});
    store.create(&catalog::CONFIG_MAP, map(json!({"x": "1"})), "maker").unwrap();
    store.merge(&catalog::CONFIG_MAP, "default", "a", Sub::Object, &json!({"data": {"x": "1"}}), "idle").unwrap();
    store.delete(&catalog::CONFIG_MAP, "default", "a").unwrap();
    assert_eq!(*seen.lock().unwrap(), ["create a by maker", "update a by looker", "delete a by "]);
}

#[tokio::test(start_paused = true)]
async fn reviews_allow_the_users_of_the_server_unless_a_policy_says_otherwise() {
    let store = Store::new(Clock::System);
    let service = store.service("sluice");
    let allowed = async |user: &str| {
        let spec = json!({"spec": {"user": user, "resourceAttributes": {"verb": "get", "resource": "pods"}}});
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        let (_, bodies) = asked(&service, "POST", &format!("{path} {spec}")).await;
        bodies[0]["status"]["allowed"] == true
    };
    assert_eq!((allowed("sluice").await, allowed("nobody").await), (true, false));
    store.authorize(|user, spec| user == "nobody" && spec["resourceAttributes"]["verb"] == "get");
    assert_eq!((allowed("sluice").await, allowed("nobody").await), (false, true));
}

#[tokio::test(start_paused = true)]
async fn two_servers_that_are_asked_the_same_answer_the_same() {
    let mut ends = Vec::new();
    for _ in 0..2 {
        let store = Store::new(Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap()));
        for _ in 0..20 {
            let run = json!({"metadata": {"generateName": "run-", "namespace": "default"}, "spec": {"metrics": []}});
            store.create(&catalog::ANALYSIS_RUN, run, "test").unwrap();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        ends.push(format!("{:?}", store.list(&catalog::ANALYSIS_RUN, "")));
    }
    assert_eq!(ends[0].replace("00:00:01", "00:00:00"), ends[1].replace("00:00:01", "00:00:00"));
}
