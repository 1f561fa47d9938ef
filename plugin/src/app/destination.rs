//! The cluster that an Application deploys to, as whoever asks reaches it.

use anyhow::{Context, Result, bail};
use sluice_crds::Application;

use super::names::Named;
use super::project;
use crate::args::Clusterwise;
use crate::client::Cluster;

/// The cluster: the one that the Application is in, or that of the context which flags name. Credentials that the controller has
/// for other clusters are not taken.
pub(crate) async fn of(cluster: &Cluster, flags: &Clusterwise, app: &Application) -> Result<Cluster> {
    if let Some(context) = &flags.destination_context {
        let mut other = cluster.flags.clone();
        (other.context, other.cluster, other.user, other.server) = (Some(context.clone()), None, None, None);
        return Cluster::connect(&other).await.context("--destination-context");
    }
    if project::is_here(app) {
        return Ok(cluster.clone());
    }
    let place = project::place(app);
    let shown = if place.name.is_empty() { place.server } else { place.name };
    bail!(
        "application '{}' deploys to another cluster, {shown}: name a context of your kubeconfig for it with --destination-context",
        Named::of(app)
    )
}
