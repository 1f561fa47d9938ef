//! What an Application runs, and where that can be reached.

use std::collections::BTreeSet;

use serde_json::Value;
use sluice_crds::ApplicationSummary;
use sluice_crds::names::application::EXTERNAL_LINK;

use crate::Object;

/// The most of each that is kept: a status has an end.
const MOST: usize = 200;

/// Images and links of objects as they are, each once, in order.
pub fn of<'a>(live: impl Iterator<Item = &'a Object> + Clone) -> ApplicationSummary {
    let images: BTreeSet<String> = live.clone().flat_map(images).collect();
    let urls: BTreeSet<String> = live.flat_map(urls).collect();
    ApplicationSummary {
        external_urls: urls.into_iter().take(MOST).collect(),
        images: images.into_iter().take(MOST).collect(),
    }
}

/// Where pods are described: in a pod, in a template, and in a template of a template.
const PODS: [&str; 3] = ["/spec", "/spec/template/spec", "/spec/jobTemplate/spec/template/spec"];

/// The images that an object names, in the order of its containers.
pub fn images(object: &Object) -> Vec<String> {
    let lists = PODS.iter().flat_map(|pod| ["initContainers", "containers"].map(|list| format!("{pod}/{list}")));
    let containers = lists.flat_map(|list| object.list(&list).iter());
    containers.filter_map(|one| Some(one.get("image")?.as_str()?.to_owned())).collect()
}

fn urls(object: &Object) -> Vec<String> {
    let own = object.annotation(EXTERNAL_LINK).map(str::to_owned);
    let found = match (object.group(), object.kind()) {
        ("networking.k8s.io" | "extensions", "Ingress") => of_ingress(object),
        ("", "Service") => of_service(object),
        _ => Vec::new(),
    };
    own.into_iter().filter(|url| is_link(url)).chain(found).collect()
}

/// No script may hide behind what people click on.
fn is_link(url: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme))
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// Its hosts with their paths; with TLS where it has it for the host, or for all.
fn of_ingress(object: &Object) -> Vec<String> {
    let tls = object.list("/spec/tls");
    let secure = |host: &str| {
        tls.iter().any(|one| match one.get("hosts").and_then(Value::as_array) {
            Some(hosts) => hosts.iter().any(|one| one.as_str() == Some(host)),
            None => true,
        })
    };
    let rule = |rule: &Value| {
        let host = text(rule, "host")?.to_owned();
        let scheme = if secure(&host) { "https" } else { "http" };
        let paths = rule.pointer("/http/paths").and_then(Value::as_array).cloned().unwrap_or_default();
        let paths = if paths.is_empty() { vec![Value::Null] } else { paths };
        let url = move |path: &Value| {
            format!("{scheme}://{host}{}", text(path, "path").unwrap_or_default().trim_end_matches(['/', '*']))
        };
        Some(paths.iter().map(url).collect::<Vec<_>>())
    };
    object.list("/spec/rules").iter().filter_map(rule).flatten().collect()
}

/// The addresses that its load balancer gave it.
fn of_service(object: &Object) -> Vec<String> {
    let addresses = object.list("/status/loadBalancer/ingress").iter();
    let addresses = addresses.filter_map(|one| text(one, "hostname").or_else(|| text(one, "ip")));
    let secure = object.list("/spec/ports").iter().any(|port| port.get("port") == Some(&Value::from(443)));
    let scheme = if secure { "https" } else { "http" };
    addresses.map(|address| format!("{scheme}://{address}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn images_are_found_wherever_pods_are_described() {
        let containers = json!({"initContainers": [{"image": "migrate:1"}], "containers": [{"image": "web:1"}, {}]});
        for spec in [
            containers.clone(),
            json!({"template": {"spec": containers}}),
            json!({"jobTemplate": {"spec": {"template": {"spec": containers}}}}),
        ] {
            assert_eq!(images(&json!({"spec": spec}).into()), ["migrate:1", "web:1"]);
        }
        assert!(images(&json!({"spec": "odd"}).into()).is_empty());
    }

    #[test]
    fn links_are_those_of_ingresses_services_and_annotations() {
        let ingress = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"annotations": {EXTERNAL_LINK: "javascript:alert(1)"}},
            "spec": {
                "tls": [{"hosts": ["web.example.com"]}],
                "rules": [
                    {"host": "web.example.com", "http": {"paths": [{"path": "/"}, {"path": "/api/*"}]}},
                    {"host": "plain.example.com"},
                    {},
                ],
            },
        });
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"annotations": {EXTERNAL_LINK: "https://docs.example.com"}},
            "spec": {"ports": [{"port": 443}]}, "status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}},
        });
        let objects = [Object::from(ingress), Object::from(service)];
        let expected = [
            "http://plain.example.com",
            "https://10.0.0.1",
            "https://docs.example.com",
            "https://web.example.com",
            "https://web.example.com/api",
        ];
        assert_eq!(of(objects.iter()).external_urls, expected);
    }
}
