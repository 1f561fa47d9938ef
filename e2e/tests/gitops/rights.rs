//! What the roles of the chart grant a controller that keeps Applications: it has nothing else in these tests, and needs all of it.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::collections::BTreeSet;

use anyhow::Result;
use kube::Client;
use serde_json::{Value, json};
use sluice_e2e::audit::Request;
use sluice_e2e::harness::Scene;
use sluice_e2e::helm::Helm;
use sluice_e2e::rights::{self, Rights, Unused};
use sluice_e2e::tools::{Tools, package_dir};
use sluice_e2e::{fixtures, manifests};
use tokio::time::Instant;

use crate::stage::{DASHBOARD, HOME, Stage, TEAM, complains, map};

/// What no test uses, and has its reason.
const UNUSED: [Unused; 1] =
    [(&["get"], &["applications"], "argoproj.io", "one that is half-typed is read as it is stored")];
/// The namespaces of a project that has orphans counted: every kind is tried there, and what cannot be listed has none.
const ORPHANS: &str = "bookverse-";

/// Gives the controller the rights that the chart has for Applications in that namespace and in those of teams, to deploy what
/// `rules.yaml` says. Applications deploy others at home alone: elsewhere the chart's own right to them has to do.
pub(crate) async fn give(client: &Client, tools: &Tools, home: &str) -> Result<()> {
    let rules = package_dir().join("tests/gitops/rules.yaml").display().to_string();
    let set = format!("{},config.dashboard-port={DASHBOARD},crds.install=false", kept(home));
    let chart = Helm::new(tools).template_by(&["--values", &rules, "--set", &set])?;
    manifests::apply_rights(client, &chart).await?;
    let rules =
        json!([{"apiGroups": ["argoproj.io"], "resources": ["applications"], "verbs": ["create", "update", "delete"]}]);
    grant(client, Some(home), "applications", &rules).await
}

/// The chart's values for Applications in that namespace, and in those of teams.
fn kept(home: &str) -> String {
    format!("gitops.enabled=true,gitops.namespace={home},gitops.applicationNamespaces={{*{TEAM}}}")
}

/// What nobody lets the controller deploy is named with the right that is missing, and harms nothing else. Once that is there, it is
/// deployed by itself.
pub(crate) async fn named(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "policy"},
        "spec": {"podSelector": {}},
    });
    stage.repository.write("app/a.yaml", map("a", "one"))?.write("app/policy.yaml", policy.to_string())?;
    let commit = stage.repository.commit("something that the role does not allow")?;
    stage.application("web", &json!({})).await?;
    let told = |application: &Value| complains(application, "ComparisonError", "networkpolicies");
    let application = stage.until("web", "told of the right that is missing", told).await?;
    eprintln!("a right that is missing: {}", application["status"]["conditions"]);
    let rules = json!([{"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["get", "list", "watch", "create", "patch", "update", "delete"]}]);
    grant(&stage.scene.client, None, "networkpolicies", &rules).await?;
    let began = Instant::now();
    stage.settled("web", &commit).await?;
    eprintln!("a right that was missing was used after {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// Lets the controller do that, in one namespace or in all, as an operator does.
async fn grant(client: &Client, namespace: Option<&str>, name: &str, rules: &Value) -> Result<()> {
    let of = if namespace.is_some() { "" } else { "Cluster" };
    let (role, binding) = (format!("{of}Role"), format!("{of}RoleBinding"));
    let reference = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": name});
    let account = json!({"kind": "ServiceAccount", "name": "sluice", "namespace": "sluice"});
    for object in [
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": role, "metadata": {"name": name}, "rules": rules}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": binding, "metadata": {"name": name},
               "roleRef": reference, "subjects": [account]}),
    ] {
        fixtures::apply(client, namespace.unwrap_or("sluice"), &object).await?;
    }
    Ok(())
}

/// Nothing was refused, and nothing is granted, beside what Applications may deploy, that was not used or has its reason above.
pub(crate) async fn all_used(scene: Scene) -> Result<()> {
    let values = kept(HOME);
    let of_applications = ["--show-only", "templates/gitops.yaml", "--set", &values];
    let chart = Helm::new(&Tools::ensure()?).template_by(&of_applications)?;
    let (at_home, anywhere) = (rights::granted(&chart, &["Role"])?, rights::granted(&chart, &["ClusterRole"])?);
    let requests = scene.world.cluster.lock().await.audit().requests()?;
    // What an account of a project may not, is no matter of the chart.
    let own = requests.iter().filter(|one| !one.is_impersonated);
    let (refused, allowed): (Vec<&Request>, Vec<&Request>) = own.partition(|one| one.is_forbidden);
    let refused = refused.into_iter().filter(|one| one.verb != "list" || !one.namespace.starts_with(ORPHANS));
    // One that keeps Applications of teams too lists them everywhere; the controllers that cases have for themselves do it at home.
    let is_home = |one: &Request| one.verb == "list" && one.resource == "appprojects";
    let homes: BTreeSet<&str> = allowed.iter().filter(|one| is_home(one)).map(|one| one.namespace.as_str()).collect();
    let used_at_home = rights::needed(allowed.iter().copied().filter(|one| homes.contains(one.namespace.as_str())));
    let used = rights::needed(allowed.iter().copied());
    let excused = rights::excused(&UNUSED);
    eprintln!("{} rights are granted at home, {} anywhere", at_home.len(), anywhere.len());
    rights::ensure_none(&[
        ("always refused", &in_their_places(refused) - &in_their_places(allowed)),
        ("granted at home by the chart, and not used", &(&at_home - &used_at_home) - &excused),
        ("granted anywhere by the chart, and not used", &(&anywhere - &used) - &excused),
        ("excused, and not granted any more", &excused - &at_home),
    ])
}

/// A role may be of one namespace: what is allowed there is not elsewhere.
fn in_their_places<'a>(requests: impl IntoIterator<Item = &'a Request>) -> Rights {
    let place = |request: &'a Request| {
        let rights = rights::needed([request]).into_iter();
        rights.map(|right| format!("{right} in {:?}", request.namespace)).collect::<Vec<_>>()
    };
    requests.into_iter().flat_map(place).collect()
}
