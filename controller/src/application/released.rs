//! What routers' modules write into objects of the user's is no difference from git, and all else is: the two engines meet here.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sluice_crds::names::annotation::MANAGED_BY;
use sluice_gitops::diff::{self, released};
use sluice_traffic::istio::{Subsets, VirtualService};
use sluice_traffic::managed::{Header, Managed, Request, Rule, Text};
use sluice_traffic::{Arms, Kind, Live, Object, Owner, Router, Share, Write, alb, apisix, gateway, istio, traefik};

/// A router, the user's object as git has it, where the traffic is shared in it, and one more place that traffic could
/// go to.
struct Case {
    router: Router,
    object: Object,
    spec: Value,
    list: &'static str,
    more: Value,
}

fn cases() -> Vec<Case> {
    let object = |kind| Object::new(kind, "shop", "web");
    let managed: Vec<String> = ["by-header", "copied"].map(str::to_owned).into();
    let owner = Owner { name: "web".to_owned() };
    let service = VirtualService {
        object: object(Kind::VirtualService),
        http: vec!["main".to_owned()],
        tls: Vec::new(),
        tcp: Vec::new(),
    };
    let host = |name: &str| json!({"destination": {"host": name}});
    let own = json!({"name": "other", "match": [{"uri": {"prefix": "/other"}}], "route": [host("elsewhere")]});
    vec![
        Case {
            router: Router::Traefik(traefik::Route {
                namespace: "shop".to_owned(),
                name: "web".to_owned(),
                managed: Vec::new(),
                entries: Vec::new(),
                left: Vec::new(),
                owner: owner.clone(),
            }),
            object: object(Kind::TraefikService),
            spec: json!({"weighted": {"services": [{"name": "stable", "port": 80}, {"name": "canary", "port": 80}]}}),
            list: "/spec/weighted/services",
            more: json!({"name": "third", "port": 80, "weight": 7}),
        },
        Case {
            router: Router::Gateway(gateway::Route {
                routes: vec![object(Kind::HttpRoute)],
                by_header: vec![object(Kind::HttpRoute)],
            }),
            object: object(Kind::HttpRoute),
            spec: json!({"hostnames": ["web"], "rules": [
                {"matches": [{"path": {"value": "/other"}}], "backendRefs": [{"name": "elsewhere", "port": 80}]},
                {"backendRefs": [{"name": "stable", "port": 80}, {"name": "canary", "port": 80}]},
            ]}),
            list: "/spec/rules",
            more: json!({"matches": [{"path": {"value": "/third"}}], "backendRefs": [{"name": "third", "port": 80}]}),
        },
        Case {
            router: Router::Istio(istio::Route { services: vec![service], subsets: None, managed: managed.clone() }),
            object: object(Kind::VirtualService),
            spec: json!({"hosts": ["web"], "http": [own, {"name": "main", "route": [host("stable"), host("canary")]}]}),
            list: "/spec/http",
            more: json!({"name": "third", "route": [host("third")]}),
        },
        Case {
            router: Router::Alb(alb::Route {
                ingresses: vec![object(Kind::Ingress)],
                port: 80,
                root: None,
                prefix: alb::PREFIX.to_owned(),
                sticky: None,
                managed: managed.clone(),
                rollout: "web".to_owned(),
            }),
            object: object(Kind::Ingress),
            spec: json!({"rules": [{"http": {"paths": [
                {"path": "/*", "pathType": "ImplementationSpecific", "backend": {"service": {"name": "stable", "port": {"name": "use-annotation"}}}},
            ]}}]}),
            list: "/spec/rules/0/http/paths",
            more: json!({"path": "/third", "backend": {"service": {"name": "third", "port": {"name": "use-annotation"}}}}),
        },
        Case {
            router: Router::Apisix(apisix::Route {
                route: object(Kind::ApisixRoute),
                rules: Vec::new(),
                managed,
                left: Vec::new(),
                owner,
            }),
            object: object(Kind::ApisixRoute),
            spec: json!({"http": [{"name": "web", "backends": [
                {"serviceName": "stable", "servicePort": 80}, {"serviceName": "canary", "servicePort": 80},
            ]}]}),
            list: "/spec/http/0/backends",
            more: json!({"serviceName": "third", "servicePort": 80, "weight": 7}),
        },
    ]
}

/// What a release may ask for all at once, as far as the router has it: weights, an experiment, a route by header and a
/// mirror.
fn share(case: &Case) -> Share {
    let header = Header { name: "x-canary".to_owned(), value: Text::Exact("yes".to_owned()) };
    let get = Request { method: Some(Text::Exact("GET".to_owned())), ..Request::default() };
    let routes = [("by-header", Rule::Headers(vec![header])), ("copied", Rule::Mirror(vec![get], 50))];
    let routes: Vec<Managed> = routes.map(|(name, rule)| Managed { name: name.to_owned(), rule }).into();
    let others = if matches!(case.router, Router::Apisix(_)) {
        BTreeMap::new()
    } else {
        BTreeMap::from([("try".to_owned(), 5)])
    };
    Share { canary: 20, others, routes: case.router.takes(&routes) }
}

