//! Names of what is in the cluster, for as long as a person waits for them.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt;
use kube::api::ListParams;
use kube::config::Kubeconfig;

use sluice_crds::Application;
use sluice_read::Objects;

use crate::args::ClusterFlags;
use crate::client::Cluster;
use crate::kind::Kind;

/// Longer nobody waits for a word.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most names of a kind.
const MOST: u32 = 500;

/// Names of objects of these kinds; none where the cluster does not give them in time.
pub(super) async fn of(flags: &ClusterFlags, kinds: &[Kind]) -> Vec<String> {
    in_time(async {
        let cluster = Cluster::connect(flags).await.ok()?;
        let mut names = Vec::new();
        for kind in kinds {
            let found = cluster.of_kind(*kind).list_metadata(&ListParams::default().limit(MOST)).await;
            names.extend(found.ok()?.iter().map(ResourceExt::name_any));
        }
        // One that two kinds have is one word.
        names.sort();
        names.dedup();
        Some(names)
    })
    .await
}

/// Names of Applications in the namespace at hand.
pub(super) async fn applications(flags: &ClusterFlags) -> Vec<String> {
    in_time(async {
        let cluster = Cluster::connect(flags).await.ok()?;
        let found = cluster.objects::<Application>().list_metadata(&ListParams::default().limit(MOST)).await;
        Some(found.ok()?.iter().map(ResourceExt::name_any).collect())
    })
    .await
}

/// Names of namespaces.
pub(super) async fn namespaces(flags: &ClusterFlags) -> Vec<String> {
    in_time(async {
        let cluster = Cluster::connect(flags).await.ok()?;
        let api: Objects<Namespace> = Objects::all(cluster.client.clone());
        let found = api.list_metadata(&ListParams::default().limit(MOST)).await.ok()?;
        Some(found.iter().map(ResourceExt::name_any).collect())
    })
    .await
}

/// Names of the kubeconfig's contexts.
pub(super) fn contexts(flags: &ClusterFlags) -> Vec<String> {
    let config = match &flags.kubeconfig {
        Some(file) => Kubeconfig::read_from(file),
        None => Kubeconfig::read(),
    };
    config.map(|config| config.contexts.into_iter().map(|context| context.name).collect()).unwrap_or_default()
}

async fn in_time(names: impl Future<Output = Option<Vec<String>>>) -> Vec<String> {
    tokio::time::timeout(PATIENCE, names).await.ok().flatten().unwrap_or_default()
}
