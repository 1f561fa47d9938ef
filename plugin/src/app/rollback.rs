//! `app rollback`: goes back to a past deployment.

use anyhow::Result;
use serde_json::Value;
use sluice_crds::Application;

use super::sync::{How, told};
use super::{names, operation};
use crate::act::who;
use crate::args::RollbackArgs;
use crate::client::Cluster;
use crate::out::Out;
use crate::report::Report;

/// Has it go back, and waits for it.
pub(crate) async fn run(cluster: &Cluster, wanted: &RollbackArgs, out: Out) -> Result<Report> {
    let by = who::name(cluster).await;
    let names = wanted.names();
    let targets = names::of(cluster, &names).await?;
    let how = How {
        cluster,
        out: Some(out).filter(|_| wanted.form.document().is_none()),
        several: false,
        timeout: wanted.timeout,
        waits: true,
        // What the past deployment did not have stays, unless it is asked to go: that is no mistake.
        whole: false,
    };
    let make = |app: &Application| operation::rollback(app, wanted, by.as_deref());
    let mut ends = Vec::new();
    for named in &targets {
        ends.push(Box::pin(how.one(named, make)).await);
    }
    let mut report = told(&targets, ends, wanted.form)?;
    if let Value::Array(documents) = std::mem::take(&mut report.document) {
        report.document = names::document(&names, documents);
    }
    Ok(report)
}
