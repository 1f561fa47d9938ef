//! Whether this user may do what the commands do.

use futures::future::{join_all, try_join_all};
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::api::PostParams;
use sluice_crds::names;
use sluice_notify::config::Subject;
use sluice_read::Objects;

use super::finding::{Finding, why};
use crate::client::Cluster;
use crate::notifications;

/// A right: verb, API group, resource with its subresource, and the name of the one object that it is about, if it is about one.
type Right = (&'static str, &'static str, &'static str, &'static str);

/// What commands need in the namespace at hand.
const COMMANDS: [(&str, &[Right]); 12] = [
    (
        "get, list, status, history",
        &[
            ("get", names::GROUP, "rollouts", ""),
            ("list", names::GROUP, "rollouts", ""),
            ("watch", names::GROUP, "rollouts", ""),
            ("list", "apps", "replicasets", ""),
            ("list", "", "pods", ""),
            ("list", names::GROUP, "analysisruns", ""),
            ("get", names::GROUP, "analysisruns", ""),
            ("list", names::GROUP, "experiments", ""),
            ("list", "", "events", ""),
        ],
    ),
    (
        "explain",
        &[
            ("list", "", "services", ""),
            ("list", "discovery.k8s.io", "endpointslices", ""),
            ("list", names::GROUP, "analysistemplates", ""),
        ],
    ),
    (
        "promote, abort, retry",
        &[("patch", names::GROUP, "rollouts/status", ""), ("patch", names::GROUP, "rollouts", "")],
    ),
    ("pause, restart, undo, set image", &[("patch", names::GROUP, "rollouts", "")]),
    ("terminate", &[("patch", names::GROUP, "analysisruns", ""), ("patch", names::GROUP, "experiments", "")]),
    (
        "create",
        &[
            ("create", names::GROUP, "rollouts", ""),
            ("create", names::GROUP, "experiments", ""),
            ("create", names::GROUP, "analysisruns", ""),
            ("create", names::GROUP, "analysistemplates", ""),
        ],
    ),
    (
        "app list, get, history, wait",
        &[
            ("get", names::GROUP, "applications", ""),
            ("list", names::GROUP, "applications", ""),
            ("watch", names::GROUP, "applications", ""),
            ("get", names::GROUP, "appprojects", ""),
        ],
    ),
    ("app sync, rollback, terminate, refresh", &[("patch", names::GROUP, "applications", "")]),
    (
        "app diff, app lint, beside getting and patching what is compared",
        &[("get", names::GROUP, "appprojects", ""), ("list", names::GROUP, "applications", "")],
    ),
    ("app diff and app lint of repositories with credentials", &[("list", "", "secrets", "")]),
    (
        "app logs",
        &[
            ("get", "", "pods", ""),
            ("list", "", "pods", ""),
            ("get", "", "pods/log", ""),
            ("get", "apps", "deployments", ""),
            ("get", "apps", "statefulsets", ""),
            ("get", "apps", "daemonsets", ""),
            ("get", "apps", "replicasets", ""),
            ("list", "apps", "replicasets", ""),
            ("get", "batch", "jobs", ""),
            ("list", "batch", "jobs", ""),
            ("get", "batch", "cronjobs", ""),
        ],
    ),
    (
        "dashboard, beside the orders given by it",
        &[
            ("list", names::GROUP, "rollouts", ""),
            ("watch", names::GROUP, "rollouts", ""),
            ("list", names::GROUP, "applications", ""),
            ("watch", names::GROUP, "applications", ""),
            ("list", names::GROUP, "analysisruns", ""),
            ("watch", names::GROUP, "analysisruns", ""),
            ("list", names::GROUP, "experiments", ""),
            ("watch", names::GROUP, "experiments", ""),
            ("list", "apps", "replicasets", ""),
            ("watch", "apps", "replicasets", ""),
            ("list", "", "pods", ""),
            ("watch", "", "pods", ""),
        ],
    ),
];

