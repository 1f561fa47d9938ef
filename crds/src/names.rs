//! Established names: labels, annotations, condition types and reasons, pause reasons.
//!
//! Other tools read these, so they are spelled here once.

pub mod application;

/// The API group of all kinds.
pub const GROUP: &str = "argoproj.io";
/// The API version of all kinds.
pub const API_VERSION: &str = "argoproj.io/v1alpha1";

/// Labels on the objects the controller makes.
pub mod label {
    /// On pods and ReplicaSets: the hash of their template.
    pub const POD_TEMPLATE_HASH: &str = "rollouts-pod-template-hash";
    /// On pods of Deployments, and their ReplicaSets: the hash that their own controller gives them.
    pub const DEPLOYMENT_HASH: &str = "pod-template-hash";
    /// On anything a controller should mind: which controller.
    pub const INSTANCE_ID: &str = "argo-rollouts.argoproj.io/controller-instance-id";
    /// On AnalysisRuns: why they were started, one of [`super::rollout_type`].
    pub const ROLLOUT_TYPE: &str = "rollout-type";
    /// On AnalysisRuns and Experiments of a step: its index.
    pub const STEP_INDEX: &str = "step-index";
    /// On the pods of a metric's Job: the AnalysisRun.
    pub const ANALYSIS_RUN_UID: &str = "analysisrun.argoproj.io/uid";
}

/// Values of the label [`label::ROLLOUT_TYPE`].
pub mod rollout_type {
    /// By a step.
    pub const STEP: &str = "Step";
    /// Beside the steps.
    pub const BACKGROUND: &str = "Background";
    /// Before the active Service is switched.
    pub const PRE_PROMOTION: &str = "PrePromotion";
    /// After the active Service is switched.
    pub const POST_PROMOTION: &str = "PostPromotion";
    /// While users see the new revision, as the rollback policy asks.
    pub const POLICY: &str = "RollbackPolicy";
    /// The same after its promotion.
    pub const BAKE: &str = "RollbackPolicyBake";
    /// After the rollback policy took a version back.
    pub const CHECKS: &str = "RollbackChecks";
}

/// Reasons of the condition `RollbackPolicy`, and of its events.
pub mod policy {
    /// The version is watched.
    pub const WATCHING: &str = "Watching";
    /// It was taken back, and it is looked whether users are well.
    pub const CHECKING: &str = "RollbackChecking";
    /// Users are well after it was taken back.
    pub const CHECKED: &str = "RollbackChecked";
    /// Users are not well after it was taken back.
    pub const CHECK_FAILED: &str = "RollbackCheckFailed";
    /// It is bad, and is not taken back for now.
    pub const NOT_ROLLED_BACK: &str = "NotRolledBack";
    /// It would have been taken back, were the policy not told to look only.
    pub const WOULD_ROLL_BACK: &str = "WouldRollBack";
    /// It is bad by a trigger that people are only told of.
    pub const NOTIFY_ONLY: &str = "NotifyOnly";
    /// It does badly, and so does the version before it.
    pub const NOT_BY_THIS_VERSION: &str = "NotByThisVersion";
    /// It cannot be watched.
    pub const UNMEASURABLE: &str = "RollbackPolicyUnmeasurable";
    /// The policy's newest form has mistakes.
    pub const INVALID: &str = "InvalidRollbackPolicy";
}

/// Finalizers.
pub mod finalizer {
    /// On Experiments whose pods have a share of the traffic: keeps them until they have none.
    pub const TRAFFIC: &str = "sluice/traffic";
}

