//! What is made up, what is left out, and how objects are cleaned.

#![allow(clippy::unwrap_used)]

use expect_test::{Expect, expect};

use super::*;
use crate::simulate::read;

const CANARY: &str = include_str!("../../../../docs/simulate/canary.yaml");

fn check(others: &str, expected: &Expect) {
    let case = Case::of(read::parse(&format!("{CANARY}\n---\n{others}")).unwrap(), None, Some("shop")).unwrap();
    let left_out = case.left_out.iter().map(|what| format!("left out: {what}"));
    let mut told: Vec<String> = case.made_up.iter().cloned().chain(left_out).collect();
    let services = case.around.iter().filter(|object| text(object, "/kind") == Some("Service"));
    told.extend(services.map(|service| format!("{} {}", title(service), service["spec"])));
    expected.assert_eq(&(told.join("\n") + "\n"));
}

#[test]
fn everything_that_is_missing_is_made_up() {
    check(
        "",
        &expect![[r#"
        the version that runs before: registry.example/web:previous
        TraefikService web, with an entry for each of the two Services
        Service web-stable
        Service web-canary
        Service web-stable {"ports":[{"port":80,"targetPort":8080}],"selector":{"app":"web"}}
        Service web-canary {"ports":[{"port":80,"targetPort":8080}],"selector":{"app":"web"}}
    "#]],
    );
}

#[test]
fn steps_that_add_routes_at_traefik_have_an_ingress_route_to_add_them_beside() {
    let traefik = "traefik: {weightedTraefikServiceName: web}";
    let rollout = CANARY.replace(traefik, &format!("{traefik}, managedRoutes: [{{name: beta}}]"));
    assert!(rollout.contains("managedRoutes"));
    let case = Case::of(read::parse(&rollout).unwrap(), None, Some("shop")).unwrap();
    let told = "IngressRoute web, for the routes that steps add beside it".to_owned();
    assert!(case.made_up.contains(&told), "{:?}", case.made_up);
    let made = case.around.iter().find(|object| title(object) == "IngressRoute web").unwrap();
    let given = Case::of(read::parse(&format!("{rollout}\n---\n{made}")).unwrap(), None, Some("shop")).unwrap();
    assert!(!given.made_up.contains(&told), "{:?}", given.made_up);
}

#[test]
fn what_is_given_is_taken_as_it_is() {
    check(
        r#"{"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web-stable", "uid": "x"},
             "spec": {"selector": {"app": "web", "rollouts-pod-template-hash": "abc"}, "ports": [{"port": 8080}]}},
            {"apiVersion": "traefik.io/v1alpha1", "kind": "TraefikService", "metadata": {"name": "web"},
             "spec": {"weighted": {"services": [{"name": "web-stable", "port": 8080}, {"name": "web-canary", "port": "http"},
                                                {"name": "legacy", "port": 80}]}}},
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "other"}}]}"#,
        &expect![[r#"
            the version that runs before: registry.example/web:previous
            Service web-canary
            Service legacy
            left out: Deployment other
            Service web-stable {"ports":[{"port":8080}],"selector":{"app":"web"}}
            Service web-canary {"ports":[{"name":"http","port":80,"targetPort":8080}],"selector":{"app":"web"}}
            Service legacy {"ports":[{"port":80,"targetPort":8080}],"selector":{"made-up":"legacy"}}
        "#]],
    );
}

#[test]
fn any_other_router_is_played_by_the_one_there_is() {
    let gateway = "gatewayAPI: {httpRoute: shop}, managedRoutes: [{name: beta}]";
    let rollout = CANARY.replace("traefik: {weightedTraefikServiceName: web}", gateway);
    let rollout =
        rollout.replace("      - setWeight: 20\n", "      - setWeight: 20\n      - setHeaderRoute: {name: beta}\n");
    assert!(rollout.contains(gateway) && rollout.contains("setHeaderRoute"));
    let case = Case::of(read::parse(&rollout).unwrap(), None, Some("shop")).unwrap();
    assert!(
        case.made_up.contains(&"TraefikService web in the place of GatewayAPI: the weights are the same".to_owned())
    );
    assert!(case.around.iter().any(|object| title(object) == "TraefikService web"));
}

