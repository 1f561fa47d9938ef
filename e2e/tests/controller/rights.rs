//! What the role of the chart grants, beside what the API server's audit log saw the controller use in all these tests.

use anyhow::Result;
use sluice_e2e::harness::Scene;
use sluice_e2e::helm::Helm;
use sluice_e2e::rights::{self, Unused};
use sluice_e2e::tools::Tools;

/// What no test uses, and has its reason.
const UNUSED: [Unused; 5] = [
    (
        &["update"],
        &["rollouts/finalizers", "analysisruns/finalizers", "experiments/finalizers"],
        ROLLOUTS,
        "asked for by the admission plugin OwnerReferencesPermissionEnforcement, which is off here and on at OpenShift",
    ),
    (&["get"], &["analysisruns"], ROLLOUTS, "one that is half-typed is read as it is stored"),
    (&["delete"], &["experiments"], ROLLOUTS, "the history limits, as for AnalysisRuns"),
    (&["list", "watch"], &["podtemplates"], "", "they may lend their template as Deployments do"),
    (
        &["get", "list", "watch", "patch"],
        &["grpcroutes", "tcproutes", "tlsroutes"],
        "gateway.networking.k8s.io",
        "they may be named in place of HTTPRoutes; Traefik, as it runs here, has no entry point for them",
    ),
];

const ROLLOUTS: &str = "argoproj.io";

/// Nothing was asked for that the role does not grant, and nothing is granted that was not used or has its reason above.
pub(crate) async fn all_used(scene: Scene) -> Result<()> {
    // The roles that aggregate are people's.
    let chart = Helm::new(&Tools::ensure()?).template(&["rbac.aggregate=false"])?;
    let granted = rights::granted(&chart, &["ClusterRole", "Role"])?;
    let requests = scene.world.cluster.lock().await.audit().requests()?;
    let asked = rights::needed(&requests);
    // A request may be refused although it is granted: by an API server that has just started, and not read the roles yet.
    let used = rights::needed(requests.iter().filter(|one| !one.is_forbidden));
    let excused = rights::excused(&UNUSED);
    eprintln!("{} rights are granted, {} were used", granted.len(), used.len());
    rights::ensure_none(&[
        ("asked for, and not granted by the chart", &asked - &granted),
        ("granted by the chart, and not used", &(&granted - &used) - &excused),
        ("excused, and not granted any more", &excused - &granted),
    ])
}
