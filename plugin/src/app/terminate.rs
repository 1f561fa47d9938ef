//! `app terminate`: ends what is being done with an Application.

use anyhow::{Context, Result, bail};
use kube::api::{Patch, PatchParams};
use serde_json::json;
use sluice_orders::application::Stop;

use super::names::{self, Named};
use crate::act::MANAGER;
use crate::args::AppNames;
use crate::clean::clean;
use crate::client::Cluster;
use crate::each::Done;
use crate::report::Report;

/// How often it is tried; the controller writes the same object.
const TRIES: usize = 10;

/// Ends what is being done with each.
pub(crate) async fn run(cluster: &Cluster, names: &AppNames) -> Result<Report> {
    names::each(cluster, names, async |named: &Named| {
        let said = one(cluster, named).await?;
        let line = clean(&format!("application '{named}' {said}")).into_owned();
        let document = json!({"kind": "Application", "namespace": named.namespace, "name": named.name, "result": said});
        Ok(Done { lines: vec![line], document })
    })
    .await
}

async fn one(cluster: &Cluster, named: &Named) -> Result<&'static str> {
    let api = names::objects(cluster, &named.namespace);
    for _ in 0..TRIES {
        let app = names::read(cluster, named).await?;
        let (mut patch, said) = match Stop::of(&app) {
            Stop::Already => return Ok("is being terminated already"),
            Stop::Running(patch) => (patch, "terminated"),
            Stop::NotBegun(patch) => (patch, "had not begun what was asked for; it is taken back"),
            Stop::Idle => {
                bail!("unable to terminate operation: no operation is in progress on application '{named}'")
            }
        };
        json_patch::merge(&mut patch, &json!({"metadata": {"resourceVersion": app.metadata.resource_version}}));
        match api.patch(&named.name, &PatchParams::apply(MANAGER), &Patch::Merge(patch)).await {
            Err(kube::Error::Api(refusal)) if refusal.is_conflict() => {}
            done => {
                done.with_context(|| format!("terminate the operation of application '{named}'"))?;
                return Ok(said);
            }
        }
    }
    bail!("application '{named}' is written too often by others; nothing was done. Try again")
}
