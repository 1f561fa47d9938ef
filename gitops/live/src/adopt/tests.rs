use serde_json::{Value, json};

use super::*;

const BY: Tracking = Tracking::Annotation;

fn entry(manager: &str, operation: &str, fields: &Value) -> Value {
    json!({"manager": manager, "operation": operation, "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1", "fieldsV1": fields})
}

fn object(data: &Value, managed: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data,
        "metadata": {"name": "a", "resourceVersion": "7", "managedFields": managed}})
}

#[test]
fn a_field_that_only_the_former_deployer_owns_would_go() {
    let answer = object(
        &json!({"stays": "1", "shared": "1", "goes": "1"}),
        &[
            entry(
                "argocd-controller",
                "Update",
                &json!({"f:data": {".": {}, "f:stays": {}, "f:shared": {}, "f:goes": {}}}),
            ),
            entry("sluice-gitops", "Apply", &json!({"f:data": {"f:stays": {}}})),
            entry("operator", "Update", &json!({"f:data": {"f:shared": {}}})),
        ],
    );
    assert!(is_needed(&answer, &BY));
    assert_eq!(without_left(&answer, &BY)["data"], json!({"stays": "1", "shared": "1"}));
}

#[test]
fn items_of_lists_go_by_their_keys() {
    let port = |number: u16| format!("k:{{\"containerPort\":{number}}}");
    let item = || json!({".": {}, "f:containerPort": {}});
    let mut answer = object(&json!({}), &[]);
    answer["spec"] =
        json!({"ports": [{"containerPort": 1, "protocol": "TCP"}, {"containerPort": 2}], "finalizers": ["a", "b"]});
    answer["metadata"]["managedFields"] = json!([
        entry(
            "argocd-controller",
            "Apply",
            &json!({"f:spec": {"f:ports": {port(1): item(), port(2): item()},
            "f:finalizers": {"v:\"a\"": {}, "v:\"b\"": {}}}})
        ),
        entry(
            "sluice-gitops",
            "Apply",
            &json!({"f:spec": {"f:ports": {port(2): item()}, "f:finalizers": {"v:\"b\"": {}}}})
        ),
    ]);
    assert_eq!(without_left(&answer, &BY)["spec"], json!({"ports": [{"containerPort": 2}], "finalizers": ["b"]}));
}

#[test]
fn the_fields_become_ours_in_one_guarded_patch() {
    let live = object(
        &json!({"a": "1", "b": "1"}),
        &[
            entry("argocd-controller", "Update", &json!({"f:data": {"f:a": {}}})),
            entry("sluice-gitops", "Update", &json!({"f:data": {"f:b": {}}})),
            entry("other", "Apply", &json!({"f:data": {"f:c": {}}})),
        ],
    );
    let patch = patch(&live, &BY).unwrap();
    assert_eq!(patch[0], json!({"op": "test", "path": "/metadata/resourceVersion", "value": "7"}));
    assert_eq!(
        patch[1]["value"],
        json!([
            entry("other", "Apply", &json!({"f:data": {"f:c": {}}})),
            entry("sluice-gitops", "Apply", &json!({"f:data": {"f:a": {}, "f:b": {}}})),
        ])
    );
    let done = object(&json!({}), patch[1]["value"].as_array().unwrap());
    assert!(!is_needed(&done, &BY));
    assert_eq!(super::patch(&done, &BY), None);
}

#[test]
fn what_kubectl_applied_is_ours_only_with_a_mark() {
    let by_hand = [entry("kubectl-client-side-apply", "Update", &json!({"f:data": {"f:a": {}}}))];
    let mut live = object(&json!({"a": "1"}), &by_hand);
    assert!(!is_needed(&live, &BY));
    live["metadata"]["annotations"] = json!({TRACKING_ID: "app:/ConfigMap:default/a"});
    assert!(is_needed(&live, &BY));
    assert!(!is_needed(&live, &Tracking::Label("app".to_owned())));
    live["metadata"]["labels"] = json!({"app": "app"});
    assert!(is_needed(&live, &Tracking::Label("app".to_owned())));
    // Its status, and what people edit, is nobody's to take.
    let mut status = entry("argocd-controller", "Update", &json!({"f:status": {}}));
    status["subresource"] = "status".into();
    assert!(!is_needed(&object(&json!({}), &[status, entry("kubectl-edit", "Update", &json!({}))]), &BY));
}

#[test]
fn fields_are_put_together_as_sets() {
    let mut fields = json!({"f:a": {}, "f:b": {"f:c": {}}}).as_object().unwrap().clone();
    merge(&mut fields, json!({"f:a": {"f:x": {}}, "f:b": {".": {}, "f:d": {}}}).as_object().unwrap());
    assert_eq!(Value::from(fields), json!({"f:a": {".": {}, "f:x": {}}, "f:b": {".": {}, "f:c": {}, "f:d": {}}}));
}
