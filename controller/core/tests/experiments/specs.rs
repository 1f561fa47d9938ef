//! What is wrong with a spec is said, with its field.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use sluice_core::experiment::validate;
use sluice_crds::violation::in_lines;

use crate::world::given;

fn refused(pointer: &str, value: Value, expected: Expect) {
    let spec = given(["base", "new"]).with(pointer, value).spec;
    let found = validate::spec("exp", &serde_json::from_value(spec).unwrap()).unwrap_err();
    expected.assert_eq(&in_lines(&found));
}

#[test]
fn every_mistake_about_its_pods_names_its_field() {
    refused(
        "/templates",
        json!([]),
        expect![[r#"
        spec.templates: is empty; say which pods to run
    "#]],
    );
    refused(
        "/templates/1/name",
        json!("base"),
        expect![[r#"
        spec.templates[1].name: "base" is given twice
    "#]],
    );
    refused(
        "/templates/1/name",
        json!(""),
        expect![[r#"
        spec.templates[1].name: is empty
    "#]],
    );
    refused(
        "/templates/0/selector",
        json!({}),
        expect![[r#"
        spec.templates[0].selector: is missing or empty; name the labels of the pods, such as matchLabels: {app: NAME}
    "#]],
    );
    refused(
        "/templates/0/selector",
        json!({"matchLabels": {"app": "other"}}),
        expect![[r#"
        spec.templates[0].selector.matchLabels: asks for app=other, which spec.templates[0].template.metadata.labels lacks; make them the same
    "#]],
    );
    refused(
        "/templates/0/minReadySeconds",
        json!(601),
        expect![[r#"
        spec.templates[0].minReadySeconds: is 601; must not be more than spec.progressDeadlineSeconds (600)
    "#]],
    );
    refused(
        "/templates/0/replicas",
        json!(-1),
        expect![[r#"
        spec.templates[0].replicas: is -1; must be 0 or more
    "#]],
    );
    refused(
        "/templates/0/service",
        json!({"name": "Front"}),
        expect![[r#"
            spec.templates[0].service.name: the Service would be called "Front"; its name must be 1 to 63 of a-z, 0-9 and -, the first a letter and the last no -
        "#]],
    );
    refused(
        "/templates/0/template",
        json!({}),
        expect![[r#"
        spec.templates[0].template: is missing; say which pods to run
    "#]],
    );
    refused(
        "/templates/0/replica",
        json!(1),
        expect![[r#"
        spec.templates[0].replica: is no field of this API; correct its name or remove it
    "#]],
    );
}

#[test]
fn every_mistake_about_its_course_names_its_field() {
    refused(
        "/duration",
        json!("1 hour"),
        expect![[r#"
        spec.duration: read duration "1 hour": no unit " hour"; use ns, us, ms, s, m or h
    "#]],
    );
    refused(
        "/duration",
        json!("-1m"),
        expect![[r#"
        spec.duration: is -1m; must not be negative
    "#]],
    );
    refused(
        "/progressDeadlineSeconds",
        json!(-1),
        expect![[r#"
        spec.progressDeadlineSeconds: is -1; must be 0 or more
    "#]],
    );
    refused(
        "/scaleDownDelaySeconds",
        json!(-1),
        expect![[r#"
        spec.scaleDownDelaySeconds: is -1; must be 0 or more
    "#]],
    );
    refused(
        "/analyses",
        json!([{"name": "a", "templateName": ""}, {"name": "a", "templateName": "t"}]),
        expect![[r#"
        spec.analyses[1].name: "a" is given twice
        spec.analyses[0].templateName: is empty
    "#]],
    );
    refused(
        "/analyses",
        json!([{"name": "a", "templateName": "t", "args": [{"name": "x", "valueFrom": {"fieldRef": {"fieldPath": "y"}}}]}]),
        expect![[r#"
            spec.analyses[0].args[0].valueFrom: is not read from an Experiment; write value, or valueFrom in the AnalysisTemplate's own args
        "#]],
    );
    refused(
        "/analysisRunMetadata",
        json!({"labels": {"not legal": "x"}}),
        expect![[r#"
        spec.analysisRunMetadata.labels.not legal: is no legal key: at most 63 letters, digits, - _ . (a letter or digit first and last), behind an optional DNS name and a slash
    "#]],
    );
    refused(
        "/durations",
        json!("1m"),
        expect![[r#"
        spec.durations: is no field of this API; correct its name or remove it
    "#]],
    );
}
