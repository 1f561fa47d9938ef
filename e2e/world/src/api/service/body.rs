//! Reads the object of a request.

use serde_json::Value;

use super::super::meta;
use super::super::status::{Cause, Status};
use super::Asked;
use super::target::Target;

/// The object of a create or an update, with its kind named.
pub(super) fn object(asked: &Asked, target: &Target) -> Result<Value, Status> {
    if !["", "application/json"].contains(&asked.content_type()) {
        return Err(unknown_format("application/json, application/yaml, application/vnd.kubernetes.protobuf"));
    }
    let mut object = json(asked, target)?;
    check_kind(target, &object, asked)?;
    check_place(target, &object)?;
    name_kind(target, &mut object);
    Ok(object)
}

pub(super) fn unknown_format(known: &str) -> Status {
    let message = format!("the body of the request was in an unknown format - accepted media types include: {known}");
    Status::new(415, "UnsupportedMediaType", message)
}

fn json(asked: &Asked, target: &Target) -> Result<Value, Status> {
    serde_json::from_slice(&asked.body).map_err(|error| {
        let text = String::from_utf8_lossy(&asked.body);
        let text = if text.is_empty() { "<empty>" } else { &text };
        let why = json_error(&asked.body, &error);
        unrecognized(target, &format!("couldn't get version/kind; json parse error: {why} ({text})"))
    })
}

fn unrecognized(target: &Target, why: &str) -> Status {
    Status::bad_request(format!("the object provided is unrecognized (must be of type {}): {why}", target.of.kind))
}

fn check_kind(target: &Target, object: &Value, asked: &Asked) -> Result<(), Status> {
    let (of, kind) = (target.of, field(object, "kind"));
    let (version, expected) = (field(object, "apiVersion"), of.api_version());
    if kind.is_empty() && of.custom {
        let text = String::from_utf8_lossy(&asked.body);
        let begin: String = text.chars().take(30).collect();
        let why = format!("Object 'Kind' is missing in '{text}' ({begin} ...)");
        return Err(unrecognized(target, &why));
    }
    if !version.is_empty() && version != expected {
        let why =
            format!("the API version in the data ({version}) does not match the expected API version ({expected})");
        return Err(Status::bad_request(why));
    }
    if kind.is_empty() || kind == of.kind {
        return Ok(());
    }
    if of.custom {
        let cause = Cause::invalid("kind", &kind.into(), &format!("must be {}", of.kind));
        return Err(Status::invalid_as(of.group, kind, meta::text(object, "name"), &[cause]));
    }
    let (package, core) = (of.version, if of.group.is_empty() { "core" } else { of.group });
    let why = format!("converting ({package}.{kind}) to ({core}.{}): unknown conversion", of.kind);
    Err(Status::bad_request(format!("{kind} in version \"{version}\" cannot be handled as a {}: {why}", of.kind)))
}

fn field<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Name and namespace of the body are those of the address, if both name them.
fn check_place(target: &Target, object: &Value) -> Result<(), Status> {
    let namespace = meta::text(object, "namespace");
    if !namespace.is_empty() && namespace != target.namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    check_name(target.name(), object)
}

/// The name of the body is that of the address.
pub(super) fn check_name(wanted: &str, object: &Value) -> Result<(), Status> {
    let name = meta::text(object, "name");
    if wanted.is_empty() || name == wanted {
        return Ok(());
    }
    let message = format!("the name of the object ({name}) does not match the name on the URL ({wanted})");
    Err(Status::bad_request(message))
}

fn name_kind(target: &Target, object: &mut Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert("kind".to_owned(), target.of.kind.into());
        fields.insert("apiVersion".to_owned(), target.of.api_version().into());
    }
}

/// The Scale of an update.
pub(super) fn scale(asked: &Asked, target: &Target) -> Result<Value, Status> {
    let mut scale = json(asked, target)?;
    check_place(target, &scale)?;
    if let Some(fields) = scale.as_object_mut() {
        fields.insert("kind".to_owned(), "Scale".into());
    }
    Ok(scale)
}

/// Why a text is no JSON, in the server's words.
pub(super) fn json_error(body: &[u8], error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "unexpected end of JSON input".to_owned();
    }
    let line = body.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let at = error.column().saturating_sub(1);
    let found = line.get(at).copied().map_or(' ', char::from);
    let before = line.get(..at).unwrap_or_default();
    // Where a word breaks off, it is said what it would have been.
    let broken = ["null", "true", "false"].into_iter().find_map(|word| {
        let done = (1..word.len()).rev().find(|length| before.ends_with(&word.as_bytes()[..*length]))?;
        Some(format!("in literal {word} (expecting '{}')", char::from(word.as_bytes()[done])))
    });
    format!("invalid character '{found}' {}", broken.unwrap_or_else(|| "looking for beginning of value".to_owned()))
}
