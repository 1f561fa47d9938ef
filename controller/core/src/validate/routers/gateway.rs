//! The Gateway API, as a router of its own or as users of the plugin wrote it.

use serde_json::Value;
use sluice_crds::{GatewayApiRouting, GatewayRoute as Named, TrafficRouting, decode};

use super::HERE;
use crate::spec::{Gateway, GatewayKind, GatewayRoute, Router};
use crate::validate::fields::Checker;

/// The plugin that the established controller needs for it.
pub(super) const PLUGIN: &str = "argoproj-labs/gatewayAPI";

/// Fields of the plugin that say where it keeps its notes, and that it is to leave a label away. Sluice needs no such
/// place, and sets no such label.
const NEEDLESS: [&str; 2] = ["configMap", "disableInProgressLabel"];

/// The routers that both ways to say it name.
pub(super) fn check(check: &mut Checker, routing: &TrafficRouting) -> Vec<Router> {
    let own = routing.gateway_api.as_ref().and_then(|own| gateway(check, &format!("{HERE}.gatewayAPI"), own));
    let plugin = routing.plugins.get(PLUGIN).and_then(|config| plugin(check, config));
    own.into_iter().chain(plugin).map(Router::Gateway).collect()
}

fn plugin(check: &mut Checker, config: &Value) -> Option<Gateway> {
    let here = format!("{HERE}.plugins[{PLUGIN}]");
    match decode::<GatewayApiRouting>(config.clone()) {
        Ok(mut routing) => {
            for field in UNSUPPORTED {
                check.unsupported(&format!("{here}.{field}"), routing.unknown.remove(field).is_some());
            }
            routing.unknown.retain(|field, _| !NEEDLESS.contains(&field.as_str()));
            gateway(check, &here, &routing)
        }
        Err(error) => {
            check.wrong(&here, format!("cannot be read: {error}; correct it"));
            None
        }
    }
}

/// Fields of the plugin that Sluice does not act on.
const UNSUPPORTED: [&str; 6] = [
    "httpRouteSelector",
    "grpcRouteSelector",
    "tcpRouteSelector",
    "tlsRouteSelector",
    "inProgressLabelKey",
    "inProgressLabelValue",
];

fn gateway(check: &mut Checker, here: &str, routing: &GatewayApiRouting) -> Option<Gateway> {
    check.unknown(here, &routing.unknown);
    let namespace = check.name(&format!("{here}.namespace"), routing.namespace.as_ref());
    let mut routes = Vec::new();
    for (kind, field, one, several) in [
        (GatewayKind::Http, "httpRoute", &routing.http_route, &routing.http_routes),
        (GatewayKind::Grpc, "grpcRoute", &routing.grpc_route, &routing.grpc_routes),
        (GatewayKind::Tcp, "tcpRoute", &routing.tcp_route, &routing.tcp_routes),
        (GatewayKind::Tls, "tlsRoute", &routing.tls_route, &routing.tls_routes),
    ] {
        let one = check.name(&format!("{here}.{field}"), one.as_ref());
        let several = several.iter().enumerate();
        let several: Vec<_> =
            several.filter_map(|(at, named)| self::named(check, &format!("{here}.{field}s[{at}]"), named)).collect();
        let can = matches!(kind, GatewayKind::Http | GatewayKind::Grpc);
        for (name, by_header) in one.map(|name| (name, true)).into_iter().chain(several) {
            let route = GatewayRoute { kind, name, by_header: by_header && can };
            if routes.iter().any(|other: &GatewayRoute| (other.kind, &other.name) == (kind, &route.name)) {
                check.wrong(&format!("{here}.{field}s"), format!("names {:?} more than once", route.name));
            }
            routes.push(route);
        }
    }
    if routes.is_empty() {
        check.wrong(here, "names no route; set httpRoute, grpcRoute, tcpRoute or tlsRoute, or their lists");
    }
    (!routes.is_empty()).then_some(Gateway { namespace, routes })
}

fn named(check: &mut Checker, here: &str, named: &Named) -> Option<(String, bool)> {
    check.unknown(here, &named.unknown);
    Some((check.name(&format!("{here}.name"), Some(&named.name))?, named.use_header_routes))
}
