//! Reviews: who one is, and what one may do. They are answered, not stored.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::catalog::Sub;
use super::super::managed;
use super::super::status::{Cause, Status};
use super::super::write::{Call, Run, Unknown};
use super::answer::Answer;
use super::target::Target;
use super::{ApiService, Asked, body, not_allowed};

/// Answers a review.
pub(super) fn answer(service: &ApiService, asked: &Asked, target: &Target) -> Result<Answer, Status> {
    if asked.method != Method::POST {
        return Err(not_allowed(asked, target));
    }
    let mut review = body::object(asked, target)?;
    review["metadata"] = json!({});
    note(service, asked, target, &mut review);
    review["status"] = match target.of.kind {
        "SubjectAccessReview" => access(service, &review, subject(&review)?),
        "SelfSubjectAccessReview" => access(service, &review, &service.user),
        "TokenReview" => token(service, &review),
        _ => json!({"userInfo": {"username": &*service.user, "groups": ["system:authenticated"]}}),
    };
    Ok(Answer::value(StatusCode::CREATED, &review))
}

/// Reviews name who wrote them, as whatever is created does.
fn note(service: &ApiService, asked: &Asked, target: &Target, review: &mut Value) {
    let zero = json!({"apiVersion": review["apiVersion"], "kind": review["kind"], "metadata": {}, "spec": {}});
    let (of, by, unknown) = (target.of, asked.manager(), Unknown::Dropped);
    service.store.act(|_, now| {
        let call = Call { of, namespace: "", name: "", sub: Sub::Object, by, run: Run::Dry, unknown, now };
        managed::note(&call, &zero, review);
    });
}

fn subject(review: &Value) -> Result<&str, Status> {
    let user = review["spec"]["user"].as_str().unwrap_or_default();
    if user.is_empty() && review["spec"]["groups"].as_array().is_none_or(Vec::is_empty) {
        let cause = Cause::invalid("spec.user", &"".into(), "at least one of user or group must be specified");
        return Err(Status::invalid_as("authorization.k8s.io", "", "", &[cause]));
    }
    Ok(user)
}

fn access(service: &ApiService, review: &Value, user: &str) -> Value {
    let groups = review["spec"]["groups"].as_array().into_iter().flatten();
    let master = groups.filter_map(Value::as_str).any(|group| group == "system:masters");
    json!({"allowed": master || service.store.allows(user, &review["spec"])})
}

/// A token is its user's name; the empty one is nobody's.
fn token(service: &ApiService, review: &Value) -> Value {
    match review["spec"]["token"].as_str().filter(|token| service.store.knows(token)) {
        Some(user) => json!({"authenticated": true, "user": {"username": user, "groups": ["system:authenticated"]}}),
        None => json!({"user": {}, "error": "[invalid bearer token, unknown]"}),
    }
}
