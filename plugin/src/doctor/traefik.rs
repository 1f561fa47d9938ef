//! Whether Traefik runs, where a Rollout here needs it.

use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use sluice_read::Objects;

use super::finding::{Finding, why};
use super::need::Need;
use crate::client::Cluster;

/// The label that Traefik's Helm chart gives its pods.
const LABEL: &str = "app.kubernetes.io/name=traefik";
const ELSEWHERE: &str =
    "look at its pods, or install it; if it runs under other labels, or outside the cluster, all is well";

/// Nothing where no Rollout here needs it.
pub(super) async fn findings(cluster: &Cluster, need: Need) -> Option<Finding> {
    if need != Need::Yes {
        return None;
    }
    let pods: Objects<Pod> = Objects::all(cluster.client.clone());
    Some(of(pods.list(&ListParams::default().labels(LABEL)).await.map(|found| found.items)))
}

fn of(pods: kube::Result<Vec<Pod>>) -> Finding {
    let what = "Traefik";
    let pods = match pods {
        Err(error) => {
            let says = format!("its pods cannot be listed: {}", why(&error));
            return Finding::doubtful(what, says, "ask for the right to list pods in all namespaces");
        }
        Ok(pods) => pods,
    };
    let ready = pods.iter().filter(|pod| is_ready(pod)).count();
    match (pods.len(), ready) {
        (0, _) => Finding::doubtful(what, format!("no pod has the label {LABEL}"), ELSEWHERE),
        (all, 0) => {
            Finding::broken(what, format!("none of its {all} pods is ready"), "look at these pods and their logs")
        }
        (all, ready) => Finding::good(what, format!("{ready} of {all} pods are ready")),
    }
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|one| one.type_ == "Ready" && one.status == "True")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{from_value, json};

    use super::super::finding::told;
    use super::*;
    use crate::doctor::testing::refused;

    #[test]
    fn traefik_is_looked_for_by_its_pods() {
        let check = |pods, expected: &Expect| expected.assert_eq(&told(&[of(pods)]));
        let pod = |ready: &str| -> Pod {
            from_value(json!({"metadata": {"name": "traefik"}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}))
                .unwrap()
        };
        check(Ok(vec![pod("True"), pod("False")]), &expect!["✔ Traefik: 1 of 2 pods are ready"]);
        check(
            Ok(vec![pod("False"), Pod::default()]),
            &expect![[r#"
                ✖ Traefik: none of its 2 pods is ready
                    look at these pods and their logs
                1 to mend"#]],
        );
        check(
            Ok(Vec::new()),
            &expect![[r#"
                ⚠ Traefik: no pod has the label app.kubernetes.io/name=traefik
                    look at its pods, or install it; if it runs under other labels, or outside the cluster, all is well"#]],
        );
        check(
            Err(refused(403)),
            &expect![[r#"
                ⚠ Traefik: its pods cannot be listed: no luck
                    ask for the right to list pods in all namespaces"#]],
        );
    }
}
