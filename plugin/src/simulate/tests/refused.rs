//! What cannot be simulated, and what is said about it.

use expect_test::{Expect, expect};

use super::{example, simulated};

fn check(manifests: &str, scenario: &str, expected: &Expect) {
    let error = simulated(manifests, scenario).unwrap_err();
    let mut text = crate::trouble::explain(&error);
    text.push('\n');
    expected.assert_eq(&text);
}

fn changed(name: &str, from: &str, to: &str) -> String {
    let manifests = example(name);
    assert!(manifests.contains(from), "{from}");
    manifests.replace(from, to)
}

#[test]
fn an_invalid_spec_is_told_with_all_its_violations() {
    let manifests =
        changed("by-pods.yaml", "setWeight: 34", "setWeight: 134").replace("duration: 1m", "duration: soon");
    check(
        &manifests,
        "{}",
        &expect![[r#"
            Rollout api is invalid: spec.strategy.canary.steps[0].setWeight: is 134; must be 0 to 100 spec.strategy.canary.steps[1].pause.duration: read duration "soon": write numbers with units, like "30s" or "1h30m"
        "#]],
    );
}

#[test]
fn what_the_spec_names_must_fit() {
    check(
        &changed("canary.yaml", "count: 4", "count: 4\n    failureCondition: result[0] >"),
        "{}",
        &expect![[r#"
            Rollout web is invalid: spec.strategy.canary.steps[1].analysis.metrics[0].failureCondition: parse condition at character 12: did not expect the end here
        "#]],
    );
}

#[test]
fn a_field_of_the_wrong_type_is_named() {
    check(
        &changed("by-pods.yaml", "replicas: 3", "replicas: three"),
        "{}",
        &expect![[r#"
        read Rollout api: spec.replicas: invalid type: string "three", expected i32
    "#]],
    );
}

#[test]
fn missing_templates_are_named() {
    let manifests = example("canary.yaml");
    check(
        manifests.split("---").next().unwrap(),
        "{}",
        &expect![[r#"
            these are missing; give their files with -f too: AnalysisTemplate errors (named in spec.strategy.canary.steps[1].analysis)
        "#]],
    );
}

#[test]
fn there_must_be_one_rollout() {
    check(
        "",
        "{}",
        &expect![[r#"
        the files hold no Rollout of argoproj.io/v1alpha1
    "#]],
    );
    let both = format!("{}\n---\n{}", example("by-pods.yaml"), example("canary.yaml"));
    check(
        &both,
        "{}",
        &expect![[r#"
        the files hold Rollout api, Rollout web; name one of them before -f
    "#]],
    );
    check(
        "kind: Rollout",
        "{}",
        &expect![[r#"
        in document 1: it has no apiVersion and kind: it is no Kubernetes object
    "#]],
    );
}

#[test]
fn a_thousand_pods_are_too_many() {
    check(
        &changed("by-pods.yaml", "replicas: 3", "replicas: 1000"),
        "{}",
        &expect![[r#"
        Rollout api has 1000 replicas; at most 500 are simulated, so write fewer for this
    "#]],
    );
}

#[test]
fn unknown_fields_of_a_scenario_are_named_with_the_known_ones() {
    check(
        &example("by-pods.yaml"),
        "metric: []",
        &expect![[r#"
            error: line 1 column 1: unknown field `metric`, expected one of runsFor, promote, metrics, pods, router, people  --> <input>:1:1   | 1 | metric: []   | ^ unknown field `metric`, expected one of runsFor, promote, metrics, pods, router, people
        "#]],
    );
    check(
        &example("by-pods.yaml"),
        "pods: [{redy: never}]",
        &expect![[r#"
            error: line 1 column 9: unknown field `redy`, expected one of of, ready, from, fromStep, to, toStep  --> <input>:1:9   | 1 | pods: [{redy: never}]   |         ^ unknown field `redy`, expected one of of, ready, from, fromStep, to, toStep
        "#]],
    );
}

#[test]
fn wrong_values_of_a_scenario_are_named() {
    check(
        &example("canary.yaml"),
        "metrics: [{value: awful}]",
        &expect![[r#"
            error: line 1 column 19: value "awful": write good, bad, absent, unreachable, a number or a list of numbers  --> <input>:1:19   | 1 | metrics: [{value: awful}]   |                   ^ value "awful": write good, bad, absent, unreachable, a number or a list of numbers
        "#]],
    );
    check(
        &example("canary.yaml"),
        "pods: [{ready: sometimes}]",
        &expect![[r#"
            error: line 1 column 16: ready "sometimes": write never, crash, flap, or after TIME, such as after 20s  --> <input>:1:16   | 1 | pods: [{ready: sometimes}]   |                ^ ready "sometimes": write never, crash, flap, or after TIME, such as after 20s
        "#]],
    );
    check(
        &example("canary.yaml"),
        "router: [{does: sleep}]",
        &expect![[r#"
            error: line 1 column 17: unknown variant `sleep`, expected one of refuses, ignores, down  --> <input>:1:17   | 1 | router: [{does: sleep}]   |                 ^ unknown variant `sleep`, expected one of refuses, ignores, down
        "#]],
    );
    check(
        &example("canary.yaml"),
        "people: [{at: soon, do: abort}]",
        &expect![[r#"
            error: line 1 column 15: read duration "soon": write numbers with units, like "30s" or "1h30m"  --> <input>:1:15   | 1 | people: [{at: soon, do: abort}]   |               ^ read duration "soon": write numbers with units, like "30s" or "1h30m"
        "#]],
    );
    check(
        &example("canary.yaml"),
        "people: [{do: abort}]",
        &expect![[r#"
        people: at or atStep is missing
    "#]],
    );
    check(
        &example("canary.yaml"),
        "pods: [{ready: never, from: 1m, fromStep: 2}]",
        &expect![[r#"
        from and fromStep exclude each other; keep one
    "#]],
    );
    check(
        &example("canary.yaml"),
        "pods: [{ready: never, fromStep: 5}]",
        &expect![[r#"
        step 5: the Rollout has steps 1 to 4
    "#]],
    );
    check(
        &example("blue-green.yaml"),
        "pods: [{ready: never, fromStep: 1}]",
        &expect![[r#"
        step 1: the Rollout has no steps; give a time instead
    "#]],
    );
    check(
        &example("canary.yaml"),
        "metrics: [{name: latency, value: bad}]",
        &expect![[r#"
            there is no metric latency; the templates have errors/error-rate
        "#]],
    );
    check(
        &example("by-pods.yaml"),
        "metrics: [{value: bad}]",
        &expect![[r#"
        there is no metric at all: the files hold no analysis template with a query
    "#]],
    );
    check(
        &example("canary.yaml"),
        "runsFor: 10000h",
        &expect![[r#"
        runsFor: 31 days (744h) are the most
    "#]],
    );
}

#[test]
fn a_condition_that_nothing_meets_asks_for_a_value() {
    let manifests = changed("canary.yaml", "result[0] < 0.05", "result[0] < 0.05 && result[0] > 0.07");
    check(
        &manifests,
        "{}",
        &expect![[r#"
        no answer was found by which metric errors/error-rate is good (result[0] < 0.05 && result[0] > 0.07); say one in the scenario file: metrics: [{template: errors, name: error-rate, value: 0.5}]
    "#]],
    );
}
