//! The kinds that are served by every server; definitions add more to one (`definition.rs`).

use super::schema::Schema;

/// What of an object a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sub {
    /// All of it but its status, where that is a subresource.
    Object,
    /// Its status.
    Status,
    /// Its number of replicas, as an `autoscaling/v1` Scale.
    Scale,
    /// Its end, as a `policy/v1` Eviction. It is only posted.
    Eviction,
}

/// Which changes raise `metadata.generation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// The kind has none.
    None,
    /// All.
    OfAll,
    /// Those of `spec`.
    OfSpec,
    /// Those of `spec` and of annotations: a Deployment's.
    OfSpecAndAnnotations,
    /// Those of everything but metadata, and status where that is a subresource.
    OfContent,
}

/// What is asked of an update that names no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unversioned {
    /// It is taken.
    Taken,
    /// It is refused.
    Refused,
}

/// Whether an update of what is not there makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It answers 404.
    NotFound,
    /// It creates.
    Created,
}

/// One kind that is served.
#[derive(Debug)]
pub struct Resource {
    /// Its group; empty for the core.
    pub group: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its name in paths.
    pub plural: &'static str,
    /// Its name for one.
    pub singular: &'static str,
    /// Its short names.
    pub short: &'static [&'static str],
    /// The names for many kinds at once under which it is found.
    pub categories: &'static [&'static str],
    /// Its name in objects.
    pub kind: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether a definition brings it, and a schema with it.
    pub custom: bool,
    /// What it has beside the object itself.
    pub subs: &'static [Sub],
    /// What raises its generation.
    pub generation: Generation,
    /// What is asked of an update that names no version.
    pub unversioned: Unversioned,
    /// What an update of what is not there does.
    pub absent: Absent,
    /// Whether it is stored, or only answered.
    pub stored: bool,
    /// What its definition says of its objects; none for kinds that every server has, whose schemas are known here.
    pub(crate) schema: Option<&'static Schema>,
}

impl Resource {
    const fn core(plural: &'static str, singular: &'static str, kind: &'static str) -> Self {
        Self::built_in("", "v1", plural, singular, kind)
    }

    const fn built_in(
        group: &'static str,
        version: &'static str,
        plural: &'static str,
        singular: &'static str,
        kind: &'static str,
    ) -> Self {
        Self {
            group,
            version,
            plural,
            singular,
            short: &[],
            categories: &[],
            kind,
            namespaced: true,
            custom: false,
            subs: &[],
            generation: Generation::None,
            unversioned: Unversioned::Taken,
            absent: Absent::NotFound,
            stored: true,
            schema: None,
        }
    }

    pub(crate) const fn defined(
        group: &'static str,
        plural: &'static str,
        singular: &'static str,
        kind: &'static str,
    ) -> Self {
        Self {
            custom: true,
            generation: Generation::OfContent,
            unversioned: Unversioned::Refused,
            ..Self::built_in(group, "v1alpha1", plural, singular, kind)
        }
    }

    const fn review(group: &'static str, plural: &'static str, singular: &'static str, kind: &'static str) -> Self {
        Self { stored: false, namespaced: false, ..Self::built_in(group, "v1", plural, singular, kind) }
    }

    /// `v1`, `apps/v1`: as objects write it.
    pub fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// `pods`, `replicasets.apps`: as messages write it.
    pub fn full_name(&self) -> String {
        match self.group {
            "" => self.plural.to_owned(),
            group => format!("{}.{group}", self.plural),
        }
    }

    /// Whether it has that subresource; every kind has its objects.
    pub fn has(&self, sub: Sub) -> bool {
        sub == Sub::Object || self.subs.contains(&sub)
    }

    /// Whether another name for the same kind is meant.
    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }
}

const ARGO: &str = "argoproj.io";
const ALL_OF_AN_APP: &[&str] = &["all"];
const STATUS: &[Sub] = &[Sub::Status];
const STATUS_AND_SCALE: &[Sub] = &[Sub::Status, Sub::Scale];

