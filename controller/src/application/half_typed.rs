//! An Application with a field of the wrong type: said on it, and stops no other.

use kube::core::error_boundary::InvalidObject;
use serde_json::{Value, json};
use sluice_crds::Application;
use sluice_gitops::application::fact::Trouble;

use super::{Error, record};
use crate::context::Context;
use crate::half_typed;
use crate::key::{Key, Next};

/// Says on the Application what cannot be read.
pub(super) async fn report(ctx: &Context, key: &Key, invalid: &InvalidObject) -> Result<Next, Error> {
    let Some(stored) = half_typed::stored::<Application>(ctx, key, invalid).await.map_err(Error::Stored)? else {
        return Ok(Next::OnChange);
    };
    let message = invalid.error.clone();
    let kind = Trouble::InvalidSpecError.name();
    let conditions = stored.data.pointer("/status/conditions").and_then(Value::as_array);
    let says = |one: &Value| {
        one.get("type").and_then(Value::as_str) == Some(kind)
            && one.get("message").and_then(Value::as_str) == Some(&message)
    };
    if conditions.is_some_and(|all| all.iter().any(says)) {
        return Ok(Next::OnChange);
    }
    let now = ctx.clock.now().to_string();
    let condition = json!({"type": kind, "message": message, "lastTransitionTime": now});
    let status = json!({"conditions": [condition], "sync": {"status": "Unknown"}, "health": {"status": "Unknown"}});
    let version = &stored.metadata.resource_version;
    record::write(ctx, key, &json!({"metadata": {"resourceVersion": version}, "status": status})).await?;
    Ok(Next::OnChange)
}
