//! `get`: the tree of a Rollout or an Experiment, once or again whenever something changes.

mod again;
mod watch;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::args::{GetArgs, Names};
use crate::client::Cluster;
use crate::clock;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::out::Out;
use crate::report::Report;
use crate::seen::Seen;
use crate::target::{Target, Wanted};
use crate::tree::Tree;
use crate::trial::Trial;

/// What can be shown.
const KINDS: [Kind; 2] = [Kind::Rollout, Kind::Experiment];

/// Shows one object again and again, as flags ask for it.
pub(crate) async fn watched(cluster: &Cluster, wanted: &GetArgs, out: Out) -> Result<ExitCode> {
    let targets = Wanted::of(&wanted.names, &KINDS)?.targets(cluster, &KINDS).await?;
    let targets = targets.into_iter().collect::<Result<Vec<_>>>()?;
    let [target] = targets.as_slice() else { bail!("--watch shows one object; {} are named", targets.len()) };
    let watch = Box::pin(watch(cluster, target, out));
    if wanted.timeout_seconds == 0 {
        watch.await?;
        return Ok(ExitCode::SUCCESS);
    }
    // That the time is over is what was asked for.
    match tokio::time::timeout(Duration::from_secs(wanted.timeout_seconds.into()), watch).await {
        Ok(done) => done.map(|()| ExitCode::SUCCESS),
        Err(_) => Ok(ExitCode::SUCCESS),
    }
}

/// Shows one object again whenever something changes.
pub(crate) async fn watch(cluster: &Cluster, target: &Target, out: Out) -> Result<()> {
    match target.kind {
        Kind::Rollout => {
            let seen = Box::pin(Seen::read(cluster, &target.name)).await?;
            Box::pin(watch::run(cluster, seen, out)).await
        }
        Kind::Experiment | Kind::AnalysisRun => Box::pin(again::experiment(cluster, &target.name, out)).await,
    }
}

/// The trees, with an empty line between two.
pub(crate) async fn report(cluster: &Cluster, names: &Names) -> Result<Report> {
    let now = clock::now();
    let mut report = each(cluster, names, &KINDS, async |target: &Target| {
        let tree = match target.kind {
            Kind::Rollout => Tree::of(&Box::pin(Seen::read(cluster, &target.name)).await?),
            Kind::Experiment | Kind::AnalysisRun => {
                Tree::of_trial(&Box::pin(Trial::read(cluster, &target.name)).await?)
            }
        };
        let mut lines = tree.lines(now);
        lines.push(String::new());
        Ok(Done { lines, document: tree.document() })
    })
    .await?;
    report.lines.pop();
    Ok(report)
}
