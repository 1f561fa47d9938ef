//! Makes up what a Rollout needs and nobody gave, and says so.

use serde_json::{Value, json};
use sluice_core::spec::{Spec, Strategy};
use sluice_traffic::traefik::sends_to;
use sluice_world::api::catalog;

use super::case::{route, text, title};

/// The port of Services that are made up.
const PORT: u16 = 80;

/// Whom it is made up for.
pub(crate) struct Supply<'a> {
    /// The Rollout.
    pub(crate) rollout: &'a Value,
    /// Its spec.
    pub(crate) spec: &'a Spec,
    /// Its namespace.
    pub(crate) namespace: &'a str,
}

impl Supply<'_> {
    /// Adds whatever is missing, and to `said` a line for each thing made up.
    pub(crate) fn complete(&self, around: &mut Vec<Value>, said: &mut Vec<String>) {
        if let Some(route) = self.missing_route(around) {
            said.push(format!("{}, with an entry for each of the two Services", title(&route)));
            around.push(route);
        }
        if let Some(entry) = self.missing_entry(around) {
            said.push(format!("{}, for the routes that steps add beside it", title(&entry)));
            around.push(entry);
        }
        for service in self.missing_services(around) {
            said.push(title(&service));
            around.push(service);
        }
        for secret in missing_secrets(around, self.namespace) {
            said.push(format!("{}, which arguments of an analysis read", title(&secret)));
            around.push(secret);
        }
    }

    fn missing_route(&self, around: &[Value]) -> Option<Value> {
        let name = route(self.spec)?;
        if has(around, "TraefikService", name) {
            return None;
        }
        let Strategy::Canary(canary) = &self.spec.strategy else { return None };
        let arms = canary.services.as_ref()?;
        let entry = |service: &str| json!({"name": service, "port": port_of(around, service)});
        Some(json!({
            "apiVersion": catalog::TRAEFIK_SERVICE.api_version(), "kind": "TraefikService",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {"weighted": {"services": [entry(&arms.stable), entry(&arms.canary)]}},
        }))
    }

    /// The IngressRoute before the TraefikService, where steps may add routes.
    fn missing_entry(&self, around: &[Value]) -> Option<Value> {
        let Strategy::Canary(canary) = &self.spec.strategy else { return None };
        let name = route(self.spec).filter(|_| !canary.managed_routes.is_empty())?;
        let mut entries = around.iter().filter(|one| text(one, "/kind") == Some(catalog::INGRESS_ROUTE.kind));
        if entries.any(|entry| sends_to(entry, self.namespace).contains(name)) {
            return None;
        }
        let service = json!({"kind": catalog::TRAEFIK_SERVICE.kind, "name": name});
        Some(json!({
            "apiVersion": catalog::INGRESS_ROUTE.api_version(), "kind": catalog::INGRESS_ROUTE.kind,
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {"routes": [{"kind": "Rule", "match": "PathPrefix(`/`)", "services": [service]}]},
        }))
    }

    fn missing_services(&self, around: &[Value]) -> Vec<Value> {
        let own = match &self.spec.strategy {
            Strategy::Canary(canary) => {
                canary.services.iter().flat_map(|arms| [arms.stable.clone(), arms.canary.clone()]).collect::<Vec<_>>()
            }
            Strategy::BlueGreen(blue_green) => {
                [Some(blue_green.active.clone()), blue_green.preview.clone()].into_iter().flatten().collect()
            }
        };
        let labels = self.rollout.pointer("/spec/template/metadata/labels").cloned().unwrap_or_default();
        let others = listed(around, route(self.spec)).into_iter().filter(|name| !own.contains(name));
        let others = others.map(|name| (name.clone(), json!({"made-up": name}))).collect::<Vec<_>>();
        let mut wanted: Vec<_> = own.into_iter().map(|name| (name, labels.clone())).chain(others).collect();
        wanted.dedup_by(|later, earlier| later.0 == earlier.0);
        let missing = wanted.into_iter().filter(|(name, _)| !has(around, "Service", name));
        missing.map(|(name, selector)| self.service(around, &name, &selector)).collect()
    }

    fn service(&self, around: &[Value], name: &str, selector: &Value) -> Value {
        let port = wanted_port(around, route(self.spec), name);
        let container = self.rollout.pointer("/spec/template/spec/containers/0/ports/0/containerPort");
        let target = container.and_then(Value::as_u64).unwrap_or(8080);
        let port = match port {
            Some(Value::String(called)) => json!({"name": called, "port": PORT, "targetPort": target}),
            Some(number) => json!({"port": number, "targetPort": target}),
            None => json!({"port": PORT, "targetPort": target}),
        };
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": self.namespace},
            "spec": {"selector": selector, "ports": [port]},
        })
    }
}

