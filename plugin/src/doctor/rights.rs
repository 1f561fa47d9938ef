//! Whether this user may do what the commands do.

use futures::future::join_all;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::Api;
use kube::api::PostParams;
use sluice_crds::names;

use super::finding::Finding;
use crate::client::Cluster;

/// A right: verb, API group, resource, subresource.
type Right = (&'static str, &'static str, &'static str, &'static str);

/// What each command needs beside reading Rollouts.
const COMMANDS: [(&str, &[Right]); 6] = [
    (
        "get, list, status, history",
        &[
            ("get", names::GROUP, "rollouts", ""),
            ("list", names::GROUP, "rollouts", ""),
            ("watch", names::GROUP, "rollouts", ""),
            ("list", "apps", "replicasets", ""),
            ("list", "", "pods", ""),
            ("list", names::GROUP, "analysisruns", ""),
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
        &[("patch", names::GROUP, "rollouts", "status"), ("patch", names::GROUP, "rollouts", "")],
    ),
    ("pause, restart, undo, set image", &[("patch", names::GROUP, "rollouts", "")]),
    ("terminate", &[("patch", names::GROUP, "analysisruns", ""), ("patch", names::GROUP, "experiments", "")]),
    ("create", &[("create", names::GROUP, "rollouts", ""), ("create", names::GROUP, "analysisruns", "")]),
];

/// One finding for each group of commands.
pub(super) async fn findings(cluster: &Cluster) -> Vec<Finding> {
    join_all(COMMANDS.iter().map(|(commands, rights)| of_commands(cluster, commands, rights))).await
}

async fn of_commands(cluster: &Cluster, commands: &str, rights: &[Right]) -> Finding {
    let what = format!("Your rights for {commands}");
    let answers = join_all(rights.iter().map(|right| allowed(cluster, *right))).await;
    let mut lacking = Vec::new();
    for (right, answer) in rights.iter().zip(answers) {
        match answer {
            Err(error) => return Finding::doubtful(what, error.to_string(), "ask whoever runs the cluster"),
            Ok(true) => {}
            Ok(false) => lacking.push(told(*right)),
        }
    }
    if lacking.is_empty() {
        return Finding::good(what, format!("all there in namespace {}", cluster.namespace));
    }
    let says = format!("you may not {} in namespace {}", lacking.join(", "), cluster.namespace);
    Finding::doubtful(what, says, "have somebody bind a role that allows it to you")
}

fn told((verb, group, resource, subresource): Right) -> String {
    let dot = if group.is_empty() { "" } else { "." };
    let slash = if subresource.is_empty() { "" } else { "/" };
    format!("{verb} {resource}{dot}{group}{slash}{subresource}")
}

async fn allowed(cluster: &Cluster, (verb, group, resource, subresource): Right) -> kube::Result<bool> {
    let attributes = ResourceAttributes {
        namespace: Some(cluster.namespace.clone()),
        verb: Some(verb.to_owned()),
        group: Some(group.to_owned()),
        resource: Some(resource.to_owned()),
        subresource: (!subresource.is_empty()).then(|| subresource.to_owned()),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() };
    let reviews: Api<SelfSubjectAccessReview> = Api::all(cluster.client.clone());
    let review = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
    let answer = reviews.create(&PostParams::default(), &review).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}
