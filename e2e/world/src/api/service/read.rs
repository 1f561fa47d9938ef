//! Reads one object.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::super::catalog::Sub;
use super::super::entry::{Entry, Key, View};
use super::super::scale;
use super::super::status::Status;
use super::accept::Form;
use super::answer::Answer;
use super::options::no_number;
use super::target::{Shape, Target};
use super::{ApiService, Asked};

/// Answers with the object, its status' owner, or its scale.
pub(super) fn answer(
    service: &ApiService,
    asked: &Asked,
    target: &Target,
    sub: Sub,
    form: Form,
) -> Result<Answer, Status> {
    let entry = find(service, asked, target)?;
    if sub == Sub::Scale {
        return Ok(Answer::ok(&scale::of(target.of, &entry.value)));
    }
    Ok(object(StatusCode::OK, &entry, target, form))
}

/// One object as an answer.
pub(super) fn object(status: StatusCode, entry: &Entry, target: &Target, form: Form) -> Answer {
    match (target.shape, form.view) {
        (Shape::CoreEvent, View::Whole) => Answer::value(status, &super::super::events::core(&entry.value)),
        (_, view) => Answer::json(status, entry.bytes(view).clone()),
    }
}

fn find(service: &ApiService, asked: &Asked, target: &Target) -> Result<Arc<Entry>, Status> {
    let version = asked.query.text("resourceVersion");
    let wanted: u64 =
        if version.is_empty() { 0 } else { version.parse().map_err(|_| Status::failed(no_number(version)))? };
    let state = service.store.state();
    if wanted > state.version {
        return Err(too_large(wanted, state.version));
    }
    let key = Key::new(&target.namespace, target.name());
    let cached = state.version.saturating_sub((service.lag)()).max(wanted);
    let seen = if version.is_empty() { state.version } else { cached };
    let found = state.shelf(target.of).get_at(&key, seen);
    found.ok_or_else(|| Status::not_found(target.of, target.name()))
}

/// Nobody has written that much yet.
pub(super) fn too_large(wanted: u64, current: u64) -> Status {
    let message = format!("Timeout: Too large resource version: {wanted}, current: {current}");
    let cause = json!({"reason": "ResourceVersionTooLarge", "message": "Too large resource version"});
    Status { details: Some(json!({"causes": [cause], "retryAfterSeconds": 1})), ..Status::new(504, "Timeout", message) }
}