/// Annotations.
pub mod annotation {
    /// On Rollouts and ReplicaSets: the number of the revision.
    pub const REVISION: &str = "rollout.argoproj.io/revision";
    /// On ReplicaSets: numbers the revision had before.
    pub const REVISION_HISTORY: &str = "rollout.argoproj.io/revision-history";
    /// On ReplicaSets: the Rollout's replicas when last scaled.
    pub const DESIRED_REPLICAS: &str = "rollout.argoproj.io/desired-replicas";
    /// On Rollouts and ReplicaSets: the generation of the workload that lends its template.
    pub const WORKLOAD_GENERATION: &str = "rollout.argoproj.io/workload-generation";
    /// On a Deployment that lends its template: how many of its own pods went for which Rollout's, and whether all did.
    pub const HANDOVER: &str = "sluice/handover";
    /// On ReplicaSets: labels and annotations that come and go with their role.
    pub const EPHEMERAL_METADATA: &str = "rollout.argoproj.io/ephemeral-metadata";
    /// On AnalysisRuns: the controller stopped it before its time, and its result is no verdict.
    pub const CUT_SHORT: &str = "sluice/cut-short";
    /// On AnalysisRuns: a digest of the rollback policy's rules that it was made by.
    pub const ASKED: &str = "sluice/asked";
    /// On ReplicaSets: how the release of that revision went: unfinished, completed or aborted.
    pub const PAST: &str = "sluice/release";
    /// On ReplicaSets: who ordered what in the last release of that revision, how long it took and why it ended, as JSON.
    pub const RECORD: &str = "sluice/release-record";
    /// On ReplicaSets: when to scale them down, RFC 3339.
    pub const SCALE_DOWN_DEADLINE: &str = "scale-down-deadline";
    /// On Services and routers' objects: the Rollout that changes them.
    pub const MANAGED_BY: &str = "argo-rollouts.argoproj.io/managed-by-rollouts";
    /// On pods: restarted because the Rollout asked for it at this time.
    pub const RESTARTED_AFTER: &str = "argo-rollouts.argoproj.io/restarted-after";
    /// On ReplicaSets of an Experiment: the Experiment.
    pub const EXPERIMENT_NAME: &str = "experiment.argoproj.io/name";
    /// On ReplicaSets of an Experiment: their template in it.
    pub const EXPERIMENT_TEMPLATE: &str = "experiment.argoproj.io/template-name";
    /// On Experiments of a step: the ports that the Services of its templates have for a router's sake, as JSON, by template.
    pub const SERVICE_PORTS: &str = "sluice/service-ports";
    /// On AnalysisRuns of an Experiment: since when its pods were available, which tells one try from the next.
    pub const TRY: &str = "sluice/try";
    /// On AnalysisRuns: which of their metrics cannot tell the new version from the stable one, and what to ask instead.
    pub const CANNOT_TELL: &str = "sluice/cannot-tell";
    /// On the ConfigMap of the rollback policy: the last form of it that had no mistakes.
    pub const LAST_GOOD: &str = "sluice/last-good";
    /// On Rollouts: which notifications went out.
    pub const NOTIFIED: &str = "notified.notifications.argoproj.io";
}

/// Types of a Rollout's conditions.
pub mod condition {
    /// The spec is wrong.
    pub const INVALID_SPEC: &str = "InvalidSpec";
    /// Enough pods are available.
    pub const AVAILABLE: &str = "Available";
    /// An update makes progress, or made it.
    pub const PROGRESSING: &str = "Progressing";
    /// Pods cannot be created or deleted.
    pub const REPLICA_FAILURE: &str = "ReplicaFailure";
    /// An update is held.
    pub const PAUSED: &str = "Paused";
    /// The newest template is the stable one.
    pub const COMPLETED: &str = "Completed";
    /// Completed, and all pods are as they should be.
    pub const HEALTHY: &str = "Healthy";
    /// An analysis judges both versions together, and may pass a bad one that has few of the requests.
    pub const CANNOT_TELL: &str = "AnalysisCannotTell";
    /// What the rollback policy makes of the version.
    pub const ROLLBACK_POLICY: &str = "RollbackPolicy";
    /// Of an Experiment: all pods are available.
    pub const RUNNING: &str = "Running";
}

