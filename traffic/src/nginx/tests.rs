#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::format_collect
)]
use expect_test::{Expect, expect};

use super::*;
use crate::testing::{Objects, canary, owner, written};

fn ingress(name: &str) -> Object {
    Object::new(Kind::Ingress, "shop", name)
}

fn route(ingresses: &[&str]) -> Route {
    Route {
        ingresses: ingresses.iter().map(|name| ingress(name)).collect(),
        prefix: PREFIX.to_owned(),
        annotations: BTreeMap::from([(format!("{PREFIX}/canary-by-header"), "X-Canary".to_owned())]),
        owner: Owner { name: "web".into() },
    }
}

fn arms(whole: u32) -> Arms {
    Arms { namespace: "shop".into(), canary: "web-canary".into(), stable: "web-stable".into(), whole }
}

/// The canary Ingresses once that share is written.
fn check(objects: Objects, ingresses: &[&str], whole: u32, share: &Share, expected: Expect) {
    let (route, arms) = (route(ingresses), arms(whole));
    let before = objects.clone();
    let found = written(objects, share, |live| route.read(live, &arms), |live, share| route.writes(live, &arms, share));
    let text = match found {
        Err(mismatch) => format!("{mismatch}\n"),
        Ok(None) => "same\n".to_owned(),
        Ok(Some(objects)) => {
            assert!(
                route.ingresses.iter().all(|stable| before[stable] == objects[stable]),
                "the user's Ingress is untouched"
            );
            let canaries = route.ingresses.iter().map(|stable| route.canary(stable));
            canaries
                .map(|canary| {
                    format!(
                        "{} {} {}\n",
                        canary.name, objects[&canary]["metadata"]["annotations"], objects[&canary]["spec"]
                    )
                })
                .collect()
        }
    };
    expected.assert_eq(&text);
}

