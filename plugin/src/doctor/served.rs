//! Whether the API server serves the kinds that are needed.

use std::collections::BTreeSet;

use futures::join;
use sluice_crds::names;

use super::finding::{Finding, why};
use super::need::Need;
use crate::client::Cluster;

/// The kinds of Sluice, as the API has them; the status of Rollouts is written by itself.
const OWN: [&str; 6] =
    ["rollouts", "rollouts/status", "analysistemplates", "clusteranalysistemplates", "analysisruns", "experiments"];
/// The kinds of Traefik that a Rollout may need.
const OF_TRAEFIK: [&str; 2] = ["traefikservices", "ingressroutes"];
/// The API groups that have them, the newest first.
const GROUPS: [&str; 2] = ["traefik.io/v1alpha1", "traefik.containo.us/v1alpha1"];
const INSTALL: &str = "install Sluice's definitions: kubectl apply --server-side -f crds/yaml, or its Helm chart";
const DISCOVERY: &str = "look whether the API server is well, and whether you may read /apis";

/// The resources of an API version; none where it is not served.
type Served = kube::Result<BTreeSet<String>>;

/// Sluice's own kinds, and Traefik's.
pub(super) async fn findings(cluster: &Cluster, need: Need) -> [Finding; 2] {
    let [newest, older] = GROUPS;
    let (ours, newest, older) =
        join!(served(cluster, names::API_VERSION), served(cluster, newest), served(cluster, older));
    [own(ours), traefik(&[newest, older], need)]
}

fn own(served: Served) -> Finding {
    let what = format!("Definitions of {}", names::GROUP);
    let lacking: Vec<_> = match served {
        Err(error) => return Finding::broken(what, format!("cannot be read: {}", why(&error)), DISCOVERY),
        Ok(served) => OWN.into_iter().filter(|kind| !served.contains(*kind)).collect(),
    };
    if lacking.is_empty() {
        return Finding::good(what, "all are served");
    }
    Finding::broken(what, format!("not served: {}", lacking.join(", ")), INSTALL)
}

/// `served` is what each of [`GROUPS`] has.
fn traefik(served: &[Served; 2], need: Need) -> Finding {
    let what = "Definitions of Traefik";
    let has_all = |served: &Served| served.as_ref().is_ok_and(|one| OF_TRAEFIK.iter().all(|kind| one.contains(*kind)));
    if let Some((group, _)) = GROUPS.iter().zip(served).find(|(_, served)| has_all(served)) {
        return Finding::good(what, format!("{group} is served"));
    }
    if let Some(error) = served.iter().find_map(|one| one.as_ref().err()) {
        return Finding::doubtful(what, format!("cannot be read: {}", why(error)), DISCOVERY);
    }
    let mend = "install Traefik's definitions, or its Helm chart, which brings them";
    match need {
        Need::Yes => Finding::broken(what, "not served, and a Rollout here needs them", mend),
        Need::No => Finding::doubtful(what, "not served; no Rollout here needs them", mend),
        Need::Unknown => Finding::doubtful(what, "not served; Rollouts cannot be read to see if one needs them", mend),
    }
}

async fn served(cluster: &Cluster, version: &str) -> Served {
    match cluster.client.list_api_group_resources(version).await {
        Ok(found) => Ok(found.resources.into_iter().map(|one| one.name).collect()),
        Err(kube::Error::Api(refusal)) if refusal.code == 404 => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::finding::told;
    use super::*;
    use crate::doctor::testing::refused;

    fn has(kinds: &[&str]) -> BTreeSet<String> {
        kinds.iter().map(|kind| (*kind).to_owned()).collect()
    }

    #[test]
    fn kinds_of_ours_that_are_not_served_are_named() {
        let check = |served, expected: &Expect| expected.assert_eq(&told(&[own(served)]));
        check(Ok(has(&OWN)), &expect!["✔ Definitions of argoproj.io: all are served"]);
        check(
            Ok(has(&OWN[..4])),
            &expect![[r#"
                ✖ Definitions of argoproj.io: not served: analysisruns, experiments
                    install Sluice's definitions: kubectl apply --server-side -f crds/yaml, or its Helm chart
                1 to mend"#]],
        );
        check(
            Err(refused(503)),
            &expect![[r#"
                ✖ Definitions of argoproj.io: cannot be read: no luck
                    look whether the API server is well, and whether you may read /apis
                1 to mend"#]],
        );
    }

    #[test]
    fn traefiks_kinds_have_to_be_there_where_a_rollout_needs_them() {
        let check = |served: [Served; 2], need, expected: &Expect| expected.assert_eq(&told(&[traefik(&served, need)]));
        let (all, none) = (|| Ok(has(&OF_TRAEFIK)), || Ok(has(&[])));
        check([all(), none()], Need::Yes, &expect!["✔ Definitions of Traefik: traefik.io/v1alpha1 is served"]);
        check([none(), all()], Need::No, &expect!["✔ Definitions of Traefik: traefik.containo.us/v1alpha1 is served"]);
        check(
            [Err(refused(503)), all()],
            Need::Yes,
            &expect!["✔ Definitions of Traefik: traefik.containo.us/v1alpha1 is served"],
        );
        check(
            [Err(refused(503)), none()],
            Need::Yes,
            &expect![[r#"
                ⚠ Definitions of Traefik: cannot be read: no luck
                    look whether the API server is well, and whether you may read /apis"#]],
        );
        check(
            [Ok(has(&OF_TRAEFIK[..1])), none()],
            Need::Yes,
            &expect![[r#"
                ✖ Definitions of Traefik: not served, and a Rollout here needs them
                    install Traefik's definitions, or its Helm chart, which brings them
                1 to mend"#]],
        );
        check(
            [none(), none()],
            Need::No,
            &expect![[r#"
                ⚠ Definitions of Traefik: not served; no Rollout here needs them
                    install Traefik's definitions, or its Helm chart, which brings them"#]],
        );
        check(
            [none(), none()],
            Need::Unknown,
            &expect![[r#"
                ⚠ Definitions of Traefik: not served; Rollouts cannot be read to see if one needs them
                    install Traefik's definitions, or its Helm chart, which brings them"#]],
        );
    }
}
