//! JSON patches.

use serde::Deserialize;
use serde_json::Value;

use super::super::status::Status;

/// One operation of a JSON patch.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Operation(json_patch::PatchOperation);

impl Operation {
    pub(crate) fn parse(patch: &Value) -> Result<Vec<Self>, Status> {
        Vec::deserialize(patch).map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))
    }
}

/// Does all the operations, or none.
pub(super) fn patch(object: &mut Value, operations: &[Operation]) -> Result<(), Status> {
    let operations: Vec<_> = operations.iter().map(|operation| operation.0.clone()).collect();
    json_patch::patch(object, &operations).map_err(|_| refused())
}

/// The server says no more than that.
fn refused() -> Status {
    let message = "the server rejected our request due to an error in our request";
    Status { details: Some(serde_json::json!({})), ..Status::new(422, "Invalid", message) }
}
