//! From what a spec says of its routers to the modules that know them.

use kube::core::DynamicObject;
use serde_json::{Map, Value, json};
use sluice_core::spec::{CanaryServices, Gateway, GatewayKind, Router as Named, Spec, Strategy};
use sluice_core::validate;
use sluice_crds::Rollout;
use sluice_traffic::{Arms, Kind, Object, Router, gateway, traefik};

use crate::key::Key;

/// A Rollout's routers, and the arms that they share traffic between.
pub(crate) struct Routing {
    pub(crate) routers: Vec<Router>,
    pub(crate) arms: Arms,
}

/// The routing of the Rollout of that key. `None` where no router shares its traffic.
pub(crate) fn of(key: &Key, spec: &Spec) -> Option<Routing> {
    let Strategy::Canary(canary) = &spec.strategy else { return None };
    let CanaryServices { canary: new, stable } = canary.services.clone()?;
    let routers: Vec<Router> = canary.routers.iter().map(|router| known(key, router)).collect();
    let arms = Arms { namespace: key.namespace.clone(), canary: new, stable, whole: 100 };
    (!routers.is_empty()).then_some(Routing { routers, arms })
}

/// All objects of routers that a Rollout names, whether or not the rest of it is right.
pub(crate) fn named(key: &Key, rollout: &Rollout) -> Vec<Object> {
    let routing = rollout.spec.strategy.canary.as_ref().and_then(|canary| canary.traffic_routing.as_ref());
    let routers = routing.map(validate::routers).unwrap_or_default();
    routers.iter().flat_map(|router| known(key, router).objects()).collect()
}

/// The router by the module that knows it. A new one gets its line here.
fn known(key: &Key, router: &Named) -> Router {
    match router {
        Named::Traefik(name) => {
            Router::Traefik(traefik::Route { namespace: key.namespace.clone(), name: name.clone() })
        }
        Named::Gateway(Gateway { namespace, routes }) => {
            let namespace = namespace.as_ref().unwrap_or(&key.namespace);
            let objects = routes.iter().map(|route| Object::new(gateway_kind(route.kind), namespace, &route.name));
            Router::Gateway(gateway::Route { routes: objects.collect() })
        }
    }
}

fn gateway_kind(kind: GatewayKind) -> Kind {
    match kind {
        GatewayKind::Http => Kind::HttpRoute,
        GatewayKind::Grpc => Kind::GrpcRoute,
        GatewayKind::Tcp => Kind::TcpRoute,
        GatewayKind::Tls => Kind::TlsRoute,
    }
}

/// The object as `sluice_traffic` reads it.
pub(crate) fn as_value(live: &DynamicObject) -> Value {
    let meta = &live.metadata;
    let mut metadata = Map::from_iter([
        ("name".to_owned(), json!(meta.name)),
        ("namespace".to_owned(), json!(meta.namespace)),
        ("generation".to_owned(), json!(meta.generation)),
    ]);
    for (field, texts) in [("labels", &meta.labels), ("annotations", &meta.annotations)] {
        metadata.extend(texts.as_ref().map(|texts| (field.to_owned(), json!(texts))));
    }
    json!({"metadata": metadata, "spec": live.data.get("spec"), "status": live.data.get("status")})
}
