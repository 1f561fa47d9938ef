//! All kinds in two answers (`apidiscovery.k8s.io/v2`), from Kubernetes 1.26 on.

use kube::client::{APIGroupDiscovery, APIGroupDiscoveryList, APIResourceDiscovery};
use kube::core::discovery::v2::ACCEPT_AGGREGATED_DISCOVERY_V2;

use crate::api::{Api, Resource, Verbs};
use crate::server::{Ask, Failure, Server};

/// Asks for all kinds; `None` if the API server answers in the older form.
pub(super) async fn discover(server: &Server) -> Result<Option<Api>, Failure> {
    let mut api = Api::default();
    for path in ["/api", "/apis"] {
        let answer = server.ask(Ask::get(path.to_owned()).accept(ACCEPT_AGGREGATED_DISCOVERY_V2)).await?;
        let Some(list) = read(&answer)? else { return Ok(None) };
        list.items.into_iter().for_each(|group| add(&mut api, group));
    }
    Ok(Some(api))
}

fn read(answer: &[u8]) -> Result<Option<APIGroupDiscoveryList>, Failure> {
    #[derive(serde::Deserialize)]
    struct Form {
        #[serde(default)]
        kind: String,
    }
    let odd = |error: serde_json::Error| Failure::Odd(error.to_string());
    let form: Form = serde_json::from_slice(answer).map_err(odd)?;
    if form.kind != "APIGroupDiscoveryList" {
        return Ok(None);
    }
    serde_json::from_slice(answer).map(Some).map_err(odd)
}

/// Adds a group. A version that could not be asked of its own server is broken, and its kinds are those of its last word.
fn add(api: &mut Api, group: APIGroupDiscovery) {
    let name = group.metadata.and_then(|metadata| metadata.name).unwrap_or_default();
    for version in group.versions {
        let called = version.version.unwrap_or_default();
        if version.freshness.as_deref() == Some("Stale") {
            let group_version = if name.is_empty() { called.clone() } else { format!("{name}/{called}") };
            let why = "its API server does not answer (see `kubectl get apiservices`)".to_owned();
            api.broken.insert(group_version, why);
        }
        for resource in version.resources {
            api.add(read_resource(&name, &called, resource));
        }
    }
}

fn read_resource(group: &str, version: &str, resource: APIResourceDiscovery) -> Resource {
    Resource {
        group: group.to_owned(),
        kind: resource.response_kind.and_then(|kind| kind.kind).unwrap_or_default(),
        plural: resource.resource.unwrap_or_default(),
        namespaced: resource.scope.as_deref() == Some("Namespaced"),
        versions: vec![version.to_owned()],
        verbs: Verbs::read(&resource.verbs),
        status: resource.subresources.iter().any(|one| one.subresource.as_deref() == Some("status")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_broken_group_version_is_named_and_the_rest_is_known() {
        let list = json!({"kind": "APIGroupDiscoveryList", "items": [
            {"metadata": {"name": "apps"}, "versions": [{"version": "v1", "freshness": "Current", "resources": [
                {"resource": "deployments", "scope": "Namespaced", "verbs": ["get", "list", "watch", "patch"],
                 "responseKind": {"group": "apps", "version": "v1", "kind": "Deployment"},
                 "subresources": [{"subresource": "status"}]},
            ]}]},
            {"metadata": {"name": "metrics.k8s.io"}, "versions": [{"version": "v1beta1", "freshness": "Stale"}]},
        ]});
        let list = read(list.to_string().as_bytes()).unwrap().unwrap();
        let mut api = Api::default();
        list.items.into_iter().for_each(|group| add(&mut api, group));
        let deployment = api.resource("apps", "Deployment").unwrap();
        assert!(deployment.namespaced && deployment.status && deployment.verbs.watch && !deployment.verbs.create);
        assert_eq!(api.broken().keys().collect::<Vec<_>>(), ["metrics.k8s.io/v1beta1"]);
        assert_eq!(api.api_versions(), ["apps/v1", "apps/v1/Deployment"]);
    }

    #[test]
    fn an_older_server_answers_in_another_form() {
        assert_eq!(read(br#"{"kind": "APIGroupList", "groups": []}"#).unwrap(), None);
        assert!(read(b"<html>").is_err());
    }
}
