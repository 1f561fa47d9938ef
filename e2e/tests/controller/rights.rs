//! What the role of the chart grants, beside what the API server's audit log saw the controller use in all these tests.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::rbac::v1::PolicyRule;
use serde_json::Value;
use sluice_e2e::audit::Request;
use sluice_e2e::harness::Scene;
use sluice_e2e::helm::Helm;
use sluice_e2e::manifests;
use sluice_e2e::tools::Tools;

/// Rights that no test uses: verbs, resources and their group, and why the role has them all the same.
const UNUSED: [(&[&str], &[&str], &str, &str); 5] = [
    (
        &["update"],
        &["rollouts/finalizers", "analysisruns/finalizers", "experiments/finalizers"],
        ROLLOUTS,
        "asked for by the admission plugin OwnerReferencesPermissionEnforcement, which is off here and on at OpenShift",
    ),
    (&["get"], &["analysisruns"], ROLLOUTS, "one that is half-typed is read as it is stored"),
    (&["delete"], &["experiments"], ROLLOUTS, "the history limits, as for AnalysisRuns"),
    (&["list", "watch"], &["podtemplates"], "", "they may lend their template as Deployments do"),
    (
        &["get", "list", "watch", "patch"],
        &["grpcroutes", "tcproutes", "tlsroutes"],
        "gateway.networking.k8s.io",
        "they may be named in place of HTTPRoutes; Traefik, as it runs here, has no entry point for them",
    ),
];

const ROLLOUTS: &str = "argoproj.io";

/// Nothing was asked for that the role does not grant, and nothing is granted that was not used or has its reason above.
pub(crate) async fn all_used(scene: Scene) -> Result<()> {
    let granted = granted(&Helm::new(&Tools::ensure()?))?;
    let requests = scene.world.cluster.lock().await.audit().requests()?;
    let asked: BTreeSet<String> = requests.iter().map(of_request).collect();
    // A request may be refused although it is granted: by an API server that has just started, and not read the roles yet.
    let used: BTreeSet<String> = requests.iter().filter(|one| !one.is_forbidden).map(of_request).collect();
    let excused = excused();
    eprintln!("{} rights are granted, {} were used", granted.len(), used.len());
    let complaints = [
        ("asked for, and not granted by the chart", &asked - &granted),
        ("granted by the chart, and not used", &(&granted - &used) - &excused),
        ("excused, and not granted any more", &excused - &granted),
    ];
    let complaints = complaints.iter().filter(|(_, rights)| !rights.is_empty());
    let complaints: Vec<String> = complaints.map(|(what, rights)| format!("{what}: {rights:?}")).collect();
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

fn excused() -> BTreeSet<String> {
    let rights = |(verbs, resources, group, _): (&'static [&str], &'static [&str], &'static str, &str)| {
        let of_one = move |resource: &'static &str| verbs.iter().map(move |verb| right(verb, resource, group));
        resources.iter().flat_map(of_one)
    };
    UNUSED.into_iter().flat_map(rights).collect()
}

/// What the chart's roles grant the controller with its default values. Those that aggregate are people's.
fn granted(helm: &Helm) -> Result<BTreeSet<String>> {
    let objects = manifests::parse::<Value>(&helm.template(&["rbac.aggregate=false"])?)?;
    let is_role = |object: &Value| matches!(object["kind"].as_str(), Some("ClusterRole" | "Role"));
    let mut rights = BTreeSet::new();
    for mut role in objects.into_iter().filter(is_role) {
        let rules: Vec<PolicyRule> = serde_json::from_value(role["rules"].take()).context("read the role's rules")?;
        rights.extend(rules.iter().flat_map(of_rule));
    }
    ensure!(!rights.is_empty(), "the chart has no role");
    Ok(rights)
}

fn of_rule(rule: &PolicyRule) -> Vec<String> {
    let mut rights = Vec::new();
    for group in rule.api_groups.iter().flatten() {
        for resource in rule.resources.iter().flatten() {
            rights.extend(rule.verbs.iter().map(|verb| right(verb, resource, group)));
        }
    }
    rights
}

fn of_request(request: &Request) -> String {
    right(&request.verb, &request.resource, &request.group)
}

/// One verb on one resource.
fn right(verb: &str, resource: &str, group: &str) -> String {
    if group.is_empty() { format!("{verb} {resource}") } else { format!("{verb} {resource} of {group}") }
}
