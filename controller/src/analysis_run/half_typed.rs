//! A run with a field of the wrong type: an Error of its own, said on it.

use kube::Api;
use kube::core::{ApiResource, DynamicObject, error_boundary::InvalidObject};
use serde_json::{Value, json};
use sluice_crds::AnalysisRun;

use crate::analysis_run::{Error, record};
use crate::context::Context;
use crate::key::{Key, Next};

/// Says on the run what cannot be read. A run that has ended is left as it is.
///
/// The cache has no more of it than its name, so what is stored is read first.
pub(super) async fn report(ctx: &Context, key: &Key, invalid: &InvalidObject) -> Result<Next, Error> {
    let kind = ApiResource::erase::<AnalysisRun>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(ctx.client.clone(), &key.namespace, &kind);
    let Some(stored) = api.get_opt(&key.name).await.map_err(Error::Stored)? else { return Ok(Next::OnChange) };
    if stored.metadata.resource_version != invalid.metadata.resource_version {
        // Another state than the one that cannot be read, or another object of that name: the watch is about to show it.
        return Ok(Next::OnChange);
    }
    let phase = stored.data.pointer("/status/phase").and_then(Value::as_str);
    if matches!(phase, Some("Successful" | "Failed" | "Error" | "Inconclusive")) {
        return Ok(Next::OnChange);
    }
    let message = format!("analysis spec invalid: {}", invalid.error);
    let status = json!({"phase": "Error", "message": message});
    record::write(
        ctx,
        key,
        &json!({"metadata": {"resourceVersion": stored.metadata.resource_version}, "status": status}),
    )
    .await?;
    Ok(Next::OnChange)
}