#[test]
fn weights_finer_than_percents_are_played_as_they_are() {
    let nginx = "nginx: {stableIngress: shop}, maxTrafficWeight: 1000";
    let rollout = CANARY.replace("traefik: {weightedTraefikServiceName: web}", nginx);
    assert!(rollout.contains(nginx));
    let case = Case::of(read::parse(&rollout).unwrap(), None, Some("shop")).unwrap();
    let routing = case.rollout.pointer("/spec/strategy/canary/trafficRouting").cloned();
    let played = serde_json::json!({"traefik": {"weightedTraefikServiceName": "web"}, "maxTrafficWeight": 1000});
    assert_eq!(routing, Some(played));
}

#[test]
fn an_autoscaler_s_least_is_the_number_of_pods_where_the_rollout_has_none() {
    let rollout = CANARY.replace("  replicas: 5\n", "");
    let scaler = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web},
        spec: {minReplicas: 4, scaleTargetRef: {name: web}}}";
    let case = Case::of(read::parse(&format!("{rollout}\n---\n{scaler}")).unwrap(), None, None).unwrap();
    assert_eq!((case.rollout["spec"]["replicas"].as_i64(), case.spec.replicas), (Some(4), 4));
}

#[test]
fn the_image_before_has_another_tag() {
    for (image, before) in [
        ("web", "web:previous"),
        ("web:2", "web:previous"),
        ("registry:5000/web", "registry:5000/web:previous"),
        ("registry:5000/web:2@sha256:abc", "registry:5000/web:previous"),
        ("web:previous", "web:before-previous"),
    ] {
        assert_eq!(previous(image), before, "{image}");
    }
}

#[test]
fn the_namespace_is_that_of_the_rollout_or_of_the_flag() {
    let case = |manifests: &str| Case::of(read::parse(manifests).unwrap(), None, Some("shop")).unwrap().namespace;
    assert_eq!(case(CANARY), "shop");
    assert_eq!(
        case(
            &CANARY
                .replace("{name: web}\nspec", "{name: web, namespace: own}\nspec")
                .replace("{name: errors}\n", "{name: errors, namespace: own}\n")
        ),
        "own"
    );
}

/// The Rollout of the example, with its template in a Deployment.
fn lent(deployment: bool) -> Vec<Value> {
    let mut objects = read::parse(CANARY).unwrap();
    let rollout = objects.iter_mut().find(|object| text(object, "/kind") == Some("Rollout")).unwrap();
    let spec = rollout["spec"].as_object_mut().unwrap();
    let (template, selector) = (spec.remove("template"), spec.remove("selector"));
    spec.insert("workloadRef".to_owned(), json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"}));
    let workload = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"},
        "spec": {"replicas": 3, "template": template, "selector": selector},
    });
    objects.extend(deployment.then_some(workload));
    objects
}

#[test]
fn a_template_is_taken_from_the_workload_that_lends_it() {
    let case = Case::of(lent(true), None, Some("shop")).unwrap();
    let own = Case::of(read::parse(CANARY).unwrap(), None, Some("shop")).unwrap();
    assert_eq!(case.rollout["spec"]["template"], own.rollout["spec"]["template"]);
    assert_eq!((&case.spec, case.new.as_str()), (&own.spec, own.new.as_str()));
    assert!(case.made_up.contains(&"no pods of Deployment app, which only lends its template".to_owned()));
    assert_eq!(case.left_out, Vec::<String>::new());
}

#[test]
fn a_workload_that_is_not_in_the_files_is_asked_for() {
    let error = Case::of(lent(false), None, Some("shop")).unwrap_err().to_string();
    assert_eq!(
        error,
        "the files hold no Deployment \"app\", which spec.workloadRef of Rollout web names; give its file with -f too"
    );
}
