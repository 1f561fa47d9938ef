//! What the API server says of a token, and of what its user may do.

use std::collections::BTreeMap;

use k8s_openapi::api::authentication::v1::{SelfSubjectReview, TokenReview, TokenReviewSpec};
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use kube::api::PostParams;
use kube::{Api, Client};

/// A user, as the API server knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct User {
    /// The name.
    pub(super) name: String,
    pub(super) uid: Option<String>,
    pub(super) groups: Vec<String>,
    pub(super) extra: BTreeMap<String, Vec<String>>,
}

/// Something that one may do, or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    /// get, list, patch.
    pub(super) verb: &'static str,
    /// The API group.
    pub(super) group: &'static str,
    /// The resource.
    pub(super) resource: &'static str,
    /// A part of it, like status.
    pub(super) part: &'static str,
    /// The namespace; empty: all of them.
    pub(super) namespace: String,
    /// The name; empty: any.
    pub(super) name: String,
}

/// Whose token it is; `None` where the API server knows nobody by it.
pub(super) async fn who(client: &Client, token: &str) -> kube::Result<Option<User>> {
    let spec = TokenReviewSpec { token: Some(token.to_owned()), audiences: None };
    let review = TokenReview { spec, ..TokenReview::default() };
    let answer = Api::all(client.clone()).create(&PostParams::default(), &review).await?;
    let status = answer.status.unwrap_or_default();
    let user = status.user.filter(|_| status.authenticated == Some(true)).map(|user| User {
        name: user.username.unwrap_or_default(),
        uid: user.uid,
        groups: user.groups.unwrap_or_default(),
        extra: user.extra.unwrap_or_default(),
    });
    Ok(user.filter(|user| !user.name.is_empty()))
}

/// Whose the client is; empty where the API server does not say so.
pub(crate) async fn myself(client: &Client) -> String {
    let review = SelfSubjectReview::default();
    let answer: kube::Result<SelfSubjectReview> =
        Api::all(client.clone()).create(&PostParams::default(), &review).await;
    let user = answer.ok().and_then(|review| review.status?.user_info?.username);
    user.unwrap_or_default()
}

/// Whether the user may do it.
pub(super) async fn may(client: &Client, user: &User, question: &Question) -> kube::Result<bool> {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let attributes = ResourceAttributes {
        verb: given(question.verb),
        group: given(question.group),
        resource: given(question.resource),
        subresource: given(question.part),
        namespace: given(&question.namespace),
        name: given(&question.name),
        ..ResourceAttributes::default()
    };
    let spec = SubjectAccessReviewSpec {
        user: Some(user.name.clone()),
        uid: user.uid.clone(),
        groups: Some(user.groups.clone()),
        extra: Some(user.extra.clone()),
        resource_attributes: Some(attributes),
        non_resource_attributes: None,
    };
    let review = SubjectAccessReview { spec, ..SubjectAccessReview::default() };
    let answer = Api::all(client.clone()).create(&PostParams::default(), &review).await?;
    Ok(answer.status.is_some_and(|status| status.allowed && status.denied != Some(true)))
}
