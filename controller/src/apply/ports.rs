//! The ports of a Service that a router may send traffic to beside the stable one's: a route names them as it does there.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Service;
use serde_json::{Value, json};
use sluice_core::spec::Strategy;
use sluice_crds::{ExperimentTemplate, StepExperiment};

use crate::apply::hand::Hand;

/// The ports of the stable Service for each template that is to have a share of the traffic, as an Experiment keeps them.
pub(super) fn given(hand: &Hand<'_>, asked: &StepExperiment) -> Option<String> {
    let Strategy::Canary(canary) = &hand.seen.observed.spec.as_ref().ok()?.strategy else { return None };
    let stable = hand.ctx.caches.service(&hand.key.beside(&canary.services.as_ref()?.stable))?;
    let ports = of(&stable);
    let weighted = asked.templates.iter().filter(|template| template.weight.is_some());
    let all: BTreeMap<&str, &[Value]> = weighted.map(|template| (template.name.as_str(), &*ports)).collect();
    (!all.is_empty() && !ports.is_empty()).then(|| json!(all).to_string())
}

fn of(service: &Service) -> Vec<Value> {
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let port = |port| json!(port).as_object().cloned().unwrap_or_default();
    let own = ["name", "port", "protocol", "targetPort", "appProtocol"];
    ports.map(|one| port(one).into_iter().filter(|(field, _)| own.contains(&field.as_str())).collect()).collect()
}

/// The ports of the Service in front of a template's pods: those `kept` for it, and those that their containers name. Each once,
/// and each with a name of its own.
pub(crate) fn wanted(template: &ExperimentTemplate, kept: Option<&str>) -> Vec<Value> {
    let kept: BTreeMap<String, Vec<Value>> = kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default();
    let kept = kept.get(&template.name).cloned().unwrap_or_default();
    let containers = template.template.0.pointer("/spec/containers").and_then(Value::as_array);
    let ports = containers.into_iter().flatten().filter_map(|container| container.get("ports")?.as_array()).flatten();
    let (mut numbers, mut names) = (BTreeSet::new(), BTreeSet::new());
    let all = kept.into_iter().chain(ports.filter_map(of_container)).filter_map(|port| {
        let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP").to_owned();
        let number = port.get("port").and_then(Value::as_u64)?;
        let own = port.get("name").and_then(Value::as_str).filter(|name| !names.contains(*name));
        let name = own.map_or_else(|| format!("{}-{number}", protocol.to_lowercase()), str::to_owned);
        let is_new = numbers.insert((protocol, number));
        is_new.then(|| names.insert(name.clone()));
        is_new.then(|| named(&port, &name))
    });
    all.collect()
}

fn of_container(port: &Value) -> Option<Value> {
    let number = port.get("containerPort").and_then(Value::as_u64)?;
    let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
    let one = json!({"port": number, "targetPort": number, "protocol": protocol});
    Some(port.get("name").and_then(Value::as_str).map_or(one.clone(), |name| named(&one, name)))
}

fn named(port: &Value, name: &str) -> Value {
    let mut port = port.clone();
    json_patch::merge(&mut port, &json!({"name": name}));
    port
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_service_has_the_ports_that_routes_name_and_those_of_its_containers() {
        let template: ExperimentTemplate = serde_json::from_value(json!({
            "name": "try",
            "template": {"spec": {"containers": [{"ports": [
                {"containerPort": 8080, "name": "http"},
                {"containerPort": 9090},
                {"containerPort": 8080, "name": "again"},
                {"containerPort": 80, "name": "taken"},
            ]}]}},
        }))
        .unwrap();
        let alone = json!([
            {"name": "http", "port": 8080, "targetPort": 8080, "protocol": "TCP"},
            {"name": "tcp-9090", "port": 9090, "targetPort": 9090, "protocol": "TCP"},
            {"name": "taken", "port": 80, "targetPort": 80, "protocol": "TCP"},
        ]);
        assert_eq!(json!(wanted(&template, None)), alone);
        assert_eq!(json!(wanted(&template, Some("no JSON"))), alone);
        let kept = json!({"try": [{"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"}], "other": []});
        let both = json!([
            {"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"},
            {"name": "tcp-8080", "port": 8080, "targetPort": 8080, "protocol": "TCP"},
            {"name": "tcp-9090", "port": 9090, "targetPort": 9090, "protocol": "TCP"},
        ]);
        assert_eq!(json!(wanted(&template, Some(&kept.to_string()))), both);
    }
}
