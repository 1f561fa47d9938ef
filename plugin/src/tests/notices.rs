//! Notifications: what is configured, and what would be said.

use expect_test::{Expect, expect};
use serde_json::json;

use super::{PROD, Scene};

fn scene() -> Scene {
    let scene = Scene::paused();
    scene.create(&json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "argo-rollouts-notification-configmap", "namespace": PROD},
        "data": {
            "template.mine": "message: \"{{.rollout.metadata.name}} is {{.rollout.status.phase}}\\n\\e[31mtoken {{.secrets.token}}\"\n",
            "template.broken": "message: '{{.rollout.metadata.name | nothing}}'\n",
            "trigger.mine": "- when: rollout.status.phase == 'Paused'\n  send: [mine]\n- when: rollout.status.phase == 'Healthy'\n  send: [broken]\n",
            "trigger.odd": "- when: rollout.status.phase > 3\n  send: [mine]\n",
            "service.carrier-pigeon": "loft: 1\n",
        }}));
    scene.create(&json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "argo-rollouts-notification-secret", "namespace": PROD}, "data": {"token": "aHVudGVyMg=="}}));
    scene
}

fn check(line: &str, expected: &Expect) {
    expected.assert_eq(&scene().says(line));
}

#[test]
fn templates_and_triggers_are_listed() {
    let names = |line: &str| {
        let said = scene().says(line);
        let lines: Vec<&str> = said.lines().filter(|line| line.contains("NAME") || line.contains("mine")).collect();
        lines.join("\n") + "\n"
    };
    expect![[r#"
        NAME                          PREVIEW
        mine                          {{.rollout.metadata.name}} is {{.rollout.status.phase}}
    "#]]
    .assert_eq(&names("notifications template get"));
    expect![[r#"
        NAME                             TEMPLATES
        mine                             mine,broken
        odd                              mine
    "#]]
    .assert_eq(&names("notifications trigger get"));
    check(
        "notifications template get mine",
        &expect![[r#"
            message: "{{.rollout.metadata.name}} is {{.rollout.status.phase}}\n\e[31mtoken {{.secrets.token}}"
        "#]],
    );
    check(
        "notifications trigger get on-rollout-aborted",
        &expect![[r#"
        - send: [rollout-aborted]
    "#]],
    );
    check(
        "notifications trigger get minn -o json",
        &expect![[r#"
        Error: there is no trigger "minn"; did you mean "mine"?
    "#]],
    );
}

#[test]
fn a_template_is_written_out_for_a_rollout_and_sent_to_nobody() {
    check(
        "notifications template notify mine shop",
        &expect![[r#"
            shop is Paused
            \u{1b}[31mtoken *****
        "#]],
    );
    check(
        "notifications template notify broken shop",
        &expect![[r#"
        Error: there is no template "broken"
    "#]],
    );
    check(
        "notifications template notify mine shpo",
        &expect![[r#"
            Error: rollouts.argoproj.io "shpo" not found in namespace "prod"; did you mean "shop"?
        "#]],
    );
    check(
        "notifications template notify mine shop --recipient slakc:me",
        &expect![[r#"
            Error: there is no service "slakc"
        "#]],
    );
}

#[test]
fn a_trigger_says_which_conditions_hold() {
    check(
        "notifications trigger run mine shop",
        &expect![[r#"
        CONDITION                          RESULT  TEMPLATES
        rollout.status.phase == 'Paused'   true    mine
        rollout.status.phase == 'Healthy'  false
    "#]],
    );
    check(
        "notifications trigger run odd shop -o yaml",
        &expect![[r#"
        - condition: rollout.status.phase > 3
          result: "[0].when: evaluate condition at character 22: > is not defined between string and int"
          templates: null
        Error: trigger.odd[0].when: evaluate condition at character 22: > is not defined between string and int
    "#]],
    );
    check(
        "notifications trigger run on-rollout-aborted shop",
        &expect![[r#"
        CONDITION                           RESULT  TEMPLATES
        at the event of on-rollout-aborted  true    rollout-aborted
    "#]],
    );
}

#[test]
fn without_a_configuration_it_is_said_where_it_was_looked_for() {
    let said = Scene::paused().says("notifications template get");
    expect![[r#"
        Error: there is no ConfigMap argo-rollouts-notification-configmap in namespace prod or argo-rollouts; say where the controller is with --controller-namespace
    "#]].assert_eq(&said);
}
