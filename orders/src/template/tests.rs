use expect_test::{Expect, expect};

use super::*;

fn revision(number: &str, template: &Value) -> DynamicObject {
    let role = json!({"labels": {"role": "stable"}}).to_string();
    let object = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": format!("shop-{number}"), "annotations": {
            annotation::REVISION: number, annotation::EPHEMERAL_METADATA: role,
        }}, "spec": {"selector": {}, "template": template}});
    serde_json::from_value(object).unwrap()
}

fn rollout(image: &str) -> Rollout {
    let template = json!({"metadata": {"labels": {"app": "shop"}}, "spec": {
        "initContainers": [{"name": "migrate", "image": "db:1"}],
        "containers": [{"name": "web", "image": image}, {"name": "proxy", "image": "proxy:1"}],
    }});
    let object = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "shop"}, "spec": {"template": template}});
    serde_json::from_value(object).unwrap()
}

fn told(verdict: Verdict) -> String {
    match verdict {
        Verdict::Nothing(why) => format!("nothing: {why}"),
        Verdict::Refused(why) => format!("refused: {why}"),
        Verdict::Write(write) => {
            let Some(Patch::Json(json_patch::Patch(operations))) = write.object else { panic!("no JSON patch") };
            let lines = operations.iter().map(|one| format!("\n{}", serde_json::to_string(one).unwrap()));
            format!("{}:{}\n", write.said, lines.collect::<String>())
        }
    }
}

fn images(wanted: &[(&str, &str)], expected: &Expect) {
    let object = serde_json::to_value(rollout("web:1")).unwrap();
    let wanted: Vec<Image> = wanted.iter().map(|(name, image)| ((*name).to_owned(), (*image).to_owned())).collect();
    expected.assert_eq(&told(set_images(&object, TEMPLATE, &wanted)));
}

#[test]
fn an_image_is_set_in_the_container_of_that_name() {
    images(
        &[("web", "web:2")],
        &expect![[r#"
        gets the image web:2 in web:
        {"op":"test","path":"/spec/template/spec/containers/0/name","value":"web"}
        {"op":"add","path":"/spec/template/spec/containers/0/image","value":"web:2"}
    "#]],
    );
}

#[test]
fn a_star_means_all_containers() {
    images(
        &[("*", "app@sha256:1")],
        &expect![[r#"
        gets the image app@sha256:1 in all containers:
        {"op":"test","path":"/spec/template/spec/initContainers/0/name","value":"migrate"}
        {"op":"add","path":"/spec/template/spec/initContainers/0/image","value":"app@sha256:1"}
        {"op":"test","path":"/spec/template/spec/containers/0/name","value":"web"}
        {"op":"add","path":"/spec/template/spec/containers/0/image","value":"app@sha256:1"}
        {"op":"test","path":"/spec/template/spec/containers/1/name","value":"proxy"}
        {"op":"add","path":"/spec/template/spec/containers/1/image","value":"app@sha256:1"}
    "#]],
    );
}

#[test]
fn an_image_that_cannot_be_set_is_refused_and_one_that_runs_is_not_written() {
    images(&[("api", "api:2")], &expect![[r#"refused: has no container "api"; there are migrate, web, proxy"#]]);
    images(
        &[("web", "two words")],
        &expect![[r#"refused: needs an image without spaces, such as registry/app:v2, not "two words""#]],
    );
    images(&[("web", "")], &expect![[r#"refused: needs an image without spaces, such as registry/app:v2, not """#]]);
    images(&[("web", "web:1"), ("proxy", "proxy:1")], &expect!["nothing: runs these images already"]);
}

#[test]
fn a_borrowed_template_is_changed_where_it_is_written() {
    let mut borrower = rollout("web:1");
    borrower.spec.workload_ref =
        serde_json::from_value(json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"})).unwrap();
    assert_eq!(lent(&borrower).map(told).unwrap(), "refused: takes its template from Deployment app: change that one");
    assert_eq!(lent(&rollout("web:1")), None);
}

fn chosen(numbers: &[&str], to: u64, expected: &Expect) {
    let own: Vec<_> = numbers.iter().map(|number| revision(number, &json!({}))).collect();
    expected.assert_eq(&earlier(&own, to).map_or_else(|why| why, |one| one.number.to_string()));
}

#[test]
fn the_revision_before_the_newest_is_gone_back_to_unless_another_is_named() {
    chosen(&["3", "10", "9"], 0, &expect!["9"]);
    chosen(&["3", "10", "9"], 3, &expect!["3"]);
    chosen(&["3", "10"], 4, &expect!["unable to find specified revision 4 in history; there are 3, 10"]);
    chosen(&["3"], 0, &expect!["has no earlier revision to go back to"]);
}

#[test]
fn what_a_revision_had_for_its_role_does_not_come_back_and_unknown_fields_do() {
    let hash = json!({"key": "rollouts-pod-template-hash", "operator": "In", "values": ["b"]});
    let kept = json!({"metadata": {"labels": {"app": "shop", "role": "stable", "rollouts-pod-template-hash": "a"}},
    "spec": {"ofTomorrow": true, "containers": [{"name": "web", "image": "web:1"}], "affinity": {"podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchExpressions": [hash]}},
        ]}}}});
    let template = earlier(&[revision("1", &kept)], 1).unwrap().template();
    assert_eq!(template["metadata"]["labels"], json!({"app": "shop"}));
    assert_eq!(template["spec"]["ofTomorrow"], json!(true));
    let terms = "/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    assert_eq!(template.pointer(terms), Some(&json!([])));
}

#[test]
fn a_template_that_is_in_force_is_not_written_again() {
    let kept = |image| serde_json::to_value(rollout(image).spec.template).unwrap();
    let back = |image| told(undo(&rollout("web:2"), &earlier(&[revision("1", &kept(image))], 1).unwrap(), TEMPLATE));
    assert_eq!(back("web:2"), "nothing: skipped rollback (current template already matches revision 1)");
    let done = back("web:1");
    assert!(
        done.starts_with("goes back to the template of revision 1:\n{\"op\":\"replace\",\"path\":\"/spec/template\""),
        "{done}"
    );
}
