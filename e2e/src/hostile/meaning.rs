//! What a field means, by its place: the schema alone tells a duration from a name as little as a percentage from a count.

use super::leaf::{Kind, Leaf};

/// What a field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// How many, from 0.
    Count,
    /// How many pods to run.
    Replicas,
    /// How many, from 1.
    Positive,
    /// How many seconds, from 0.
    Seconds,
    /// A port, or 0 for none.
    Port,
    /// 0 to 100.
    Percent,
    /// A weight that is all traffic; at least a hundred parts.
    Whole,
    /// The index of a step.
    FirstStep,
    /// A number or a percentage of pods.
    Pods,
    /// A limit of a metric: a number, or text that is one.
    Limit,
    /// A number, from 1, that an argument may give.
    Least,
    /// On or off.
    Flag,
    /// On, or it says nothing.
    On,
    /// A field nobody knows.
    Unknown,
    /// The template of pods.
    PodTemplate,
    /// Any text is as good as another.
    Text,
    /// The name of something that exists; this one does.
    Name(&'static str),
    /// The name of an argument, `limit`.
    Argument,
    /// What a metric is called.
    MetricName,
    /// The value of a label.
    Label,
    /// One of some words.
    Word(&'static [&'static str]),
    /// How long a pause is.
    Pause,
    /// A duration that may be 0.
    Delay,
    /// A duration above 0.
    Interval,
    /// An expression over a measurement.
    Condition,
    /// A pattern for names of metrics.
    Pattern,
    /// The address of a server.
    Address,
    /// The name of a header.
    HeaderName,
    /// The value of a header.
    HeaderValue,
    /// What a part of a request is compared with.
    Match,
    /// A query.
    Query,
    /// An expression for a moment.
    Moment,
    /// The path of a field.
    FieldPath,
    /// A time of the day and year.
    Time,
    /// Text that something else gives a meaning to.
    Other,
}

