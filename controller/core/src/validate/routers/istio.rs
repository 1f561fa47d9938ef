//! Istio's VirtualServices and subsets.

use std::collections::BTreeSet;

use sluice_crds::{IstioDestinationRule, IstioRouting, IstioTcpRoute, IstioTlsRoute, IstioVirtualService};

use super::{Checker, HERE, names, one_or_many};
use crate::spec::{Istio, Router, Subsets, TlsRoute, VirtualService};

pub(super) fn check(check: &mut Checker, istio: &IstioRouting) -> Option<Router> {
    let here = format!("{HERE}.istio");
    check.unknown(&here, &istio.unknown);
    let one = ("virtualService", istio.virtual_service.as_ref());
    let found = one_or_many(check, &here, one, ("virtualServices", &istio.virtual_services));
    let field = |at: usize| match &istio.virtual_service {
        Some(_) => format!("{here}.virtualService"),
        None => format!("{here}.virtualServices[{at}]"),
    };
    let services = found.iter().enumerate().filter_map(|(at, one)| service(check, &field(at), one));
    let services: Vec<VirtualService> = services.collect();
    unique(check, &here, &services);
    let subsets = istio.destination_rule.as_ref().map(|rule| subsets(check, &format!("{here}.destinationRule"), rule));
    let subsets = subsets.map_or(Some(None), |subsets| subsets.map(Some))?;
    (!services.is_empty()).then_some(Router::Istio(Istio { services, subsets }))
}

fn unique(check: &mut Checker, here: &str, services: &[VirtualService]) {
    let mut seen = BTreeSet::new();
    for (at, service) in services.iter().enumerate() {
        if !seen.insert((&service.namespace, &service.name)) {
            check.wrong(&format!("{here}.virtualServices[{at}].name"), format!("{:?} is given twice", service.name));
        }
    }
}

fn service(check: &mut Checker, here: &str, service: &IstioVirtualService) -> Option<VirtualService> {
    check.unknown(here, &service.unknown);
    let http = names(check, &format!("{here}.routes"), &service.routes);
    let tls = service.tls_routes.iter().enumerate();
    let tls = tls.map(|(at, route)| tls_route(check, &format!("{here}.tlsRoutes[{at}]"), route)).collect();
    let tcp = service.tcp_routes.iter().enumerate();
    let tcp = tcp.map(|(at, route)| tcp_route(check, &format!("{here}.tcpRoutes[{at}]"), route)).collect();
    let (namespace, name) = place(check, &format!("{here}.name"), &service.name)?;
    Some(VirtualService { namespace, name, http, tls, tcp })
}

/// A name alone, `namespace/name`, or `name.namespace` as the established controller has it.
fn place(check: &mut Checker, field: &str, text: &str) -> Option<(Option<String>, String)> {
    let parts = match (text.split_once('/'), text.split_once('.')) {
        (Some((namespace, name)), _) | (None, Some((name, namespace))) => (Some(namespace), name),
        (None, None) => (None, text),
    };
    let is_part = |part: &str| !part.is_empty() && !part.contains(['/', '.']);
    if !is_part(parts.1) || !parts.0.is_none_or(is_part) {
        check.wrong(field, format!("is {text:?}; write a name, or namespace/name"));
        return None;
    }
    Some((parts.0.map(str::to_owned), parts.1.to_owned()))
}

fn tls_route(check: &mut Checker, here: &str, route: &IstioTlsRoute) -> TlsRoute {
    check.unknown(here, &route.unknown);
    names(check, &format!("{here}.sniHosts"), &route.sni_hosts);
    TlsRoute { port: port(check, here, route.port), hosts: route.sni_hosts.iter().cloned().collect() }
}

fn tcp_route(check: &mut Checker, here: &str, route: &IstioTcpRoute) -> Option<i64> {
    check.unknown(here, &route.unknown);
    port(check, here, route.port)
}

/// A port; 0 is none, as the established controller has it.
fn port(check: &mut Checker, here: &str, port: Option<i64>) -> Option<i64> {
    let port = port.filter(|port| *port != 0)?;
    if !(1..=65_535).contains(&port) {
        check.wrong(&format!("{here}.port"), format!("is {port}; must be 1 to 65535"));
    }
    Some(port)
}

fn subsets(check: &mut Checker, here: &str, rule: &IstioDestinationRule) -> Option<Subsets> {
    check.unknown(here, &rule.unknown);
    let additional = names(check, &format!("{here}.additionalSubsetNames"), &rule.additional_subset_names);
    let name = check.name(&format!("{here}.name"), Some(&rule.name));
    let canary = check.name(&format!("{here}.canarySubsetName"), Some(&rule.canary_subset_name));
    let stable = check.name(&format!("{here}.stableSubsetName"), Some(&rule.stable_subset_name));
    let (rule, canary, stable) = (name?, canary?, stable?);
    if canary == stable {
        check.wrong(&format!("{here}.canarySubsetName"), "is the same as stableSubsetName; each arm needs its own");
    }
    if let Some(at) = additional.iter().position(|name| *name == canary || *name == stable) {
        check.wrong(&format!("{here}.additionalSubsetNames[{at}]"), "is the subset of an arm; name others here");
    }
    Some(Subsets { rule, canary, stable, additional })
}
