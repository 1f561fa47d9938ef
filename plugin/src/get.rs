//! `get rollout`: the tree, once or again whenever something changes.

mod watch;

use std::process::ExitCode;

use anyhow::Result;

use crate::args::GetRollout;
use crate::client::Cluster;
use crate::clock;
use crate::out::Out;
use crate::seen::Seen;
use crate::tree::Tree;

/// Shows a Rollout and what belongs to it.
pub(crate) async fn run(cluster: &Cluster, wanted: &GetRollout, out: Out) -> Result<ExitCode> {
    let seen = Seen::read(cluster, &wanted.name).await?;
    if wanted.watch {
        Box::pin(watch::run(cluster, seen, out)).await?;
    } else {
        out.block(&Tree::of(&seen).lines(clock::now()))?;
    }
    Ok(ExitCode::SUCCESS)
}
