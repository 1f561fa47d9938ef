//! The Lease as an object of the API server.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::PostParams;
use kube::{Client, ResourceExt};
use sluice_read::Objects;

use super::{Record, Times};
use crate::clock::Clock;

/// Reads and writes one Lease for one process.
#[derive(Clone)]
pub struct Lock {
    leases: Objects<Lease>,
    /// The Lease's name.
    pub name: String,
    /// How this process is called in it.
    pub me: String,
    clock: Clock,
}

impl Lock {
    /// The Lease of that name. `client` must not be behind the fence: a standby writes too.
    pub fn new(client: Client, namespace: &str, name: String, me: String, clock: Clock) -> Self {
        Self { leases: Objects::namespaced(client, namespace), name, me, clock }
    }

    /// What it says, and the object to write it by.
    pub(super) async fn read(&self) -> kube::Result<Option<(Record, Lease)>> {
        let found = self.leases.get_opt(&self.name).await?;
        Ok(found.map(|lease| (record(&lease), lease)))
    }

    /// Makes it, held by this process. Fails if somebody was faster.
    pub(super) async fn create(&self, times: &Times) -> kube::Result<()> {
        let mut lease = Lease::default();
        lease.metadata.name = Some(self.name.clone());
        lease.spec = Some(self.held(times, &LeaseSpec::default()));
        self.leases.create(&PostParams::default(), &lease).await.map(drop)
    }

    /// Renews or takes it. Fails if it was changed since it was read.
    pub(super) async fn hold(&self, mut lease: Lease, times: &Times) -> kube::Result<()> {
        lease.spec = Some(self.held(times, &lease.spec.clone().unwrap_or_default()));
        self.replace(&lease).await
    }

    /// Gives it back, if it is this process's: the next one need not wait.
    pub async fn release(&self) -> kube::Result<()> {
        let Some((record, mut lease)) = self.read().await? else { return Ok(()) };
        if record.holder != self.me {
            return Ok(());
        }
        let spec = lease.spec.get_or_insert_default();
        spec.holder_identity = Some(String::new());
        spec.lease_duration_seconds = Some(1);
        spec.renew_time = Some(MicroTime(self.clock.now()));
        self.replace(&lease).await
    }

    async fn replace(&self, lease: &Lease) -> kube::Result<()> {
        self.leases.replace(&self.name, &PostParams::default(), lease).await.map(drop)
    }

    fn held(&self, times: &Times, before: &LeaseSpec) -> LeaseSpec {
        let now = Some(MicroTime(self.clock.now()));
        let mine = before.holder_identity.as_deref() == Some(&self.me);
        let moves = i32::from(!mine && before.holder_identity.is_some());
        LeaseSpec {
            holder_identity: Some(self.me.clone()),
            // Rounded up: whole seconds are all that the field can say, and nobody may take it early.
            lease_duration_seconds: i32::try_from(times.duration.as_millis().div_ceil(1000)).ok(),
            acquire_time: if mine { before.acquire_time.clone() } else { now.clone() },
            renew_time: now,
            lease_transitions: Some(before.lease_transitions.unwrap_or_default().saturating_add(moves)),
            ..before.clone()
        }
    }
}

fn record(lease: &Lease) -> Record {
    let spec = lease.spec.clone().unwrap_or_default();
    let seconds = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or_default();
    Record {
        holder: spec.holder_identity.unwrap_or_default(),
        duration: Duration::from_secs(seconds),
        version: lease.resource_version().unwrap_or_default(),
    }
}
