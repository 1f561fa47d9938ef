//! The form in which an answer is wanted.

use super::super::entry::View;
use super::super::status::Status;
use super::Asked;
use super::target::Target;

/// JSON, of the whole or of the metadata alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) view: View,
}

impl Form {
    /// The first of the accepted forms that is served.
    pub(super) fn of(asked: &Asked, target: &Target) -> Result<Self, Status> {
        let accept = asked.header("accept");
        if accept.is_empty() {
            return Ok(Self { view: View::Whole });
        }
        accept.split(',').find_map(served).ok_or_else(|| not_acceptable(target))
    }
}

fn served(range: &str) -> Option<Form> {
    let mut parts = range.split(';').map(str::trim);
    if !["application/json", "application/*", "*/*"].contains(&parts.next()?) {
        return None;
    }
    match parts.find_map(|parameter| parameter.strip_prefix("as=")) {
        None => Some(Form { view: View::Whole }),
        Some("PartialObjectMetadata" | "PartialObjectMetadataList") => Some(Form { view: View::Metadata }),
        Some(_) => None,
    }
}

fn not_acceptable(target: &Target) -> Status {
    let known = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
    if target.of.custom {
        return Status::new(406, "NotAcceptable", format!("only the following media types are accepted: {known}"));
    }
    let streams = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
    let message = format!("406: Not Acceptable\n\nAvailable representations: {known}, {streams}");
    Status { details: Some(serde_json::json!({})), ..Status::new(406, "NotAcceptable", message) }
}