fn path(path: &str, service: &str) -> Value {
    json!({"path": path, "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"number": 80}}}})
}

fn stable(name: &str, paths: &[Value]) -> (Object, Value) {
    let meta = json!({"name": name, "namespace": "shop", "annotations": {CLASS: "nginx", "mine": "kept"}});
    let spec = json!({"ingressClassName": "nginx", "tls": [{"hosts": ["a"]}], "rules": [{"host": "a", "http": {"paths": paths}}]});
    (ingress(name), json!({"metadata": meta, "spec": spec}))
}

#[test]
fn a_canary_ingress_is_made_of_the_stable_one() {
    let objects = Objects::from([stable("main", &[path("/", "web-stable"), path("/docs", "docs")])]);
    check(
        objects,
        &["main"],
        100,
        &canary(0),
        expect![[r#"
        web-main-canary {"kubernetes.io/ingress.class":"nginx","nginx.ingress.kubernetes.io/canary":"true","nginx.ingress.kubernetes.io/canary-by-header":"X-Canary","nginx.ingress.kubernetes.io/canary-weight":"0"} {"ingressClassName":"nginx","rules":[{"host":"a","http":{"paths":[{"backend":{"service":{"name":"web-canary","port":{"number":80}}},"path":"/","pathType":"Prefix"}]}}],"tls":[{"hosts":["a"]}]}
    "#]],
    );
}

/// A canary Ingress of 20 %, beside its stable one.
fn running() -> Objects {
    let mut objects = Objects::from([stable("main", &[path("/", "web-stable")])]);
    let annotations = json!({
        format!("{PREFIX}/canary"): "true", format!("{PREFIX}/canary-weight"): "20",
        format!("{PREFIX}/canary-by-header"): "X-Canary", "cert-manager.io/seen": "yes",
    });
    let meta = json!({"name": "web-main-canary", "namespace": "shop", "ownerReferences": owner("web"), "annotations": annotations});
    let spec = json!({"ingressClassName": "nginx", "tls": [{"hosts": ["a"]}], "rules": [{"host": "a", "http": {"paths": [path("/", "web-canary")]}}]});
    objects.insert(ingress("web-main-canary"), json!({"metadata": meta, "spec": spec}));
    objects
}

#[test]
fn weights_move_and_nothing_is_written_where_they_are_right() {
    check(
        running(),
        &["main"],
        100,
        &canary(20),
        expect![[r#"
        same
    "#]],
    );
    check(
        running(),
        &["main"],
        1000,
        &canary(55),
        expect![[r#"
        web-main-canary {"cert-manager.io/seen":"yes","nginx.ingress.kubernetes.io/canary":"true","nginx.ingress.kubernetes.io/canary-by-header":"X-Canary","nginx.ingress.kubernetes.io/canary-weight":"55","nginx.ingress.kubernetes.io/canary-weight-total":"1000"} {"ingressClassName":"nginx","rules":[{"host":"a","http":{"paths":[{"backend":{"service":{"name":"web-canary","port":{"number":80}}},"path":"/","pathType":"Prefix"}]}}],"tls":[{"hosts":["a"]}]}
    "#]],
    );
}

#[test]
fn a_changed_stable_ingress_and_a_removed_annotation_are_followed() {
    let mut objects = running();
    objects.extend([stable("main", &[path("/", "web-stable"), path("/new", "web-stable")])]);
    objects.get_mut(&ingress("web-main-canary")).unwrap()["metadata"]["annotations"]
        [format!("{PREFIX}/canary-by-cookie")] = json!("old");
    check(
        objects,
        &["main"],
        100,
        &canary(20),
        expect![[r#"
        web-main-canary {"cert-manager.io/seen":"yes","nginx.ingress.kubernetes.io/canary":"true","nginx.ingress.kubernetes.io/canary-by-header":"X-Canary","nginx.ingress.kubernetes.io/canary-weight":"20"} {"ingressClassName":"nginx","rules":[{"host":"a","http":{"paths":[{"backend":{"service":{"name":"web-canary","port":{"number":80}}},"path":"/","pathType":"Prefix"},{"backend":{"service":{"name":"web-canary","port":{"number":80}}},"path":"/new","pathType":"Prefix"}]}}],"tls":[{"hosts":["a"]}]}
    "#]],
    );
}

#[test]
fn several_ingresses_get_the_same_weight() {
    let mut objects = running();
    objects.extend([stable("second", &[path("/", "web-stable")])]);
    check(
        objects,
        &["main", "second"],
        100,
        &canary(30),
        expect![[r#"
        web-main-canary {"cert-manager.io/seen":"yes","nginx.ingress.kubernetes.io/canary":"true","nginx.ingress.kubernetes.io/canary-by-header":"X-Canary","nginx.ingress.kubernetes.io/canary-weight":"30"} {"ingressClassName":"nginx","rules":[{"host":"a","http":{"paths":[{"backend":{"service":{"name":"web-canary","port":{"number":80}}},"path":"/","pathType":"Prefix"}]}}],"tls":[{"hosts":["a"]}]}
        web-second-canary {"kubernetes.io/ingress.class":"nginx","nginx.ingress.kubernetes.io/canary":"true","nginx.ingress.kubernetes.io/canary-by-header":"X-Canary","nginx.ingress.kubernetes.io/canary-weight":"30"} {"ingressClassName":"nginx","rules":[{"host":"a","http":{"paths":[{"backend":{"service":{"name":"web-canary","port":{"number":80}}},"path":"/","pathType":"Prefix"}]}}],"tls":[{"hosts":["a"]}]}
    "#]],
    );
}

#[test]
fn what_cannot_carry_a_release_says_what_to_do() {
    check(
        Objects::new(),
        &["main"],
        100,
        &canary(1),
        expect![[r#"
        Ingress "main" not found in namespace shop; create it or correct the name
    "#]],
    );
    check(
        Objects::from([stable("main", &[path("/", "docs")])]),
        &["main"],
        100,
        &canary(1),
        expect![[r#"
        Ingress "main": no path of spec.rules goes to Service "web-stable"; add one, or correct stableService in the Rollout
    "#]],
    );
    let mut theirs = running();
    theirs.get_mut(&ingress("web-main-canary")).unwrap()["metadata"]["ownerReferences"] = json!([]);
    check(
        theirs,
        &["main"],
        100,
        &canary(1),
        expect![[r#"
        Ingress "web-main-canary": is not of Rollout web; delete or rename it
    "#]],
    );
}

#[test]
fn a_long_name_is_cut_to_what_an_object_may_have() {
    let long = route(&["main"]).canary(&ingress(&"x".repeat(253)));
    assert_eq!(long.name.len(), 253);
    assert!(long.name.starts_with("web-xxx") && long.name.ends_with("x-canary"));
}
