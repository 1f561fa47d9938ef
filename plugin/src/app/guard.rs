//! Writes what is asked of an Application: only where nothing else is asked for or being done.
//!
//! The state of the operation before stays in the status. The established helper takes it out with the same write; but by it the
//! controller keeps hooks of two syncs apart that begin in one second.

use anyhow::{Context, Result, bail};
use kube::api::{Patch, PatchParams};
use serde_json::json;
use sluice_crds::{Application, Operation};

use super::names::{self, Named};
use super::standing;
use crate::act::MANAGER;
use crate::client::Cluster;

/// How often a decision is taken anew; the controller writes the same object.
const TRIES: usize = 10;

/// Reads an Application, has `make` decide on what it says now, and writes that. Returns what was written.
pub(crate) async fn ask(
    cluster: &Cluster,
    named: &Named,
    make: impl Fn(&Application) -> Result<Operation>,
) -> Result<Application> {
    for _ in 0..TRIES {
        let app = names::read(cluster, named).await?;
        free(&app, named)?;
        let operation = make(&app)?;
        let version = app.metadata.resource_version.as_deref();
        let patch = json!({"metadata": {"resourceVersion": version}, "operation": operation});
        let api = names::objects(cluster, &named.namespace);
        match api.patch(&named.name, &PatchParams::apply(MANAGER), &Patch::Merge(patch)).await {
            Err(kube::Error::Api(refusal)) if refusal.is_conflict() => {}
            done => return done.with_context(|| format!("ask for a sync of application '{named}'")),
        }
    }
    bail!("application '{named}' is written too often by others; nothing was done. Try again")
}

fn free(app: &Application, named: &Named) -> Result<()> {
    if app.metadata.deletion_timestamp.is_some() {
        bail!("application '{named}' is being deleted");
    }
    if !standing::is_busy(app) {
        return Ok(());
    }
    let state = standing::running(app);
    let by = state.map(|state| &state.operation).or(app.operation.as_ref()).and_then(|one| one.initiated_by.clone());
    let by = by.map(|by| if by.automated { "itself".to_owned() } else { by.username.unwrap_or_default() });
    let by = by.filter(|by| !by.is_empty()).map(|by| format!(" (asked for by {by})")).unwrap_or_default();
    let message = state.and_then(|state| state.message.as_deref()).filter(|text| !text.is_empty());
    let message = message.map(|text| format!(": {text}")).unwrap_or_default();
    bail!(
        "another operation is already in progress on application '{named}'{by}{message}. Wait for it with `app wait {named} --operation`, or end it with `app terminate {named}`"
    )
}
