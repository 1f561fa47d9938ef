//! The EndpointSlice controller: one slice for each Service with a selector.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Key;
use super::view::{Endpoint, Phase, Pod, Service, Slice, View};
use super::writes::Write;
use crate::api::{Sub, catalog};

const BY: &str = "kube-controller-manager";

/// Brings the slice of one Service in line with the pods that it selects. Without pods it stays, empty.
pub(super) fn step(view: &View, key: &Key) -> Option<Write> {
    let service = view.services.get(key).filter(|service| !service.selector.is_empty());
    let own = slice_key(key);
    let Some(service) = service else {
        return view.slices.contains_key(&own).then_some(Write::Delete { of: &catalog::ENDPOINT_SLICE, key: own });
    };
    let pods: Vec<_> = view.selected(key, service).filter_map(|(key, pod)| Some((key, pod, endpoint(pod)?))).collect();
    let wanted = Slice {
        service: key.name.clone(),
        ports: ports(service, pods.first().map(|(_, pod, _)| *pod)),
        endpoints: pods.iter().map(|(_, _, endpoint)| endpoint.clone()).collect(),
    };
    let body = || json!({"endpoints": pods.iter().map(entry).collect::<Vec<_>>(), "ports": ports_of(&wanted)});
    match view.slices.get(&own) {
        Some(slice) if *slice == wanted => None,
        Some(_) => {
            Some(Write::Merge { of: &catalog::ENDPOINT_SLICE, key: own, sub: Sub::Object, patch: body(), by: BY })
        }
        None => Some(Write::Create { of: &catalog::ENDPOINT_SLICE, object: fresh(&own, key, service, body()), by: BY }),
    }
}

/// `<service>-<five letters>`, the letters from the Service's name.
fn slice_key(service: &Key) -> Key {
    const LETTERS: &[u8; 16] = b"bcdfghjklmnpqrst";
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    let hash = service.name.bytes().fold(2_166_136_261, mix);
    let letter = |place: u32| LETTERS.get((hash >> (4 * place) & 15) as usize).map(|letter| char::from(*letter));
    service.beside(&format!("{}-{}", service.name, (0..5).filter_map(letter).collect::<String>()))
}

/// A pod that has an address and still runs.
fn endpoint(pod: &Pod) -> Option<Endpoint> {
    let address = pod.ip.clone().filter(|_| pod.phase != Phase::Over)?;
    let serving = pod.ready.is_some();
    Some(Endpoint { address, ready: serving && !pod.terminating, serving, terminating: pod.terminating })
}

/// The port numbers, those that pods name by the first pod's names. A slice without pods has none, as in the real one.
fn ports(service: &Service, first: Option<&Pod>) -> BTreeMap<String, i64> {
    let all = first.into_iter().flat_map(|pod| service.ports.iter().map(move |port| (port, pod)));
    all.filter_map(|(port, pod)| Some((port.name.clone(), port.at(pod)?))).collect()
}

fn ports_of(slice: &Slice) -> Vec<Value> {
    slice.ports.iter().map(|(name, port)| json!({"name": name, "port": port, "protocol": "TCP"})).collect()
}

fn entry((key, pod, endpoint): &(&Key, &Pod, Endpoint)) -> Value {
    json!({
        "addresses": [endpoint.address],
        "conditions": {"ready": endpoint.ready, "serving": endpoint.serving, "terminating": endpoint.terminating},
        "targetRef": {"kind": "Pod", "namespace": key.namespace, "name": key.name, "uid": pod.uid},
    })
}

fn fresh(own: &Key, service_key: &Key, service: &Service, mut body: Value) -> Value {
    let meta = json!({
        "name": own.name, "namespace": own.namespace,
        "labels": {
            "kubernetes.io/service-name": service_key.name,
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        },
        "ownerReferences": [{
            "apiVersion": "v1", "kind": "Service", "name": service_key.name, "uid": service.uid,
            "controller": true, "blockOwnerDeletion": true,
        }],
    });
    let more = [("apiVersion", json!("discovery.k8s.io/v1")), ("kind", json!("EndpointSlice")), ("metadata", meta)];
    if let Some(body) = body.as_object_mut() {
        body.extend(more.map(|(name, value)| (name.to_owned(), value)));
        body.insert("addressType".to_owned(), json!("IPv4"));
    }
    body
}
