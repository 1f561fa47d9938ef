use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use sluice_crds::violation::in_lines;

/// The cluster's templates by name; `cluster/` before the name stands for cluster scope.
fn check(templates: Value, analysis: Value, expected: Expect) {
    let templates: BTreeMap<String, AnalysisTemplateSpec> = serde_json::from_value(templates).unwrap();
    let lookup = |one: &TemplateRef| {
        let scope = if one.cluster_scope { "cluster/" } else { "" };
        templates.get(&format!("{scope}{}", one.template_name))
    };
    let analysis: RolloutAnalysis = serde_json::from_value(analysis).unwrap();
    let text = match prepare(&analysis, lookup, |_| None) {
        Ok(Prepared { spec, unknown_args }) => {
            let names: Vec<_> = spec.metrics.iter().map(|metric| metric.name.as_str()).collect();
            let args: Vec<_> =
                spec.args.iter().map(|arg| format!("{}={}", arg.name, arg.value.as_deref().unwrap_or("?"))).collect();
            let dry: Vec<_> = spec.dry_run.iter().map(|rule| rule.metric_name.as_str()).collect();
            format!("metrics {names:?}\nargs {args:?}\ndry run {dry:?}\nunknown {unknown_args:?}\n")
        }
        Err(violations) => in_lines(&violations),
    };
    expected.assert_eq(&text);
}

fn metric(name: &str) -> Value {
    json!({"name": name, "provider": {}})
}

#[test]
fn templates_are_put_together_in_order() {
    check(
        json!({
            "errors": {"metrics": [metric("errors")], "args": [{"name": "service"}], "dryRun": [{"metricName": "b"}]},
            "cluster/latency": {"metrics": [metric("latency")], "args": [{"name": "service", "value": "web"}]},
        }),
        json!({
            "templates": [{"templateName": "errors"}, {"templateName": "latency", "clusterScope": true}],
            "dryRun": [{"metricName": "a"}],
            "args": [{"name": "servcie", "value": "x"}],
        }),
        expect![[r#"
            metrics ["errors", "latency"]
            args ["service=web"]
            dry run ["a", "b"]
            unknown ["servcie"]
        "#]],
    );
}

#[test]
fn templates_of_templates_come_with_them_once_each() {
    check(
        json!({
            "all": {"templates": [{"templateName": "a"}, {"templateName": "b"}]},
            "a": {"metrics": [metric("a")], "templates": [{"templateName": "b"}]},
            "b": {"metrics": [metric("b")]},
        }),
        json!({"templates": [{"templateName": "all"}, {"templateName": "a"}]}),
        expect![[r#"
            metrics ["a", "b"]
            args []
            dry run []
            unknown []
        "#]],
    );
}

#[test]
fn templates_that_go_round_in_a_circle_are_refused() {
    check(
        json!({
            "a": {"metrics": [metric("a")], "templates": [{"templateName": "b"}]},
            "b": {"metrics": [metric("b")], "templates": [{"templateName": "a"}]},
        }),
        json!({"templates": [{"templateName": "a"}]}),
        expect![[r#"
            templates[0]: templates go round in a circle: AnalysisTemplate a → AnalysisTemplate b → AnalysisTemplate a
        "#]],
    );
}

#[test]
fn two_metrics_of_one_name_are_refused_with_both_templates() {
    check(
        json!({"a": {"metrics": [metric("errors")]}, "cluster/b": {"metrics": [metric("errors")]}}),
        json!({"templates": [{"templateName": "a"}, {"templateName": "b", "clusterScope": true}]}),
        expect![[r#"
            templates: metric "errors" is in AnalysisTemplate a and in ClusterAnalysisTemplate b; rename one
        "#]],
    );
}

#[test]
fn an_argument_with_two_defaults_is_refused() {
    check(
        json!({"a": {"args": [{"name": "n", "value": "1"}]}, "b": {"args": [{"name": "n", "value": "2"}]}}),
        json!({"templates": [{"templateName": "a"}, {"templateName": "b"}]}),
        expect![[r#"
            templates: argument "n" has the default "1" in one template and "2" in another; make them the same
        "#]],
    );
}

#[test]
fn missing_templates_and_unknown_fields_are_all_named() {
    check(
        json!({"a": {"metrics": [metric("m")], "metricss": [], "templates": [{"templateName": "gone"}]}}),
        json!({"templates": [{"templateName": "a"}, {"templateName": "b", "clusterScope": true}]}),
        expect![[r#"
            templates[0]: AnalysisTemplate a has a field "metricss" that does not exist
            templates[0]: there is no AnalysisTemplate gone
            templates[1]: there is no ClusterAnalysisTemplate b
        "#]],
    );
}

/// A chain of templates, each naming the next.
fn chain(length: usize) -> Value {
    let one = |at: usize| {
        let next = if at + 1 < length { json!([{"templateName": format!("t{}", at + 1)}]) } else { json!([]) };
        (format!("t{at}"), json!({"metrics": [metric(&format!("m{at}"))], "templates": next}))
    };
    (0..length).map(one).collect()
}

#[test]
fn templates_name_others_only_so_deep() {
    let flat = |templates: Value| {
        let templates: BTreeMap<String, AnalysisTemplateSpec> = serde_json::from_value(templates).unwrap();
        let first = TemplateRef { template_name: "t0".to_owned(), ..TemplateRef::default() };
        flatten(&[first], |one| templates.get(&one.template_name)).map(|flat| flat.metrics.len())
    };
    assert_eq!(flat(chain(DEPTH_LIMIT)), Ok(DEPTH_LIMIT));
    expect![
        "templates[0]: AnalysisTemplate t64 is one too many: templates may name others 64 deep, and be 1000 in all\n"
    ]
    .assert_eq(&in_lines(&flat(chain(100_000)).unwrap_err()));
}

#[test]
fn templates_have_a_limit_of_metrics_and_arguments() {
    let metrics: Vec<_> = (0..=COUNT_LIMIT).map(|at| metric(&at.to_string())).collect();
    let args: Vec<_> = (0..=COUNT_LIMIT).map(|at| json!({"name": at.to_string()})).collect();
    check(
        json!({"all": {"metrics": metrics, "args": args}}),
        json!({"templates": [{"templateName": "all"}]}),
        expect![[r#"
            templates: have 1001 metrics in all; 1000 is the most
            templates: have 1001 arguments in all; 1000 is the most
        "#]],
    );
}