/// Ends of paths, and what stands there. The first that fits counts.
const MEANINGS: &[(&str, Meaning)] = &[
    ("spec.replicas", Meaning::Replicas),
    ("spec.progressDeadlineSeconds", Meaning::Positive),
    ("spec.template", Meaning::PodTemplate),
    ("workloadRef.apiVersion", Meaning::Word(&["apps/v1"])),
    ("workloadRef.kind", Meaning::Word(&["Deployment"])),
    ("workloadRef.name", Meaning::Name("lender")),
    ("workloadRef.scaleDown", Meaning::Word(&["", "never", "onsuccess", "progressively"])),
    (".setWeight", Meaning::Percent),
    (".maxTrafficWeight", Meaning::Whole),
    ("replicaProgressThreshold.value", Meaning::Positive),
    ("replicaProgressThreshold.type", Meaning::Word(&["Pods"])),
    ("setCanaryScale.weight", Meaning::Percent),
    (".specRef", Meaning::Word(&["stable", "canary"])),
    ("experiment.duration", Meaning::Delay),
    ("experiment.templates[].weight", Meaning::Percent),
    ("templates[].metadata.labels{}", Meaning::Label),
    ("templates[].selector.matchExpressions[].key", Meaning::Word(&["app"])),
    ("templates[].selector.matchExpressions[].operator", Meaning::Word(&["Exists"])),
    ("templates[].selector.matchExpressions[].values[]", Meaning::Word(&[])),
    ("templates[].selector.matchLabels{}", Meaning::Word(&[])),
    ("setCanaryScale.matchTrafficWeight", Meaning::On),
    ("preferredDuringSchedulingIgnoredDuringExecution.weight", Meaning::Positive),
    (".startingStep", Meaning::FirstStep),
    (".timeout", Meaning::Positive),
    ("measurementRetention[].limit", Meaning::Positive),
    (".pause.duration", Meaning::Pause),
    (".maxSurge", Meaning::Pods),
    (".maxUnavailable", Meaning::Pods),
    (".activeService", Meaning::Name("active")),
    (".previewService", Meaning::Name("preview")),
    (".canaryService", Meaning::Name("canary")),
    (".stableService", Meaning::Name("stable")),
    (".pingService", Meaning::Name("stable")),
    (".pongService", Meaning::Name("canary")),
    (".weightedTraefikServiceName", Meaning::Name("route")),
    ("gatewayAPI.httpRoute", Meaning::Name("route")),
    ("gatewayAPI.grpcRoute", Meaning::Name("route")),
    ("gatewayAPI.tcpRoute", Meaning::Name("route")),
    ("gatewayAPI.tlsRoute", Meaning::Name("route")),
    ("gatewayAPI.namespace", Meaning::Name("elsewhere")),
    ("managedRoutes[].name", Meaning::Text),
    ("setHeaderRoute.name", Meaning::Word(&["beta"])),
    ("setMirrorRoute.name", Meaning::Word(&["beta"])),
    ("setMirrorRoute.percentage", Meaning::Percent),
    ("method.exact", Meaning::Match),
    ("method.prefix", Meaning::Match),
    ("method.regex", Meaning::Match),
    ("path.exact", Meaning::Match),
    ("path.prefix", Meaning::Match),
    ("path.regex", Meaning::Match),
    ("headers{}.exact", Meaning::Match),
    ("headers{}.prefix", Meaning::Match),
    ("headers{}.regex", Meaning::Match),
    (".headerName", Meaning::HeaderName),
    ("headerValue.exact", Meaning::Match),
    ("headerValue.prefix", Meaning::Match),
    ("headerValue.regex", Meaning::Match),
    (".servicePort", Meaning::Positive),
    ("tcpRoutes[].port", Meaning::Port),
    ("tlsRoutes[].port", Meaning::Port),
    ("stickinessConfig.durationSeconds", Meaning::Positive),
    ("Routes[].name", Meaning::Name("route")),
    (".templateName", Meaning::Name("other")),
    (".clusterScope", Meaning::Flag),
    ("args[].name", Meaning::Argument),
    ("secretKeyRef.name", Meaning::Name("secret")),
    ("secretKeyRef.key", Meaning::Name("key")),
    ("spec.selector.matchExpressions[].key", Meaning::Word(&["app"])),
    ("spec.selector.matchExpressions[].operator", Meaning::Word(&["In"])),
    ("spec.selector.matchExpressions[].values[]", Meaning::Word(&["web"])),
    ("spec.selector.matchLabels{}", Meaning::Word(&[])),
    ("args[].value", Meaning::Text),
    ("Metadata.labels{}", Meaning::Label),
    ("Metadata.annotations{}", Meaning::Text),
    (".podTemplateHashValue", Meaning::Word(&["Stable", "Latest"])),
    (".fieldPath", Meaning::FieldPath),
    (".metricName", Meaning::Pattern),
    ("metrics[].name", Meaning::MetricName),
    ("metrics[].interval", Meaning::Interval),
    ("rangeQuery.step", Meaning::Interval),
    ("metrics[].initialDelay", Meaning::Delay),
    ("metrics[].minSamples", Meaning::Least),
    ("metrics[].samples", Meaning::Query),
    ("metrics[].maxWait", Meaning::Interval),
    (".onNoData", Meaning::Word(&["fail", "inconclusive", "pass"])),
    ("successCondition", Meaning::Condition),
    ("failureCondition", Meaning::Condition),
    ("prometheus.address", Meaning::Address),
    ("oauth2.tokenUrl", Meaning::Address),
    ("prometheus.query", Meaning::Query),
    ("rangeQuery.start", Meaning::Moment),
    ("rangeQuery.end", Meaning::Moment),
    ("headers[].key", Meaning::HeaderName),
    ("headers[].value", Meaning::HeaderValue),
];

/// What a field means.
pub fn of(leaf: &Leaf) -> Meaning {
    if leaf.kind == Kind::Unknown {
        return Meaning::Unknown;
    }
    let shown = leaf.path.to_string();
    let known = MEANINGS.iter().find(|(end, _)| shown.ends_with(end)).map(|(_, meaning)| *meaning);
    known.unwrap_or(match leaf.kind {
        Kind::Integer(_) if shown.ends_with("Seconds") => Meaning::Seconds,
        Kind::Integer(_) => Meaning::Count,
        Kind::Flag => Meaning::Flag,
        Kind::IntOrText => Meaning::Limit,
        Kind::Time => Meaning::Time,
        _ => Meaning::Other,
    })
}

