//! What a spec may say of two Services that take turns.

use super::*;
use crate::spec::{CanaryServices, Strategy, Turn};

fn canary(both: Value, more: Value) -> Value {
    let mut canary = json!({"steps": [{"setWeight": 20}], "pingPong": both});
    canary.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    canary
}

fn both() -> Value {
    json!({"pingService": "a", "pongService": "b"})
}

fn by(routing: Value) -> Value {
    json!({"trafficRouting": routing})
}

#[test]
fn ping_is_the_stable_service_unless_it_is_known_to_be_pong() {
    let routing = by(json!({"traefik": {"weightedTraefikServiceName": "web"}}));
    let arms = |stable: &str, canary: &str| CanaryServices { canary: canary.into(), stable: stable.into() };
    for (known, expected, turn) in [
        (None, arms("a", "b"), Turn::Ping),
        (Some(arms("a", "b")), arms("a", "b"), Turn::Ping),
        (Some(arms("b", "a")), arms("b", "a"), Turn::Pong),
    ] {
        let spec = spec(&changed("/strategy/canary", canary(both(), routing.clone())), known).unwrap();
        let Strategy::Canary(canary) = spec.strategy else { unreachable!() };
        assert_eq!((canary.services, canary.turn), (Some(expected), Some(turn)));
    }
}

#[test]
fn routers_that_name_both_services_alike_can_swap_them() {
    for routing in [
        json!({"traefik": {"weightedTraefikServiceName": "web"}}),
        json!({"gatewayAPI": {"httpRoute": "web"}}),
        json!({"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "web", "namespace": "web"}}}),
        json!({"istio": {"virtualService": {"name": "web"}}}),
        json!({"alb": {"ingress": "web", "servicePort": 80, "rootService": "root"}}),
        json!({"apisix": {"route": {"name": "web"}}}),
    ] {
        let spec = spec(&changed("/strategy/canary", canary(both(), by(routing))), None);
        assert!(spec.is_ok(), "{spec:?}");
    }
}

#[test]
fn routers_that_cannot_swap_say_what_to_do() {
    for (routing, expected) in [
        (
            json!({"nginx": {"stableIngress": "web"}}),
            expect![[r#"
            spec.strategy.canary.pingPong: needs a router whose objects name both Services alike: traefik, gatewayAPI, istio, alb, apisix; with Nginx set canaryService and stableService instead
        "#]],
        ),
        (
            json!({"smi": {"rootService": "root"}}),
            expect![[r#"
            spec.strategy.canary.pingPong: needs a router whose objects name both Services alike: traefik, gatewayAPI, istio, alb, apisix; with SMI set canaryService and stableService instead
        "#]],
        ),
        (
            json!({"alb": {"ingress": "web", "servicePort": 80}}),
            expect![[r#"
            spec.strategy.canary.trafficRouting.alb.rootService: is missing; with pingPong the Ingress rule names a Service of its own, whichever is the stable one
        "#]],
        ),
        (
            json!({"istio": {
                "virtualService": {"name": "web"},
                "destinationRule": {"name": "web", "canarySubsetName": "new", "stableSubsetName": "old"},
            }}),
            expect![[r#"
                spec.strategy.canary.trafficRouting.istio.destinationRule: stands beside pingPong: subsets keep their roles, Services take turns; remove one of the two
            "#]],
        ),
    ] {
        check("/strategy/canary", canary(both(), by(routing)), expected);
    }
    check(
        "/strategy/canary",
        canary(both(), json!({})),
        expect![[r#"
        spec.strategy.canary.pingPong: needs trafficRouting: it is the router that tells the two Services apart
    "#]],
    );
}

#[test]
fn what_is_wrong_with_the_two_is_named() {
    let traefik = || by(json!({"traefik": {"weightedTraefikServiceName": "web"}}));
    check(
        "/strategy/canary",
        canary(json!({"pingService": "a", "pongService": "a", "pang": 1}), traefik()),
        expect![[r#"
            spec.strategy.canary.pingPong.pang: is no field of this API; correct its name or remove it
            spec.strategy.canary.pingPong.pongService: is the same as pingService; each arm needs its own
        "#]],
    );
    check(
        "/strategy/canary",
        canary(json!({"pingService": "", "pongService": "b"}), traefik()),
        expect![[r#"
        spec.strategy.canary.pingPong.pingService: is empty
    "#]],
    );
    let mut beside = traefik();
    beside["canaryService"] = json!("new");
    beside["stableService"] = json!("old");
    check(
        "/strategy/canary",
        canary(both(), beside),
        expect![[r#"
        spec.strategy.canary.canaryService: stands beside pingPong, whose Services take turns in that role; remove it
        spec.strategy.canary.stableService: stands beside pingPong, whose Services take turns in that role; remove it
    "#]],
    );
}
