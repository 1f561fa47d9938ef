//! What names a router, and what does not.

use super::*;
use crate::spec::{Router, Strategy};

/// The routers of a canary with that routing, or what is wrong with it.
fn routers(routing: Value) -> Result<Vec<Router>, String> {
    let canary = json!({"canaryService": "new", "stableService": "old", "trafficRouting": routing});
    let checked = spec(&changed("/strategy/canary", canary), None).map_err(|found| in_lines(&found))?;
    match checked.strategy {
        Strategy::Canary(canary) => Ok(canary.routers),
        Strategy::BlueGreen(_) => Ok(Vec::new()),
    }
}

fn refused(routing: Value, expected: Expect) {
    expected.assert_eq(&routers(routing).unwrap_err());
}

/// As its users write it, from the plugin's own pages.
#[test]
fn the_gateway_api_is_read_the_same_in_its_field_and_as_users_of_the_plugin_wrote_it() {
    for config in [
        json!({"httpRoute": "web", "namespace": "default"}),
        json!({"httpRoutes": [{"name": "web", "useHeaderRoutes": true}, {"name": "api"}]}),
        json!({"grpcRoute": "web", "tcpRoutes": [{"name": "db"}], "tlsRoute": "web", "namespace": "edge"}),
    ] {
        let own = routers(json!({"gatewayAPI": config.clone()})).unwrap();
        let mut plugin = config;
        plugin["configMap"] = json!("argo-gatewayapi-configmap");
        plugin["disableInProgressLabel"] = json!(true);
        assert_eq!(routers(json!({"plugins": {"argoproj-labs/gatewayAPI": plugin}})).unwrap(), own);
    }
}

#[test]
fn several_routers_may_be_named_together() {
    let both = json!({"traefik": {"weightedTraefikServiceName": "web"}, "gatewayAPI": {"httpRoute": "web"}});
    let names: Vec<&str> = routers(both).unwrap().iter().map(Router::name).collect();
    assert_eq!(names, ["Traefik", "GatewayAPI"]);
}

#[test]
fn a_gateway_api_that_names_no_route_or_one_twice_says_so() {
    refused(
        json!({"gatewayAPI": {"namespace": "", "httpRoutes": [{"name": ""}, {"name": "x", "weight": 1}], "httpRoute": "x"}}),
        expect![[r#"
            spec.strategy.canary.trafficRouting.gatewayAPI.namespace: is empty
            spec.strategy.canary.trafficRouting.gatewayAPI.httpRoutes[0].name: is empty
            spec.strategy.canary.trafficRouting.gatewayAPI.httpRoutes[1].weight: is no field of this API; correct its name or remove it
            spec.strategy.canary.trafficRouting.gatewayAPI.httpRoutes: names "x" more than once
        "#]],
    );
    refused(
        json!({"gatewayAPI": {"httpRout": "web"}}),
        expect![[r#"
            spec.strategy.canary.trafficRouting.gatewayAPI.httpRout: is no field of this API; correct its name or remove it
            spec.strategy.canary.trafficRouting.gatewayAPI: names no route; set httpRoute, grpcRoute, tcpRoute or tlsRoute, or their lists
        "#]],
    );
}

#[test]
fn other_plugins_and_what_sluice_does_not_do_of_this_one_are_named() {
    refused(
        json!({"plugins": {"argoproj-labs/gatewayAPI": {"httpRouteSelector": {}, "httpRoute": "web"}, "mine": {}}}),
        expect![[r#"
            spec.strategy.canary.trafficRouting.plugins[mine]: is not supported by this version of Sluice, which runs no plugins and does itself what argoproj-labs/gatewayAPI did; remove it
            spec.strategy.canary.trafficRouting.plugins[argoproj-labs/gatewayAPI].httpRouteSelector: is not supported by this version of Sluice; remove it
        "#]],
    );
    refused(
        json!({"plugins": {"argoproj-labs/gatewayAPI": {"httpRoutes": [{"name": 5}]}}}),
        expect![[r#"
            spec.strategy.canary.trafficRouting.plugins[argoproj-labs/gatewayAPI]: cannot be read: httpRoutes[0].name: invalid type: integer `5`, expected a string; correct it
        "#]],
    );
}
