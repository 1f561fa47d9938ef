//! A template lent by another workload.

use sluice_crds::{PodTemplate, RolloutSpec, Violation};

use super::*;
use crate::spec::{Lender, LenderKind, ScaleDown, Spec};
use crate::validate::{Lent, borrowed, filled, lender, no_lender};

fn naming(reference: Value) -> RolloutSpec {
    let spec = json!({"workloadRef": reference, "strategy": {"canary": {"steps": [{"setWeight": 20}]}}});
    serde_json::from_value(spec).unwrap()
}

fn deployment(scale_down: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "scaleDown": scale_down})
}

fn web() -> Lent {
    Lent {
        template: PodTemplate(json!({
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web"}]},
        })),
        selector: Some(serde_json::from_value(json!({"matchLabels": {"app": "web"}})).unwrap()),
    }
}

fn lent(spec: &RolloutSpec, lent: &Lent) -> Result<Spec, Vec<Violation>> {
    borrowed(spec, &named(spec), lent, None)
}

fn named(spec: &RolloutSpec) -> Lender {
    lender(spec).unwrap().unwrap()
}

fn wrong(checked: Result<Spec, Vec<Violation>>, expected: Expect) {
    expected.assert_eq(&in_lines(&checked.unwrap_err()));
}

fn is_refused(reference: Value, text: &str) {
    let told = in_lines(&lender(&naming(reference)).unwrap_err());
    assert_eq!(told.trim(), text);
}

#[test]
fn each_kind_that_has_a_template_may_lend_it() {
    for (kind, version) in [("Deployment", "apps/v1"), ("ReplicaSet", "apps/v1"), ("PodTemplate", "v1")] {
        let named = lender(&naming(json!({"apiVersion": version, "kind": kind, "name": "web"}))).unwrap().unwrap();
        assert_eq!((named.kind.name(), &*named.name, named.scale_down), (kind, "web", ScaleDown::Never));
    }
}

#[test]
fn a_rollout_with_its_own_template_has_no_lender() {
    assert_eq!(lender(&changed("/replicas", json!(3))), Ok(None));
}

#[test]
fn the_three_ways_of_a_deployment_to_go() {
    for (text, mode) in
        [("never", ScaleDown::Never), ("onsuccess", ScaleDown::OnSuccess), ("progressively", ScaleDown::Progressively)]
    {
        let named = lender(&naming(deployment(text))).unwrap().unwrap();
        assert_eq!((named.kind, named.scale_down), (LenderKind::Deployment, mode));
    }
}

#[test]
fn a_bad_reference_says_which_field_and_what_to_do() {
    is_refused(
        deployment("later"),
        r#"spec.workloadRef.scaleDown: is "later"; must be never, onsuccess or progressively"#,
    );
    is_refused(
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web"}),
        r#"spec.workloadRef.kind: is "StatefulSet"; must be Deployment, ReplicaSet or PodTemplate"#,
    );
    is_refused(
        json!({"apiVersion": "v1", "kind": "Deployment", "name": "web"}),
        r#"spec.workloadRef.apiVersion: is "v1"; must be apps/v1 for a Deployment"#,
    );
    is_refused(json!({"apiVersion": "apps/v1", "kind": "Deployment"}), "spec.workloadRef.name: is empty");
    is_refused(
        json!({"apiVersion": "v1", "kind": "PodTemplate", "name": "web", "scaleDown": "onsuccess"}),
        "spec.workloadRef.scaleDown: needs a Deployment; pods of other kinds are not scaled down, so set never",
    );
    is_refused(
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "scaledown": "never"}),
        "spec.workloadRef.scaledown: is no field of this API; correct its name or remove it",
    );
}

#[test]
fn a_template_beside_a_reference_is_refused_in_the_established_words() {
    let spec = changed("/workloadRef", deployment("never"));
    wrong(
        lent(&spec, &web()),
        expect![[r#"
            spec.template: template must be empty for workload reference rollout
        "#]],
    );
}

#[test]
fn a_lender_that_is_not_there_is_named() {
    let told = no_lender(&named(&naming(deployment("never"))), "shop").to_string();
    let text =
        "spec.workloadRef: there is no Deployment \"web\" in namespace shop; create it, or correct the reference";
    assert_eq!(told, text);
}

#[test]
fn a_template_that_a_client_left_out_in_its_own_way_is_empty() {
    let mut spec = naming(deployment("never"));
    let nothing = json!({"metadata": {"creationTimestamp": null}, "spec": {"containers": null}});
    spec.template = Some(PodTemplate(nothing));
    assert!(lent(&spec, &web()).is_ok());
}

#[test]
fn what_is_wrong_beside_the_template_is_said_once() {
    let mut spec = naming(deployment("never"));
    spec.replicas = Some(-1);
    wrong(
        lent(&spec, &web()),
        expect![[r#"
            spec.replicas: is -1; must be 0 or more
        "#]],
    );
}

#[test]
fn what_is_lent_reads_as_if_it_were_written_in_the_rollout() {
    let spec = naming(deployment("never"));
    let filled = filled(&spec, &web());
    assert_eq!(filled.template, Some(web().template));
    assert_eq!(filled.selector, web().selector);
    assert_eq!(lent(&spec, &web()), super::spec(&filled, None));
    assert!(lent(&spec, &web()).is_ok());
}

#[test]
fn a_selector_of_its_own_goes_before_the_lenders() {
    let mut spec = naming(deployment("never"));
    spec.selector = Some(serde_json::from_value(json!({"matchLabels": {"tier": "front"}})).unwrap());
    assert_eq!(filled(&spec, &web()).selector, spec.selector);
    wrong(
        lent(&spec, &web()),
        expect![[r#"
            spec.selector.matchLabels: asks for tier=front, which spec.template.metadata.labels lacks; make them the same
        "#]],
    );
}

#[test]
fn a_pod_template_lends_no_selector() {
    let unselective = Lent { selector: None, ..web() };
    wrong(
        lent(&naming(json!({"apiVersion": "v1", "kind": "PodTemplate", "name": "web"})), &unselective),
        expect![[r#"
            spec.selector: is missing or empty; name the labels of the pods, such as matchLabels: {app: NAME} (lent by PodTemplate "web")
        "#]],
    );
}

#[test]
fn a_bad_template_says_whose_it_is() {
    let mut bad = web();
    bad.template.0["spec"]["containers"] = json!([]);
    wrong(
        lent(&naming(deployment("never")), &bad),
        expect![[r#"
            spec.template.spec.containers: is empty; it needs at least one container (lent by Deployment "web")
        "#]],
    );
}

#[test]
fn the_hash_that_a_deployment_gave_its_replica_set_is_not_lent() {
    let mut lent = web();
    lent.template.0["metadata"]["labels"]["pod-template-hash"] = json!("5d9c");
    let labels = json!({"matchLabels": {"app": "web", "pod-template-hash": "5d9c"}});
    lent.selector = Some(serde_json::from_value(labels).unwrap());
    let reference = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5d9c"});
    let filled = filled(&naming(reference), &lent);
    assert_eq!((filled.template, filled.selector), (Some(web().template), web().selector));
}