/// Fields that are acted on, by the beginning of their path. Any other must be reported when it says something.
const ACTED_ON: &[&str] = &[
    "spec.replicas",
    "spec.selector",
    "spec.template",
    "spec.templates",
    "spec.workloadRef",
    "spec.minReadySeconds",
    "spec.revisionHistoryLimit",
    "spec.rollbackWindow",
    "spec.paused",
    "spec.progressDeadline",
    "spec.restartAt",
    "spec.analysis.",
    "spec.strategy.blueGreen.activeService",
    "spec.strategy.blueGreen.previewService",
    "spec.strategy.blueGreen.previewReplicaCount",
    "spec.strategy.blueGreen.maxUnavailable",
    "spec.strategy.blueGreen.antiAffinity",
    "spec.strategy.blueGreen.activeMetadata",
    "spec.strategy.blueGreen.previewMetadata",
    "spec.strategy.blueGreen.autoPromotion",
    "spec.strategy.blueGreen.scaleDownDelay",
    "spec.strategy.blueGreen.abortScaleDownDelaySeconds",
    "spec.strategy.blueGreen.prePromotionAnalysis",
    "spec.strategy.blueGreen.postPromotionAnalysis",
    "spec.strategy.canary.canaryService",
    "spec.strategy.canary.stableService",
    "spec.strategy.canary.pingPong",
    "spec.strategy.canary.maxSurge",
    "spec.strategy.canary.maxUnavailable",
    "spec.strategy.canary.analysis",
    "spec.strategy.canary.scaleDownDelay",
    "spec.strategy.canary.replicaProgressThreshold",
    "spec.strategy.canary.dynamicStableScale",
    "spec.strategy.canary.minPodsPerReplicaSet",
    "spec.strategy.canary.antiAffinity",
    "spec.strategy.canary.canaryMetadata",
    "spec.strategy.canary.stableMetadata",
    "spec.strategy.canary.abortScaleDownDelaySeconds",
    "spec.strategy.canary.trafficRouting.traefik",
    "spec.strategy.canary.trafficRouting.gatewayAPI",
    "spec.strategy.canary.trafficRouting.istio",
    "spec.strategy.canary.trafficRouting.nginx",
    "spec.strategy.canary.trafficRouting.alb",
    "spec.strategy.canary.trafficRouting.smi",
    "spec.strategy.canary.trafficRouting.apisix",
    "spec.strategy.canary.trafficRouting.managedRoutes",
    "spec.strategy.canary.trafficRouting.maxTrafficWeight",
    "spec.strategy.canary.steps[].setWeight",
    "spec.strategy.canary.steps[].pause",
    "spec.strategy.canary.steps[].setCanaryScale",
    "spec.strategy.canary.steps[].setHeaderRoute",
    "spec.strategy.canary.steps[].setMirrorRoute",
    "spec.strategy.canary.steps[].analysis",
    "spec.strategy.canary.steps[].experiment",
    "spec.args",
    "spec.dryRun",
    "spec.measurementRetention",
    "spec.terminate",
    "spec.ttlStrategy",
    "spec.metrics[].consecutive",
    "spec.metrics[].count",
    "spec.metrics[].failure",
    "spec.metrics[].success",
    "spec.metrics[].inconclusiveLimit",
    "spec.metrics[].initialDelay",
    "spec.metrics[].interval",
    "spec.metrics[].name",
    "spec.metrics[].onNoData",
    "spec.metrics[].minSamples",
    "spec.metrics[].samples",
    "spec.metrics[].maxWait",
    "spec.metrics[].provider.prometheus.",
];

/// Fields inside those that are not acted on after all, or have nothing in them to act on.
const NOT_ACTED_ON: &[&str] = &["sigv4.profile", "sigv4.roleArn", "requiredDuringSchedulingIgnoredDuringExecution"];

/// Whether the controller acts on a field, and so must tell good values in it from bad ones.
pub fn acted_on(leaf: &Leaf) -> bool {
    let shown = leaf.path.to_string();
    leaf.kind == Kind::Unknown
        || (ACTED_ON.iter().any(|start| shown.starts_with(start))
            && !NOT_ACTED_ON.iter().any(|part| shown.contains(part)))
}
