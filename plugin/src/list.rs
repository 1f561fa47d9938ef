//! `list`: objects, a line each.

mod experiments;
mod rollouts;
mod watch;

use std::process::ExitCode;

use anyhow::{Context, Result};
use kube::api::ListParams;
use sluice_crds::{Experiment, Rollout};
use sluice_read::Objects;

use crate::args::{ListExperiments, ListRollouts};
use crate::client::Cluster;
use crate::clock;
use crate::out::Out;
use crate::report::Report;

/// The most objects that one answer of the API server brings.
const PAGE: u32 = 500;

/// Lists Rollouts.
pub(crate) async fn rollouts(cluster: &Cluster, wanted: &ListRollouts) -> Result<Report> {
    let found = all(&chosen(cluster, wanted), &params(wanted)).await.context("list Rollouts")?;
    rollouts::report(&found, wanted, clock::now())
}

/// Lists Rollouts, and then each that changes.
pub(crate) async fn watched(cluster: &Cluster, wanted: &ListRollouts, out: Out) -> Result<ExitCode> {
    watch::rollouts(&chosen(cluster, wanted), wanted, out).await?;
    Ok(ExitCode::SUCCESS)
}

fn chosen(cluster: &Cluster, wanted: &ListRollouts) -> Objects<Rollout> {
    if wanted.which.all_namespaces { Objects::all(cluster.client.clone()) } else { cluster.objects() }
}

/// Lists Experiments.
pub(crate) async fn experiments(cluster: &Cluster, wanted: &ListExperiments) -> Result<Report> {
    let which = &wanted.which;
    let objects: Objects<Experiment> =
        if which.all_namespaces { Objects::all(cluster.client.clone()) } else { cluster.objects() };
    let labels = which.selector.as_deref().unwrap_or_default();
    let found = all(&objects, &ListParams::default().labels(labels)).await.context("list Experiments")?;
    experiments::report(&found, which.all_namespaces, clock::now())
}

fn params(wanted: &ListRollouts) -> ListParams {
    let params = ListParams::default().labels(wanted.which.selector.as_deref().unwrap_or_default());
    match &wanted.name {
        Some(name) => params.fields(&format!("metadata.name={name}")),
        None => params,
    }
}

/// All objects, page by page.
pub(crate) async fn all<K>(objects: &Objects<K>, params: &ListParams) -> kube::Result<Vec<K>>
where
    K: Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let page = ListParams { limit: Some(PAGE), continue_token: next, ..params.clone() };
        let page = objects.list(&page).await?;
        found.extend(page.items);
        next = page.metadata.continue_.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// What is said where there is nothing to list.
pub(crate) const NOTHING: &str = "No resources found.";