/// Reasons of a Rollout's conditions, which are event reasons too.
pub mod reason {
    /// Enough pods are available.
    pub const AVAILABLE: &str = "AvailableReason";
    /// Not enough pods are available.
    pub const REPLICA_SET_NOT_AVAILABLE: &str = "ReplicaSetNotAvailable";
    /// A new revision was made.
    pub const NEW_REPLICA_SET: &str = "NewReplicaSetCreated";
    /// A revision of the new template was there already.
    pub const FOUND_NEW_REPLICA_SET: &str = "FoundNewReplicaSet";
    /// Pods of a revision changed.
    pub const REPLICA_SET_UPDATED: &str = "ReplicaSetUpdated";
    /// The new revision is all there.
    pub const NEW_REPLICA_SET_AVAILABLE: &str = "NewReplicaSetAvailable";
    /// A revision could not be made.
    pub const REPLICA_SET_CREATE_ERROR: &str = "ReplicaSetCreateError";
    /// No progress for too long.
    pub const PROGRESS_DEADLINE_EXCEEDED: &str = "ProgressDeadlineExceeded";
    /// The update is held.
    pub const PAUSED: &str = "RolloutPaused";
    /// The update goes on.
    pub const RESUMED: &str = "RolloutResumed";
    /// The update was aborted.
    pub const ABORTED: &str = "RolloutAborted";
    /// An aborted update is tried again.
    pub const RETRY: &str = "RolloutRetry";
    /// The update is complete.
    pub const COMPLETED: &str = "RolloutCompleted";
    /// An update began.
    pub const NOT_COMPLETED: &str = "RolloutNotCompleted";
    /// All is as it should be.
    pub const HEALTHY: &str = "RolloutHealthy";
    /// An analysis failed.
    pub const ANALYSIS_RUN_FAILED: &str = "AnalysisRunFailed";
    /// An experiment failed.
    pub const EXPERIMENT_FAILED: &str = "ExperimentFailed";
    /// The spec is wrong.
    pub const INVALID_SPEC: &str = "InvalidSpec";
    /// The controller could not do its work.
    pub const RECONCILIATION_ERROR: &str = "ReconciliationError";
}

/// Reasons of events that no condition has.
pub mod event {
    /// The spec changed.
    pub const UPDATED: &str = "RolloutUpdated";
    /// A step is done.
    pub const STEP_COMPLETED: &str = "RolloutStepCompleted";
    /// A revision grew or shrank.
    pub const SCALING_REPLICA_SET: &str = "ScalingReplicaSet";
    /// A Service selects another revision.
    pub const SWITCH_SERVICE: &str = "SwitchService";
    /// The router has other weights.
    pub const TRAFFIC_WEIGHT_UPDATED: &str = "TrafficWeightUpdated";
    /// The router could not be changed.
    pub const TRAFFIC_ROUTING_ERROR: &str = "TrafficRoutingError";
    /// The router was not seen to have its weights for too long.
    pub const WEIGHT_VERIFY_ERROR: &str = "WeightVerifyError";
    /// A TraefikService could not be written.
    pub const TRAEFIK_SERVICE_UPDATE_ERROR: &str = "TraefikServiceUpdateError";
    /// Going back to a recent revision skips the steps.
    pub const SKIP_STEPS: &str = "SkipSteps";
    /// A pod was told to end because spec.restartAt asks for it.
    pub const RESTARTING_POD: &str = "RestartingPod";
    /// All pods are as new as spec.restartAt asks.
    pub const RESTARTED: &str = "RolloutRestarted";
    /// A version was taken back after its promotion.
    pub const ROLLED_BACK: &str = "RolledBack";
    /// An experiment was started.
    pub const EXPERIMENT_CREATED: &str = "ExperimentCreated";
    /// A step plugin changed its phase.
    pub const STEP_PLUGIN_TRANSITION: &str = "StepPluginTransition";
    /// A Rollout is gone.
    pub const ROLLOUT_DELETED: &str = "RolloutDeleted";
    /// A Service that the spec names cannot be used.
    pub const SERVICE_REFERENCE_ERROR: &str = "ServiceReferenceError";
    /// Followed by a phase: an AnalysisRun entered it.
    pub const ANALYSIS_RUN_PREFIX: &str = "AnalysisRun";
}

/// Why a Rollout is held: reasons of its pause conditions.
pub mod pause {
    /// A pause step.
    pub const CANARY_STEP: &str = "CanaryPauseStep";
    /// The switch to the new revision waits.
    pub const BLUE_GREEN: &str = "BlueGreenPause";
    /// An analysis ended neither well nor badly.
    pub const INCONCLUSIVE_ANALYSIS: &str = "InconclusiveAnalysisRun";
    /// An experiment ended neither well nor badly.
    pub const INCONCLUSIVE_EXPERIMENT: &str = "InconclusiveExperiment";
}
