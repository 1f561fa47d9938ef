//! Where objects go: other clusters, namespaces that are not there yet, kinds that come with their first objects.

use std::collections::BTreeMap;
use std::time::Duration;

use expect_test::expect;
use k8s_openapi::ByteString;
use serde_json::{Value, json};
use sluice_world::api::catalog;
use tokio::time::sleep;

use crate::story::{Story, given, map};

fn automated(more: Value) -> Value {
    let mut spec = json!({"syncPolicy": {"automated": {}}});
    json_patch::merge(&mut spec, &more);
    spec
}

#[tokio::test(start_paused = true)]
async fn a_cluster_comes_with_its_secret_and_goes_with_it() {
    let far = json!({"destination": {"name": "far", "namespace": "shop"}});
    let mut story = given(automated(far), vec![map("a", "x")]).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
    story.far.create(&catalog::NAMESPACE, namespace, "kubectl").unwrap();
    story.wait(5).await;
    story.ending();
    story.say("a Secret that says where it is");
    story.make(json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "far", "namespace": "shop", "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
        // far, and https://far
        "data": {"name": "ZmFy", "server": "aHR0cHM6Ly9mYXI="},
    }));
    story.wait(5).await;
    story.ending();
    assert!(story.far.get(&catalog::CONFIG_MAP, "shop", "a").is_some());
    assert!(story.get(&catalog::CONFIG_MAP, "a").is_none());
    story.say("the Secret is gone");
    story.cluster.store.delete(&catalog::SECRET, "shop", "far").unwrap();
    story.wait(5).await;
    assert!(story.far.get(&catalog::CONFIG_MAP, "shop", "a").is_some(), "nothing is deleted where nobody can look");
    story.check(expect![[r#"
          update Application web: Unknown Unknown, operation -
        = Unknown Unknown at -, last -
          ! InvalidSpecError: spec.destination.name: no cluster is called far; add a Secret of type cluster for it
        — a Secret that says where it is
          update Application web: OutOfSync Missing, operation Running
          update Application web: OutOfSync Missing, operation Running
          update Application web: Synced Healthy, operation Succeeded
        = Synced Healthy at r1, last Succeeded
        — the Secret is gone
          delete Secret far
          update Application web: Unknown Unknown, operation Succeeded
        = Unknown Unknown at r1, last Succeeded
          ! InvalidSpecError: spec.destination.name: no cluster is called far; add a Secret of type cluster for it
    "#]]);
}

/// What watches and what is asked for may fail at other times; there is one word about the cluster.
#[tokio::test(start_paused = true)]
async fn the_metric_and_the_condition_say_at_the_same_moment_that_a_cluster_is_away() {
    let far = json!({"destination": {"name": "far", "namespace": "shop"}});
    let mut story = given(automated(far), vec![map("a", "x")]).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
    story.far.create(&catalog::NAMESPACE, namespace, "kubectl").unwrap();
    story.make(secret("far", "cluster", &[("name", "far"), ("server", "https://far")]));
    story.wait(30).await;
    assert_eq!(seconds_until_told(&mut story, false).await, 0);

    story.far_answers(false);
    story.push("r2", Some(vec![map("a", "y")]));
    let refresh = json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}});
    story.merge(&catalog::APPLICATION, "web", refresh);
    let told = seconds_until_told(&mut story, true).await;
    assert!((20..30).contains(&told), "after {told} s");

    story.far_answers(true);
    let told = seconds_until_told(&mut story, false).await;
    assert!(told <= 6, "after {told} s");
    story.wait(30).await;
    assert_eq!(story.far.get(&catalog::CONFIG_MAP, "shop", "a").unwrap()["data"]["says"], "y");
}

/// How long it takes until condition and metric say that the cluster is away, or that it is not; they say the same in each second.
async fn seconds_until_told(story: &mut Story, away: bool) -> u64 {
    // Not on the second, when one of the two may still be at it.
    sleep(Duration::from_millis(500)).await;
    for second in 0..120 {
        let conditions = story.application()["status"]["conditions"].to_string();
        let of_metric = story.metric("argocd_cluster_connection_status{server=\"https://far\"}").unwrap() == "0";
        assert_eq!(conditions.contains("cannot be reached"), of_metric, "after {second} s: {conditions}");
        if of_metric == away {
            return second;
        }
        story.wait(1).await;
    }
    panic!("nobody is told")
}

