//! The routes that steps may add beside the weighted one.

use sluice_crds::{CanaryStrategy, HeaderMatch, RouteMatch, SetHeaderRoute, SetMirrorRoute};

use super::HERE;
use crate::spec::Router;
use crate::validate::fields::Checker;
use crate::validate::metadata::{SERVICE_NAME, is_service_name};

/// Their names. Each step that adds one needs its name here, and a router that can do it.
pub(in crate::validate) fn managed(check: &mut Checker, canary: &CanaryStrategy, routers: &[Router]) -> Vec<String> {
    let names = names(check, canary, routers);
    for (at, step) in canary.steps.iter().enumerate() {
        if let Some(route) = &step.set_header_route {
            let field = format!("spec.strategy.canary.steps[{at}].setHeaderRoute");
            by_header(check, &field, route, routers);
            is_declared(check, &field, &route.name, &names);
        }
        if let Some(route) = &step.set_mirror_route {
            let field = format!("spec.strategy.canary.steps[{at}].setMirrorRoute");
            mirror(check, &field, route, routers);
            is_declared(check, &field, &route.name, &names);
        }
    }
    names
}

fn names(check: &mut Checker, canary: &CanaryStrategy, routers: &[Router]) -> Vec<String> {
    let declared = canary.traffic_routing.iter().flat_map(|routing| &routing.managed_routes);
    let mut names: Vec<String> = Vec::new();
    for (at, route) in declared.enumerate() {
        check.unknown(&format!("{HERE}.managedRoutes[{at}]"), &route.unknown);
        let field = format!("{HERE}.managedRoutes[{at}].name");
        let Some(name) = check.name(&field, Some(&route.name)) else { continue };
        if names.contains(&name) {
            check.wrong(&field, format!("{name:?} is given twice"));
        }
        for router in routers {
            for_router(check, &field, &name, router, canary.stable_service.as_ref());
        }
        names.push(name);
    }
    names
}

/// What a name must be for this router, and whether something of that name is the user's own there. An action of a load
/// balancer is named after its root Service, else after the stable one.
fn for_router(check: &mut Checker, field: &str, name: &str, router: &Router, stable: Option<&String>) {
    let (is_own, is_fit) = match router {
        Router::Istio(istio) => {
            (istio.services.iter().any(|service| service.http.iter().any(|route| route == name)), true)
        }
        Router::Apisix(apisix) => (apisix.route == name, is_service_name(name)),
        Router::Alb(alb) => (alb.root.as_ref().or(stable).is_some_and(|root| root == name), is_service_name(name)),
        Router::Traefik(_) => (false, is_service_name(name)),
        Router::Gateway(_) | Router::Nginx(_) | Router::Smi(_) => (false, true),
    };
    if is_own {
        check.wrong(field, "names what is yours already; a managed route is made and taken out by steps");
    }
    if !is_fit {
        check.wrong(field, format!("is {name:?}; at this router it names an object or a backend: it {SERVICE_NAME}"));
    }
}

fn is_declared(check: &mut Checker, step: &str, name: &String, names: &[String]) {
    if !name.is_empty() && !names.contains(name) {
        let field = format!("{step}.name");
        check.wrong(&field, format!("{name:?} is none of trafficRouting.managedRoutes; add it there"));
    }
}

fn by_header(check: &mut Checker, field: &str, route: &SetHeaderRoute, routers: &[Router]) {
    if !routers.iter().any(Router::has_header_routes) {
        check.wrong(field, "needs a router that goes by headers: traefik, istio, alb, apisix, or an HTTPRoute or GRPCRoute of gatewayAPI (in a list, with useHeaderRoutes)");
    }
    let by_alb = routers.iter().any(|router| matches!(router, Router::Alb(_)));
    let is_exact = |header: &HeaderMatch| header.header_value.as_ref().is_none_or(|value| value.exact.is_some());
    if let Some(other) = route.r#match.iter().position(|header| by_alb && !is_exact(header)) {
        let value = format!("{field}.match[{other}].headerValue");
        check.wrong(&value, "must be exact: an AWS load balancer knows no other");
    }
}

fn mirror(check: &mut Checker, field: &str, route: &SetMirrorRoute, routers: &[Router]) {
    if !routers.iter().any(Router::has_mirrors) {
        check.wrong(field, "needs a router that copies requests: traefik, istio");
    }
    let by_traefik = routers.iter().any(|router| matches!(router, Router::Traefik(_)));
    let is_exact = |one: &RouteMatch| one.method.as_ref().is_none_or(|method| method.exact.is_some());
    if let Some(other) = route.r#match.iter().position(|one| by_traefik && !is_exact(one)) {
        check.wrong(&format!("{field}.match[{other}].method"), "must be exact: Traefik knows no other");
    }
}
