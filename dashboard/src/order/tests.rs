use expect_test::{Expect, expect};

use super::*;

fn rollout(spec: &Value, status: &Value) -> Rollout {
    let mut whole = json!({
        "replicas": 2,
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:v2"}]}},
        "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}]}},
    });
    for (field, value) in spec.as_object().unwrap() {
        whole[field] = value.clone();
    }
    let object = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "generation": 2}, "spec": whole, "status": status});
    serde_json::from_value(object).unwrap()
}

/// A release at its pause.
fn paused() -> Value {
    json!({"observedGeneration": "2", "phase": "Paused", "stableRS": "one", "currentPodHash": "two",
        "currentStepIndex": 1, "controllerPause": true, "pauseConditions": [{"reason": "CanaryPauseStep"}]})
}

fn with(mut status: Value, fields: &Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        status[field] = value.clone();
    }
    status
}

fn check(order: &Order, spec: &Value, status: &Value, expected: &Expect) {
    let now = "2026-01-01T10:00:00.5Z".parse().unwrap();
    let told = match decide(order, &rollout(spec, status), now) {
        Verdict::Nothing(why) => format!("nothing: {why}"),
        Verdict::Refused(why) => format!("refused: {why}"),
        Verdict::Write(Write { status, spec, locked, said }) => {
            let status = status.map(|fields| format!(" status {fields}")).unwrap_or_default();
            let spec = spec.map_or_else(String::new, |spec| match spec {
                SpecWrite::Merge(fields) => format!(" spec {fields}"),
                SpecWrite::Template(template) => format!(" template {template}"),
            });
            format!("{said}:{status}{spec}{}", if locked { " (as read)" } else { "" })
        }
    };
    expected.assert_eq(&told);
}

#[test]
fn a_promotion_ends_the_pause() {
    let end = expect![[r#"promoted: status {"pauseConditions":null} (as read)"#]];
    check(&Order::Promote, &json!({}), &paused(), &end);
}

#[test]
fn a_promotion_skips_a_step_that_is_not_a_pause() {
    let status = with(paused(), &json!({"pauseConditions": [], "controllerPause": false, "currentStepIndex": 0}));
    let skip = expect![[r#"promoted: status {"currentStepIndex":1,"pauseConditions":null} (as read)"#]];
    check(&Order::Promote, &json!({}), &status, &skip);
}

#[test]
fn a_promotion_ends_a_persons_pause() {
    let status = with(paused(), &json!({"pauseConditions": [], "controllerPause": false}));
    let end = expect![[r#"promoted: spec {"paused":false} (as read)"#]];
    check(&Order::Promote, &json!({"paused": true}), &status, &end);
}

#[test]
fn what_is_complete_or_aborted_is_not_promoted() {
    let complete = with(paused(), &json!({"stableRS": "two", "pauseConditions": [], "controllerPause": false}));
    let nothing = expect!["nothing: is complete: there is nothing to promote"];
    check(&Order::Promote, &json!({}), &complete, &nothing);
    check(&Order::PromoteFull, &json!({}), &complete, &nothing);
    check(
        &Order::Abort,
        &json!({}),
        &complete,
        &expect!["nothing: has no update in progress: there is nothing to abort"],
    );
    let aborted = with(paused(), &json!({"abort": true}));
    let refused = expect!["refused: is aborted; use retry"];
    check(&Order::Promote, &json!({}), &aborted, &refused);
    check(&Order::PromoteFull, &json!({}), &aborted, &refused);
    check(&Order::Abort, &json!({}), &aborted, &expect!["nothing: is aborted already"]);
    check(&Order::Retry, &json!({}), &aborted, &expect![[r#"retried: status {"abort":false}"#]]);
}

#[test]
fn an_unseen_spec_may_be_aborted_but_not_promoted() {
    let unseen = json!({"observedGeneration": "1", "phase": "Healthy", "stableRS": "one", "currentPodHash": "one"});
    let refused = "refused: has a new spec that the controller has not looked at yet. Try again in a moment";
    for order in [Order::Promote, Order::PromoteFull] {
        let Verdict::Refused(why) = decide(&order, &rollout(&json!({}), &unseen), Timestamp::UNIX_EPOCH) else {
            panic!()
        };
        assert_eq!(format!("refused: {why}"), refused);
    }
    check(&Order::Abort, &json!({}), &unseen, &expect![[r#"aborted: status {"abort":true}"#]]);
}

#[test]
fn orders_about_a_release_under_way() {
    check(&Order::PromoteFull, &json!({}), &paused(), &expect![[r#"fully promoted: status {"promoteFull":true}"#]]);
    check(&Order::Abort, &json!({}), &paused(), &expect![[r#"aborted: status {"abort":true}"#]]);
    check(&Order::Retry, &json!({}), &paused(), &expect!["nothing: is not aborted: there is nothing to retry"]);
    check(&Order::Pause, &json!({}), &paused(), &expect![[r#"paused: spec {"paused":true}"#]]);
    check(&Order::Pause, &json!({"paused": true}), &paused(), &expect!["nothing: is paused already"]);
    let restart =
        expect![[r#"restarts: its pods are replaced a few at a time: spec {"restartAt":"2026-01-01T10:00:00Z"}"#]];
    check(&Order::Restart, &json!({}), &paused(), &restart);
}

#[test]
fn another_image_is_written_into_the_list_it_stands_in() {
    let set =
        |container: &str, image: &str| Order::SetImage { container: container.to_owned(), image: image.to_owned() };
    let done = expect![[
        r#"gets the image web:v3 in web: spec {"template":{"spec":{"containers":[{"image":"web:v3","name":"web"}]}}} (as read)"#
    ]];
    check(&set("web", "web:v3"), &json!({}), &paused(), &done);
    check(&set("web", "web:v2"), &json!({}), &paused(), &expect!["nothing: runs web:v2 in web already"]);
    check(&set("side", "x"), &json!({}), &paused(), &expect![[r#"refused: has no container "side""#]]);
    let bad = expect!["refused: needs an image without spaces, such as registry/app:v2"];
    check(&set("web", "two words"), &json!({}), &paused(), &bad);
    check(&set("web", ""), &json!({}), &paused(), &bad);
    let lent = json!({"template": null, "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"}});
    let refused = expect!["refused: takes its template from Deployment app: change that one"];
    check(&set("web", "web:v3"), &lent, &paused(), &refused);
}

#[test]
fn an_undo_writes_the_old_template_without_its_hash() {
    let template = |image: &str| {
        json!({
            "metadata": {"labels": {"app": "web", "rollouts-pod-template-hash": "one"}, "creationTimestamp": null},
            "spec": {"containers": [{"name": "web", "image": image}]},
        })
    };
    let undo = |image| Order::Undo { revision: 1, template: template(image) };
    let done = expect![[
        r#"goes back to the template of revision 1: template {"metadata":{"creationTimestamp":null,"labels":{"app":"web"}},"spec":{"containers":[{"image":"web:v1","name":"web"}]}} (as read)"#
    ]];
    check(&undo("web:v1"), &json!({}), &paused(), &done);
    check(&undo("web:v2"), &json!({}), &paused(), &expect!["nothing: has the template of revision 1 already"]);
}

#[test]
fn the_place_of_a_release_tells_one_pause_from_the_next() {
    assert_eq!(place(&rollout(&json!({}), &paused())), "two/1/CanaryPauseStep");
    assert_eq!(place(&rollout(&json!({}), &json!({}))), "//");
}
