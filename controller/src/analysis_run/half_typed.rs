//! A run with a field of the wrong type: an Error of its own, said on it.

use kube::core::error_boundary::InvalidObject;
use serde_json::{Value, json};
use sluice_crds::AnalysisRun;

use crate::analysis_run::{Error, record};
use crate::context::Context;
use crate::half_typed;
use crate::key::{Key, Next};

/// Says on the run what cannot be read. A run that has ended is left as it is.
pub(super) async fn report(ctx: &Context, key: &Key, invalid: &InvalidObject) -> Result<Next, Error> {
    let Some(stored) = half_typed::stored::<AnalysisRun>(ctx, key, invalid).await.map_err(Error::Stored)? else {
        return Ok(Next::OnChange);
    };
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
