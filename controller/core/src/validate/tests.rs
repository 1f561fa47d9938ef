#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "stories read best with plain arguments")]
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use sluice_crds::RolloutSpec;
use sluice_crds::violation::in_lines;

use super::spec;

mod gateway;
mod ping_pong;
mod routers;
mod trial;
mod unsupported;
mod workload;

/// A good canary, with one thing changed below `spec`.
fn changed(pointer: &str, value: Value) -> RolloutSpec {
    let mut spec = json!({
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web"}]}},
        "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {"duration": "1h"}}]}},
    });
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    spec.pointer_mut(parent).unwrap()[key] = value;
    serde_json::from_value(spec).unwrap()
}

fn check(pointer: &str, value: Value, expected: Expect) {
    let text = match spec(&changed(pointer, value), None) {
        Ok(_) => "fine\n".to_owned(),
        Err(violations) => in_lines(&violations),
    };
    expected.assert_eq(&text);
}

#[test]
fn a_good_spec_is_fine() {
    check(
        "/replicas",
        json!(3),
        expect![[r#"
        fine
    "#]],
    );
}

#[test]
fn five_mistakes_are_reported_at_once_with_their_fields() {
    let canary = json!({
        "maxSurge": "a quarter",
        "canaryService": "web", "stableService": "web",
        "steps": [{"setWeight": 120}, {"pause": {"duration": "soon"}}, {"setHeaderRoute": {"name": "x", "match": []}}],
    });
    check(
        "/strategy/canary",
        canary,
        expect![[r#"
            spec.strategy.canary.maxSurge: is "a quarter"; write a number of pods or a percentage such as "25%"
            spec.strategy.canary.steps[2].setHeaderRoute: needs a router that goes by headers: traefik, istio, alb, apisix, or an HTTPRoute or GRPCRoute of gatewayAPI (in a list, with useHeaderRoutes)
            spec.strategy.canary.steps[2].setHeaderRoute.name: "x" is none of trafficRouting.managedRoutes; add it there
            spec.strategy.canary.steps[0].setWeight: is 120; must be 0 to 100
            spec.strategy.canary.steps[1].pause.duration: read duration "soon": write numbers with units, like "30s" or "1h30m"
            spec.strategy.canary.canaryService: is the same as stableService; each arm needs its own
        "#]],
    );
}

#[test]
fn metadata_of_a_role_is_legal_and_leaves_the_selector_alone() {
    let labels = json!({"app": "other", "rollouts-pod-template-hash": "1", "role": "no spaces", "fine": ""});
    check(
        "/strategy/canary/canaryMetadata",
        json!({"labels": labels, "annotations": {"not a key": "any value will do"}}),
        expect![[r#"
            spec.strategy.canary.canaryMetadata.annotations.not a key: is no legal key: at most 63 letters, digits, - _ . (a letter or digit first and last), behind an optional DNS name and a slash
            spec.strategy.canary.canaryMetadata.labels.role: is no legal label value: at most 63 letters, digits, - _ . (a letter or digit first and last)
            spec.strategy.canary.canaryMetadata.labels.app: is one of the labels by which pods are told apart (spec.selector); give the role another
            spec.strategy.canary.canaryMetadata.labels.rollouts-pod-template-hash: is one of the labels by which pods are told apart (spec.selector); give the role another
        "#]],
    );
}

#[test]
fn a_misspelled_field_is_named() {
    check(
        "/strategy/canary/stepz",
        json!([]),
        expect![[r#"
        spec.strategy.canary.stepz: is no field of this API; correct its name or remove it
    "#]],
    );
    check(
        "/strategy/canary/trafficRouting",
        json!({"gatewayapi": {}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.gatewayapi: is no field of this API; correct its name or remove it
        spec.strategy.canary.trafficRouting: names no router that Sluice can drive; set traefik, gatewayAPI, istio, nginx, alb, smi or apisix
    "#]],
    );
    check(
        "/strategy/canary/steps",
        json!([{"setWait": 5}]),
        expect![[r#"
        spec.strategy.canary.steps[0].setWait: is no field of this API; correct its name or remove it
    "#]],
    );
}

#[test]
fn a_field_that_sluice_does_not_act_on_is_named() {
    check(
        "/strategy/canary/dynamicStableScale",
        json!(true),
        expect![[r#"
            spec.strategy.canary.dynamicStableScale: needs trafficRouting; without it stable pods go as new ones come anyway
        "#]],
    );
    check(
        "/strategy/canary/trafficRouting",
        json!({"ambassador": {"mappings": ["web"]}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.ambassador: is not supported by this version of Sluice; remove it
        spec.strategy.canary.trafficRouting: names no router that Sluice can drive; set traefik, gatewayAPI, istio, nginx, alb, smi or apisix
    "#]],
    );
}

#[test]
fn enough_pods_are_some_of_those_that_are_needed() {
    for (kind, value, text) in [
        ("Percent", 0, "value: is 0; must be 1 to 100"),
        ("Percent", 101, "value: is 101; must be 1 to 100"),
        ("Pods", -1, "value: is -1; must be 1 or more"),
        ("Weight", 5, "type: is \"Weight\"; must be Percent or Pods"),
    ] {
        let threshold = json!({"type": kind, "value": value});
        let violations = spec(&changed("/strategy/canary/replicaProgressThreshold", threshold), None).unwrap_err();
        assert_eq!(in_lines(&violations).trim(), format!("spec.strategy.canary.replicaProgressThreshold.{text}"));
    }
}

#[test]
fn exactly_one_strategy_is_wanted() {
    check(
        "/strategy",
        json!({}),
        expect![[r#"
        spec.strategy: needs canary or blueGreen
    "#]],
    );
    check(
        "/strategy",
        json!({"canary": {}, "blueGreen": {"activeService": "a"}}),
        expect![[r#"
        spec.strategy: has both canary and blueGreen; keep one
    "#]],
    );
}

#[test]
fn the_template_must_fit_the_selector_and_be_a_pod() {
    check(
        "/template",
        json!({"metadata": {"labels": {"app": "other"}}, "spec": {"containers": []}}),
        expect![[r#"
        spec.selector.matchLabels: asks for app=web, which spec.template.metadata.labels lacks; make them the same
        spec.template.spec.containers: is empty; it needs at least one container
    "#]],
    );
    check(
        "/template",
        json!({"metadata": {"labels": {"app": 5}}}),
        expect![[r#"
        spec.template: is no pod template: metadata.labels.app: invalid type: integer `5`, expected a string
    "#]],
    );
    check(
        "/selector",
        json!({}),
        expect![[r#"
        spec.selector: is missing or empty; name the labels of the pods, such as matchLabels: {app: NAME}
    "#]],
    );
    check(
        "/template/spec/restartPolicy",
        json!("Never"),
        expect![[r#"
        spec.template.spec.restartPolicy: is "Never"; only Always can be rolled out
    "#]],
    );
}

#[test]
fn numbers_have_their_bounds() {
    check(
        "/replicas",
        json!(-1),
        expect![[r#"
        spec.replicas: is -1; must be 0 or more
    "#]],
    );
    check(
        "/progressDeadlineSeconds",
        json!(0),
        expect![[r#"
        spec.progressDeadlineSeconds: must be greater than spec.minReadySeconds (0), or nothing ever is in time
    "#]],
    );
    check(
        "/strategy/canary/maxSurge",
        json!(0),
        expect![[r#"
        fine
    "#]],
    );
}

#[test]
fn a_step_has_exactly_one_kind() {
    check(
        "/strategy/canary/steps",
        json!([{}]),
        expect![[r#"
            spec.strategy.canary.steps[0]: is empty; set one of setWeight, pause, setCanaryScale, setHeaderRoute, setMirrorRoute, analysis, experiment
        "#]],
    );
    check(
        "/strategy/canary/steps",
        json!([{"setWeight": 5, "pause": {}}]),
        expect![[r#"
        spec.strategy.canary.steps[0]: has setWeight together with pause; make them separate steps
    "#]],
    );
}

#[test]
fn a_router_needs_services_that_tell_the_arms_apart() {
    let routing = json!({"traefik": {"weightedTraefikServiceName": "web"}});
    check(
        "/strategy/canary/trafficRouting",
        routing,
        expect![[r#"
        spec.strategy.canary.canaryService: is missing, and the TraefikService's entries do not tell which is which; set canaryService and stableService
    "#]],
    );
}

#[test]
fn blue_green_needs_an_active_service_of_its_own() {
    check(
        "/strategy",
        json!({"blueGreen": {"activeService": ""}}),
        expect![[r#"
        spec.strategy.blueGreen.activeService: is empty
    "#]],
    );
    check(
        "/strategy",
        json!({"blueGreen": {"activeService": "a", "previewService": "a"}}),
        expect![[r#"
        spec.strategy.blueGreen.previewService: is the same as activeService; name another or remove it
    "#]],
    );
    let analysis = json!({"blueGreen": {"activeService": "a", "prePromotionAnalysis": {"templates": []}}});
    check(
        "/strategy",
        analysis,
        expect![[r#"
        spec.strategy.blueGreen.prePromotionAnalysis.templates: is empty; name at least one AnalysisTemplate
    "#]],
    );
}

#[test]
fn no_more_revisions_stay_running_than_are_kept() {
    let strategy = json!({"blueGreen": {"activeService": "web", "scaleDownDelayRevisionLimit": 11}});
    check(
        "/strategy",
        strategy,
        expect![[r#"
        spec.strategy.blueGreen.scaleDownDelayRevisionLimit: is 11, and spec.revisionHistoryLimit keeps only 10; raise that
    "#]],
    );
    check(
        "/strategy/canary",
        json!({"scaleDownDelayRevisionLimit": 1}),
        expect![[r#"
        spec.strategy.canary.scaleDownDelayRevisionLimit: needs trafficRouting; without it old pods go as new ones come
    "#]],
    );
}

#[test]
fn pods_keep_apart_in_one_way() {
    for (strategy, expected) in [
        (
            json!({}),
            expect![[r#"
            spec.strategy.canary.antiAffinity: needs exactly one of requiredDuringSchedulingIgnoredDuringExecution: {} and preferredDuringSchedulingIgnoredDuringExecution: {weight: 1}
        "#]],
        ),
        (
            json!({"preferredDuringSchedulingIgnoredDuringExecution": {"weight": 101}}),
            expect![[r#"
            spec.strategy.canary.antiAffinity.preferredDuringSchedulingIgnoredDuringExecution.weight: is 101; must be 1 to 100
        "#]],
        ),
        (
            json!({"requiredDuringSchedulingIgnoredDuringExecution": {}}),
            expect![[r#"
            fine
        "#]],
        ),
    ] {
        check("/strategy/canary/antiAffinity", strategy, expected);
    }
}

#[test]
fn a_selector_must_select_the_pods_of_the_template() {
    let with = |key: &str, operator: &str, values: Value| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
    for good in [
        with("app", "In", json!(["other", "web"])),
        with("app", "NotIn", json!(["other"])),
        with("app", "Exists", json!([])),
        with("tier", "DoesNotExist", json!([])),
    ] {
        check(
            "/selector",
            good,
            expect![[r#"
            fine
        "#]],
        );
    }
    for (bad, expected) in [
        (
            with("app", "In", json!(["other"])),
            "[0]: does not select the pods: spec.template.metadata.labels has app=web",
        ),
        (
            with("app", "NotIn", json!(["web"])),
            "[0]: does not select the pods: spec.template.metadata.labels has app=web",
        ),
        (
            with("tier", "Exists", json!([])),
            "[0]: does not select the pods: spec.template.metadata.labels lacks that label",
        ),
        (
            with("app", "DoesNotExist", json!([])),
            "[0]: does not select the pods: spec.template.metadata.labels has app=web",
        ),
        (with("app", "In", json!([])), "[0].values: is empty; In and NotIn need values"),
        (with("app", "Exists", json!(["web"])), "[0].values: must be empty for this operator"),
        (with("app", "is", json!(["web"])), "[0].operator: is \"is\"; must be In, NotIn, Exists or DoesNotExist"),
    ] {
        let violations = spec(&changed("/selector", bad), None).unwrap_err();
        assert_eq!(in_lines(&violations), format!("spec.selector.matchExpressions{expected}\n"));
    }
}

#[test]
fn what_an_analysis_run_is_labelled_with_must_be_legal() {
    let long = "x".repeat(64);
    let metadata = json!({
        "labels": {"team": "two words", "a/b/c": "x", "ok": "", "example.com/long": long},
        "annotations": {"-x": "any text at all", "example.com/x": "\u{1}"},
    });
    check(
        "/strategy",
        json!({"canary": {"analysis": {"templates": [{"templateName": "t"}], "analysisRunMetadata": metadata}}}),
        expect![[r#"
            spec.strategy.canary.analysis.analysisRunMetadata.labels.a/b/c: is no legal key: at most 63 letters, digits, - _ . (a letter or digit first and last), behind an optional DNS name and a slash
            spec.strategy.canary.analysis.analysisRunMetadata.annotations.-x: is no legal key: at most 63 letters, digits, - _ . (a letter or digit first and last), behind an optional DNS name and a slash
            spec.strategy.canary.analysis.analysisRunMetadata.labels.example.com/long: is no legal label value: at most 63 letters, digits, - _ . (a letter or digit first and last)
            spec.strategy.canary.analysis.analysisRunMetadata.labels.team: is no legal label value: at most 63 letters, digits, - _ . (a letter or digit first and last)
        "#]],
    );
}

#[test]
fn a_background_analysis_starts_at_one_of_the_steps() {
    let analysis = |at: i32| json!({"canary": {"steps": [{"setWeight": 20}], "analysis": {"templates": [{"templateName": "t"}], "startingStep": at}}});
    check(
        "/strategy",
        analysis(1),
        expect![[r#"
        fine
    "#]],
    );
    check(
        "/strategy",
        analysis(2),
        expect![[r#"
            spec.strategy.canary.analysis.startingStep: is 2, and there are 1 steps; the analysis would never start
        "#]],
    );
}

#[test]
fn a_scale_of_the_canary_takes_one_form_and_a_router() {
    let steps = json!([
        {"setCanaryScale": {"replicas": 1, "weight": 5}},
        {"setCanaryScale": {"weight": 101}},
        {"setCanaryScale": {}},
        {"setCanaryScale": {"replicas": -1}},
    ]);
    check(
        "/strategy/canary/steps",
        steps,
        expect![[r#"
        spec.strategy.canary.steps[0].setCanaryScale: needs exactly one of weight, replicas, matchTrafficWeight: true
        spec.strategy.canary.steps[1].setCanaryScale.weight: is 101; must be 0 to 100
        spec.strategy.canary.steps[2].setCanaryScale: needs exactly one of weight, replicas, matchTrafficWeight: true
        spec.strategy.canary.steps[3].setCanaryScale.replicas: is -1; must be 0 or more
        spec.strategy.canary.steps[0].setCanaryScale: needs trafficRouting; without it the number of pods is the weight
        spec.strategy.canary.steps[1].setCanaryScale: needs trafficRouting; without it the number of pods is the weight
        spec.strategy.canary.steps[2].setCanaryScale: needs trafficRouting; without it the number of pods is the weight
        spec.strategy.canary.steps[3].setCanaryScale: needs trafficRouting; without it the number of pods is the weight
    "#]],
    );
    check(
        "/strategy/canary",
        json!({"steps": [{"setCanaryScale": {"replicas": 1}}]}),
        expect![[r#"
        spec.strategy.canary.steps[0].setCanaryScale: needs trafficRouting; without it the number of pods is the weight
    "#]],
    );
    check(
        "/strategy/canary",
        json!({"minPodsPerReplicaSet": 2}),
        expect![[r#"
        spec.strategy.canary.minPodsPerReplicaSet: needs trafficRouting; without it the number of pods is the weight
    "#]],
    );
}