/// Rollouts.
pub static ROLLOUT: Resource =
    Resource { short: &["ro"], subs: STATUS_AND_SCALE, ..Resource::defined(ARGO, "rollouts", "rollout", "Rollout") };
/// AnalysisRuns; their status is an ordinary field.
pub static ANALYSIS_RUN: Resource =
    Resource { short: &["ar"], ..Resource::defined(ARGO, "analysisruns", "analysisrun", "AnalysisRun") };
/// AnalysisTemplates.
pub static ANALYSIS_TEMPLATE: Resource =
    Resource { short: &["at"], ..Resource::defined(ARGO, "analysistemplates", "analysistemplate", "AnalysisTemplate") };
/// AnalysisTemplates of the whole cluster.
pub static CLUSTER_ANALYSIS_TEMPLATE: Resource = Resource {
    short: &["cat"],
    namespaced: false,
    ..Resource::defined(ARGO, "clusteranalysistemplates", "clusteranalysistemplate", "ClusterAnalysisTemplate")
};
/// Experiments; their status is an ordinary field.
pub static EXPERIMENT: Resource =
    Resource { short: &["exp"], ..Resource::defined(ARGO, "experiments", "experiment", "Experiment") };
/// Applications; their status is an ordinary field, and so is the operation that is asked for.
pub static APPLICATION: Resource =
    Resource { short: &["app", "apps"], ..Resource::defined(ARGO, "applications", "application", "Application") };
/// Projects of Applications.
pub static APP_PROJECT: Resource =
    Resource { short: &["appproj", "appprojs"], ..Resource::defined(ARGO, "appprojects", "appproject", "AppProject") };
/// Traefik's weighted services.
pub static TRAEFIK_SERVICE: Resource =
    Resource::defined("traefik.io", "traefikservices", "traefikservice", "TraefikService");
/// Traefik's routes.
pub static INGRESS_ROUTE: Resource = Resource::defined("traefik.io", "ingressroutes", "ingressroute", "IngressRoute");
/// ReplicaSets.
pub static REPLICA_SET: Resource = Resource {
    categories: ALL_OF_AN_APP,
    short: &["rs"],
    subs: STATUS_AND_SCALE,
    generation: Generation::OfSpec,
    ..Resource::built_in("apps", "v1", "replicasets", "replicaset", "ReplicaSet")
};
/// Deployments.
pub static DEPLOYMENT: Resource = Resource {
    categories: ALL_OF_AN_APP,
    short: &["deploy"],
    subs: STATUS_AND_SCALE,
    generation: Generation::OfSpecAndAnnotations,
    ..Resource::built_in("apps", "v1", "deployments", "deployment", "Deployment")
};
/// Pod templates.
pub static POD_TEMPLATE: Resource =
    Resource { generation: Generation::OfContent, ..Resource::core("podtemplates", "podtemplate", "PodTemplate") };
