use expect_test::{Expect, expect};
use serde_json::json;
use sluice_crds::ApplicationSpec;

use super::*;

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web", "namespace": "shop", "resourceVersion": "7", "generation": 2, "uid": "u",
            "annotations": {"note": "a"},
            "managedFields": [
                {"manager": "sluice-gitops", "operation": "Apply", "fieldsV1": {"f:spec": {"f:template": {}}}},
                {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {
                    "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {
                        ".": {}, "k:{\"name\":\"web\"}": {".": {}, "f:image": {}},
                    }}}},
                }},
            ],
        },
        "spec": {"replicas": 2, "template": {"spec": {"containers": [
            {"name": "web", "image": "web:1", "args": ["a"]}, {"name": "proxy", "image": "proxy:1"},
        ]}}},
        "status": {"replicas": 2},
    })
}

fn changed(pointer: &str, value: Value) -> Value {
    let mut object = deployment();
    *object.pointer_mut(pointer).unwrap() = value;
    object
}

fn rules(ignore: Value) -> Vec<Ignore> {
    let source = json!({"repoURL": "https://x", "path": "a"});
    let spec = json!({"project": "p", "source": source, "destination": {"name": "c"}, "ignoreDifferences": ignore});
    let spec: ApplicationSpec = serde_json::from_value(spec).unwrap();
    crate::validate::spec(&spec).unwrap().0.ignore
}

fn check(wanted: Value, live: Value, ignore: Value, expected: Expect) {
    expected.assert_eq(&compare(&wanted.into(), &live.into(), &rules(ignore)).to_string());
}

const REPLICAS: &str = "/spec/replicas";
const IMAGE: &str = "/spec/template/spec/containers/0/image";

