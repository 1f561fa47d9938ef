//! An Application with a field of the wrong type: said on it, and stops no other.

use kube::Api;
use kube::core::{ApiResource, DynamicObject, error_boundary::InvalidObject};
use serde_json::{Value, json};
use sluice_crds::Application;
use sluice_gitops::application::fact::Trouble;

use super::{Error, record};
use crate::context::Context;
use crate::key::{Key, Next};

/// Says on the Application what cannot be read.
///
/// The cache has no more of it than its name, so what is stored is read first.
pub(super) async fn report(ctx: &Context, key: &Key, invalid: &InvalidObject) -> Result<Next, Error> {
    let kind = ApiResource::erase::<Application>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(ctx.client.clone(), &key.namespace, &kind);
    let Some(stored) = api.get_opt(&key.name).await.map_err(Error::Stored)? else { return Ok(Next::OnChange) };
    if stored.metadata.resource_version != invalid.metadata.resource_version {
        // Another state than the one that cannot be read, or another object of that name: the watch is about to show it.
        return Ok(Next::OnChange);
    }
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
