//! What the API server says to a write, as people are told it.

use kube::core::Status;
use sluice_gitops::Key;

use crate::error::WriteError;
use crate::live::As;
use crate::server::Failure;

/// The longest sentence.
const LONGEST: usize = 2_000;
/// What API servers say of fields that cannot be changed.
const IMMUTABLE: &[&str] =
    &["immutable", "updates to", "may not be changed", "may not change", "cannot be changed", "can not be changed"];

/// Why something was not written, and what to do. Nothing that is in a Secret.
pub(crate) fn refusal(failure: &Failure, key: &Key, verb: &str, by: &As) -> WriteError {
    let Failure::Said(status) = failure else {
        return WriteError::Unreachable(format!("{key}: {failure}"));
    };
    let said = words(failure, status, key);
    match (status.code, status.reason.as_str()) {
        (403, _) if is_about_rights(status) => {
            WriteError::Forbidden(format!("{}: {said}", grant(status, key, verb, by)))
        }
        // It is gone soon, and can be made anew.
        (403, _) if status.message.contains("being terminated") => WriteError::Conflict(said),
        (409, "AlreadyExists") => WriteError::Conflict(format!("{key} is there already: {said}")),
        (409, _) => WriteError::Conflict(format!("{key} changed in the meantime: {said}")),
        (404, _) if is_about_kind(status, key) => WriteError::UnknownKind(format!("{key}: {said}")),
        // Whoever is not known any more gets new credentials, and nothing is wrong with the object.
        (401 | 429 | 502..=504, _) => WriteError::Unreachable(format!("{key}: {said}")),
        // What a webhook that is down, or an API server that cannot go on, says. A form that it cannot take comes as that, too.
        (500.., _) if !said.contains("typed patch") => WriteError::Unreachable(format!("{key}: {said}")),
        _ => WriteError::Refused(said),
    }
}

/// A namespace that ends, and a quota, come as forbidden, too.
fn is_about_rights(status: &Status) -> bool {
    status.message.contains(" cannot ") || status.message.contains("RBAC")
}

/// What is missing is the place for such objects, not the object.
fn is_about_kind(status: &Status, key: &Key) -> bool {
    let of = status.details.as_ref().map(|details| details.name.as_str()).unwrap_or_default();
    of != key.name && !is_about_namespace(status)
}

fn is_about_namespace(status: &Status) -> bool {
    status.details.as_ref().is_some_and(|details| details.kind == "namespaces")
}

/// Whether the namespace of an object is not there.
pub(crate) fn lacks_namespace(failure: &Failure) -> bool {
    matches!(failure, Failure::Said(status) if status.code == 404 && is_about_namespace(status))
}

/// Whether an object cannot become so, but could be made so.
pub(crate) fn is_immutable(failure: &Failure) -> bool {
    let Failure::Said(status) = failure else { return false };
    status.code == 422 && IMMUTABLE.iter().any(|words| status.message.contains(words))
}

/// Whether an object of that name is there.
pub(crate) fn is_there_already(failure: &Failure) -> bool {
    matches!(failure, Failure::Said(status) if status.code == 409 && status.reason == "AlreadyExists")
}

/// What to write into a role: what a refusal calls the kind there is the resource.
fn grant(status: &Status, key: &Key, verb: &str, by: &As) -> String {
    let said = status.details.as_ref().map(|details| details.kind.as_str()).filter(|said| !said.is_empty());
    let resource = said.unwrap_or(&key.kind);
    let who = match by {
        As::Itself => "whom the cluster is reached as",
        As::ServiceAccount(user) => user.as_str(),
    };
    format!("{key} may not be written; allow {who} to {verb} {resource} of the API group {:?}", key.group)
}

/// The API server's words, but not of a Secret: they may quote what is in it.
fn words(failure: &Failure, status: &Status, key: &Key) -> String {
    if !key.is("", "Secret") || status.code == 403 && is_about_rights(status) {
        let said = if status.message.is_empty() { failure.to_string() } else { status.message.clone() };
        return shortened(&said);
    }
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let mut fields: Vec<String> = causes.filter_map(|cause| plain(&cause.field)).collect();
    fields.dedup();
    let of = if fields.is_empty() { String::new() } else { format!(" of {}", fields.join(", ")) };
    let reason = if status.reason.is_empty() { status.code.to_string() } else { status.reason.clone() };
    format!(
        "the API server refuses {key} because{of} ({reason}); its words are not shown, as they may quote what is secret"
    )
}