#[test]
fn what_the_api_server_keeps_for_itself_is_no_difference() {
    let mut live = changed("/metadata/resourceVersion", json!("9"));
    live["metadata"]["managedFields"] = json!([]);
    live["status"] = json!({"replicas": 1});
    live["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json!("{}");
    live["metadata"]["labels"] = json!({});
    check(deployment(), live, json!([]), expect![""]);
}

#[test]
fn fields_that_differ_are_named_with_both_values() {
    let mut wanted = changed(IMAGE, json!("web:2"));
    wanted["metadata"]["annotations"]["a/b"] = json!("x");
    wanted["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["a", "b"]);
    check(
        wanted,
        deployment(),
        json!([]),
        expect![[r#"
            /metadata/annotations/a~1b: nothing → "x"
            /spec/template/spec/containers/0/args: ["a"] → ["a","b"]
            /spec/template/spec/containers/0/image: "web:1" → "web:2"
        "#]],
    );
}

#[test]
fn rules_are_for_the_objects_that_they_name() {
    let drifted = || changed(REPLICAS, json!(5));
    let rule = |group: &str, kind: &str, name: Option<&str>| json!([{"group": group, "kind": kind, "name": name, "jsonPointers": [REPLICAS]}]);
    for (rule, ignored) in [
        (rule("apps", "Deployment", None), true),
        (rule("*", "*", None), true),
        (rule("apps", "Deploy*", Some("web")), true),
        (rule("apps", "Deployment", Some("api")), false),
        (rule("", "Deployment", None), false),
    ] {
        let found = compare(&deployment().into(), &drifted().into(), &rules(rule.clone()));
        assert_eq!(found.is_none(), ignored, "{rule}");
    }
}

#[test]
fn fields_of_a_manager_are_left_to_it() {
    let mut live = changed(REPLICAS, json!(5));
    *live.pointer_mut(IMAGE).unwrap() = json!("web:9");
    live["spec"]["template"]["spec"]["containers"][1]["image"] = json!("proxy:9");
    let managers = |name: &str| json!([{"group": "*", "kind": "*", "managedFieldsManagers": [name]}]);
    let left = expect![[r#"
        /spec/template/spec/containers/1/image: "proxy:9" → "proxy:1"
    "#]];
    check(deployment(), live.clone(), managers("kube-controller-manager"), left);
    let exact = expect![[r#"
        /spec/replicas: 5 → 2
        /spec/template/spec/containers/0/image: "web:9" → "web:1"
        /spec/template/spec/containers/1/image: "proxy:9" → "proxy:1"
    "#]];
    check(deployment(), live, managers("kube-controller"), exact);
}

#[test]
fn a_secret_changes_without_telling_what_is_in_it() {
    let secret = |data: Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": data, "type": "Opaque"});
    let (wanted, live) =
        (secret(json!({"password": "aHVudGVyMg==", "new": "eA=="})), secret(json!({"password": "c2VjcmV0"})));
    check(
        wanted,
        live,
        json!([]),
        expect![[r#"
            /data/new: nothing → "(another secret)"
            /data/password: "(secret)" → "(another secret)"
        "#]],
    );
}

#[test]
fn rules_put_together_of_others_are_no_difference() {
    let role = |rules: Value| json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "a"}, "aggregationRule": {"clusterRoleSelectors": []}, "rules": rules});
    check(role(json!([])), role(json!([{"verbs": ["get"]}])), json!([]), expect![""]);
}

#[test]
fn what_is_written_keeps_what_the_rules_leave_alone() {
    let live = changed(REPLICAS, json!(5));
    let rules = rules(json!([{
        "group": "apps", "kind": "Deployment", "jsonPointers": [REPLICAS, "/status/replicas"],
        "jqPathExpressions": [".metadata.annotations.note"],
    }]));
    let mut wanted = changed("/metadata/annotations/note", json!("b"));
    wanted["status"]["replicas"] = json!(9);
    let written = respecting(&wanted.into(), &live.into(), &rules);
    assert_eq!(written.number(REPLICAS), Some(5));
    assert_eq!(written.annotation("note"), Some("a"));
    assert_eq!(written.number("/status/replicas"), Some(9));
}

#[test]
fn what_is_left_alone_is_found_by_what_it_is_called() {
    let images = |containers: Value, path: &str| {
        let wanted = changed("/spec/template/spec/containers", containers);
        let rules = rules(json!([{"group": "apps", "kind": "Deployment", "jqPathExpressions": [path]}]));
        let live = changed(IMAGE, json!("web:live"));
        let written = respecting(&wanted.into(), &live.into(), &rules).to_value();
        let containers = written.pointer("/spec/template/spec/containers").and_then(Value::as_array).unwrap().clone();
        containers.iter().map(|one| format!("{} {}", one["name"], one["image"])).collect::<Vec<_>>().join(", ")
    };
    let before = json!([{"name": "new", "image": "new:1"}, {"name": "web", "image": "web:git"}]);
    let of_all = ".spec.template.spec.containers[].image";
    let of_one = ".spec.template.spec.containers[] | select(.name == \"web\") | .image";
    for path in [of_all, of_one] {
        assert_eq!(images(before.clone(), path), r#""new" "new:1", "web" "web:live""#);
    }
    // An item that another one puts there is not put in the place of what git has there.
    let item = ".spec.template.spec.containers[] | select(.name == \"proxy\")";
    assert_eq!(images(before, item), r#""new" "new:1", "web" "web:git""#);
    let twice = json!([{"name": "web", "image": "a"}, {"name": "web", "image": "b"}]);
    assert_eq!(images(twice, of_all), r#""web" "web:live", "web" "proxy:1""#, "nothing tells them apart");
}

#[test]
fn people_see_both_sides_and_nothing_that_is_secret() {
    let secret = |data: Value| -> Object {
        json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": data, "status": {"seen": true},
            "metadata": {"name": "a", "uid": "1", "annotations": {"copy": "aHVudGVyMg=="}}})
        .into()
    };
    let live = secret(json!({"kept": "aHVudGVyMg==", "changed": "aHVudGVyMg==", "gone": "aHVudGVyMg=="}));
    let wanted = secret(json!({"kept": "aHVudGVyMg==", "changed": "aHVudGVyMw==", "new": "aHVudGVyMw=="}));
    let (wanted, live) = sides(&wanted, &live, &[]);
    assert_eq!(wanted["data"], json!({"kept": "(secret)", "changed": "(another secret)", "new": "(secret)"}));
    assert_eq!(live["data"], json!({"kept": "(secret)", "changed": "(secret)", "gone": "(secret)"}));
    assert!(!format!("{wanted}{live}").contains("aHVudGVy"));
    assert_eq!(wanted["metadata"], live["metadata"]);
    assert_eq!(wanted.get("status"), None);
    let odd = secret(json!("aHVudGVyMg=="));
    assert_eq!(sides(&odd, &odd, &[]).0["data"], json!("(secret)"));
}

#[test]
fn jq_paths_lead_where_jq_leads() {
    let led = |expression: &str| match jq::Paths::parse(expression) {
        Ok(paths) => paths.pointers(&deployment()).join(" "),
        Err(error) => error.to_string(),
    };
    let containers = ".spec.template.spec.containers";
    let at = "/spec/template/spec/containers";
    for (expression, expected) in [
        (".spec.replicas".to_owned(), REPLICAS.to_owned()),
        (".spec[\"replicas\"]".to_owned(), REPLICAS.to_owned()),
        (".\"spec\".replicas?".to_owned(), REPLICAS.to_owned()),
        (".spec | .replicas, .nothing".to_owned(), REPLICAS.to_owned()),
        (format!("{containers}[].image"), format!("{at}/0/image {at}/1/image")),
        (format!("{containers}[-1].image"), format!("{at}/1/image")),
        (format!("{containers}[] | select(.name == \"proxy\")"), format!("{at}/1")),
        (format!("{containers}[] | select(.name == \"proxy\" | not) | .image"), format!("{at}/0/image")),
        (format!("{containers}[] | select(.name != \"web\" and has(\"image\"))"), format!("{at}/1")),
        (format!("{containers}[] | select(.name == \"web\").image"), format!("{at}/0/image")),
        (format!("({containers}[] | select(.name | test(\"^w\"))).image"), format!("{at}/0/image")),
        (format!("{containers}[] | select((.name | startswith(\"x\")) or .args)"), format!("{at}/0")),
        (
            ".metadata.managedFields[1].fieldsV1.\"f:spec\".\"f:replicas\"".to_owned(),
            "/metadata/managedFields/1/fieldsV1/f:spec/f:replicas".to_owned(),
        ),
        (".spec.replicas[]".to_owned(), String::new()),
        (".".to_owned(), String::new()),
    ] {
        assert_eq!(led(&expression), expected, "{expression}");
    }
}

#[test]
fn all_that_a_path_leads_to_is_taken_out_in_whatever_order_it_names_it() {
    let left = |expression: &str| {
        let mut value = json!({"a": (0..12).collect::<Vec<u8>>(), "b": [{"c": 1}, 2]});
        jq::Paths::parse(expression).unwrap().remove(&mut value);
        value.to_string()
    };
    let eleven = r#"{"a":[1,3,4,5,6,7,8,9,11],"b":[{"c":1},2]}"#;
    assert_eq!(left(".a[10], .a[2], .a[0]"), eleven);
    assert_eq!(left(".a[2], .a[10], .a[0]"), eleven);
    assert_eq!(left(".b[0], .b[0].c, .a"), r#"{"b":[2]}"#);
}

#[test]
fn what_is_no_path_is_refused() {
    for expression in [
        "",
        "spec",
        "..",
        ".spec + 1",
        "recurse(.)",
        ".a[",
        ".a[x]",
        "select(.a",
        ".a | select(.b | test(\"(\"))",
        ".a as $x | $x",
    ] {
        assert!(jq::Paths::parse(expression).is_err(), "{expression}");
    }
    assert!(jq::Paths::parse(&"(".repeat(100)).is_err());
    assert!(jq::Paths::parse(&format!(".{}", "a".repeat(3000))).is_err());
    let error = jq::Paths::parse(".spec | env").unwrap_err().to_string();
    let expected = "cannot be read as a jq path at \"env\": write paths like .a.b[0], .a[], .a[\"b\"], with | , ( ) and select(...)";
    assert_eq!(error, expected);
}
