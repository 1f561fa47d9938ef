//! Who gives an order, as the API server knows them.

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::PostParams;
use sluice_read::Objects;

use crate::client::Cluster;

/// Their name; none, where the API server does not say it.
pub(crate) async fn name(cluster: &Cluster) -> Option<String> {
    let reviews: Objects<SelfSubjectReview> = Objects::all(cluster.client.clone());
    let answer = reviews.create(&PostParams::default(), &SelfSubjectReview::default()).await;
    let user = answer.ok().and_then(|review| review.status?.user_info?.username);
    user.filter(|user| !user.is_empty())
}

/// The reason with the name of whoever gives it: they will be asked about it.
///
/// Without, where the API server does not say who that is: the abort is what matters.
pub(crate) fn signed(reason: &str, who: &str) -> String {
    if who.is_empty() { reason.to_owned() } else { format!("{reason} ({who})") }
}
