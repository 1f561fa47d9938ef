//! What a spec may say of its routers.

use super::*;
use crate::spec::{Router, Strategy};

/// The violations of a canary with these routers, and Services where `services` is.
fn check_routing(services: Value, routing: Value, expected: Expect) {
    let mut canary = json!({"steps": [{"setWeight": 20}], "trafficRouting": routing});
    canary.as_object_mut().unwrap().extend(services.as_object().unwrap().clone());
    check("/strategy/canary", canary, expected);
}

fn both() -> Value {
    json!({"canaryService": "new", "stableService": "old"})
}

#[test]
fn every_router_is_taken_as_its_users_write_it() {
    for routing in [
        json!({"istio": {"virtualService": {"name": "web", "routes": ["a"]}}}),
        json!({"istio": {"virtualServices": [{"name": "mesh/web", "tlsRoutes": [{"port": 443, "sniHosts": ["a"]}]}, {"name": "web.mesh2", "tcpRoutes": [{"port": 3000}]}]}}),
        json!({"nginx": {"stableIngress": "web", "additionalIngressAnnotations": {"canary-by-header": "X"}}}),
        json!({"nginx": {"stableIngresses": ["a", "b"], "annotationPrefix": "n.example.com"}}),
        json!({"alb": {"ingress": "web", "servicePort": 80, "rootService": "root", "stickinessConfig": {"enabled": true, "durationSeconds": 60}}}),
        json!({"alb": {"ingresses": ["a", "b"], "servicePort": 443, "stickinessConfig": {"enabled": false, "durationSeconds": 0}}}),
        json!({"smi": {}}),
        json!({"smi": {"rootService": "root", "trafficSplitName": "split"}}),
        json!({"apisix": {"route": {"name": "web", "rules": ["a", "b"]}}}),
        json!({"apisix": {"route": {"name": "web"}}, "nginx": {"stableIngress": "web"}}),
    ] {
        check_routing(
            both(),
            routing,
            expect![[r#"
            fine
        "#]],
        );
    }
}

#[test]
fn a_router_without_services_says_that_it_needs_them() {
    for routing in [json!({"smi": {}}), json!({"istio": {"virtualService": {"name": "web"}}})] {
        check_routing(
            json!({}),
            routing,
            expect![[r#"
            spec.strategy.canary.canaryService: is missing, and nothing else tells which Services the two arms are; set canaryService and stableService
        "#]],
        );
    }
}

#[test]
fn subsets_are_arms_without_services() {
    let rule = json!({"name": "rule", "canarySubsetName": "new", "stableSubsetName": "old", "additionalSubsetNames": ["third"]});
    let routing = json!({"istio": {"virtualService": {"name": "web"}, "destinationRule": rule}});
    let spec = spec(&changed("/strategy/canary", json!({"trafficRouting": routing})), None).unwrap();
    let Strategy::Canary(canary) = spec.strategy else { unreachable!() };
    assert!(matches!(canary.routers.as_slice(), [Router::Istio(_)]));
    let services = canary.services.unwrap();
    assert_eq!((services.canary.as_str(), services.stable.as_str()), ("rule/new", "rule/old"));
}

#[test]
fn what_is_wrong_with_istio_is_named() {
    check_routing(
        both(),
        json!({"istio": {}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.istio: needs virtualService, or virtualServices where there are several
    "#]],
    );
    let service = json!({"name": "a.b.c", "routes": ["r", "r"], "tlsRoutes": [{"prot": 1}], "tcpRoutes": [{"port": 70000}], "rotes": []});
    check_routing(
        both(),
        json!({"istio": {"virtualService": {"name": "web"}, "virtualServices": [{"name": "web"}]}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.istio.virtualServices: stands beside virtualService; set one of them
        spec.strategy.canary.trafficRouting.istio.virtualServices[1].name: "web" is given twice
    "#]],
    );
    let rule = json!({"name": "", "canarySubsetName": "a", "stableSubsetName": "a", "subsets": []});
    check_routing(
        both(),
        json!({"istio": {"virtualService": service, "destinationRule": rule}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.istio.virtualService.rotes: is no field of this API; correct its name or remove it
        spec.strategy.canary.trafficRouting.istio.virtualService.routes[1]: "r" is given twice
        spec.strategy.canary.trafficRouting.istio.virtualService.tlsRoutes[0].prot: is no field of this API; correct its name or remove it
        spec.strategy.canary.trafficRouting.istio.virtualService.tcpRoutes[0].port: is 70000; must be 1 to 65535
        spec.strategy.canary.trafficRouting.istio.virtualService.name: is "a.b.c"; write a name, or namespace/name
        spec.strategy.canary.trafficRouting.istio.destinationRule.subsets: is no field of this API; correct its name or remove it
        spec.strategy.canary.trafficRouting.istio.destinationRule.name: is empty
    "#]],
    );
    let rule =
        json!({"name": "rule", "canarySubsetName": "a", "stableSubsetName": "a", "additionalSubsetNames": ["a"]});
    check_routing(
        json!({}),
        json!({"istio": {"virtualService": {"name": "web"}, "destinationRule": rule}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.istio.destinationRule.canarySubsetName: is the same as stableSubsetName; each arm needs its own
        spec.strategy.canary.trafficRouting.istio.destinationRule.additionalSubsetNames[0]: is the subset of an arm; name others here
    "#]],
    );
}

#[test]
fn what_is_wrong_with_ingresses_is_named() {
    check_routing(
        both(),
        json!({"nginx": {"stableIngress": "a", "stableIngresses": ["b"]}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.nginx.stableIngresses: stands beside stableIngress; set one of them
    "#]],
    );
    check_routing(
        both(),
        json!({"nginx": {"annotationPrefix": "", "stableIngres": "web"}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.nginx.stableIngres: is no field of this API; correct its name or remove it
        spec.strategy.canary.trafficRouting.nginx: needs stableIngress, or stableIngresses where there are several
        spec.strategy.canary.trafficRouting.nginx.annotationPrefix: is empty
    "#]],
    );
    let sticky = json!({"enabled": true, "durationSeconds": 604_801, "durations": 1});
    check_routing(
        both(),
        json!({"alb": {"ingresses": ["a", "a", ""], "servicePort": 0, "rootService": "", "stickinessConfig": sticky}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.alb.ingresses[1]: "a" is given twice
        spec.strategy.canary.trafficRouting.alb.ingresses[2]: is empty
        spec.strategy.canary.trafficRouting.alb.servicePort: is 0; must be 1 to 65535
        spec.strategy.canary.trafficRouting.alb.rootService: is empty
        spec.strategy.canary.trafficRouting.alb.stickinessConfig.durations: is no field of this API; correct its name or remove it
        spec.strategy.canary.trafficRouting.alb.stickinessConfig.durationSeconds: is 604801; must be 1 to 604800, which is 7 days
    "#]],
    );
}

#[test]
fn what_is_wrong_with_a_split_or_an_apisix_route_is_named() {
    check_routing(
        both(),
        json!({"smi": {"trafficSplitName": "", "root": "web"}, "apisix": {}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.smi.root: is no field of this API; correct its name or remove it
        spec.strategy.canary.trafficRouting.smi.trafficSplitName: is empty
        spec.strategy.canary.trafficRouting.apisix.route: is missing; name the ApisixRoute
    "#]],
    );
    check_routing(
        both(),
        json!({"apisix": {"route": {"name": "", "rules": ["a", "a"], "rule": "b"}}}),
        expect![[r#"
        spec.strategy.canary.trafficRouting.apisix.route.rule: is no field of this API; correct its name or remove it
        spec.strategy.canary.trafficRouting.apisix.route.rules[1]: "a" is given twice
        spec.strategy.canary.trafficRouting.apisix.route.name: is empty
    "#]],
    );
}

/// The violations of a canary with one route by header at that router.
fn check_header_route(routing: Value, header: Value, expected: Expect) {
    let steps =
        json!([{"setHeaderRoute": {"name": "beta", "match": [{"headerName": "X-User", "headerValue": header}]}}]);
    let canary = json!({"canaryService": "new", "stableService": "old", "trafficRouting": routing, "steps": steps});
    check("/strategy/canary", canary, expected);
}

#[test]
fn a_route_by_header_needs_a_router_that_goes_by_headers() {
    let beta = json!([{"name": "beta"}]);
    for routing in [
        json!({"istio": {"virtualService": {"name": "web"}}, "managedRoutes": beta}),
        json!({"alb": {"ingress": "web", "servicePort": 80}, "managedRoutes": beta}),
        json!({"apisix": {"route": {"name": "web"}}, "managedRoutes": beta}),
        json!({"gatewayAPI": {"httpRoute": "web"}, "managedRoutes": beta}),
        json!({"traefik": {"weightedTraefikServiceName": "web"}, "managedRoutes": beta}),
    ] {
        check_header_route(
            routing,
            json!({"exact": "me"}),
            expect![[r#"
            fine
        "#]],
        );
    }
    for routing in
        [json!({"nginx": {"stableIngress": "web"}, "managedRoutes": beta}), json!({"smi": {}, "managedRoutes": beta})]
    {
        check_header_route(
            routing,
            json!({"exact": "me"}),
            expect![[r#"
            spec.strategy.canary.steps[0].setHeaderRoute: needs a router that goes by headers: traefik, istio, alb, apisix, or an HTTPRoute or GRPCRoute of gatewayAPI (in a list, with useHeaderRoutes)
        "#]],
        );
    }
}

#[test]
fn a_load_balancer_of_aws_knows_whole_values_of_headers_only() {
    let routing = json!({"alb": {"ingress": "web", "servicePort": 80}, "managedRoutes": [{"name": "beta"}]});
    check_header_route(
        routing.clone(),
        json!({"prefix": "me"}),
        expect![[r#"
        spec.strategy.canary.steps[0].setHeaderRoute.match[0].headerValue: must be exact: an AWS load balancer knows no other
    "#]],
    );
    check_header_route(
        routing,
        json!({"exact": "me"}),
        expect![[r#"
        fine
    "#]],
    );
}

#[test]
fn a_managed_route_is_not_named_as_something_of_the_users() {
    let managed = |name: &str| json!([{"name": name}]);
    for (router, own) in [
        (json!({"istio": {"virtualService": {"name": "web", "routes": ["primary"]}}}), "primary"),
        (json!({"alb": {"ingress": "web", "servicePort": 80, "rootService": "root"}}), "root"),
        (json!({"alb": {"ingress": "web", "servicePort": 80}}), "old"),
        (json!({"apisix": {"route": {"name": "web"}}}), "web"),
    ] {
        let mut routing = router;
        routing["managedRoutes"] = managed(own);
        check_routing(
            both(),
            routing.clone(),
            expect![[r#"
            spec.strategy.canary.trafficRouting.managedRoutes[0].name: names what is yours already; a managed route is made and taken out by steps
        "#]],
        );
        routing["managedRoutes"] = managed("beta");
        check_routing(
            both(),
            routing,
            expect![[r#"
            fine
        "#]],
        );
    }
    for router in [
        json!({"apisix": {"route": {"name": "web"}}, "managedRoutes": managed("For testers")}),
        json!({"traefik": {"weightedTraefikServiceName": "web"}, "managedRoutes": managed("For testers")}),
    ] {
        check_routing(
            both(),
            router,
            expect![[r#"
            spec.strategy.canary.trafficRouting.managedRoutes[0].name: is "For testers"; at this router it names an object or a backend: it must be 1 to 63 of a-z, 0-9 and -, the first a letter and the last no -
        "#]],
        );
    }
}

fn mesh() -> Value {
    json!({"istio": {"virtualService": {"name": "web"}}, "managedRoutes": [{"name": "copies"}]})
}

/// The violations of a canary with one mirror at that router.
fn check_mirror(routing: Value, mirror: Value, expected: Expect) {
    let steps = json!([{"setMirrorRoute": mirror}]);
    let canary = json!({"canaryService": "new", "stableService": "old", "trafficRouting": routing, "steps": steps});
    check("/strategy/canary", canary, expected);
}

#[test]
fn mirrors_are_taken_as_their_users_write_them() {
    let all = json!({"method": {"exact": "GET"}, "path": {"prefix": "/"}, "headers": {"X-User": {"regex": "^me"}}});
    for mirror in [
        json!({"name": "copies", "percentage": 35, "match": [{"method": {"exact": "GET"}}, {"path": {"prefix": "/shop"}}]}),
        json!({"name": "copies", "match": [all]}),
        json!({"name": "copies"}),
    ] {
        check_mirror(
            mesh(),
            mirror,
            expect![[r#"
            fine
        "#]],
        );
    }
}

#[test]
fn what_is_wrong_with_a_mirror_is_named() {
    let matches = json!([
        {},
        {"methods": {"exact": "GET"}, "path": {"exact": "/", "prefix": "/"}},
        {"headers": {"two words": {"exact": "a"}, "X-User": {"exakt": "a"}}},
    ]);
    check_mirror(
        mesh(),
        json!({"name": "copy", "percentage": 101, "match": matches, "percent": 5}),
        expect![[r#"
        spec.strategy.canary.steps[0].setMirrorRoute.name: "copy" is none of trafficRouting.managedRoutes; add it there
        spec.strategy.canary.steps[0].setMirrorRoute.percent: is no field of this API; correct its name or remove it
        spec.strategy.canary.steps[0].setMirrorRoute.percentage: is 101; must be 0 to 100
        spec.strategy.canary.steps[0].setMirrorRoute.match[0]: is empty; set method, path or headers
        spec.strategy.canary.steps[0].setMirrorRoute.match[1].methods: is no field of this API; correct its name or remove it
        spec.strategy.canary.steps[0].setMirrorRoute.match[1].path: needs exactly one of exact, prefix, regex
        spec.strategy.canary.steps[0].setMirrorRoute.match[2].headers.X-User.exakt: is no field of this API; correct its name or remove it
        spec.strategy.canary.steps[0].setMirrorRoute.match[2].headers.X-User: needs exactly one of exact, prefix, regex
        spec.strategy.canary.steps[0].setMirrorRoute.match[2].headers.two words: "two words" is no name of a header
    "#]],
    );
    let by_nginx = json!({"nginx": {"stableIngress": "web"}, "managedRoutes": [{"name": "copies"}]});
    check_mirror(
        by_nginx,
        json!({"name": "copies", "match": [{"path": {"exact": "/"}}]}),
        expect![[r#"
        spec.strategy.canary.steps[0].setMirrorRoute: needs a router that copies requests: traefik, istio
    "#]],
    );
    check_mirror(
        json!({"istio": {"virtualService": {"name": "web"}}}),
        json!({"name": ""}),
        expect![[r#"
        spec.strategy.canary.steps[0].setMirrorRoute.name: is empty
    "#]],
    );
}

#[test]
fn traefik_copies_by_whole_methods_only() {
    let routing = json!({"traefik": {"weightedTraefikServiceName": "web"}, "managedRoutes": [{"name": "copies"}]});
    for matches in [json!({"method": {"exact": "GET"}}), json!({"path": {"regex": "^/shop"}})] {
        check_mirror(
            routing.clone(),
            json!({"name": "copies", "match": [matches]}),
            expect![[r#"
            fine
        "#]],
        );
    }
    check_mirror(
        routing,
        json!({"name": "copies", "match": [{"path": {"exact": "/"}}, {"method": {"prefix": "P"}}]}),
        expect![[r#"
        spec.strategy.canary.steps[0].setMirrorRoute.match[1].method: must be exact: Traefik knows no other
    "#]],
    );
}

/// The violations of a canary of that `setWeight` with that routing.
fn check_weight(routing: Value, weight: i32, expected: Expect) {
    let steps = json!([{"setWeight": weight}]);
    let canary = json!({"canaryService": "new", "stableService": "old", "trafficRouting": routing, "steps": steps});
    check("/strategy/canary", canary, expected);
}

#[test]
fn weights_are_out_of_the_most_traffic_weight_where_every_router_can_do_it() {
    for routing in [
        json!({"nginx": {"stableIngress": "web"}, "maxTrafficWeight": 1000}),
        json!({"gatewayAPI": {"httpRoute": "web"}, "maxTrafficWeight": 1000}),
        json!({"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "web"}}, "maxTrafficWeight": 1000}),
        json!({"traefik": {"weightedTraefikServiceName": "web"}, "maxTrafficWeight": 1000}),
    ] {
        check_weight(
            routing.clone(),
            1000,
            expect![[r#"
            fine
        "#]],
        );
        check_weight(
            routing,
            1001,
            expect![[r#"
            spec.strategy.canary.steps[0].setWeight: is 1001; must be 0 to 1000
        "#]],
        );
    }
    let both =
        json!({"nginx": {"stableIngress": "web"}, "istio": {"virtualService": {"name": "web"}}, "maxTrafficWeight": 0});
    check_weight(
        both,
        1,
        expect![[r#"
            spec.strategy.canary.trafficRouting.maxTrafficWeight: needs routers of any weights: nginx, traefik, gatewayAPI; Istio has percents
            spec.strategy.canary.trafficRouting.maxTrafficWeight: is 0; must be 100 to 1000000
        "#]],
    );
}
