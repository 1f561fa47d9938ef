//! Whether a controller leads.

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use sluice_controller::lease::LOCK;

use super::finding::Finding;
use crate::age;
use crate::client::Cluster;

const WHAT: &str = "Controller";
const MEND: &str = "look at the controller's Deployment and its log; if it runs without --leader-elect, all is well";

/// Who holds the Lease, of whatever namespace.
pub(super) async fn finding(cluster: &Cluster, now: Timestamp) -> Finding {
    let params = ListParams::default().fields(&format!("metadata.name={LOCK}"));
    let everywhere: Api<Lease> = Api::all(cluster.client.clone());
    let found = match everywhere.list(&params).await {
        Err(kube::Error::Api(refusal)) if refusal.code == 403 => cluster.api::<Lease>().list(&params).await,
        other => other,
    };
    match found {
        Err(error) => {
            Finding::doubtful(WHAT, format!("its Lease cannot be read: {error}"), "ask for the right to list leases")
        }
        Ok(leases) => of(&leases.items, now),
    }
}

fn of(leases: &[Lease], now: Timestamp) -> Finding {
    let newest = leases.iter().max_by_key(|lease| renewed(lease));
    let Some(lease) = newest else { return Finding::broken(WHAT, format!("there is no Lease {LOCK}"), MEND) };
    let place = lease.namespace().unwrap_or_default();
    let spec = lease.spec.clone().unwrap_or_default();
    let holder = spec.holder_identity.filter(|holder| !holder.is_empty());
    let lasts = i64::from(spec.lease_duration_seconds.unwrap_or(15));
    let ago = renewed(lease).map(|at| now.duration_since(at));
    match (holder, ago) {
        (Some(holder), Some(ago)) if ago.as_secs() <= lasts => {
            Finding::good(WHAT, format!("{holder} leads, by Lease {place}/{LOCK} renewed {} ago", age::text(ago)))
        }
        (Some(holder), Some(ago)) => Finding::broken(
            WHAT,
            format!("{holder} renewed Lease {place}/{LOCK} {} ago: none leads", age::text(ago)),
            MEND,
        ),
        _ => Finding::broken(WHAT, format!("nobody holds Lease {place}/{LOCK}"), MEND),
    }
}

fn renewed(lease: &Lease) -> Option<Timestamp> {
    lease.spec.as_ref()?.renew_time.as_ref().map(|time| time.0)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::*;

    fn check(spec: Option<Value>, expected: &Expect) {
        let lease = |spec: Value| json!({"metadata": {"name": LOCK, "namespace": "sluice"}, "spec": spec});
        let leases: Vec<Lease> = spec.map(|spec| serde_json::from_value(lease(spec)).unwrap()).into_iter().collect();
        let report = super::super::finding::report(&[of(&leases, "2026-01-01T12:00:00Z".parse().unwrap())]).unwrap();
        expected.assert_eq(&report.lines.join("\n"));
    }

    #[test]
    fn a_lease_says_whether_a_controller_leads() {
        let held = |at: &str| json!({"holderIdentity": "sluice-1", "leaseDurationSeconds": 15, "renewTime": at});
        check(
            Some(held("2026-01-01T11:59:58.000000Z")),
            &expect!["✔ Controller: sluice-1 leads, by Lease sluice/argo-rollouts-controller-lock renewed 2s ago"],
        );
        check(
            Some(held("2026-01-01T11:50:00.000000Z")),
            &expect![[r#"
            ✖ Controller: sluice-1 renewed Lease sluice/argo-rollouts-controller-lock 10m ago: none leads
                look at the controller's Deployment and its log; if it runs without --leader-elect, all is well"#]],
        );
        check(
            Some(json!({"holderIdentity": ""})),
            &expect![[r#"
            ✖ Controller: nobody holds Lease sluice/argo-rollouts-controller-lock
                look at the controller's Deployment and its log; if it runs without --leader-elect, all is well"#]],
        );
        check(
            None,
            &expect![[r#"
            ✖ Controller: there is no Lease argo-rollouts-controller-lock
                look at the controller's Deployment and its log; if it runs without --leader-elect, all is well"#]],
        );
    }
}
