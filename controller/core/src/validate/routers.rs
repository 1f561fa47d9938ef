//! Which routers share traffic out. Each has a function here or in a file below; a new one gets its line in [`all`].

mod gateway;
mod ingress;
mod istio;
mod managed;

use std::collections::BTreeSet;

use sluice_crds::{ApisixRouting, CanaryStrategy, SmiRouting, TraefikRouting, TrafficRouting};

use super::fields::Checker;
use crate::spec::{Apisix, Router, Smi};
use crate::weight::PERCENT;

pub(super) use managed::managed;

const HERE: &str = "spec.strategy.canary.trafficRouting";

/// The largest weight that the Gateway API takes.
const MOST_PARTS: u32 = 1_000_000;

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
        check.wrong(
            HERE,
            "names no router that Sluice can drive; set traefik, gatewayAPI, istio, nginx, alb, smi or apisix",
        );
    }
    all(check, routing)
}

/// Whether it names none of those that Sluice can drive.
fn is_empty(routing: &TrafficRouting) -> bool {
    let TrafficRouting { traefik, gateway_api, istio, nginx, alb, smi, apisix, plugins, .. } = routing;
    let vendors = [istio.is_some(), nginx.is_some(), alb.is_some(), smi.is_some(), apisix.is_some()];
    let gateway = gateway_api.is_some() || plugins.contains_key(gateway::PLUGIN);
    !(traefik.is_some() || gateway || vendors.contains(&true))
}

fn all(check: &mut Checker, routing: &TrafficRouting) -> Vec<Router> {
    let traefik = routing.traefik.as_ref().and_then(|traefik| self::traefik(check, traefik));
    let gateways = gateway::check(check, routing);
    let others = [
        routing.istio.as_ref().and_then(|istio| istio::check(check, istio)),
        routing.nginx.as_ref().and_then(|nginx| ingress::nginx(check, nginx)),
        routing.alb.as_ref().and_then(|alb| ingress::alb(check, alb)),
        routing.smi.as_ref().map(|smi| self::smi(check, smi)),
        routing.apisix.as_ref().and_then(|apisix| self::apisix(check, apisix)),
    ];
    traefik.into_iter().chain(gateways).chain(others.into_iter().flatten()).collect()
}

fn unsupported(check: &mut Checker, routing: &TrafficRouting) {
    for (field, present) in [("ambassador", routing.ambassador.is_some()), ("appMesh", routing.app_mesh.is_some())] {
        check.unsupported(&format!("{HERE}.{field}"), present);
    }
    for name in routing.plugins.keys().filter(|name| *name != gateway::PLUGIN) {
        let does = "is not supported by this version of Sluice, which runs no plugins and does itself what";
        check.wrong(&format!("{HERE}.plugins[{name}]"), format!("{does} {} did; remove it", gateway::PLUGIN));
    }
}

/// The weight that is all traffic: 100, unless the spec says otherwise and every router can do it.
///
/// Not fewer: with coarser parts, what one pod of ten carries would be nothing, and stable pods that make room for it would
/// leave their traffic behind.
pub(super) fn whole(check: &mut Checker, canary: &CanaryStrategy, routers: &[Router]) -> u32 {
    let given = canary.traffic_routing.as_ref().and_then(|routing| routing.max_traffic_weight);
    let Some(given) = given else { return PERCENT };
    let field = format!("{HERE}.maxTrafficWeight");
    if let Some(router) = routers.iter().find(|router| !router.has_fine_weights()) {
        let who = router.name();
        check.wrong(&field, format!("needs routers of any weights: nginx, traefik, gatewayAPI; {who} has percents"));
    }
    let whole = u32::try_from(given).ok().filter(|whole| (PERCENT..=MOST_PARTS).contains(whole));
    if whole.is_none() {
        check.wrong(&field, format!("is {given}; must be {PERCENT} to {MOST_PARTS}"));
    }
    whole.unwrap_or(PERCENT)
}

fn traefik(check: &mut Checker, traefik: &TraefikRouting) -> Option<Router> {
    check.unknown(&format!("{HERE}.traefik"), &traefik.unknown);
    let field = format!("{HERE}.traefik.weightedTraefikServiceName");
    check.name(&field, Some(&traefik.weighted_traefik_service_name)).map(Router::Traefik)
}

fn smi(check: &mut Checker, smi: &SmiRouting) -> Router {
    let here = format!("{HERE}.smi");
    check.unknown(&here, &smi.unknown);
    let split = check.name(&format!("{here}.trafficSplitName"), smi.traffic_split_name.as_ref());
    let root = check.name(&format!("{here}.rootService"), smi.root_service.as_ref());
    Router::Smi(Smi { split, root })
}

fn apisix(check: &mut Checker, apisix: &ApisixRouting) -> Option<Router> {
    let here = format!("{HERE}.apisix");
    check.unknown(&here, &apisix.unknown);
    let Some(route) = &apisix.route else {
        check.wrong(&format!("{here}.route"), "is missing; name the ApisixRoute");
        return None;
    };
    check.unknown(&format!("{here}.route"), &route.unknown);
    let rules = names(check, &format!("{here}.route.rules"), &route.rules);
    let route = check.name(&format!("{here}.route.name"), Some(&route.name))?;
    Some(Router::Apisix(Apisix { route, rules }))
}

/// Names that are not empty, each once.
fn names(check: &mut Checker, field: &str, names: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    for (at, name) in names.iter().enumerate() {
        check.name(&format!("{field}[{at}]"), Some(name));
        if !seen.insert(name) {
            check.wrong(&format!("{field}[{at}]"), format!("{name:?} is given twice"));
        }
    }
    names.to_vec()
}

/// One thing under one field or several under another: exactly one of the two fields says which.
fn one_or_many<T: Clone>(
    check: &mut Checker,
    here: &str,
    (one_field, one): (&str, Option<&T>),
    (many_field, many): (&str, &[T]),
) -> Vec<T> {
    match (one, many) {
        (None, []) => check.wrong(here, format!("needs {one_field}, or {many_field} where there are several")),
        (Some(_), [_, ..]) => {
            check.wrong(&format!("{here}.{many_field}"), format!("stands beside {one_field}; set one of them"));
        }
        _ => {}
    }
    one.into_iter().chain(many).cloned().collect()
}
