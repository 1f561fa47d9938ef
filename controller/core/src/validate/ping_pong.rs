//! Two Services that take turns, and the routers that can tell either of them from the other.

use sluice_crds::{CanaryStrategy, PingPong};

use super::fields::Checker;
use crate::spec::{Alb, CanaryServices, Istio, Router, Turn};

const HERE: &str = "spec.strategy.canary.pingPong";
const ROUTING: &str = "spec.strategy.canary.trafficRouting";

/// The Services of the two arms, and which of the two is the stable one: as `now` has it, ping where it says nothing.
pub(super) fn check(
    check: &mut Checker,
    canary: &CanaryStrategy,
    both: &PingPong,
    routers: &[Router],
    now: Option<&CanaryServices>,
) -> Option<(CanaryServices, Turn)> {
    check.unknown(HERE, &both.unknown);
    for (field, name) in [("canaryService", &canary.canary_service), ("stableService", &canary.stable_service)] {
        if name.is_some() {
            let field = format!("spec.strategy.canary.{field}");
            check.wrong(&field, "stands beside pingPong, whose Services take turns in that role; remove it");
        }
    }
    if canary.traffic_routing.is_none() {
        check.wrong(HERE, "needs trafficRouting: it is the router that tells the two Services apart");
    }
    for router in routers {
        can_swap(check, router);
    }
    let first = check.name(&format!("{HERE}.pingService"), Some(&both.ping_service));
    let second = check.name(&format!("{HERE}.pongService"), Some(&both.pong_service));
    let (first, second) = (first?, second?);
    if first == second {
        check.wrong(&format!("{HERE}.pongService"), "is the same as pingService; each arm needs its own");
        return None;
    }
    Some(match now {
        Some(now) if now.stable == second => (CanaryServices { canary: first, stable: second }, Turn::Pong),
        _ => (CanaryServices { canary: second, stable: first }, Turn::Ping),
    })
}

/// Whether nothing of the router's objects but weights tells the stable Service from the canary's.
fn can_swap(check: &mut Checker, router: &Router) {
    match router {
        Router::Istio(Istio { subsets: Some(_), .. }) => {
            let why = "stands beside pingPong: subsets keep their roles, Services take turns; remove one of the two";
            check.wrong(&format!("{ROUTING}.istio.destinationRule"), why);
        }
        Router::Alb(Alb { root: None, .. }) => {
            let why =
                "is missing; with pingPong the Ingress rule names a Service of its own, whichever is the stable one";
            check.wrong(&format!("{ROUTING}.alb.rootService"), why);
        }
        Router::Nginx(_) | Router::Smi(_) => {
            let who = router.name();
            let why = format!(
                "needs a router whose objects name both Services alike: traefik, gatewayAPI, istio, alb, apisix; with {who} set canaryService and stableService instead"
            );
            check.wrong(HERE, why);
        }
        Router::Traefik(_) | Router::Gateway(_) | Router::Istio(_) | Router::Alb(_) | Router::Apisix(_) => {}
    }
}
