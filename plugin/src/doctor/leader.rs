//! Whether a controller leads, and whether it is Sluice.

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube::ResourceExt;
use kube::api::ListParams;
use sluice_controller::lease::{LOCK, holder};
use sluice_read::Objects;

use super::finding::{Finding, why};
use crate::age;
use crate::clean::clean;
use crate::client::Cluster;

const WHAT: &str = "Controller";
const MEND: &str = "look at the controller's Deployment and its log; if it runs without --leader-elect, all is well";
const LEFT: &str = "look at that controller's Deployment and its log; if none uses this Lease any more, delete it";
const FORGOTTEN: &str =
    "if Sluice is to act in its place, scale the established controller down: Sluice waits until this Lease is let go";
/// Each node has a Lease here, and none of them is a controller's.
const NOT_OF_NODES: &str = "metadata.namespace!=kube-node-lease";

/// Where Leases were looked for.
enum Looked {
    Everywhere,
    /// In this namespace only: who asks may not list those of all.
    In(String),
}

/// Who holds the Leases of this API's controllers, in whatever namespace.
pub(super) async fn findings(cluster: &Cluster, now: Timestamp) -> Vec<Finding> {
    let params = ListParams::default().fields(NOT_OF_NODES);
    let everywhere: Objects<Lease> = Objects::all(cluster.client.clone());
    let (found, looked) = match everywhere.list(&params).await {
        Err(kube::Error::Api(refusal)) if refusal.code == 403 => {
            (cluster.objects::<Lease>().list(&params).await, Looked::In(cluster.namespace.clone()))
        }
        other => (other, Looked::Everywhere),
    };
    of(found.map(|found| found.items), &looked, now)
}

fn of(leases: kube::Result<Vec<Lease>>, looked: &Looked, now: Timestamp) -> Vec<Finding> {
    let leases = match leases {
        Err(error) => {
            let says = format!("its Lease cannot be read: {}", why(&error));
            return vec![Finding::doubtful(WHAT, says, "ask for the right to list leases")];
        }
        Ok(leases) => leases,
    };
    let mut locks: Vec<Lock> = leases.iter().filter_map(|lease| Lock::of(lease, now)).collect();
    if locks.is_empty() {
        return vec![none(looked)];
    }
    locks.sort_by(|one, other| one.place.cmp(&other.place));
    let sluice_leads = locks.iter().any(|lock| matches!(lock.held, Held::Leads { is_ours: true, .. }));
    locks.iter().map(|lock| lock.finding(sluice_leads)).collect()
}

fn none(looked: &Looked) -> Finding {
    let says = format!("there is no Lease {LOCK}, nor one of an instance, {LOCK}-ID");
    match looked {
        Looked::Everywhere => Finding::broken(WHAT, says, MEND),
        Looked::In(namespace) => Finding::doubtful(
            WHAT,
            format!("{says}, in namespace {namespace}, and you may not look into all of them"),
            "look into the controller's own with -n, or ask for the right to list leases",
        ),
    }
}

/// A Lease by which controllers keep one another from acting.
struct Lock {
    /// What holds it is called so.
    what: String,
    /// Its namespace and name.
    place: String,
    held: Held,
}

/// Who holds it. What is told of them is clean.
enum Held {
    Nobody,
    Leads { who: String, ago: String, is_ours: bool },
    Silent { who: String, ago: String, is_ours: bool },
}

impl Lock {
    /// None of a Lease for something else.
    fn of(lease: &Lease, now: Timestamp) -> Option<Self> {
        let name = lease.name_any();
        let what = match name.strip_prefix(LOCK)? {
            "" => WHAT.to_owned(),
            instance => format!("{WHAT} of instance {}", instance.strip_prefix('-')?),
        };
        Some(Self {
            what,
            place: format!("{}/{name}", lease.namespace().unwrap_or_default()),
            held: Held::of(lease, now),
        })
    }

    /// What does not lead is broken, unless Sluice leads by another Lease; then it may be left over, or for Rollouts of another
    /// controller. One that Sluice never let go is broken in any case: nobody told it to stop.
    fn finding(&self, sluice_leads: bool) -> Finding {
        let place = &self.place;
        let left = if sluice_leads { LEFT } else { MEND };
        let not = |says: String, mend: &str| {
            if sluice_leads {
                Finding::doubtful(&self.what, says, mend)
            } else {
                Finding::broken(&self.what, says, mend)
            }
        };
        match &self.held {
            Held::Leads { who, ago, is_ours: true } => {
                Finding::good(&self.what, format!("{who} leads, by Lease {place} renewed {ago} ago"))
            }
            Held::Leads { who, ago, is_ours: false } => {
                not(format!("{who} leads, by Lease {place} renewed {ago} ago, and is not Sluice"), FORGOTTEN)
            }
            Held::Silent { who, ago, is_ours } => {
                let says = format!("{who} renewed Lease {place} {ago} ago: none leads");
                if *is_ours { Finding::broken(&self.what, says, left) } else { not(says, left) }
            }
            Held::Nobody => not(format!("nobody holds Lease {place}"), left),
        }
    }
}