/// A Secret with these texts, of that type.
fn secret(name: &str, kind: &str, texts: &[(&str, &str)]) -> Value {
    let data: BTreeMap<&str, ByteString> =
        texts.iter().map(|(key, text)| (*key, ByteString(text.as_bytes().to_vec()))).collect();
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": name, "namespace": "shop", "labels": {"argocd.argoproj.io/secret-type": kind}},
        "data": data,
    })
}

/// What is wrong with the Application, or nothing.
fn wrong(story: &Story) -> String {
    story.application()["status"]["conditions"][0]["message"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_project_deploys_to_a_cluster_and_from_a_repository_of_its_own_and_no_other_project_does() {
    let far = json!({"destination": {"name": "far", "namespace": "shop"}});
    let mut story = given(automated(far), vec![map("a", "x")]).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
    story.far.create(&catalog::NAMESPACE, namespace, "kubectl").unwrap();
    story.merge(&catalog::APP_PROJECT, "team", json!({"spec": {"sourceRepos": [], "destinations": []}}));
    let cluster = [("name", "far"), ("server", "https://far"), ("namespaces", "shop,other"), ("project", "team")];
    story.make(secret("far", "cluster", &cluster));
    story.wait(5).await;
    assert!(wrong(&story).starts_with("repository https://git.example.com/shop is not allowed"), "{}", wrong(&story));
    let repository = [("url", "https://git.example.com/shop.git"), ("project", "team")];
    story.make(secret("repo", "repository", &repository));
    story.wait(5).await;
    assert_eq!(wrong(&story), "");
    assert!(story.far.get(&catalog::CONFIG_MAP, "shop", "a").is_some(), "in no list of the project, but its own");
    story.merge(&catalog::APPLICATION, "web", json!({"spec": {"destination": {"namespace": "more"}}}));
    story.wait(5).await;
    assert!(wrong(&story).starts_with("namespace \"more\" of cluster far is not allowed"), "{}", wrong(&story));
    story.merge(&catalog::APPLICATION, "web", json!({"spec": {"destination": {"namespace": "shop"}}}));
    let refusal = json!({"spec": {"destinations": [{"server": "!https://far", "namespace": "*"}]}});
    story.merge(&catalog::APP_PROJECT, "team", refusal);
    story.wait(5).await;
    assert!(wrong(&story).starts_with("namespace \"shop\" of cluster far is refused"), "{}", wrong(&story));
    story.make(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "other", "namespace": "shop"},
        "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]},
    }));
    story.merge(&catalog::APPLICATION, "web", json!({"spec": {"project": "other"}}));
    story.wait(5).await;
    assert_eq!(wrong(&story), "cluster far belongs to project team alone");
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_made_for_its_objects_and_belongs_to_nobody() {
    let fresh = json!({"destination": {"namespace": "fresh"}, "syncPolicy": {"syncOptions": ["CreateNamespace=true"]}});
    let mut story = given(automated(fresh), vec![map("a", "x")]).await;
    story.wait(10).await;
    let made = story.cluster.store.get(&catalog::NAMESPACE, "", "fresh").unwrap();
    assert_eq!(made["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"], Value::Null);
    assert!(story.cluster.store.get(&catalog::CONFIG_MAP, "fresh", "a").is_some());
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation Running
          create Namespace fresh
          create ConfigMap a
          update Application web: OutOfSync Missing, operation Running
          update Application web: Synced Healthy, operation Succeeded
        = Synced Healthy at r1, last Succeeded
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_kind_comes_in_one_commit_with_its_first_object() {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "farms.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"kind": "Farm", "listKind": "FarmList", "plural": "farms", "singular": "farm"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            }}}],
        },
    });
    let farm = json!({"apiVersion": "example.com/v1", "kind": "Farm", "metadata": {"name": "f"}, "spec": {"cows": 3}});
    let mut story = given(automated(json!({})), vec![farm, definition]).await;
    story.wait(60).await;
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation Running
          create CustomResourceDefinition farms.example.com
          create Farm f
          update Application web: OutOfSync Missing, operation Running
          update Application web: Synced Healthy, operation Succeeded
        = Synced Healthy at r1, last Succeeded
    "#]]);
}
