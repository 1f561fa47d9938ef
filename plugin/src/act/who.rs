//! Who gives an order, as the API server knows them.

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::PostParams;
use sluice_read::Objects;
use tokio::time::{Duration, timeout};

use crate::client::Cluster;

/// How long an order waits for the name: an abort is not lost by what stands before reviews alone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Their name; none, where the API server does not say it soon.
pub(crate) async fn name(cluster: &Cluster) -> Option<String> {
    let reviews: Objects<SelfSubjectReview> = Objects::all(cluster.client.clone());
    let (params, review) = (PostParams::default(), SelfSubjectReview::default());
    let answer = timeout(PATIENCE, reviews.create(&params, &review)).await.ok()?;
    let user = answer.ok().and_then(|review| review.status?.user_info?.username);
    user.filter(|user| !user.is_empty())
}

/// The reason with the name of whoever gives it: they will be asked about it.
///
/// Without, where the API server does not say who that is: the abort is what matters.
pub(crate) fn signed(reason: &str, who: &str) -> String {
    if who.is_empty() { reason.to_owned() } else { format!("{reason} ({who})") }
}
