#![allow(clippy::unwrap_used)]
use std::collections::BTreeSet;

use expect_test::expect;
use kube_runtime::watcher::Event;
use serde_json::json;

use sluice_core::status::Ended;
use sluice_gitops::application::fact::Phase;
use sluice_gitops::spec::Cluster;
use sluice_gitops::tracking::Tracking;
use sluice_live::Kinds;

use super::*;
use crate::destinations::Manners;
use crate::key::Key;
use crate::testing::{context, nothing};

#[tokio::test]
async fn the_page_has_the_established_names() {
    let (ctx, mut writers, _) = context(nothing);
    let rollout = json!({
        "metadata": {"name": "shop", "namespace": "ns"},
        "spec": {"replicas": 3, "strategy": {"canary": {"steps": [{"setWeight": 5}, {"pause": {}}], "trafficRouting": {"traefik": {"weightedTraefikServiceName": "r"}}}}},
        "status": {"availableReplicas": 2, "currentStepIndex": 1, "canary": {"weights": {"canary": {"podTemplateHash": "b", "weight": 5}, "stable": {"podTemplateHash": "a", "weight": 95}}}, "conditions": [{"type": "Progressing", "status": "False", "reason": "RolloutAborted", "message": ""}]},
    });
    writers.rollouts.apply_watcher_event(&Event::Apply(serde_json::from_value(rollout).unwrap()));
    let measured = json!([{"name": "m", "provider": {"prometheus": {"query": "q"}}}, {"name": "m", "provider": {"prometheus": {"query": "r"}}}]);
    let template = json!({"metadata": {"name": "errors", "namespace": "ns"}, "spec": {"metrics": measured}});
    writers.templates.apply_watcher_event(&Event::Apply(serde_json::from_value(template).unwrap()));
    let shared = json!({"metadata": {"name": "shared"}, "spec": {"metrics": [{"name": "w", "provider": {"web": {"url": "u"}}}]}});
    writers.cluster_templates.apply_watcher_event(&Event::Apply(serde_json::from_value(shared).unwrap()));
    let run = json!({"metadata": {"name": "run", "namespace": "ns"}, "spec": {"metrics": measured}, "status": {"phase": "Failed", "metricResults": [{"name": "m", "phase": "Failed"}]}});
    writers.analysis_runs.apply_watcher_event(&Event::Apply(serde_json::from_value(run).unwrap()));
    let experiment = json!({"metadata": {"name": "exp", "namespace": "ns"}, "spec": {"templates": []}, "status": {"phase": "Running"}});
    writers.experiments.apply_watcher_event(&Event::Apply(serde_json::from_value(experiment).unwrap()));
    ctx.metrics.leads("lock".to_owned());
    ctx.metrics.events.inc(&Key::new("ns", "shop"), "Normal", "RolloutPaused");
    ctx.metrics.rollouts.errors.get_or_create(&in_namespace("ns")).inc();
    ctx.metrics.rollouts.seconds.get_or_create(&in_namespace("ns")).observe(0.02);
    ctx.metrics.notices.took(&Key::new("ns", "shop"), std::time::Duration::from_millis(20));
    ctx.metrics.stopwatch(LoopName::Rollout).lap(Move::Plan);
    let took = jiff::SignedDuration::from_secs;
    ctx.metrics.releases.router_lag.observe(0.2);
    ctx.metrics.releases.ended(&Ended { how: "Promoted".to_owned(), took: took(100), paused: took(30) });
    let page = ctx.metrics.page();
    for line in [
        r#"rollout_info{namespace="ns",name="shop",strategy="canary",traffic_router="Traefik",phase="Abort"} 1"#,
        r#"rollout_info_replicas_desired{namespace="ns",name="shop"} 3"#,
        r#"rollout_info_replicas_available{namespace="ns",name="shop"} 2"#,
        r#"sluice_rollout_step{namespace="ns",name="shop"} 1"#,
        r#"sluice_rollout_steps{namespace="ns",name="shop"} 2"#,
        r#"sluice_rollout_weight{namespace="ns",name="shop"} 5"#,
        r#"sluice_router_lag_seconds_bucket{le="0.25"} 1"#,
        r#"experiment_info{namespace="ns",name="exp",phase="Running"} 1"#,
        r#"analysis_run_info{namespace="ns",name="run",phase="Failed"} 1"#,
        r#"analysis_run_metric_phase{namespace="ns",name="run",metric="m",type="Prometheus",dry_run="false",phase="Failed"} 1"#,
        r#"analysis_run_metric_phase{namespace="ns",name="run",metric="m",type="Prometheus",dry_run="false",phase="Running"} 0"#,
        r#"analysis_run_metric_type{namespace="ns",name="run",metric="m",type="Prometheus"} 1"#,
        r#"analysis_template_info{namespace="ns",name="errors"} 1"#,
        r#"analysis_template_info{namespace="",name="shared"} 1"#,
        r#"analysis_template_metric_info{namespace="ns",name="errors",metric="m",type="Prometheus"} 1"#,
        r#"analysis_template_metric_info{namespace="",name="shared",metric="w",type="Web"} 1"#,
        r#"sluice_invariant_violations_total{law="abort_is_law"} 0"#,
        r#"notification_send_bucket{le="0.15",namespace="ns"} 1"#,
        r#"rollout_events_total{namespace="ns",name="shop",type="Normal",reason="RolloutPaused"} 1"#,
        r#"rollout_duration_seconds_sum{status="Promoted"} 100.0"#,
        r#"rollout_progression_duration_seconds_sum{status="Promoted"} 70.0"#,
        r#"rollout_manual_pause_duration_seconds_bucket{le="30.0",status="Promoted"} 1"#,
        r#"rollout_reconcile_error{namespace="ns"} 1"#,
        r#"rollout_reconcile_bucket{le="0.15",namespace="ns"} 1"#,
        r#"sluice_pass_seconds_count{loop="rollout",move="plan"} 1"#,
        r#"sluice_queue_depth{loop="rollout"} 0"#,
        r#"sluice_panics_total{loop="application"} 0"#,
        r#"argo_rollouts_controller_info{version="0.1.0"} 1"#,
    ] {
        assert!(page.lines().any(|one| one == line), "{line} in\n{page}");
    }
    let lines: BTreeSet<&str> = page.lines().collect();
    assert_eq!(lines.len(), page.lines().count(), "a series is there twice:\n{page}");
    for name in ["process_resident_memory_bytes", "process_cpu_seconds_total"] {
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        assert!(value > Some(0.0), "{name} is {value:?}");
    }
    let manual = include_str!("../../../docs/operations.md");
    for name in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        let explained = [format!("`{name}`"), format!("`{name}_total`")].iter().any(|name| manual.contains(name));
        assert!(explained, "docs/operations.md does not explain {name}");
    }
    assert!(page.ends_with("# EOF\n"));
}