/// A field, if it is that and no more.
fn plain(field: &str) -> Option<String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/[]".contains(letter);
    (!field.is_empty() && field.len() < 200 && field.chars().all(is_plain)).then(|| field.to_owned())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use kube::core::response::{StatusCause, StatusDetails};

    use super::*;

    fn failure(code: u16, reason: &str, message: &str) -> Failure {
        Failure::Said(Box::new(Status::failure(message, reason).with_code(code)))
    }

    fn details(kind: &str, causes: Vec<StatusCause>) -> StatusDetails {
        StatusDetails {
            causes,
            name: String::new(),
            group: String::new(),
            kind: kind.to_owned(),
            uid: String::new(),
            retry_after_seconds: 0,
        }
    }

    #[test]
    fn a_right_that_is_missing_is_named_as_a_role_has_it() {
        let message = "limitranges \"limits\" is forbidden: User \"x\" cannot patch resource \"limitranges\"";
        let status = Status::failure(message, "Forbidden").with_code(403);
        let failure = Failure::Said(Box::new(Status { details: Some(details("limitranges", Vec::new())), ..status }));
        let why = refusal(&failure, &Key::new("", "LimitRange", "shop", "limits"), "patch", &As::Itself).to_string();
        assert!(
            why.contains("allow whom the cluster is reached as to patch limitranges of the API group \"\""),
            "{why}"
        );
    }

    #[test]
    fn an_error_of_a_secret_quotes_nothing() {
        let cause = StatusCause { field: "data[token]".into(), message: "hunter2".into(), reason: "Invalid".into() };
        let details = details("", vec![cause]);
        let status = Status::failure("Secret \"db\" is invalid: data[token]: hunter2", "Invalid").with_code(422);
        let failure = Failure::Said(Box::new(Status { details: Some(details), ..status }));
        let why = refusal(&failure, &Key::new("", "Secret", "shop", "db"), "patch", &As::Itself).to_string();
        assert!(why.contains("data[token]") && !why.contains("hunter2"), "{why}");
    }

    #[test]
    fn each_error_is_told_apart() {
        let key = Key::new("apps", "Deployment", "shop", "web");
        let forbidden = "deployments.apps \"web\" is forbidden: User \"x\" cannot patch resource \"deployments\"";
        for (code, reason, message, label) in [
            (401, "Unauthorized", "Unauthorized", "unreachable"),
            (403, "Forbidden", forbidden, "forbidden"),
            (403, "Forbidden", "exceeded quota: pods=1", "refused"),
            (
                403,
                "Forbidden",
                "unable to create new content in namespace a because it is being terminated",
                "conflict",
            ),
            (409, "Conflict", "the object has been modified", "conflict"),
            (422, "Invalid", "spec.selector: field is immutable", "refused"),
            (500, "InternalError", "failed calling webhook \"x\"", "unreachable"),
            (500, "InternalError", "failed to create typed patch object: .spec.foo: not declared", "refused"),
            (503, "", "", "unreachable"),
            (401, "Unauthorized", "Unauthorized", "unreachable"),
        ] {
            let why = refusal(&failure(code, reason, message), &key, "patch", &As::Itself);
            assert_eq!(why.label(), label, "{why}");
        }
    }

    #[test]
    fn a_field_that_cannot_change_is_known_by_its_words() {
        for (message, expected) in [
            ("Deployment.apps \"web\" is invalid: spec.selector: Invalid value: {}: field is immutable", true),
            ("spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden", true),
            ("spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`", true),
            ("spec.replicas: Invalid value: -1: must be greater than or equal to 0", false),
        ] {
            assert_eq!(is_immutable(&failure(422, "Invalid", message)), expected, "{message}");
        }
    }
}
