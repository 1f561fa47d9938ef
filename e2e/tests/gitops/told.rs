//! How soon people hear of an Application.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sluice_e2e::harness::Scene;
use sluice_world::actors::slack::Posted;
use tokio::time::{Instant, sleep};

use crate::stage::{Stage, map};

/// Between the fact in the status and the notice in Slack.
const BOUND: Duration = Duration::from_secs(1);
/// How often it is measured.
const ROUNDS: usize = 5;
const PATIENCE: Duration = Duration::from_mins(1);

/// A port that no Service may have.
const BROKEN: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: broken}\nspec: {ports: [{port: 99999}]}\n";

/// A sync that fails and a health that goes bad are told within a second of being seen, once for each commit.
pub(crate) async fn soon(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let first = stage.repository.write("app/a.yaml", map("a", "good"))?.write("sick/a.yaml", map("b", "good"))?;
    let first = first.commit("good")?;
    let once = json!({"syncPolicy": {"retry": {"limit": 0}}});
    stage.application("failing", &once).await?;
    let check = "self.data.says.startsWith('bad') ? 'Degraded: no disk' : true";
    let judged = json!({"source": {"path": "sick"}, "health": [{"group": "", "kind": "ConfigMap", "check": check}]});
    stage.application("sick", &judged).await?;
    stage.settled("failing", &first).await?;
    stage.settled("sick", &first).await?;
    stage.subscribe("failing", "on-sync-failed").await?;
    stage.subscribe("sick", "on-health-degraded").await?;
    // What was before is past.
    sleep(Duration::from_secs(2)).await;

    let fails = |application: &Value| application["status"]["operationState"]["phase"] == "Failed";
    let broken = |round| stage.repository.write("app/b.yaml", format!("{BROKEN}# {round}\n")).map(drop);
    let failed = measured(&stage, "failing", "could not be synced", fails, broken).await?;
    let ails = |application: &Value| application["status"]["health"]["status"] == "Degraded";
    let sick = |round| stage.repository.write("sick/a.yaml", map("b", &format!("bad {round}"))).map(drop);
    let degraded = measured(&stage, "sick", "is degraded", ails, sick).await?;
    println!("told after the status says so: on-sync-failed {failed:?}, on-health-degraded {degraded:?}");
    let said = of(&stage, "sick").last().map(|one| one.text().to_owned()).unwrap_or_default();
    ensure!(said.contains("ConfigMap") && said.contains("no disk"), "it is not said what ails: {said}");
    for times in [failed, degraded] {
        let median = times.get(ROUNDS / 2).context("there are times")?;
        ensure!(*median <= BOUND, "told after {times:?}");
    }
    Ok(())
}

/// Commits something bad again and again; how long after the status says so people were told, from the shortest on.
async fn measured(
    stage: &Stage,
    name: &str,
    words: &str,
    is: impl Fn(&Value) -> bool,
    make: impl Fn(usize) -> Result<()>,
) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let before = of(stage, name).len();
        make(round)?;
        let commit = stage.repository.commit(&format!("bad {round}"))?;
        let synced = |application: &Value| {
            application["status"]["operationState"]["syncResult"]["revision"] == commit.as_str() && is(application)
        };
        let (mut seen, mut told) = (None, None);
        let deadline = Instant::now() + PATIENCE;
        while seen.is_none() || told.is_none() {
            if told.is_none() && of(stage, name).len() > before {
                told = Some(Instant::now());
            }
            if seen.is_none() && synced(&stage.get(name).await?) {
                seen = Some(Instant::now());
            }
            if Instant::now() > deadline {
                bail!("{name} in round {round}: status seen {seen:?}, notice seen {told:?}");
            }
            sleep(Duration::from_millis(5)).await;
        }
        let new = of(stage, name).split_off(before);
        ensure!(new.iter().all(|one| one.text().contains(words)), "told something else: {new:?}");
        times.extend(seen.zip(told).map(|(seen, told)| told.saturating_duration_since(seen)));
    }
    let all = of(stage, name).len();
    ensure!(all == ROUNDS, "{all} notices of {ROUNDS} commits");
    times.sort_unstable();
    Ok(times)
}

/// What people were told of an Application.
fn of(stage: &Stage, name: &str) -> Vec<Posted> {
    let (name, all) = (stage.name(name), stage.shared.slack.messages());
    all.into_iter().filter(|one| one.text().contains(&name)).collect()
}
