//! Whether the API server serves the kinds that are needed.

use std::collections::BTreeSet;

use sluice_crds::{Rollout, names};

use super::finding::Finding;
use crate::client::Cluster;

/// The kinds of Sluice, as the API has them; the status of Rollouts is written by itself.
const OWN: [&str; 6] =
    ["rollouts", "rollouts/status", "analysistemplates", "clusteranalysistemplates", "analysisruns", "experiments"];
/// The kinds of Traefik that a Rollout may need, and the API groups that have them, the newest first.
const TRAEFIK: ([&str; 2], [&str; 2]) =
    (["traefikservices", "ingressroutes"], ["traefik.io/v1alpha1", "traefik.containo.us/v1alpha1"]);
const INSTALL: &str = "install Sluice's definitions: kubectl apply --server-side -f crds/yaml, or its Helm chart";

/// Sluice's own kinds, and Traefik's.
pub(super) async fn findings(cluster: &Cluster, rollouts: &[Rollout]) -> [Finding; 2] {
    [own(cluster).await, traefik(cluster, rollouts).await]
}

async fn own(cluster: &Cluster) -> Finding {
    let what = format!("Definitions of {}", names::GROUP);
    let lacking = match served(cluster, names::API_VERSION).await {
        Err(error) => return Finding::broken(what, error.to_string(), "look whether you may read /apis"),
        Ok(served) => OWN.iter().filter(|kind| !served.contains(**kind)).copied().collect::<Vec<_>>(),
    };
    if lacking.is_empty() {
        return Finding::good(what, "all are served");
    }
    Finding::broken(what, format!("not served: {}", lacking.join(", ")), INSTALL)
}

async fn traefik(cluster: &Cluster, rollouts: &[Rollout]) -> Finding {
    let wanted = rollouts.iter().any(|rollout| {
        let canary = rollout.spec.strategy.canary.as_ref();
        canary.and_then(|canary| canary.traffic_routing.as_ref()).is_some_and(|routing| routing.traefik.is_some())
    });
    let (kinds, groups) = TRAEFIK;
    for group in groups {
        let Ok(served) = served(cluster, group).await else { continue };
        if kinds.iter().all(|kind| served.contains(*kind)) {
            return Finding::good("Definitions of Traefik", format!("{group} is served"));
        }
    }
    let mend = "install Traefik's definitions, or its Helm chart, which brings them";
    if wanted {
        Finding::broken("Definitions of Traefik", "not served, and a Rollout here needs them", mend)
    } else {
        Finding::doubtful("Definitions of Traefik", "not served; no Rollout here needs them", mend)
    }
}

/// The resources of an API version; none where it is not served.
async fn served(cluster: &Cluster, version: &str) -> kube::Result<BTreeSet<String>> {
    match cluster.client.list_api_group_resources(version).await {
        Ok(found) => Ok(found.resources.into_iter().map(|one| one.name).collect()),
        Err(kube::Error::Api(refusal)) if refusal.code == 404 => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
}