/// The user's object as the API server has it.
fn stored(case: &Case) -> Value {
    let (group, version, _) = case.object.kind.api();
    // Git names the release's own annotation of a balancer too.
    let annotations = json!({"mine": "kept", "alb.ingress.kubernetes.io/actions.stable": "{}"});
    json!({"apiVersion": format!("{group}/{version}"), "kind": case.object.kind.name(),
           "metadata": {"name": "web", "namespace": "shop", "annotations": annotations}, "spec": case.spec})
}

/// The object once a release has written what it says into it.
fn written(case: &Case, mut value: Value) -> Value {
    let arms =
        Arms { namespace: "shop".to_owned(), canary: "canary".to_owned(), stable: "stable".to_owned(), whole: 100 };
    let live: Live = [(case.object.clone(), value.clone())].into_iter().collect();
    let writes = case.router.writes(&live, &arms, &share(case)).unwrap();
    for write in writes {
        if let Write::Patch(object, patch) = write {
            assert_eq!(object, case.object);
            json_patch::patch(&mut value, &patch).unwrap();
        }
    }
    value["metadata"]["managedFields"] = json!([{"manager": "sluice", "fieldsV1": {"f:spec": {}}}]);
    value
}

/// Where an object in the cluster is not as git says, once a sync has left a release what it says. Lists are replaced
/// as a whole.
fn drift(git: &Value, live: &Value) -> String {
    let kept = released::kept(&git.clone().into(), &live.clone().into());
    let mut tried = live.clone();
    tried["spec"] = kept.value()["spec"].clone();
    for (name, text) in kept.value()["metadata"]["annotations"].as_object().unwrap() {
        tried["metadata"]["annotations"][name] = text.clone();
    }
    diff::compare(&tried.into(), &live.clone().into(), &[]).to_string()
}

fn push(value: &mut Value, list: &str, item: &Value) {
    value.pointer_mut(list).unwrap().as_array_mut().unwrap().push(item.clone());
}

#[test]
fn what_a_release_says_in_a_router_s_object_is_no_difference() {
    for case in cases() {
        let git = stored(&case);
        let live = written(&case, git.clone());
        assert_ne!(git["spec"], live["spec"], "{}: a release says something", case.object.kind);
        assert_eq!(drift(&git, &live), "", "{}", case.object.kind);
    }
}

#[test]
fn all_else_in_a_router_s_object_is_as_git_says() {
    for case in cases() {
        let git = stored(&case);
        let live = written(&case, git.clone());
        let kind = case.object.kind;
        // What somebody put there goes.
        let mut by_hand = live.clone();
        push(&mut by_hand, case.list, &case.more);
        assert_ne!(drift(&git, &by_hand), "", "{kind}");
        let mut touched = live.clone();
        touched["metadata"]["annotations"]["mine"] = json!("touched");
        assert!(drift(&git, &touched).contains("mine"), "{kind}");
        // What git adds to the very list of weights comes, and is what differs.
        let mut more = git.clone();
        push(&mut more, case.list, &case.more);
        let kept = released::kept(&more.clone().into(), &live.clone().into());
        let items = |value: &Value| value.pointer(case.list).unwrap().as_array().unwrap().clone();
        let (before, after) = (items(&live), items(kept.value()));
        assert_eq!(after.len(), before.len() + 1, "{kind}: {after:?}");
        assert!(after.contains(&case.more), "{kind}: {after:?}");
        assert!(before.iter().all(|item| after.contains(item)), "{kind}: the release keeps what it says: {after:?}");
    }
}

#[test]
fn what_is_left_of_a_release_that_is_over_is_its_weights_alone() {
    for case in cases() {
        let git = stored(&case);
        let live = written(&case, git.clone());
        let arms =
            Arms { namespace: "shop".to_owned(), canary: "canary".to_owned(), stable: "stable".to_owned(), whole: 100 };
        let objects: Live = [(case.object.clone(), live.clone())].into_iter().collect();
        let mut over = live;
        for write in case.router.writes(&objects, &arms, &Share::of_canary(0)).unwrap() {
            if let Write::Patch(_, patch) = write {
                json_patch::patch(&mut over, &patch).unwrap();
            }
        }
        assert_eq!(drift(&git, &over), "", "{}", case.object.kind);
        let text = over.to_string();
        assert!(!text.contains("by-header") && !text.contains("\"try\""), "{text}");
    }
}

/// A subset selects a revision as a Service does.
#[test]
fn a_subset_selects_what_the_release_says() {
    let rule = Object::new(Kind::DestinationRule, "shop", "web");
    let subset = |name: &str| json!({"name": name, "labels": {"app": "web"}});
    let git = json!({"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {"name": "web", "annotations": {}},
        "spec": {"host": "web", "subsets": [subset("canary"), subset("stable")]}});
    let subsets = Subsets {
        rule: rule.clone(),
        canary: "canary".to_owned(),
        stable: "stable".to_owned(),
        additional: Vec::new(),
    };
    let live: Live = [(rule, git.clone())].into_iter().collect();
    let write = subsets.point(&live, "canary", ("rollouts-pod-template-hash", "7f9c"), (MANAGED_BY, "web")).unwrap();
    let Some(Write::Patch(_, patch)) = write else { panic!("a subset is pointed by a patch") };
    let mut live = git.clone();
    json_patch::patch(&mut live, &patch).unwrap();
    assert_eq!(drift(&git, &live), "");
    live["spec"]["subsets"][1]["labels"]["app"] = json!("other");
    assert!(drift(&git, &live).contains("other"));
}
