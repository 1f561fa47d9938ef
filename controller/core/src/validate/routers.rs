//! Which routers share traffic out. Each has a function here; a new one gets its line in [`check`].

mod gateway;

use sluice_crds::{TraefikRouting, TrafficRouting};

use super::fields::Checker;
use crate::spec::Router;

const HERE: &str = "spec.strategy.canary.trafficRouting";

/// The routers that a spec names, as far as it names them well.
///
/// For whoever follows their objects before the spec is right: what is wrong with it is told by [`super::spec`].
pub fn named(routing: &TrafficRouting) -> Vec<Router> {
    all(&mut Checker::default(), routing)
}

pub(super) fn check(check: &mut Checker, routing: &TrafficRouting) -> Vec<Router> {
    check.unknown(HERE, &routing.unknown);
    unsupported(check, routing);
    if is_empty(routing) {
        check.wrong(HERE, "names no router that Sluice can drive; set traefik or gatewayAPI");
    }
    all(check, routing)
}

/// Whether it names none of those that Sluice can drive.
fn is_empty(routing: &TrafficRouting) -> bool {
    routing.traefik.is_none() && routing.gateway_api.is_none() && !routing.plugins.contains_key(gateway::PLUGIN)
}

fn all(check: &mut Checker, routing: &TrafficRouting) -> Vec<Router> {
    let traefik = routing.traefik.as_ref().and_then(|traefik| self::traefik(check, traefik));
    traefik.into_iter().chain(gateway::check(check, routing)).collect()
}

fn unsupported(check: &mut Checker, routing: &TrafficRouting) {
    for (field, present) in [
        ("istio", routing.istio.is_some()),
        ("nginx", routing.nginx.is_some()),
        ("alb", routing.alb.is_some()),
        ("smi", routing.smi.is_some()),
        ("ambassador", routing.ambassador.is_some()),
        ("appMesh", routing.app_mesh.is_some()),
        ("apisix", routing.apisix.is_some()),
        ("managedRoutes", !routing.managed_routes.is_empty()),
        ("maxTrafficWeight", routing.max_traffic_weight.is_some()),
    ] {
        check.unsupported(&format!("{HERE}.{field}"), present);
    }
    for name in routing.plugins.keys().filter(|name| *name != gateway::PLUGIN) {
        let does = "is not supported by this version of Sluice, which runs no plugins and does itself what";
        check.wrong(&format!("{HERE}.plugins[{name}]"), format!("{does} {} did; remove it", gateway::PLUGIN));
    }
}

fn traefik(check: &mut Checker, traefik: &TraefikRouting) -> Option<Router> {
    check.unknown(&format!("{HERE}.traefik"), &traefik.unknown);
    let field = format!("{HERE}.traefik.weightedTraefikServiceName");
    check.name(&field, Some(&traefik.weighted_traefik_service_name)).map(Router::Traefik)
}