/// One finding for each group of commands.
pub(super) async fn findings(cluster: &Cluster) -> Vec<Finding> {
    let here = [cluster.namespace.clone()];
    let mut found =
        join_all(COMMANDS.iter().map(|(commands, rights)| of_commands(cluster, commands, rights, &here))).await;
    // Notifications are configured where the controller is.
    let places = notifications::places(cluster, None);
    let configured = [("get", "", "configmaps", Subject::Rollout.config_map())];
    let hidden = [("get", "", "secrets", Subject::Rollout.secret())];
    found.push(of_commands(cluster, "notifications", &configured, &places).await);
    found.push(of_commands(cluster, "notifications that are sent", &hidden, &places).await);
    found
}

async fn of_commands(cluster: &Cluster, commands: &str, rights: &[Right], places: &[String]) -> Finding {
    let there = places.iter().map(|place| try_join_all(rights.iter().map(|right| allowed(cluster, place, *right))));
    of(commands, rights, places, try_join_all(there).await)
}

/// `answers` has for each place whether each right is there.
fn of(commands: &str, rights: &[Right], places: &[String], answers: kube::Result<Vec<Vec<bool>>>) -> Finding {
    let what = format!("Your rights for {commands}");
    let answers = match answers {
        Err(error) => {
            let says = format!("the API server does not tell: {}", why(&error));
            return Finding::doubtful(what, says, "ask whoever runs the cluster");
        }
        Ok(answers) => answers,
    };
    let mut lacking = Vec::new();
    for (place, answers) in places.iter().zip(answers) {
        let not: Vec<String> =
            rights.iter().zip(answers).filter(|(_, may)| !may).map(|(right, _)| told(*right)).collect();
        lacking.extend((!not.is_empty()).then(|| format!("{} in namespace {place}", not.join(", "))));
    }
    if lacking.is_empty() {
        return Finding::good(what, format!("all there in namespace {}", places.join(" and ")));
    }
    let says = format!("you may not {}", lacking.join(", nor "));
    Finding::doubtful(what, says, "have somebody bind a role that allows it to you")
}

/// Resource and subresource.
fn parts(resource: &'static str) -> (&'static str, Option<&'static str>) {
    resource.split_once('/').map_or((resource, None), |(resource, sub)| (resource, Some(sub)))
}

fn told((verb, group, resource, name): Right) -> String {
    let (resource, sub) = parts(resource);
    let dot = if group.is_empty() { "" } else { "." };
    let sub = sub.map(|sub| format!("/{sub}")).unwrap_or_default();
    let name = if name.is_empty() { String::new() } else { format!(" {name}") };
    format!("{verb} {resource}{dot}{group}{sub}{name}")
}

async fn allowed(cluster: &Cluster, namespace: &str, (verb, group, resource, name): Right) -> kube::Result<bool> {
    let (resource, sub) = parts(resource);
    let attributes = ResourceAttributes {
        namespace: Some(namespace.to_owned()),
        verb: Some(verb.to_owned()),
        group: Some(group.to_owned()),
        resource: Some(resource.to_owned()),
        subresource: sub.map(str::to_owned),
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() };
    let reviews: Objects<SelfSubjectAccessReview> = Objects::all(cluster.client.clone());
    let review = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
    let answer = reviews.create(&PostParams::default(), &review).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::finding;
    use super::*;
    use crate::doctor::testing::refused;

    #[test]
    fn rights_that_are_not_there_are_named_as_a_role_has_them() {
        let check = |answers, expected: &Expect| {
            let rights = [("get", "", "pods/log", ""), ("patch", names::GROUP, "rollouts/status", "")];
            let places = ["prod", "argo-rollouts"].map(str::to_owned);
            expected.assert_eq(&finding::told(&[of("act", &rights, &places, answers)]));
        };
        check(
            Ok(vec![vec![true; 2]; 2]),
            &expect!["✔ Your rights for act: all there in namespace prod and argo-rollouts"],
        );
        check(
            Ok(vec![vec![false, true], vec![false, false]]),
            &expect![[r#"
                ⚠ Your rights for act: you may not get pods/log in namespace prod, nor get pods/log, patch rollouts.argoproj.io/status in namespace argo-rollouts
                    have somebody bind a role that allows it to you"#]],
        );
        check(
            Err(refused(500)),
            &expect![[r#"
                ⚠ Your rights for act: the API server does not tell: no luck
                    ask whoever runs the cluster"#]],
        );
    }
}
