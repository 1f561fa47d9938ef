//! What the controller may do.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sluice_e2e::helm::Helm;

use super::{SETTINGS, objects};

/// No rule has a wildcard, and Secrets are read in namespaces that are named, one by one; that of the notifications by its name.
pub(super) fn least(helm: &Helm) -> Result<()> {
    for values in SETTINGS {
        for kind in ["ClusterRole", "Role"] {
            for role in objects(helm, values, kind)? {
                let of_applications = role["metadata"]["name"].as_str().is_some_and(|name| name.ends_with("-gitops"));
                for rule in role["rules"].as_array().context("a role has rules")? {
                    ensure!(!rule.to_string().contains('*'), "{rule} with {values:?}");
                    ensure!(modest(kind, rule, of_applications), "{kind}: {rule} with {values:?}");
                }
            }
        }
    }
    Ok(())
}

fn modest(kind: &str, rule: &Value, of_applications: bool) -> bool {
    let secrets = rule["resources"].as_array().is_some_and(|all| all.iter().any(|one| one == "secrets"));
    let one_by_one = rule["verbs"] == json!(["get"]);
    let by_name = rule["resourceNames"] == json!(["argo-rollouts-notification-secret"]);
    // Those of repositories and clusters are told by a label alone.
    let by_label = rule["verbs"] == json!(["list", "watch"]) && of_applications;
    !secrets || kind == "Role" && (one_by_one || by_name || by_label)
}

/// With `namespaced` nothing is said of the cluster, and the Role is where the controller is.
pub(super) fn of_one_namespace(helm: &Helm) -> Result<()> {
    let values = ["namespaced=true"];
    for kind in ["ClusterRole", "ClusterRoleBinding"] {
        ensure!(objects(helm, &values, kind)?.is_empty(), "there is a {kind}");
    }
    for kind in ["Role", "RoleBinding"] {
        let places: Vec<Value> =
            objects(helm, &values, kind)?.iter().map(|one| one["metadata"]["namespace"].clone()).collect();
        ensure!(places == ["sluice", "sluice", "sluice"], "{kind}s are in {places:?}");
    }
    let [config] = &objects(helm, &values, "ConfigMap")?[..] else { anyhow::bail!("there is one ConfigMap") };
    let flags = config["data"]["config.yaml"].as_str().unwrap_or_default();
    ensure!(flags.contains("namespaced: true") && flags.contains("namespace: sluice"), "flags: {flags}");
    Ok(())
}
