//! Names around Applications: annotations of theirs and of the objects they keep, finalizers, event reasons.

/// The field manager that objects of Applications are written as. The loop of Rollouts writes as `sluice`: what it says in an object
/// that git describes too, such as a Rollout's annotations and the weights of a route, stays its own.
pub const FIELD_MANAGER: &str = "sluice-gitops";
/// As whom a Namespace gets labels and annotations (`managedNamespaceMetadata`) that may belong to somebody else.
pub const NAMESPACE_MANAGER: &str = "sluice-gitops-namespace";

/// On an Application: look anew, `normal` or `hard`.
pub const REFRESH: &str = "argocd.argoproj.io/refresh";
/// On an Application: leave it alone.
pub const SKIP_RECONCILE: &str = "argocd.argoproj.io/skip-reconcile";
/// On an Application: since when what waits for a person's word may be deleted.
pub const DELETION_APPROVED: &str = "argocd.argoproj.io/deletion-approved";
/// On an Application: the commit that may delete more than half of its objects.
pub const PRUNE_APPROVED: &str = "sluice.dev/prune-approved";

/// On an object: its wave.
pub const SYNC_WAVE: &str = "argocd.argoproj.io/sync-wave";
/// On an object: its own sync options.
pub const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";
/// On an object: how it is compared.
pub const COMPARE_OPTIONS: &str = "argocd.argoproj.io/compare-options";
/// On an object: when it runs as a hook.
pub const HOOK: &str = "argocd.argoproj.io/hook";
/// On a hook: when it is deleted.
pub const HOOK_DELETE_POLICY: &str = "argocd.argoproj.io/hook-delete-policy";
/// On a hook that was run: which try of which operation ran it, and for which phase.
pub const HOOK_RUN: &str = "sluice.dev/hook-run";
/// On an Application: the files and folders that its manifests are made of, with semicolons between.
pub const MANIFEST_GENERATE_PATHS: &str = "argocd.argoproj.io/manifest-generate-paths";
/// On an Application: how a commit whose release was taken back is taken back in git, pull-request or push.
pub const REVERT: &str = "sluice.dev/revert";
/// On an object: it does not count for its Application's health.
pub const IGNORE_HEALTH: &str = "argocd.argoproj.io/ignore-healthcheck";
/// On a Pod: it is judged as if it were restarted always.
pub const IGNORE_RESTART_POLICY: &str = "argocd.argoproj.io/ignore-restart-policy";
/// On an object: the Application that it belongs to, and the object itself.
pub const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";
/// Which of several installations an object's mark is of.
pub const INSTALLATION_ID: &str = "argocd.argoproj.io/installation-id";
/// On an object: a link of its own.
pub const EXTERNAL_LINK: &str = "link.argocd.argoproj.io/external-link";

/// The label that names the Application of an object, unless another key is configured.
pub const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";

/// Finalizer of a hook: it stays until its end was seen.
pub const HOOK_FINALIZER: &str = "argocd.argoproj.io/hook-finalizer";
/// Finalizer of an Application: its objects go before it does. With `/background` behind it their dependents go after them.
pub const RESOURCES_FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
/// Finalizer of an Application: hooks run before its objects go.
pub const PRE_DELETE_FINALIZER: &str = "pre-delete-finalizer.argocd.argoproj.io";
/// Finalizer of an Application: hooks run after its objects are gone.
pub const POST_DELETE_FINALIZER: &str = "post-delete-finalizer.argocd.argoproj.io";

/// Event: an operation began.
pub const OPERATION_STARTED: &str = "OperationStarted";
/// Event: an operation is over.
pub const OPERATION_COMPLETED: &str = "OperationCompleted";
/// Event: the sync status or the health changed.
pub const RESOURCE_UPDATED: &str = "ResourceUpdated";
/// Event: a commit is not deployed again, because its release was taken back.
pub const REVISION_REJECTED: &str = "RevisionRejected";
/// Reason of the event that an Application goes and leaves its objects behind.
pub const OBJECTS_LEFT_BEHIND: &str = "ObjectsLeftBehind";
