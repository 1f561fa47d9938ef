//! `explain`: what the controller does next with a Rollout, what it waits for, and what an order would do; in its own words.

mod tale;

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use kube::api::ListParams;
use kube::core::{Expression, Selector};
use serde_json::Value;
use sluice_controller::observe::Seen;
use sluice_core::observed::Observed;
use sluice_crds::{Rollout, RolloutStatus, decode};
use sluice_orders::release::{Act, decide};
use sluice_orders::{Verdict, own};

use crate::args::Names;
use crate::client::Cluster;
use crate::clock;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::planner::{self, Narrow, Refused};
use crate::report::Report;
use crate::seen;
use crate::target::Target;
use tale::Tale;

/// Explains every Rollout named.
pub(crate) async fn run(cluster: &Cluster, names: &Names) -> Result<Report> {
    let mut report = each(cluster, names, &[Kind::Rollout], async |target: &Target| {
        let rollout = seen::rollout(cluster, &target.name).await?;
        let (refused, now) = (Refused::default(), clock::now());
        let client = narrow(cluster, &rollout).await?.client(&cluster.client, &refused);
        let seen = Box::pin(planner::seen(client, &refused, &rollout, now)).await?;
        let tale = Tale::of(&seen.observed, &orders(&seen), now);
        let mut lines = tale.lines(&rollout.name_any(), now);
        lines.push(String::new());
        Ok(Done { lines, document: tale.document(&target.name)? })
    })
    .await?;
    report.lines.pop();
    Ok(report)
}

/// What the Rollout has if a person promotes or aborts it; nothing where there is nothing to promote or abort.
fn orders(seen: &Seen) -> Vec<(&'static str, Observed)> {
    let acts = [("promote", Act::Promote), ("abort", Act::Abort)];
    acts.into_iter().filter_map(|(name, act)| Some((name, ordered(seen, act)?))).collect()
}

fn ordered(seen: &Seen, act: Act) -> Option<Observed> {
    let Verdict::Write(write) = decide(act, &seen.rollout) else { return None };
    let mut observed = seen.observed.clone();
    if let Some(patch) = &write.status {
        let mut status = serde_json::to_value(&observed.status).ok()?;
        json_patch::merge(&mut status, patch);
        observed.status = decode::<RolloutStatus>(status).ok()?;
    }
    if let (true, Ok(spec)) = (write.unpauses(), &mut observed.spec) {
        spec.paused = false;
    }
    Some(observed)
}

/// What of the namespace belongs to the Rollout.
async fn narrow(cluster: &Cluster, rollout: &Rollout) -> Result<Narrow> {
    let pods = own::pods(rollout).to_string();
    let own = cluster.objects::<ReplicaSet>();
    let found = own.list_metadata(&ListParams::default().labels(&pods)).await.context("list ReplicaSets")?;
    let hashes = found.iter().filter(|one| own::is_owned(*one, rollout)).filter_map(|one| own::hash(one));
    let hashes = hashes.map(str::to_owned).collect();
    let runs = own::of_revisions(&hashes).to_string();
    let mut narrow = Narrow::default();
    narrow.fields.insert("rollouts", format!("metadata.name={}", rollout.name_any()));
    narrow.labels.insert("replicasets", pods.clone());
    narrow.labels.insert("pods", pods);
    if !hashes.is_empty() {
        narrow.labels.insert("analysisruns", runs.clone());
        narrow.labels.insert("experiments", runs);
    }
    let services = services(rollout);
    if !services.is_empty() {
        let of = Expression::In("kubernetes.io/service-name".to_owned(), services);
        narrow.labels.insert("endpointslices", Selector::from(of).to_string());
    }
    Ok(narrow)
}

/// The Services that the spec names. Where it names none, those of the router's entries count, and none is left out.
fn services(rollout: &Rollout) -> BTreeSet<String> {
    let Ok(strategy) = serde_json::to_value(&rollout.spec.strategy) else { return BTreeSet::new() };
    let fields = [
        "/canary/canaryService",
        "/canary/stableService",
        "/canary/pingPong/pingService",
        "/canary/pingPong/pongService",
        "/blueGreen/activeService",
        "/blueGreen/previewService",
    ];
    let named = fields.iter().filter_map(|field| strategy.pointer(field).and_then(Value::as_str));
    named.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