/// Pods.
pub static POD: Resource = Resource {
    categories: ALL_OF_AN_APP,
    short: &["po"],
    subs: &[Sub::Status, Sub::Eviction],
    generation: Generation::OfSpec,
    ..Resource::core("pods", "pod", "Pod")
};
/// Services.
pub static SERVICE: Resource = Resource {
    categories: ALL_OF_AN_APP,
    short: &["svc"],
    subs: STATUS,
    absent: Absent::Created,
    ..Resource::core("services", "service", "Service")
};
/// The addresses behind a Service.
pub static ENDPOINT_SLICE: Resource = Resource {
    generation: Generation::OfAll,
    ..Resource::built_in("discovery.k8s.io", "v1", "endpointslices", "endpointslice", "EndpointSlice")
};
/// Leases.
pub static LEASE: Resource = Resource {
    unversioned: Unversioned::Refused,
    absent: Absent::Created,
    ..Resource::built_in("coordination.k8s.io", "v1", "leases", "lease", "Lease")
};
/// Events.
pub static EVENT: Resource = Resource {
    short: &["ev"],
    absent: Absent::Created,
    ..Resource::built_in("events.k8s.io", "v1", "events", "event", "Event")
};
/// Secrets.
pub static SECRET: Resource = Resource::core("secrets", "secret", "Secret");
/// ConfigMaps.
pub static CONFIG_MAP: Resource = Resource { short: &["cm"], ..Resource::core("configmaps", "configmap", "ConfigMap") };
/// Jobs.
pub static JOB: Resource = Resource {
    categories: ALL_OF_AN_APP,
    subs: STATUS,
    generation: Generation::OfSpec,
    ..Resource::built_in("batch", "v1", "jobs", "job", "Job")
};
/// Autoscalers.
pub static HPA: Resource = Resource {
    categories: ALL_OF_AN_APP,
    short: &["hpa"],
    subs: STATUS,
    ..Resource::built_in(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "horizontalpodautoscaler",
        "HorizontalPodAutoscaler",
    )
};
/// How many pods must stay where others are evicted. Nobody here works their status out: who wants one writes it.
pub static POD_DISRUPTION_BUDGET: Resource = Resource {
    short: &["pdb"],
    subs: STATUS,
    generation: Generation::OfSpec,
    unversioned: Unversioned::Refused,
    ..Resource::built_in("policy", "v1", "poddisruptionbudgets", "poddisruptionbudget", "PodDisruptionBudget")
};
/// Namespaces.
pub static NAMESPACE: Resource = Resource {
    short: &["ns"],
    subs: STATUS,
    namespaced: false,
    ..Resource::core("namespaces", "namespace", "Namespace")
};
/// Pods with names and disks of their own.
pub static STATEFUL_SET: Resource = Resource {
    categories: ALL_OF_AN_APP,
    short: &["sts"],
    subs: STATUS_AND_SCALE,
    generation: Generation::OfSpec,
    ..Resource::built_in("apps", "v1", "statefulsets", "statefulset", "StatefulSet")
};
/// One pod on each node.
pub static DAEMON_SET: Resource = Resource {
    categories: ALL_OF_AN_APP,
    short: &["ds"],
    subs: STATUS,
    generation: Generation::OfSpec,
    ..Resource::built_in("apps", "v1", "daemonsets", "daemonset", "DaemonSet")
};
/// Jobs by the clock; nobody here runs them.
pub static CRON_JOB: Resource = Resource {
    categories: ALL_OF_AN_APP,
    short: &["cj"],
    subs: STATUS,
    generation: Generation::OfSpec,
    ..Resource::built_in("batch", "v1", "cronjobs", "cronjob", "CronJob")
};
/// Who pods are.
pub static SERVICE_ACCOUNT: Resource =
    Resource { short: &["sa"], ..Resource::core("serviceaccounts", "serviceaccount", "ServiceAccount") };
/// Disks that are asked for; nobody here binds them.
pub static PERSISTENT_VOLUME_CLAIM: Resource = Resource {
    short: &["pvc"],
    subs: STATUS,
    ..Resource::core("persistentvolumeclaims", "persistentvolumeclaim", "PersistentVolumeClaim")
};
/// Bounds on a namespace's sum; nobody here keeps them.
pub static RESOURCE_QUOTA: Resource =
    Resource { short: &["quota"], subs: STATUS, ..Resource::core("resourcequotas", "resourcequota", "ResourceQuota") };
/// Bounds on each of a namespace's pods; nobody here keeps them.
pub static LIMIT_RANGE: Resource =
    Resource { short: &["limits"], ..Resource::core("limitranges", "limitrange", "LimitRange") };
/// Rights in a namespace; nobody here keeps them: see [`super::Store::authorize`].
pub static ROLE: Resource = Resource::built_in("rbac.authorization.k8s.io", "v1", "roles", "role", "Role");
/// Who has them.
pub static ROLE_BINDING: Resource =
    Resource::built_in("rbac.authorization.k8s.io", "v1", "rolebindings", "rolebinding", "RoleBinding");