/// Where an autoscaler sets the number of pods: what it begins with. It has no load to follow here, and is taken out.
pub(crate) fn scaled(mut rollout: Value, around: &mut Vec<Value>, said: &mut Vec<String>) -> Value {
    let is_scaler = |object: &mut Value| text(object, "/kind") == Some(catalog::HPA.kind);
    let scalers: Vec<Value> = around.extract_if(.., is_scaler).collect();
    let name = text(&rollout, "/metadata/name").map(str::to_owned);
    let own = scalers.iter().find(|one| text(one, "/spec/scaleTargetRef/name") == name.as_deref());
    if let (Some(scaler), None) = (own, rollout.pointer("/spec/replicas")) {
        let least = scaler.pointer("/spec/minReplicas").and_then(Value::as_i64).unwrap_or(1);
        said.push(format!(
            "{least} replicas: the least that {} keeps; there is no load for it to follow",
            title(scaler)
        ));
        if let Some(spec) = rollout.get_mut("spec").and_then(Value::as_object_mut) {
            spec.insert("replicas".to_owned(), json!(least));
        }
    }
    rollout
}

fn has(around: &[Value], kind: &str, name: &str) -> bool {
    around.iter().any(|one| text(one, "/kind") == Some(kind) && text(one, "/metadata/name") == Some(name))
}

/// The first port of a Service.
fn port_of(around: &[Value], service: &str) -> Value {
    let named = |one: &&Value| text(one, "/kind") == Some("Service") && text(one, "/metadata/name") == Some(service);
    let port = around.iter().find(named).and_then(|one| one.pointer("/spec/ports/0/port"));
    port.cloned().unwrap_or_else(|| json!(PORT))
}

/// The entries of the Rollout's TraefikService.
fn entries<'a>(around: &'a [Value], route: Option<&str>) -> impl Iterator<Item = &'a Value> {
    let route = route.unwrap_or_default().to_owned();
    let own = around
        .iter()
        .filter(move |one| text(one, "/kind") == Some("TraefikService") && text(one, "/metadata/name") == Some(&route));
    own.filter_map(|one| one.pointer("/spec/weighted/services")?.as_array()).flatten()
}

/// The Services that those entries name.
fn listed(around: &[Value], route: Option<&str>) -> Vec<String> {
    let services = entries(around, route).filter(|entry| text(entry, "/kind").is_none_or(|kind| kind == "Service"));
    services.filter_map(|entry| text(entry, "/name").map(str::to_owned)).collect()
}

/// The port by which they name that Service.
fn wanted_port(around: &[Value], route: Option<&str>, service: &str) -> Option<Value> {
    entries(around, route).find(|entry| text(entry, "/name") == Some(service))?.get("port").cloned()
}

/// The Secrets that arguments of templates read and that are not there.
fn missing_secrets(around: &[Value], namespace: &str) -> Vec<Value> {
    let mut missing: Vec<Value> = Vec::new();
    let args = around.iter().filter_map(|object| object.pointer("/spec/args")?.as_array()).flatten();
    for from in args.filter_map(|arg| arg.pointer("/valueFrom/secretKeyRef")) {
        let (Some(name), Some(key)) = (text(from, "/name"), text(from, "/key")) else { continue };
        if has(around, "Secret", name) {
            continue;
        }
        if let Some(known) = missing.iter_mut().find(|one| text(one, "/metadata/name") == Some(name)) {
            if let Some(data) = known.get_mut("data").and_then(Value::as_object_mut) {
                data.insert(key.to_owned(), json!(MADE_UP));
            }
            continue;
        }
        missing.push(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace},
            "data": {key: MADE_UP},
        }));
    }
    missing
}

/// The word "made-up" in base64.
const MADE_UP: &str = "bWFkZS11cA==";
