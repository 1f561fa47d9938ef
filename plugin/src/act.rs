//! Drives Rollouts by hand: promote, abort, retry.
//!
//! Reads, decides, writes only the fields meant. Where the decision hangs on how far the update is, the write is
//! refused by the API server if anything changed since the read, and the decision is taken anew.

mod decide;
pub(crate) mod who;

use anyhow::{Context, Result, bail};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::Rollout;

use crate::args::Names;
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::report::Report;
use crate::seen;
use crate::target::Target;
use decide::Write;
pub(crate) use decide::{Act, Verdict, decide};

/// Who wrote it, as the object's managedFields tell.
pub(crate) const MANAGER: &str = "kubectl-sluice";
/// How often a decision is taken anew; the controller writes the same object.
const TRIES: usize = 10;

/// Does it to every Rollout named.
pub(crate) async fn run(cluster: &Cluster, act: Act, names: &Names) -> Result<Report> {
    each(cluster, names, &[Kind::Rollout], async |target: &Target| {
        let said = one(cluster, act, &target.name, None).await?;
        Ok(Done::said(cluster, target, &said))
    })
    .await
}

/// Aborts every Rollout named, and leaves the reason in its status, with who gave it.
pub(crate) async fn abort(cluster: &Cluster, names: &Names, reason: Option<&str>) -> Result<Report> {
    let reason = match reason {
        Some(reason) => Some(who::signed(cluster, reason).await),
        None => None,
    };
    each(cluster, names, &[Kind::Rollout], async |target: &Target| {
        let said = one(cluster, Act::Abort, &target.name, reason.as_deref()).await?;
        Ok(Done::said(cluster, target, &said))
    })
    .await
}

/// Does it to one Rollout, and says what was done.
pub(crate) async fn one(cluster: &Cluster, act: Act, name: &str, reason: Option<&str>) -> Result<String> {
    let mut first = None;
    for _ in 0..TRIES {
        let rollout = seen::rollout(cluster, name).await?;
        let mut write = match decide(act, &rollout) {
            Verdict::Nothing(why) => return Ok(why.into_owned()),
            Verdict::Refused(why) => bail!("rollout '{name}' {why}"),
            Verdict::Write(write) => write,
        };
        if let (Some(reason), Some(Value::Object(status))) = (reason, &mut write.status) {
            status.insert("abortReason".to_owned(), json!(reason));
        }
        if first.get_or_insert_with(|| write.clone()) != &write {
            bail!("rollout '{name}' moved on meanwhile; nothing was done. Look at it again");
        }
        if made(cluster, &rollout, &write).await? {
            return Ok(write.said.to_owned());
        }
    }
    bail!("rollout '{name}' is written too often by others; nothing was done. Try again")
}

/// Writes; false if the object changed since it was read.
async fn made(cluster: &Cluster, rollout: &Rollout, write: &Write) -> Result<bool> {
    let name = rollout.metadata.name.as_deref().unwrap_or_default();
    let (api, params) = (cluster.api::<Rollout>(), PatchParams::apply(MANAGER));
    if let Some(status) = &write.status {
        let patch = status_patch(rollout, write, status);
        match api.patch_status(name, &params, &Patch::Merge(patch)).await {
            Err(kube::Error::Api(refusal)) if refusal.is_conflict() => return Ok(false),
            done => done.with_context(|| format!("write the status of rollout '{name}'"))?,
        };
    }
    if write.unpauses {
        let patch = Patch::Merge(json!({"spec": {"paused": false}}));
        api.patch(name, &params, &patch).await.with_context(|| format!("unpause rollout '{name}'"))?;
    }
    Ok(true)
}

fn status_patch(rollout: &Rollout, write: &Write, status: &Value) -> Value {
    match (&write.place, &rollout.metadata.resource_version) {
        (Some(_), Some(version)) => json!({"metadata": {"resourceVersion": version}, "status": status}),
        _ => json!({"status": status}),
    }
}
