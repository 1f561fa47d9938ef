//! `status`: how a Rollout stands, once or until the end.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use futures::{StreamExt, TryStreamExt};
use kube_runtime::watcher::Error;
use kube_runtime::{WatchStreamExt, watcher};
use sluice_crds::{Rollout, RolloutPhase};

use crate::args::StatusArgs;
use crate::client::Cluster;
use crate::out::Out;
use crate::phase::{Standing, standing};
use crate::seen;

/// Says the phase; with `--watch` each new one, until Healthy or Degraded.
pub(crate) async fn run(cluster: &Cluster, wanted: &StatusArgs, out: Out) -> Result<ExitCode> {
    let rollout = seen::rollout(cluster, &wanted.name).await?;
    let now = standing(&rollout);
    let end = if wanted.watch {
        within(wanted.timeout, until_over(cluster, &wanted.name, now, out)).await?
    } else {
        out.line(&if is_over(&now) { format!("{:?}", now.phase) } else { line(&now) })?;
        now
    };
    if end.phase == RolloutPhase::Degraded {
        bail!("The rollout is in a degraded state with message: {}", end.message);
    }
    Ok(ExitCode::SUCCESS)
}

async fn within(limit: Duration, work: impl Future<Output = Result<Standing>>) -> Result<Standing> {
    if limit.is_zero() {
        return work.await;
    }
    let Ok(done) = tokio::time::timeout(limit, work).await else { bail!("Rollout status watch exceeded timeout") };
    done
}

/// Prints a line for each new standing, and returns the last.
async fn until_over(cluster: &Cluster, name: &str, mut now: Standing, out: Out) -> Result<Standing> {
    out.line(&line(&now))?;
    let mut news = watcher::watch_object(cluster.api::<Rollout>(), name).default_backoff().boxed();
    while !is_over(&now) {
        let rollout = match news.try_next().await {
            Ok(Some(Some(rollout))) => rollout,
            Ok(Some(None)) => bail!("rollout '{name}' was deleted"),
            Ok(None) => bail!("the watch of rollout '{name}' ended"),
            Err(error) => {
                report(&error);
                continue;
            }
        };
        let next = standing(&rollout);
        if next != now {
            out.line(&line(&next))?;
            now = next;
        }
    }
    Ok(now)
}

/// Says that the watch failed; it is tried again, less and less often.
fn report(error: &Error) {
    anstream::eprintln!("watch: {error}; trying again");
}

fn is_over(standing: &Standing) -> bool {
    matches!(standing.phase, RolloutPhase::Healthy | RolloutPhase::Degraded)
}

fn line(Standing { phase, message }: &Standing) -> String {
    if message.is_empty() { format!("{phase:?}") } else { format!("{phase:?} - {message}") }
}
