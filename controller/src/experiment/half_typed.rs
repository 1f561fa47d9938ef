//! An Experiment with a field of the wrong type: said on it, and stops no other.

use kube::core::error_boundary::InvalidObject;
use serde_json::{Value, json};
use sluice_crds::Experiment;

use crate::context::Context;
use crate::experiment::{Error, record, traffic};
use crate::half_typed;
use crate::key::{Key, Next};

/// Says on the Experiment what cannot be read. One that has ended is left as it is.
pub(super) async fn report(ctx: &Context, key: &Key, invalid: &InvalidObject) -> Result<Next, Error> {
    let Some(stored) = half_typed::stored::<Experiment>(ctx, key, invalid).await.map_err(Error::Stored)? else {
        return Ok(Next::OnChange);
    };
    if stored.metadata.deletion_timestamp.is_some() {
        // What it made cannot be told from it any more, nor what is to become of that.
        traffic::forget(&ctx.untyped::<Experiment>(&key.namespace), &stored).await.map_err(Error::Stored)?;
        return Ok(Next::OnChange);
    }
    let phase = stored.data.pointer("/status/phase").and_then(Value::as_str);
    let message = format!("InvalidSpec: {}", invalid.error);
    let known = stored.data.pointer("/status/message").and_then(Value::as_str) == Some(&message);
    if known || matches!(phase, Some("Successful" | "Failed" | "Error" | "Inconclusive")) {
        return Ok(Next::OnChange);
    }
    let status = json!({"phase": phase.unwrap_or("Pending"), "message": message});
    let version = &stored.metadata.resource_version;
    record::write(ctx, key, &json!({"metadata": {"resourceVersion": version}, "status": status})).await?;
    Ok(Next::OnChange)
}