impl Held {
    fn of(lease: &Lease, now: Timestamp) -> Self {
        let spec = lease.spec.clone().unwrap_or_default();
        let who = spec.holder_identity.filter(|holder| !holder.is_empty());
        let (Some(who), Some(renewed)) = (who, spec.renew_time) else { return Self::Nobody };
        let ago = now.duration_since(renewed.0);
        let lasts = i64::from(spec.lease_duration_seconds.unwrap_or(15));
        let (is_ours, told, who) = (holder::is_ours(&who), age::text(ago), clean(&who).into_owned());
        if ago.as_secs() <= lasts {
            Self::Leads { who, ago: told, is_ours }
        } else {
            Self::Silent { who, ago: told, is_ours }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::super::finding::told;
    use super::*;
    use crate::doctor::testing::refused;

    const OURS: &str = "sluice-7d4b9-x2x7k_1_1886a2b3c4d5e6f7";
    const THEIRS: &str = "argo-rollouts-5f64f-2w7jk_7e1b3a52-0d3c-4a8e-9d5c-0f7f5c2f9a10";
    const NOW: &str = "11:59:58";
    const LONG_AGO: &str = "11:50:00";

    /// A Lease: namespace and name, and who renewed it when.
    type Told = (&'static str, &'static str, Option<(&'static str, &'static str)>);

    fn check(leases: &[Told], expected: &Expect) {
        check_where(&Looked::Everywhere, leases, expected);
    }

    fn check_where(looked: &Looked, leases: &[Told], expected: &Expect) {
        let lease = |(namespace, name, held): &Told| {
            let spec = held.map(|(who, at)| {
                let renewed = format!("2026-01-01T{at}.000000Z");
                json!({"holderIdentity": who, "leaseDurationSeconds": 15, "renewTime": renewed})
            });
            let released = json!({"holderIdentity": ""});
            let lease = json!({"metadata": {"name": name, "namespace": namespace}, "spec": spec.unwrap_or(released)});
            serde_json::from_value(lease).unwrap()
        };
        let leases: Vec<Lease> = leases.iter().map(lease).collect();
        let found = of(Ok(leases), looked, "2026-01-01T12:00:00Z".parse().unwrap());
        expected.assert_eq(&told(&found));
    }

    #[test]
    fn a_lease_says_whether_a_controller_leads() {
        check(
            &[("sluice", LOCK, Some((OURS, NOW)))],
            &expect![
                "✔ Controller: sluice-7d4b9-x2x7k_1_1886a2b3c4d5e6f7 leads, by Lease sluice/argo-rollouts-controller-lock renewed 2s ago"
            ],
        );
        check(
            &[("sluice", LOCK, Some((OURS, LONG_AGO)))],
            &expect![[r#"
            ✖ Controller: sluice-7d4b9-x2x7k_1_1886a2b3c4d5e6f7 renewed Lease sluice/argo-rollouts-controller-lock 10m ago: none leads
                look at the controller's Deployment and its log; if it runs without --leader-elect, all is well
            1 to mend"#]],
        );
        check(
            &[("sluice", LOCK, None)],
            &expect![[r#"
            ✖ Controller: nobody holds Lease sluice/argo-rollouts-controller-lock
                look at the controller's Deployment and its log; if it runs without --leader-elect, all is well
            1 to mend"#]],
        );
        check(
            &[("kube-system", "kube-scheduler", Some(("a", NOW)))],
            &expect![[r#"
            ✖ Controller: there is no Lease argo-rollouts-controller-lock, nor one of an instance, argo-rollouts-controller-lock-ID
                look at the controller's Deployment and its log; if it runs without --leader-elect, all is well
            1 to mend"#]],
        );
    }

    #[test]
    fn an_instance_has_a_lease_of_its_own() {
        let instance = "argo-rollouts-controller-lock-blue";
        check(
            &[("sluice", instance, Some((OURS, NOW)))],
            &expect![
                "✔ Controller of instance blue: sluice-7d4b9-x2x7k_1_1886a2b3c4d5e6f7 leads, by Lease sluice/argo-rollouts-controller-lock-blue renewed 2s ago"
            ],
        );
        // Beside the established controller, and after another instance was taken away.
        check(
            &[
                ("argo-rollouts", LOCK, Some((THEIRS, NOW))),
                ("sluice", instance, Some((OURS, NOW))),
                ("sluice", "argo-rollouts-controller-lock-green", None),
            ],
            &expect![[r#"
                ⚠ Controller: argo-rollouts-5f64f-2w7jk_7e1b3a52-0d3c-4a8e-9d5c-0f7f5c2f9a10 leads, by Lease argo-rollouts/argo-rollouts-controller-lock renewed 2s ago, and is not Sluice
                    if Sluice is to act in its place, scale the established controller down: Sluice waits until this Lease is let go
                ✔ Controller of instance blue: sluice-7d4b9-x2x7k_1_1886a2b3c4d5e6f7 leads, by Lease sluice/argo-rollouts-controller-lock-blue renewed 2s ago
                ⚠ Controller of instance green: nobody holds Lease sluice/argo-rollouts-controller-lock-green
                    look at that controller's Deployment and its log; if none uses this Lease any more, delete it"#]],
        );
    }

    #[test]
    fn an_old_controller_that_was_forgotten_is_not_taken_for_sluice() {
        check(
            &[("argo-rollouts", LOCK, Some((THEIRS, NOW)))],
            &expect![[r#"
            ✖ Controller: argo-rollouts-5f64f-2w7jk_7e1b3a52-0d3c-4a8e-9d5c-0f7f5c2f9a10 leads, by Lease argo-rollouts/argo-rollouts-controller-lock renewed 2s ago, and is not Sluice
                if Sluice is to act in its place, scale the established controller down: Sluice waits until this Lease is let go
            1 to mend"#]],
        );
        check(
            &[("argo-rollouts", LOCK, Some((THEIRS, LONG_AGO)))],
            &expect![[r#"
            ✖ Controller: argo-rollouts-5f64f-2w7jk_7e1b3a52-0d3c-4a8e-9d5c-0f7f5c2f9a10 renewed Lease argo-rollouts/argo-rollouts-controller-lock 10m ago: none leads
                look at the controller's Deployment and its log; if it runs without --leader-elect, all is well
            1 to mend"#]],
        );
        check(
            &[("argo-rollouts", LOCK, Some((THEIRS, LONG_AGO))), ("sluice", LOCK, Some((OURS, NOW)))],
            &expect![[r#"
            ⚠ Controller: argo-rollouts-5f64f-2w7jk_7e1b3a52-0d3c-4a8e-9d5c-0f7f5c2f9a10 renewed Lease argo-rollouts/argo-rollouts-controller-lock 10m ago: none leads
                look at that controller's Deployment and its log; if none uses this Lease any more, delete it
            ✔ Controller: sluice-7d4b9-x2x7k_1_1886a2b3c4d5e6f7 leads, by Lease sluice/argo-rollouts-controller-lock renewed 2s ago"#]],
        );
        check(
            &[("a", LOCK, Some((OURS, LONG_AGO))), ("b", LOCK, Some((OURS, NOW)))],
            &expect![[r#"
            ✖ Controller: sluice-7d4b9-x2x7k_1_1886a2b3c4d5e6f7 renewed Lease a/argo-rollouts-controller-lock 10m ago: none leads
                look at that controller's Deployment and its log; if none uses this Lease any more, delete it
            ✔ Controller: sluice-7d4b9-x2x7k_1_1886a2b3c4d5e6f7 leads, by Lease b/argo-rollouts-controller-lock renewed 2s ago
            1 to mend"#]],
        );
    }

    #[test]
    fn leases_that_cannot_be_read_are_no_verdict() {
        let found = of(Err(refused(403)), &Looked::In("prod".to_owned()), Timestamp::UNIX_EPOCH);
        expect![[r#"
            ⚠ Controller: its Lease cannot be read: no luck
                ask for the right to list leases"#]]
        .assert_eq(&told(&found));
    }

    #[test]
    fn who_may_not_look_everywhere_is_not_told_that_there_is_none() {
        check_where(
            &Looked::In("prod".to_owned()),
            &[],
            &expect![[r#"
            ⚠ Controller: there is no Lease argo-rollouts-controller-lock, nor one of an instance, argo-rollouts-controller-lock-ID, in namespace prod, and you may not look into all of them
                look into the controller's own with -n, or ask for the right to list leases"#]],
        );
    }
}
