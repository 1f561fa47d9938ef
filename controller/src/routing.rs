//! From what a spec says of its routers to the modules that know them.

mod managed;

use std::collections::{BTreeMap, BTreeSet};

use kube::core::DynamicObject;
use serde_json::{Map, Value, json};
use sluice_core::spec::{self, CanaryServices, Gateway, GatewayKind, GatewayRoute, Router as Named, Spec, Strategy};
use sluice_core::validate;
use sluice_crds::Rollout;
use sluice_traffic::istio::{Subsets, Tls, VirtualService};
use sluice_traffic::{Arms, Kind, Object, Owner, Router, alb, apisix, gateway, istio, nginx, smi, traefik};

use crate::caches::Caches;
use crate::key::Key;
pub(crate) use managed::{from_router, to_router};

/// A Rollout's routers, and the arms that they share traffic between.
pub(crate) struct Routing {
    pub(crate) routers: Vec<Router>,
    pub(crate) arms: Arms,
}

/// The routing of the Rollout of that key. `None` where no router shares its traffic.
///
/// What stands around them is taken from the caches.
pub(crate) fn of(caches: &Caches, key: &Key, spec: &Spec) -> Option<Routing> {
    let Strategy::Canary(canary) = &spec.strategy else { return None };
    let CanaryServices { canary: new, stable } = canary.services.clone()?;
    let mut routers: Vec<Router> =
        canary.routers.iter().map(|router| known(key, router, &canary.managed_routes)).collect();
    for router in &mut routers {
        caches.index().surround(key, router);
    }
    let arms = Arms { namespace: key.namespace.clone(), canary: new, stable, whole: canary.whole };
    (!routers.is_empty()).then_some(Routing { routers, arms })
}

/// All objects of routers that a Rollout names, whether or not the rest of it is right.
pub(crate) fn named(key: &Key, rollout: &Rollout) -> Vec<Object> {
    routers(key, rollout).iter().flat_map(Router::objects).collect()
}

/// The kinds of the objects that matter to a Rollout's routers: those that it names, and those that stand around them.
pub(crate) fn kinds(key: &Key, rollout: &Rollout) -> BTreeSet<Kind> {
    let routers = routers(key, rollout);
    let named = routers.iter().flat_map(Router::objects).map(|object| object.kind);
    named.chain(routers.iter().filter_map(Router::surroundings)).collect()
}

fn routers(key: &Key, rollout: &Rollout) -> Vec<Router> {
    let routing = rollout.spec.strategy.canary.as_ref().and_then(|canary| canary.traffic_routing.as_ref());
    let routers = routing.map(validate::routers).unwrap_or_default();
    let managed = routing.into_iter().flat_map(|routing| &routing.managed_routes);
    let managed: Vec<String> = managed.map(|route| route.name.clone()).filter(|name| !name.is_empty()).collect();
    routers.iter().map(|router| known(key, router, &managed)).collect()
}

impl Routing {
    /// The subset that is this arm, and the DestinationRule it is of. `None` where arms are Services alone.
    pub(crate) fn subset(&self, arm: &str) -> Option<(&Subsets, &str)> {
        let subsets = self.routers.iter().find_map(|router| match router {
            Router::Istio(route) => route.subsets.as_ref(),
            _ => None,
        })?;
        if arm == self.arms.canary {
            return Some((subsets, &subsets.canary));
        }
        (arm == self.arms.stable).then_some((subsets, &subsets.stable))
    }
}

/// The router by the module that knows it. A new one gets its line here.
fn known(key: &Key, router: &Named, managed: &[String]) -> Router {
    let owner = || Owner { name: key.name.clone() };
    let here = |kind: Kind, name: &String| Object::new(kind, &key.namespace, name);
    let ingresses = |names: &[String]| names.iter().map(|name| here(Kind::Ingress, name)).collect();
    match router {
        Named::Traefik(name) => {
            let (namespace, name, managed) = (key.namespace.clone(), name.clone(), managed.to_vec());
            let (entries, left) = (Vec::new(), Vec::new());
            Router::Traefik(traefik::Route { namespace, name, managed, entries, left, owner: owner() })
        }
        Named::Gateway(Gateway { namespace, routes }) => {
            let namespace = namespace.as_ref().unwrap_or(&key.namespace);
            let object = |route: &GatewayRoute| Object::new(gateway_kind(route.kind), namespace, &route.name);
            let by_header = routes.iter().filter(|route| route.by_header).map(object).collect();
            Router::Gateway(gateway::Route { routes: routes.iter().map(object).collect(), by_header })
        }
        Named::Istio(wanted) => Router::Istio(istio(key, wanted, managed)),
        Named::Nginx(wanted) => {
            let prefix = wanted.prefix.clone().unwrap_or_else(|| nginx::PREFIX.to_owned());
            let (ingresses, annotations) = (ingresses(&wanted.ingresses), annotations(&prefix, wanted));
            Router::Nginx(nginx::Route { ingresses, prefix, annotations, owner: owner() })
        }
        Named::Alb(wanted) => Router::Alb(alb::Route {
            ingresses: ingresses(&wanted.ingresses),
            port: wanted.port,
            root: wanted.root.clone(),
            prefix: wanted.prefix.clone().unwrap_or_else(|| alb::PREFIX.to_owned()),
            sticky: wanted.sticky,
            managed: managed.to_vec(),
            rollout: key.name.clone(),
        }),
        Named::Smi(wanted) => {
            let split = here(Kind::TrafficSplit, wanted.split.as_ref().unwrap_or(&key.name));
            Router::Smi(smi::Route { split, root: wanted.root.clone(), owner: owner() })
        }
        Named::Apisix(wanted) => {
            let (route, rules) = (here(Kind::ApisixRoute, &wanted.route), wanted.rules.clone());
            let managed = managed.to_vec();
            Router::Apisix(apisix::Route { route, rules, managed, left: Vec::new(), owner: owner() })
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

fn istio(key: &Key, wanted: &spec::Istio, managed: &[String]) -> istio::Route {
    let service = |service: &spec::VirtualService| {
        let namespace = service.namespace.as_ref().unwrap_or(&key.namespace);
        let tls = service.tls.iter().map(|route| Tls { port: route.port, hosts: route.hosts.clone() });
        VirtualService {
            object: Object::new(Kind::VirtualService, namespace, &service.name),
            http: service.http.clone(),
            tls: tls.collect(),
            tcp: service.tcp.clone(),
        }
    };
    let subsets = wanted.subsets.as_ref().map(|subsets| Subsets {
        rule: Object::new(Kind::DestinationRule, &key.namespace, &subsets.rule),
        canary: subsets.canary.clone(),
        stable: subsets.stable.clone(),
        additional: subsets.additional.clone(),
    });
    istio::Route { services: wanted.services.iter().map(service).collect(), subsets, managed: managed.to_vec() }
}

/// Further annotations of a canary Ingress, with their whole names.
fn annotations(prefix: &str, wanted: &spec::Nginx) -> BTreeMap<String, String> {
    let whole = |name: &String| if name.starts_with(prefix) { name.clone() } else { format!("{prefix}/{name}") };
    let prefixed = wanted.prefixed.iter().map(|(name, text)| (whole(name), text.clone()));
    prefixed.chain(wanted.annotations.clone()).collect()
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
    metadata.extend(meta.owner_references.as_ref().map(|owners| ("ownerReferences".to_owned(), json!(owners))));
    json!({"metadata": metadata, "spec": live.data.get("spec"), "status": live.data.get("status")})
}
