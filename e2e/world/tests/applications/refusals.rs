//! What is refused, and said.

use expect_test::expect;
use serde_json::{Value, json};
use sluice_world::api::catalog;

use crate::story::{given, map, object};

#[tokio::test(start_paused = true)]
async fn a_project_that_does_not_permit_a_kind_keeps_the_whole_sync_from_beginning() {
    let account = object("ServiceAccount robot", json!({}));
    let mut story = given(json!({}), vec![map("a", "x"), account]).await;
    let allowed = json!({"spec": {"namespaceResourceWhitelist": [{"group": "", "kind": "ConfigMap"}]}});
    story.merge(&catalog::APP_PROJECT, "team", allowed);
    story.wait(5).await;
    story.say("sync");
    story.merge(&catalog::APPLICATION, "web", json!({"operation": {"sync": {}}}));
    story.wait(5).await;
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation -
        — sync
          update Application web: OutOfSync Missing, operation Running
          update Application web: OutOfSync Missing, operation Failed
        = OutOfSync Missing at r1, last Failed
          ! ExcludedResourceWarning: ServiceAccount shop/robot is of a kind that is not allowed; add {group: "", kind: ServiceAccount} (spec.namespaceResourceWhitelist of project team)
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_project_and_a_cluster_that_are_not_there_are_said_and_come_to_be_seen() {
    let nowhere = json!({"project": "nobodys", "destination": {"name": "far", "namespace": "shop"}});
    let mut story = given(nowhere, vec![map("a", "x")]).await;
    story.wait(5).await;
    story.ending();
    story.say("another project and cluster");
    story.merge(
        &catalog::APPLICATION,
        "web",
        json!({"spec": {"project": "team", "destination": {"name": "in-cluster"}}}),
    );
    story.wait(5).await;
    story.check(expect![[r#"
          update Application web: Unknown Unknown, operation -
        = Unknown Unknown at -, last -
          ! InvalidSpecError: spec.destination.name: no cluster is called far; add a Secret of type cluster for it; spec.project: there is no AppProject nobodys in namespace shop; make it, or name another one
        — another project and cluster
          update Application web: OutOfSync Missing, operation -
        = OutOfSync Missing at r1, last -
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_field_of_the_wrong_type_is_said_and_stops_nobody_else() {
    let mut story = given(json!({}), vec![map("a", "x")]).await;
    story.make(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "odd", "namespace": "shop"},
        "spec": {"project": "team", "source": {"repoURL": "https://git/x", "path": "x"}, "destination": {"name": "in-cluster"}},
        "status": {"operationState": {"phase": "Succeeded", "operation": {"sync": 7}}},
    }));
    story.wait(5).await;
    let odd = story.get(&catalog::APPLICATION, "odd").unwrap();
    expect![[r#""status.operationState.operation.sync: invalid type: integer `7`, expected struct SyncOperation""#]]
        .assert_eq(&odd["status"]["conditions"][0]["message"].to_string());
    story.check(expect![[r#"
          update Application odd: Unknown Unknown, operation Succeeded
          update Application web: OutOfSync Missing, operation -
        = OutOfSync Missing at r1, last -
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn two_applications_of_one_object_say_so() {
    let mut story = given(json!({"syncPolicy": {"automated": {}}}), vec![map("a", "x")]).await;
    story.wait(5).await;
    let mut other = story.application();
    other["metadata"] = json!({"name": "other", "namespace": "shop"});
    other["spec"]["syncPolicy"] = json!(null);
    other["status"] = json!(null);
    story.make(other);
    story.wait(5).await;
    let other = story.get(&catalog::APPLICATION, "other").unwrap();
    expect![[r#"[{"lastTransitionTime":"2026-01-01T00:00:05Z","message":"ConfigMap shop/a is part of application web too, which has it. Take what is shared out of the sources of one of them","type":"SharedResourceWarning"}]"#]].assert_eq(&other["status"]["conditions"].to_string());
}

#[tokio::test(start_paused = true)]
async fn what_an_application_that_is_left_alone_has_is_not_pruned_by_another() {
    let pruned = json!({"syncPolicy": {"automated": {"prune": true}}});
    let kept = || ["c", "d", "e"].map(|name| map(name, "x")).to_vec();
    let mut story = given(pruned, [vec![map("a", "x"), map("b", "x")], kept()].concat()).await;
    story.wait(5).await;
    let mut frozen = story.application();
    frozen["metadata"] = json!({
        "name": "frozen", "namespace": "shop", "annotations": {"argocd.argoproj.io/skip-reconcile": "true"},
    });
    let resources = json!([{"kind": "ConfigMap", "version": "v1", "namespace": "shop", "name": "a"}]);
    let compared = json!({"destination": {"name": "in-cluster", "namespace": "shop"}});
    frozen["status"] = json!({"resources": resources, "sync": {"status": "Synced", "comparedTo": compared}});
    story.make(frozen);
    story.wait(5).await;
    story.say("commit r2 drops a and b");
    story.push("r2", Some(kept()));
    story.wait(300).await;
    assert!(story.get(&catalog::CONFIG_MAP, "a").is_some(), "frozen has it");
    assert!(story.get(&catalog::CONFIG_MAP, "b").is_none(), "nobody else has it");
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation Running
          create ConfigMap a
          create ConfigMap b
          create ConfigMap c
          create ConfigMap d
          create ConfigMap e
          update Application web: OutOfSync Missing, operation Running
          update Application web: Synced Healthy, operation Succeeded
        — commit r2 drops a and b
          update Application web: OutOfSync Healthy, operation Running
          update Application web: OutOfSync Healthy, operation Running
          delete ConfigMap b
          update Application web: OutOfSync Healthy, operation Running
          update Application web: OutOfSync Healthy, operation Succeeded
        = OutOfSync Healthy at r2, last Succeeded
          ! SharedResourceWarning: ConfigMap shop/a is part of application frozen too. Take what is shared out of the sources of one of them
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_first_commit_that_cannot_be_rendered_is_said_and_the_next_one_is_looked_at() {
    let mut story = given(json!({}), Vec::new()).await;
    story.push("r0", None);
    story.wait(5).await;
    story.ending();
    story.say("commit r1");
    story.push("r1", Some(vec![map("a", "x")]));
    story.wait(300).await;
    story.check(expect![[r#"
          update Application web: Unknown -, operation -
        = Unknown - at -, last -
          ! ComparisonError: web.yaml: bad indentation
        — commit r1
          update Application web: OutOfSync Missing, operation -
        = OutOfSync Missing at r1, last -
    "#]]);
}

fn project(name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": name, "namespace": "shop"}, "spec": spec,
    })
}

#[tokio::test(start_paused = true)]
async fn a_project_inherits_the_rules_that_its_labels_give_it() {
    let mut story = given(json!({}), vec![map("a", "x")]).await;
    story.wait(5).await;
    let globals = "- labelSelector: {matchLabels: {tier: prod}}\n  projectName: everywhere\n";
    story.make(object(
        "ConfigMap argocd-cm",
        json!({"metadata": {"namespace": "shop"}, "data": {"globalProjects": globals}}),
    ));
    story.wait(5).await;
    story.say("a label that gives it rules of nobody");
    story.merge(&catalog::APP_PROJECT, "team", json!({"metadata": {"labels": {"tier": "prod"}}}));
    story.wait(5).await;
    story.ending();
    story.say("the project of these rules");
    story.make(project("everywhere", json!({"namespaceResourceBlacklist": [{"group": "", "kind": "ConfigMap"}]})));
    story.wait(5).await;
    story.ending();
    story.say("it allows what it refused");
    story.merge(&catalog::APP_PROJECT, "everywhere", json!({"spec": {"namespaceResourceBlacklist": []}}));
    story.wait(5).await;
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation -
        — a label that gives it rules of nobody
          update Application web: Unknown Unknown, operation -
        = Unknown Unknown at r1, last -
          ! InvalidSpecError: AppProject team inherits rules by globalProjects of argocd-cm: there is no AppProject everywhere; make it, or take it out there
        — the project of these rules
          update Application web: OutOfSync Missing, operation -
        = OutOfSync Missing at r1, last -
          ! ExcludedResourceWarning: ConfigMap shop/a is of a kind that is refused (spec.namespaceResourceBlacklist of project team)
        — it allows what it refused
          update Application web: OutOfSync Missing, operation -
        = OutOfSync Missing at r1, last -
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn what_inherited_rules_are_is_not_known_of_a_list_that_cannot_be_read() {
    let mut story = given(json!({}), vec![map("a", "x")]).await;
    story.make(object(
        "ConfigMap argocd-cm",
        json!({"metadata": {"namespace": "shop"}, "data": {"globalProjects": "all"}}),
    ));
    story.wait(5).await;
    story.check(expect![[r#"
          update Application web: Unknown Unknown, operation -
        = Unknown Unknown at -, last -
          ! InvalidSpecError: argocd-cm: globalProjects is no list of labelSelector and projectName: invalid type: string "all", expected a sequence
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_rule_about_differences_that_cannot_be_read_is_told_or_stays_as_it_was() {
    let mut story = given(json!({}), vec![map("a", "x")]).await;
    let rules = |text: &str| json!({"data": {"resource.customizations.ignoreDifferences.all": text}});
    let mut settings = object("ConfigMap argocd-cm", json!({"metadata": {"namespace": "shop"}}));
    json_patch::merge(&mut settings, &rules("- x"));
    story.make(settings);
    story.wait(5).await;
    story.ending();
    story.say("it is mended");
    story.merge(&catalog::CONFIG_MAP, "argocd-cm", rules("jsonPointers: [/data/says]"));
    story.wait(5).await;
    story.ending();
    story.say("and broken anew");
    story.merge(&catalog::CONFIG_MAP, "argocd-cm", rules("- x"));
    story.wait(5).await;
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation -
        = OutOfSync Missing at r1, last -
          ! ExcludedResourceWarning: argocd-cm: resource.customizations.ignoreDifferences.all: is no YAML of jsonPointers, jqPathExpressions and managedFieldsManagers; it counts for nothing
        — it is mended
          update Application web: OutOfSync Missing, operation -
        = OutOfSync Missing at r1, last -
        — and broken anew
        = OutOfSync Missing at r1, last -
    "#]]);
}
