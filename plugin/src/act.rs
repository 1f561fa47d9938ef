//! Drives Rollouts by hand: promote, abort, retry, pause.
//!
//! Reads, decides, writes only the fields meant. Where the decision hangs on how far the update is, the write is
//! refused by the API server if anything changed since the read, and the decision is taken anew.

pub(crate) mod who;

use anyhow::{Context, Result, bail};
use kube::api::{Api, DynamicObject, PatchParams};
use sluice_crds::Rollout;
use sluice_orders::release::{Act, decide_for};
use sluice_orders::{Part, Request, Verdict, is_overtaken};

use crate::args::Names;
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::report::Report;
use crate::seen;
use crate::target::Target;

/// Who wrote it, as the object's managedFields tell.
pub(crate) const MANAGER: &str = "kubectl-sluice";
/// How often a decision is taken anew; the controller writes the same object.
pub(crate) const TRIES: usize = 10;

/// Gives the order to every Rollout named.
pub(crate) async fn run(cluster: &Cluster, names: &Names, order: impl Fn(&Rollout) -> Verdict) -> Result<Report> {
    each(cluster, names, &[Kind::Rollout], async |target: &Target| {
        let said = one(cluster, &target.name, &order).await?;
        Ok(Done::said(cluster, target, &said))
    })
    .await
}

/// Promotes or aborts every Rollout named, and leaves in its status who did, and why it was aborted.
pub(crate) async fn release(cluster: &Cluster, names: &Names, act: Act, reason: Option<&str>) -> Result<Report> {
    let who = who::name(cluster).await.unwrap_or_default();
    let why = (act == Act::Abort).then(|| who::signed(reason.unwrap_or("from kubectl sluice"), &who));
    run(cluster, names, |rollout| decide_for(&who, why.as_deref(), act, rollout)).await
}

/// Gives the order to one Rollout, and says what was done.
pub(crate) async fn one(cluster: &Cluster, name: &str, order: impl Fn(&Rollout) -> Verdict) -> Result<String> {
    let mut first = None;
    for _ in 0..TRIES {
        let rollout = seen::rollout(cluster, name).await?;
        let write = match order(&rollout) {
            Verdict::Nothing(why) => return Ok(why.into_owned()),
            Verdict::Refused(why) => bail!("rollout '{name}' {why}"),
            Verdict::Write(write) => write,
        };
        if first.get_or_insert_with(|| write.clone()) != &write {
            bail!("rollout '{name}' moved on meanwhile; nothing was done. Look at it again");
        }
        let requests = write.requests(rollout.metadata.resource_version.as_deref());
        let written = written(&cluster.of_kind(Kind::Rollout), name, requests).await;
        if written.with_context(|| format!("write rollout '{name}'"))? {
            return Ok(write.said);
        }
    }
    bail!("rollout '{name}' is written too often by others; nothing was done. Try again")
}

/// Makes the requests of an order, one after the other; false if the object is no longer what it was decided for.
pub(crate) async fn written(api: &Api<DynamicObject>, name: &str, requests: Vec<Request>) -> kube::Result<bool> {
    let params = PatchParams::apply(MANAGER);
    for Request { part, patch } in requests {
        let done = match part {
            Part::Object => api.patch(name, &params, &patch.into()).await,
            Part::Status => api.patch_status(name, &params, &patch.into()).await,
        };
        match done {
            Err(kube::Error::Api(refusal)) if is_overtaken(&refusal) => return Ok(false),
            done => drop(done?),
        }
    }
    Ok(true)
}
