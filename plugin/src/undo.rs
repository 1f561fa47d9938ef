//! `undo`: the pod template of an earlier revision becomes that of the Rollout again.

use anyhow::{Context, Result, anyhow, bail};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::api::{ApiResource, ListParams};
use sluice_crds::Rollout;
use sluice_orders::template::{Earlier, earlier, undo};
use sluice_orders::{Verdict, own};

use crate::act::{TRIES, written};
use crate::args::Names;
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::report::Report;
use crate::target::Target;
use crate::{holder, seen};

/// Goes back with every Rollout named, to that revision or, for 0, to the one before the newest.
pub(crate) async fn run(cluster: &Cluster, names: &Names, to: u64) -> Result<Report> {
    each(cluster, names, &[Kind::Rollout], async |target: &Target| one(cluster, target, to).await).await
}

async fn one(cluster: &Cluster, target: &Target, to: u64) -> Result<Done> {
    let name = &target.name;
    for _ in 0..TRIES {
        let rollout = seen::rollout(cluster, name).await?;
        let earlier = revision(cluster, &rollout, to).await?;
        let holder = holder::of(&serde_json::to_value(&rollout).context("read the Rollout")?)?;
        let write = match undo(&rollout, &earlier, holder.template) {
            Verdict::Nothing(why) => return Ok(Done::said(cluster, target, &why)),
            Verdict::Refused(why) => bail!("rollout '{name}' {why}"),
            Verdict::Write(write) => write,
        };
        // A lender was not read, and nothing of it was decided on but where its template is.
        let version = rollout.metadata.resource_version.as_deref().filter(|_| rollout.spec.workload_ref.is_none());
        let api = cluster.of_resource(&holder.resource);
        let done = written(&api, &holder.name, write.requests(version)).await;
        if done.with_context(|| format!("restore revision {} of rollout '{name}'", earlier.number))? {
            return Ok(Done::said(cluster, target, "undo"));
        }
    }
    bail!("rollout '{name}' is written too often by others; nothing was done. Try again")
}

async fn revision(cluster: &Cluster, rollout: &Rollout, to: u64) -> Result<Earlier> {
    let params = ListParams::default().labels_from(&own::pods(rollout));
    let api = cluster.of_resource(&ApiResource::erase::<ReplicaSet>(&()));
    let found = api.list(&params).await.context("list ReplicaSets")?;
    let own: Vec<_> = found.items.into_iter().filter(|one| own::is_owned(one, rollout)).collect();
    let name = rollout.metadata.name.as_deref().unwrap_or_default();
    earlier(&own, to).map_err(|why| anyhow!("rollout '{name}': {why}"))
}