/// One that is named after its cluster, with an address of its repository as people write it.
fn application() -> serde_json::Value {
    json!({
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {
            "project": "web",
            "source": {"repoURL": "https://bot:hunter2@git.example.com/Team/Shop.git", "path": "shop"},
            "destination": {"name": "in-cluster", "namespace": "shop"},
            "syncPolicy": {"automated": {}},
        },
        "status": {
            "sync": {"status": "OutOfSync"}, "health": {"status": "Degraded"},
            "conditions": [
                {"type": "SyncError", "message": "one"}, {"type": "OrphanedResourceWarning", "message": "two"},
                {"type": "SyncError", "message": "three"},
            ],
            "rejected": [{"revision": "c2", "by": "shop/web", "message": "errors 0.2 > 0.05"}],
            "operationState": {"operation": {}, "phase": "Running"},
        },
    })
}

#[tokio::test]
async fn an_application_has_the_established_series() {
    let (ctx, mut writers, _) = context(nothing);
    let manners = Manners { tracking: Tracking::Annotation, kinds: Kinds::default(), this: true };
    ctx.gitops.destinations.update([].into_iter(), &manners);
    // Nobody answers there.
    ctx.gitops.destinations.find(&Cluster::Name("in-cluster".to_owned())).unwrap();
    writers.applications.apply_watcher_event(&Event::Apply(serde_json::from_value(application()).unwrap()));
    ctx.metrics.leads("lock".to_owned());
    let whose = Whose {
        key: Key::new("argocd", "shop"),
        project: "web".to_owned(),
        server: "https://kubernetes.default.svc".to_owned(),
    };
    ctx.metrics.gitops.passed(&whose, 0.3);
    ctx.metrics.gitops.synced(&whose, Phase::Failed, false, 12.5);
    ctx.metrics.notices.delivered("on-sync-failed", "slack", true);
    let lines = || {
        let page = ctx.metrics.page();
        let of_applications = |line: &&str| line.starts_with("argocd_") || line.starts_with("sluice_app_");
        let mut lines: Vec<String> = page.lines().filter(of_applications).map(|line| format!("{line}\n")).collect();
        // Counters come in no order.
        lines.sort();
        lines.concat()
    };
    expect![[r#"
        argocd_app_condition{namespace="argocd",name="shop",project="web",condition="OrphanedResourceWarning"} 1
        argocd_app_condition{namespace="argocd",name="shop",project="web",condition="SyncError"} 2
        argocd_app_health_status{namespace="argocd",name="shop",project="web",health_status="Degraded"} 1
        argocd_app_health_status{namespace="argocd",name="shop",project="web",health_status="Healthy"} 0
        argocd_app_health_status{namespace="argocd",name="shop",project="web",health_status="Missing"} 0
        argocd_app_health_status{namespace="argocd",name="shop",project="web",health_status="Progressing"} 0
        argocd_app_health_status{namespace="argocd",name="shop",project="web",health_status="Suspended"} 0
        argocd_app_health_status{namespace="argocd",name="shop",project="web",health_status="Unknown"} 0
        argocd_app_info{namespace="argocd",name="shop",project="web",autosync_enabled="true",repo="https://git.example.com/team/shop",dest_server="https://kubernetes.default.svc",dest_namespace="shop",sync_status="OutOfSync",health_status="Degraded",operation="sync"} 1
        argocd_app_reconcile_bucket{le="+Inf",namespace="argocd",dest_server="https://kubernetes.default.svc"} 1
        argocd_app_reconcile_bucket{le="0.25",namespace="argocd",dest_server="https://kubernetes.default.svc"} 0
        argocd_app_reconcile_bucket{le="0.5",namespace="argocd",dest_server="https://kubernetes.default.svc"} 1
        argocd_app_reconcile_bucket{le="1.0",namespace="argocd",dest_server="https://kubernetes.default.svc"} 1
        argocd_app_reconcile_bucket{le="16.0",namespace="argocd",dest_server="https://kubernetes.default.svc"} 1
        argocd_app_reconcile_bucket{le="2.0",namespace="argocd",dest_server="https://kubernetes.default.svc"} 1
        argocd_app_reconcile_bucket{le="4.0",namespace="argocd",dest_server="https://kubernetes.default.svc"} 1
        argocd_app_reconcile_bucket{le="8.0",namespace="argocd",dest_server="https://kubernetes.default.svc"} 1
        argocd_app_reconcile_count{namespace="argocd",dest_server="https://kubernetes.default.svc"} 1
        argocd_app_reconcile_sum{namespace="argocd",dest_server="https://kubernetes.default.svc"} 0.3
        argocd_app_sync_duration_seconds_total{namespace="argocd",name="shop",project="web",dest_server="https://kubernetes.default.svc"} 12.5
        argocd_app_sync_status{namespace="argocd",name="shop",project="web",sync_status="OutOfSync"} 1
        argocd_app_sync_status{namespace="argocd",name="shop",project="web",sync_status="Synced"} 0
        argocd_app_sync_status{namespace="argocd",name="shop",project="web",sync_status="Unknown"} 0
        argocd_app_sync_total{namespace="argocd",name="shop",project="web",dest_server="https://kubernetes.default.svc",phase="Error",dry_run="false"} 0
        argocd_app_sync_total{namespace="argocd",name="shop",project="web",dest_server="https://kubernetes.default.svc",phase="Failed",dry_run="false"} 1
        argocd_app_sync_total{namespace="argocd",name="shop",project="web",dest_server="https://kubernetes.default.svc",phase="Succeeded",dry_run="false"} 0
        argocd_cluster_connection_status{server="https://kubernetes.default.svc"} 0
        argocd_cluster_info{server="https://kubernetes.default.svc",k8s_version="",name="in-cluster"} 1
        argocd_notifications_deliveries_total{trigger="on-sync-failed",service="slack",succeeded="true"} 1
        sluice_app_rejected{namespace="argocd",name="shop",project="web"} 1
        sluice_app_sync_failed{namespace="argocd",name="shop",project="web"} 0
    "#]].assert_eq(&lines());
    ctx.metrics.gitops.forget(&whose.key);
    let left = lines();
    assert!(!left.contains("argocd_app_sync_total") && !left.contains("argocd_app_sync_duration"), "{left}");
}

#[tokio::test]
async fn a_standby_tells_of_no_object_and_so_none_is_counted_twice() {
    let (ctx, mut writers, _) = context(nothing);
    writers.applications.apply_watcher_event(&Event::Apply(serde_json::from_value(application()).unwrap()));
    let rollout = json!({"metadata": {"name": "shop", "namespace": "ns"}, "spec": {}});
    writers.rollouts.apply_watcher_event(&Event::Apply(serde_json::from_value(rollout).unwrap()));
    let of_objects = || {
        let page = ctx.metrics.page();
        ["rollout_info{", "argocd_app_info{"].map(|name| page.contains(name))
    };
    assert_eq!(of_objects(), [false, false]);
    assert!(ctx.metrics.page().contains("argo_rollouts_controller_info{"), "it tells of itself");
    ctx.metrics.leads("lock".to_owned());
    assert_eq!(of_objects(), [true, true]);
}

#[tokio::test]
async fn requests_to_git_servers_have_the_established_names() {
    let (ctx, _, _) = context(nothing);
    let requests = GitRequests::default();
    let of_process = (&ctx.caches, &ctx.queues, &ctx.gitops.destinations);
    let metrics = Metrics::new(of_process, (&Requests::default(), &requests));
    let (repository, half) = ("https://git.example.com/shop", std::time::Duration::from_millis(500));
    requests.meter().took(repository, sluice_render::GitRequest::LsRemote, half);
    let text = metrics.page();
    for line in [
        r#"argocd_git_request_total{repo="https://git.example.com/shop",request_type="ls-remote"} 1"#,
        r#"argocd_git_request_duration_seconds_sum{repo="https://git.example.com/shop",request_type="ls-remote"} 0.5"#,
        r#"argocd_git_request_duration_seconds_bucket{le="0.5",repo="https://git.example.com/shop",request_type="ls-remote"} 1"#,
    ] {
        assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
    }
}
