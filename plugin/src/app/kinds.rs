//! Which kinds there are, and which of them live in namespaces: as a cluster says, or as is known without one.

use kube::Client;
use kube::api::ApiResource;
use kube::core::GroupVersionKind;
use kube::discovery::{Discovery, Scope};
use sluice_gitops::Object;

/// Where objects of a kind are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// In namespaces.
    Namespaces,
    /// In the whole cluster.
    Cluster,
    /// Nobody here knows the kind.
    Unknown,
}

/// The kinds of a cluster, or those that every cluster has.
pub(crate) enum Kinds {
    /// What a cluster serves.
    Served(Box<Discovery>),
    /// What Kubernetes brings along, and nothing more.
    BuiltIn,
}

impl Kinds {
    /// Asks a cluster.
    pub(crate) async fn of(client: &Client) -> kube::Result<Self> {
        // All in two questions, where the API server knows how; else one for each version of each group.
        let found = match Discovery::new(client.clone()).run_aggregated().await {
            // One that does not answers in the old form, which reads as if it had nothing.
            Ok(found) if found.groups().next().is_some() => found,
            _ => Discovery::new(client.clone()).run().await?,
        };
        Ok(Self::Served(Box::new(found)))
    }

    /// Where the API has an object's kind.
    pub(crate) fn resource(&self, kind: &GroupVersionKind) -> Option<ApiResource> {
        match self {
            Self::Served(found) => Some(found.resolve_gvk(kind)?.0),
            Self::BuiltIn => None,
        }
    }

    /// Where objects of that kind are. What the objects themselves define, they tell.
    pub(crate) fn home(&self, object: &Object, definitions: &[&Object]) -> Home {
        let defined = definitions
            .iter()
            .find(|one| one.text("/spec/group") == object.group() && one.text("/spec/names/kind") == object.kind());
        if let Some(definition) = defined {
            return if definition.text("/spec/scope") == "Cluster" { Home::Cluster } else { Home::Namespaces };
        }
        match self {
            Self::Served(found) => match found.resolve_gvk(&gvk(object)) {
                Some((_, able)) if able.scope == Scope::Cluster => Home::Cluster,
                Some(_) => Home::Namespaces,
                None => Home::Unknown,
            },
            Self::BuiltIn => built_in(object),
        }
    }

    /// API versions as charts are told them: each alone, and with each of its kinds.
    pub(crate) fn api_versions(&self) -> Vec<String> {
        let Self::Served(found) = self else { return Vec::new() };
        let mut versions = Vec::new();
        for group in found.groups() {
            for version in group.versions() {
                let name =
                    if group.name().is_empty() { version.to_owned() } else { format!("{}/{version}", group.name()) };
                let kinds = group.versioned_resources(version);
                versions.extend(kinds.iter().map(|(resource, _)| format!("{name}/{}", resource.kind)));
                versions.push(name);
            }
        }
        versions.sort();
        versions.dedup();
        versions
    }
}

/// The group, version and kind that an object says.
pub(crate) fn gvk(object: &Object) -> GroupVersionKind {
    GroupVersionKind::gvk(object.group(), object.version(), object.kind())
}

/// Whether a CustomResourceDefinition.
pub(crate) fn is_definition(object: &Object) -> bool {
    object.group() == "apiextensions.k8s.io" && object.kind() == "CustomResourceDefinition"
}

/// Groups whose kinds are all known here: Kubernetes' own, and Sluice's.
const OWN: [&str; 4] = ["", "apps", "batch", sluice_crds::names::GROUP];
/// Kinds of the whole cluster in groups that end in `.k8s.io`, and in the core.
const OF_THE_CLUSTER: [(&str, &str); 22] = [
    ("", "Namespace"),
    ("", "Node"),
    ("", "PersistentVolume"),
    (sluice_crds::names::GROUP, "ClusterAnalysisTemplate"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("certificates.k8s.io", "CertificateSigningRequest"),
    ("certificates.k8s.io", "ClusterTrustBundle"),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("networking.k8s.io", "IngressClass"),
    ("node.k8s.io", "RuntimeClass"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "StorageClass"),
];
/// Kubernetes' own groups with kinds of namespaces.
const OF_NAMESPACES: [&str; 8] = [
    "autoscaling",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "gateway.networking.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
];

fn built_in(object: &Object) -> Home {
    let (group, kind) = (object.group(), object.kind());
    if OF_THE_CLUSTER.contains(&(group, kind)) {
        Home::Cluster
    } else if OWN.contains(&group) || OF_NAMESPACES.contains(&group) || !object.namespace().is_empty() {
        Home::Namespaces
    } else {
        Home::Unknown
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn where_a_kind_lives_is_known_without_a_cluster_or_told_by_its_definition() {
        let object = |version: &str, kind: &str, namespace: Option<&str>| {
            Object::from(
                json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a", "namespace": namespace}}),
            )
        };
        for (version, kind, namespace, expected) in [
            ("v1", "ConfigMap", None, Home::Namespaces),
            ("v1", "Namespace", None, Home::Cluster),
            ("rbac.authorization.k8s.io/v1", "Role", None, Home::Namespaces),
            ("rbac.authorization.k8s.io/v1", "ClusterRole", None, Home::Cluster),
            ("argoproj.io/v1alpha1", "Rollout", None, Home::Namespaces),
            ("traefik.io/v1alpha1", "IngressRoute", None, Home::Unknown),
            ("traefik.io/v1alpha1", "IngressRoute", Some("shop"), Home::Namespaces),
        ] {
            assert_eq!(Kinds::BuiltIn.home(&object(version, kind, namespace), &[]), expected, "{version} {kind}");
        }
        let definition =
            Object::from(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "spec": {"group": "shop.example", "scope": "Cluster", "names": {"kind": "Tenant"}}}));
        let tenant = object("shop.example/v1", "Tenant", None);
        assert_eq!(Kinds::BuiltIn.home(&tenant, &[&definition]), Home::Cluster);
        assert_eq!(Kinds::BuiltIn.home(&tenant, &[]), Home::Unknown);
    }
}