/// Rights in the whole cluster.
pub static CLUSTER_ROLE: Resource = Resource {
    namespaced: false,
    ..Resource::built_in("rbac.authorization.k8s.io", "v1", "clusterroles", "clusterrole", "ClusterRole")
};
/// Who has them.
pub static CLUSTER_ROLE_BINDING: Resource = Resource {
    namespaced: false,
    ..Resource::built_in(
        "rbac.authorization.k8s.io",
        "v1",
        "clusterrolebindings",
        "clusterrolebinding",
        "ClusterRoleBinding",
    )
};
/// Routes into the cluster; nobody here follows them.
pub static INGRESS: Resource = Resource {
    short: &["ing"],
    subs: STATUS,
    generation: Generation::OfSpec,
    ..Resource::built_in("networking.k8s.io", "v1", "ingresses", "ingress", "Ingress")
};
/// Which pods may talk; nobody here keeps them.
pub static NETWORK_POLICY: Resource = Resource {
    short: &["netpol"],
    generation: Generation::OfSpec,
    ..Resource::built_in("networking.k8s.io", "v1", "networkpolicies", "networkpolicy", "NetworkPolicy")
};
/// Definitions of kinds.
pub static DEFINITION: Resource = Resource {
    short: &["crd", "crds"],
    subs: STATUS,
    namespaced: false,
    generation: Generation::OfSpec,
    unversioned: Unversioned::Refused,
    ..Resource::built_in(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "customresourcedefinition",
        "CustomResourceDefinition",
    )
};
/// Asks what a user may do.
pub static SUBJECT_ACCESS_REVIEW: Resource =
    Resource::review("authorization.k8s.io", "subjectaccessreviews", "subjectaccessreview", "SubjectAccessReview");
/// Asks what one may do oneself.
pub static SELF_SUBJECT_ACCESS_REVIEW: Resource = Resource::review(
    "authorization.k8s.io",
    "selfsubjectaccessreviews",
    "selfsubjectaccessreview",
    "SelfSubjectAccessReview",
);
/// Asks whose a token is.
pub static TOKEN_REVIEW: Resource =
    Resource::review("authentication.k8s.io", "tokenreviews", "tokenreview", "TokenReview");
/// Asks who one is.
pub static SELF_SUBJECT_REVIEW: Resource =
    Resource::review("authentication.k8s.io", "selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview");

static ALL: [&Resource; 41] = [
    &ROLLOUT,
    &ANALYSIS_RUN,
    &ANALYSIS_TEMPLATE,
    &CLUSTER_ANALYSIS_TEMPLATE,
    &EXPERIMENT,
    &APPLICATION,
    &APP_PROJECT,
    &TRAEFIK_SERVICE,
    &INGRESS_ROUTE,
    &REPLICA_SET,
    &DEPLOYMENT,
    &POD_TEMPLATE,
    &POD,
    &SERVICE,
    &ENDPOINT_SLICE,
    &LEASE,
    &EVENT,
    &SECRET,
    &CONFIG_MAP,
    &JOB,
    &HPA,
    &POD_DISRUPTION_BUDGET,
    &NAMESPACE,
    &STATEFUL_SET,
    &DAEMON_SET,
    &CRON_JOB,
    &SERVICE_ACCOUNT,
    &PERSISTENT_VOLUME_CLAIM,
    &RESOURCE_QUOTA,
    &LIMIT_RANGE,
    &ROLE,
    &ROLE_BINDING,
    &CLUSTER_ROLE,
    &CLUSTER_ROLE_BINDING,
    &INGRESS,
    &NETWORK_POLICY,
    &DEFINITION,
    &SUBJECT_ACCESS_REVIEW,
    &SELF_SUBJECT_ACCESS_REVIEW,
    &TOKEN_REVIEW,
    &SELF_SUBJECT_REVIEW,
];

/// Every kind that every server has.
pub fn all() -> &'static [&'static Resource] {
    &ALL
}
