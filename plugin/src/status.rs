//! `status`: how Rollouts stand, once or until the end.

use std::future::Future;
use std::time::Duration;

use anyhow::{Result, bail};
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};
use kube_runtime::WatchStreamExt;
use kube_runtime::watcher::Error;
use serde_json::{Value, json};
use sluice_crds::{Rollout, RolloutPhase};
use sluice_orders::standing::{Standing, standing};

use crate::args::StatusArgs;
use crate::clean::clean;
use crate::client::Cluster;
use crate::kind::Kind;
use crate::out::Out;
use crate::report::Report;
use crate::seen;
use crate::target::Wanted;
use crate::trouble::explain;

/// Says the phases; with `--watch` each new one, until all are Healthy or Degraded.
pub(crate) async fn run(cluster: &Cluster, wanted: &StatusArgs, out: Out) -> Result<Report> {
    let kinds = [Kind::Rollout];
    let targets = Wanted::of(&wanted.names, &kinds)?.targets(cluster, &kinds).await?;
    let targets = targets.into_iter().collect::<Result<Vec<_>>>()?;
    let several = targets.len() > 1;
    let look = Look { cluster, wanted, out, several };
    let ends = within(wanted.timeout, join_all(targets.iter().map(|target| look.one(&target.name)))).await?;
    let mut report = Report::default();
    let mut documents = Vec::new();
    for (target, end) in targets.iter().zip(ends) {
        let name = &target.name;
        match end {
            Ok(end) => {
                if end.phase == RolloutPhase::Degraded {
                    report.errors.push(degraded(name, &end, several));
                }
                report.lines.extend((!wanted.watch).then(|| look.line(name, &now_line(&end))));
                documents.push(document(cluster, name, &end));
            }
            Err(error) => report.errors.push(explain(&error)),
        }
    }
    report.document = Value::Array(documents);
    Ok(report)
}

/// The established words for it; with the name where there are several.
fn degraded(name: &str, end: &Standing, several: bool) -> String {
    let what = if several { format!("The rollout {name}") } else { "The rollout".to_owned() };
    format!("{what} is in a degraded state with message: {}", end.message)
}

fn document(cluster: &Cluster, name: &str, end: &Standing) -> Value {
    let (phase, message) = (format!("{:?}", end.phase), &end.message);
    json!({"kind": "Rollout", "namespace": cluster.namespace, "name": name, "status": phase, "message": message})
}

async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T> {
    if limit.is_zero() {
        return Ok(work.await);
    }
    let Ok(done) = tokio::time::timeout(limit, work).await else { bail!("Rollout status watch exceeded timeout") };
    Ok(done)
}

/// How each Rollout is looked at.
struct Look<'a> {
    cluster: &'a Cluster,
    wanted: &'a StatusArgs,
    out: Out,
    several: bool,
}

impl Look<'_> {
    /// How a Rollout stands; with `--watch` in the end.
    async fn one(&self, name: &str) -> Result<Standing> {
        let rollout = seen::rollout(self.cluster, name).await?;
        let now = standing(&rollout);
        if self.wanted.watch {
            return self.until_over(name, now).await;
        }
        Ok(now)
    }

    /// Prints a line for each new standing, and returns the last.
    async fn until_over(&self, name: &str, mut now: Standing) -> Result<Standing> {
        self.say(name, &line(&now))?;
        let mut news = self.cluster.objects::<Rollout>().watch_one(name).default_backoff().boxed();
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
                self.say(name, &line(&next))?;
                now = next;
            }
        }
        Ok(now)
    }

    /// Prints a line, for people only.
    fn say(&self, name: &str, text: &str) -> Result<()> {
        if self.wanted.form.output.is_none() {
            self.out.line(&self.line(name, text))?;
        }
        Ok(())
    }

    /// The text, with the name where there are several.
    fn line(&self, name: &str, text: &str) -> String {
        if self.several { format!("{name}: {text}") } else { text.to_owned() }
    }
}

/// Says that the watch failed; it is tried again, less and less often.
fn report(error: &Error) {
    anstream::eprintln!("watch: {error}; trying again");
}

fn is_over(standing: &Standing) -> bool {
    matches!(standing.phase, RolloutPhase::Healthy | RolloutPhase::Degraded)
}

/// Without a watch the end is told by its phase alone.
fn now_line(now: &Standing) -> String {
    if is_over(now) { format!("{:?}", now.phase) } else { line(now) }
}

fn line(Standing { phase, message }: &Standing) -> String {
    if message.is_empty() { format!("{phase:?}") } else { format!("{phase:?} - {}", clean(message)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_steers_no_terminal() {
        let standing = Standing { phase: RolloutPhase::Progressing, message: "metric \u{1b}[2Jfine".to_owned() };
        assert_eq!(line(&standing), r"Progressing - metric \u{1b}[2Jfine");
    }
}
