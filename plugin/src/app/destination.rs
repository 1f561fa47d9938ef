//! The cluster that an Application deploys to, as whoever asks reaches it.

use anyhow::{Context, Result, bail};
use sluice_crds::Application;

use super::names::Named;
use super::project;
use crate::args::{ClusterFlags, Clusterwise};
use crate::client::Cluster;

/// The cluster: the one that the Application is in, or that of the context which flags name. Credentials that the controller has
/// for other clusters are not taken.
pub(crate) async fn of(cluster: &Cluster, flags: &Clusterwise, app: &Application) -> Result<Cluster> {
    if let Some(context) = &flags.destination_context {
        let other = flags_for(context, &cluster.flags);
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

/// The flags by which the other cluster is reached. What says which cluster to talk to, and as whom, is about the first one: its
/// token is not shown to another, and that any certificate of it is taken is no reason to take any of the other's.
fn flags_for(context: &str, own: &ClusterFlags) -> ClusterFlags {
    ClusterFlags {
        context: Some(context.to_owned()),
        kubeconfig: own.kubeconfig.clone(),
        request_timeout: own.request_timeout,
        loglevel: own.loglevel.clone(),
        kloglevel: own.kloglevel,
        ..ClusterFlags::default()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Cli;

    fn flags(line: &str) -> ClusterFlags {
        Cli::try_parse_from(line.split(' ')).unwrap().cluster
    }

    #[test]
    fn what_shows_who_one_is_to_the_first_cluster_is_not_shown_to_the_second() {
        let own = flags(
            "x version -n prod --context one --cluster one --user one --kubeconfig file --server https://one \
             --tls-server-name one --insecure-skip-tls-verify --certificate-authority one --client-certificate one \
             --client-key one --token one --request-timeout 7s --as one --as-uid one --as-group one \
             --as-user-extra one=one -v 6",
        );
        let expected = flags("x version --context two --kubeconfig file --request-timeout 7s -v 6");
        assert_eq!(format!("{:?}", flags_for("two", &own)), format!("{expected:?}"));
    }
}
