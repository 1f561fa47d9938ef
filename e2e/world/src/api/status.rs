//! What the server answers when it does not do what it was asked for.

use std::fmt;

use serde_json::{Value, json};

use super::catalog::Resource;

/// A refusal: the server's `Status` object.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The HTTP status.
    pub code: u16,
    /// One word for it; empty where the server has none.
    pub reason: &'static str,
    /// What is wrong.
    pub message: String,
    /// What it is about.
    pub details: Option<Value>,
}

/// One thing wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) field: String,
}

impl Status {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None }
    }

    pub(crate) fn about(self, of: &Resource, name: &str) -> Self {
        let mut details = json!({"kind": of.plural});
        set(&mut details, "name", name);
        set(&mut details, "group", of.group);
        Self { details: Some(details), ..self }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// A failure that the server has no reason for.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    pub(crate) fn not_found(of: &Resource, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", of.full_name())).about(of, name)
    }

    pub(crate) fn no_such_path() -> Self {
        Self {
            details: Some(json!({})),
            ..Self::new(404, "NotFound", "the server could not find the requested resource")
        }
    }

    pub(crate) fn already_exists(of: &Resource, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", of.full_name())).about(of, name)
    }

    pub(crate) fn conflict(of: &Resource, name: &str, why: impl fmt::Display) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", of.full_name());
        Self::new(409, "Conflict", message).about(of, name)
    }

    /// For a deletion, which names kinds where other writes name paths.
    pub(crate) fn conflicting_deletion(of: &Resource, name: &str, why: impl fmt::Display) -> Self {
        let kind = if of.group.is_empty() { of.kind.to_owned() } else { format!("{}.{}", of.kind, of.group) };
        let mut details = json!({"kind": of.kind});
        set(&mut details, "name", name);
        set(&mut details, "group", of.group);
        let message = format!("Operation cannot be fulfilled on {kind} \"{name}\": {why}");
        Self { details: Some(details), ..Self::new(409, "Conflict", message) }
    }

    pub(crate) fn outdated(of: &Resource, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(of, name, why)
    }

    /// With everything that is wrong.
    pub(crate) fn invalid_as(group: &str, kind: &str, name: &str, causes: &[Cause]) -> Self {
        let full = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        let mut told: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        // Some checks run twice: their causes are told twice, their words once.
        told.dedup();
        let told = match told.as_slice() {
            [] => "<nil>".to_owned(),
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let mut details = json!({});
        set(&mut details, "kind", kind);
        set(&mut details, "name", name);
        set(&mut details, "group", group);
        if let (false, Some(details)) = (causes.is_empty(), details.as_object_mut()) {
            details.insert("causes".to_owned(), causes.iter().map(Cause::json).collect());
        }
        Self { details: Some(details), ..Self::new(422, "Invalid", format!("{full} \"{name}\" is invalid: {told}")) }
    }

    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// The object that is sent.
    pub fn json(&self) -> Value {
        let mut object = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "code": self.code,
        });
        set(&mut object, "reason", self.reason);
        if let (Some(details), Some(object)) = (&self.details, object.as_object_mut()) {
            object.insert("details".to_owned(), details.clone());
        }
        object
    }
}

impl Cause {
    pub(crate) fn new(reason: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: field.into() }
    }

    pub(crate) fn required(field: impl Into<String>, detail: &str) -> Self {
        let colon = if detail.is_empty() { "" } else { ": " };
        Self::new("FieldValueRequired", field, format!("Required value{colon}{detail}"))
    }

    /// `value` is shown as JSON.
    pub(crate) fn invalid(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        Self::new("FieldValueInvalid", field, format!("Invalid value: {value}: {detail}"))
    }

    pub(crate) fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        Self::new("FieldValueForbidden", field, format!("Forbidden: {detail}"))
    }

    pub(crate) fn unsupported(field: impl Into<String>, value: &Value, known: &[String]) -> Self {
        let known: Vec<String> = known.iter().map(|known| format!("\"{known}\"")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", known.join(", "));
        Self::new("FieldValueNotSupported", field, message)
    }

    fn json(&self) -> Value {
        json!({"reason": self.reason, "message": self.message, "field": self.field})
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code, self.reason, self.message)
    }
}

impl std::error::Error for Status {}

fn set(object: &mut Value, key: &str, value: &str) {
    if let (false, Some(object)) = (value.is_empty(), object.as_object_mut()) {
        object.insert(key.to_owned(), value.into());
    }
}
