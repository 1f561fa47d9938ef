//! Where the kinds are served.

/// Group and version as in a path, plural, and whether the kind lives in namespaces.
const KINDS: [(&str, &str, Scope); 38] = [
    ("/apis/argoproj.io/v1alpha1", "rollouts", Scope::Namespace),
    ("/apis/argoproj.io/v1alpha1", "analysisruns", Scope::Namespace),
    ("/apis/argoproj.io/v1alpha1", "analysistemplates", Scope::Namespace),
    ("/apis/argoproj.io/v1alpha1", "clusteranalysistemplates", Scope::Cluster),
    ("/apis/argoproj.io/v1alpha1", "experiments", Scope::Namespace),
    ("/apis/traefik.io/v1alpha1", "traefikservices", Scope::Namespace),
    ("/apis/apps/v1", "replicasets", Scope::Namespace),
    ("/apis/apps/v1", "deployments", Scope::Namespace),
    ("/api/v1", "podtemplates", Scope::Namespace),
    ("/api/v1", "configmaps", Scope::Namespace),
    ("/api/v1", "namespaces", Scope::Cluster),
    ("/api/v1", "pods", Scope::Namespace),
    ("/api/v1", "secrets", Scope::Namespace),
    ("/api/v1", "services", Scope::Namespace),
    ("/apis/batch/v1", "jobs", Scope::Namespace),
    ("/apis/autoscaling/v2", "horizontalpodautoscalers", Scope::Namespace),
    ("/apis/policy/v1", "poddisruptionbudgets", Scope::Namespace),
    ("/apis/discovery.k8s.io/v1", "endpointslices", Scope::Namespace),
    ("/apis/coordination.k8s.io/v1", "leases", Scope::Namespace),
    ("/apis/events.k8s.io/v1", "events", Scope::Namespace),
    ("/apis/apps/v1", "statefulsets", Scope::Namespace),
    ("/apis/apps/v1", "daemonsets", Scope::Namespace),
    ("/apis/batch/v1", "cronjobs", Scope::Namespace),
    ("/api/v1", "serviceaccounts", Scope::Namespace),
    ("/api/v1", "persistentvolumeclaims", Scope::Namespace),
    ("/api/v1", "resourcequotas", Scope::Namespace),
    ("/api/v1", "limitranges", Scope::Namespace),
    ("/apis/rbac.authorization.k8s.io/v1", "roles", Scope::Namespace),
    ("/apis/rbac.authorization.k8s.io/v1", "rolebindings", Scope::Namespace),
    ("/apis/rbac.authorization.k8s.io/v1", "clusterroles", Scope::Cluster),
    ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", Scope::Cluster),
    ("/apis/networking.k8s.io/v1", "ingresses", Scope::Namespace),
    ("/apis/networking.k8s.io/v1", "networkpolicies", Scope::Namespace),
    ("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions", Scope::Cluster),
    ("/apis/authorization.k8s.io/v1", "subjectaccessreviews", Scope::Cluster),
    ("/apis/authorization.k8s.io/v1", "selfsubjectaccessreviews", Scope::Cluster),
    ("/apis/authentication.k8s.io/v1", "tokenreviews", Scope::Cluster),
    ("/apis/authentication.k8s.io/v1", "selfsubjectreviews", Scope::Cluster),
];

#[derive(Clone, Copy)]
enum Scope {
    Namespace,
    Cluster,
}

/// The full path of a short one: `rollouts/app/status?…` is that of the behaviour's namespace. One that begins with a
/// slash is full already.
pub(crate) fn full(path: &str, space: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let plural = path.split(['/', '?']).next().unwrap_or_default();
    match KINDS.iter().find(|(_, known, _)| *known == plural) {
        Some((prefix, _, Scope::Cluster)) => format!("{prefix}/{path}"),
        Some((prefix, _, Scope::Namespace)) => format!("{prefix}/namespaces/{space}/{path}"),
        None => panic!("paths.rs does not know where {plural} are served"),
    }
}
