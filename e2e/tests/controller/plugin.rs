use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_e2e::harness::Scene;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Duration, timeout};

use crate::release::{canary, installed, programs, rollout, until, until_phase};

/// Whose the kubeconfig of the cluster is, as its API server knows them.
pub(crate) const WHO: &str = "admin";

/// The plugin, as a person starts it.
async fn command(scene: &Scene, words: &[&str]) -> Result<Command> {
    let kubeconfig = scene.world.cluster.lock().await.kubeconfig();
    let mut command = Command::new(&programs()?.plugin);
    command.args(words).args(["--namespace", &scene.namespace]).env("KUBECONFIG", kubeconfig).kill_on_drop(true);
    Ok(command)
}

/// Runs the plugin; what it printed.
async fn plugin(scene: &Scene, words: &[&str]) -> Result<(bool, String)> {
    let output = command(scene, words).await?.output().await.context("start the plugin")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ok((output.status.success(), text))
}

async fn says(scene: &Scene, words: &[&str], text: &str) -> Result<()> {
    let (_, said) = plugin(scene, words).await?;
    ensure!(said.contains(text), "{words:?} lacks {text:?}:\n{said}");
    Ok(())
}

pub(crate) async fn drive(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, Paused).await?;
    says(&scene, &["get", "rollout", "web"], "Paused").await?;
    says(&scene, &["get", "rollout", "web"], "revision:2").await?;

    looked_at(&scene).await?;

    says(&scene, &["promote", "web", "--to-step", "3"], "rollout 'web' promoted").await?;
    until(&scene, "paused at 50", |status| status.phase == Paused && status.current_step_index == Some(3)).await?;
    says(&scene, &["abort", "web", "--reason", "too slow"], "rollout 'web' aborted").await?;
    until_phase(&scene, Degraded).await?;
    let (success, said) = plugin(&scene, &["status", "web"]).await?;
    ensure!(!success && said.contains("Degraded"), "status of an aborted Rollout: {said}");
    ensure!(said.contains("aborted by hand: too slow"), "the reason is told: {said}");
    says(&scene, &["history", "web"], "too slow").await?;

    says(&scene, &["retry", "rollout", "web"], "retried").await?;
    until(&scene, "paused again", |status| status.phase == Paused && status.current_step_index == Some(1)).await?;
    says(&scene, &["promote", "web"], "rollout 'web' promoted").await?;
    until(&scene, "paused at 50", |status| status.phase == Paused && status.current_step_index == Some(3)).await?;
    says(&scene, &["promote", "web", "--full"], "fully promoted").await?;
    until_phase(&scene, Healthy).await?;
    let (success, said) = plugin(&scene, &["status", "web"]).await?;
    ensure!(success && said.contains("Healthy"), "{said}");

    let (_, said) = plugin(&scene, &["history", "web"]).await?;
    let newest = said.lines().nth(1).unwrap_or_default();
    ensure!(newest.contains("promoted") && newest.contains(WHO), "who drove the release is told: {said}");

    says(&scene, &["undo", "web"], "rollout 'web' undo").await?;
    until_phase(&scene, Paused).await?;
    followed(&scene).await?;
    logged(&scene).await
}

/// A release that is paused is followed to its end, by `status` and by `list --watch`.
async fn followed(scene: &Scene) -> Result<()> {
    let (success, said) = plugin(scene, &["status", "web", "--timeout", "1s"]).await?;
    ensure!(!success && said.contains("exceeded timeout"), "who waited for nothing is told: {said}");

    let mut status = shown(scene, &["status", "web"]).await?;
    let mut list = shown(scene, &["list", "rollouts", "--watch"]).await?;
    status.until("Paused").await?;
    list.until("Paused").await?;
    says(scene, &["promote", "web", "--full"], "fully promoted").await?;
    list.until("Healthy").await?;
    status.until("Healthy").await?;
    ensure!(status.process.wait().await?.success(), "it ends with the release");
    ensure!(list.process.try_wait()?.is_none(), "it shows what comes next too");
    until_phase(scene, Healthy).await.map(drop)
}

/// A command that goes on, and its lines.
struct Shown {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

async fn shown(scene: &Scene, words: &[&str]) -> Result<Shown> {
    let mut process = command(scene, words).await?.stdout(Stdio::piped()).spawn().context("start the plugin")?;
    let lines = BufReader::new(process.stdout.take().context("its output")?).lines();
    Ok(Shown { process, lines })
}

impl Shown {
    /// Waits for a line that has the text.
    async fn until(&mut self, text: &str) -> Result<()> {
        let line = async {
            while let Some(line) = self.lines.next_line().await? {
                if line.contains(text) {
                    return Ok(());
                }
            }
            bail!("it ended before {text:?}")
        };
        timeout(Duration::from_mins(1), line).await.with_context(|| format!("no line with {text:?}"))?
    }
}

/// Each line of the log about the Rollout names the release, so that one can be told from the next.
async fn logged(scene: &Scene) -> Result<()> {
    let file = scene.world.cluster.lock().await.logs().join("sluice.log");
    let log = tokio::fs::read_to_string(file).await.context("read the controller's log")?;
    let whose = format!("rollout={}/web", scene.namespace);
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(" INFO ") && line.contains(&whose)).collect();
    ensure!(lines.iter().any(|line| line.contains("promoted ")), "no word of a promotion: {lines:#?}");
    let lacks = lines.iter().find(|line| !line.contains(" release="));
    ensure!(lacks.is_none(), "no release in {lacks:?}");
    Ok(())
}

/// Looks at a release that is paused.
async fn looked_at(scene: &Scene) -> Result<()> {
    says(scene, &["explain", "web"], "CanaryPauseStep: waits for promote or abort").await?;
    says(scene, &["explain", "web"], "On abort:     aborted: aborted by hand").await?;
    says(scene, &["list", "rollouts"], "web").await?;
    says(scene, &["history", "web"], "under way").await?;
    says(scene, &["get", "wen"], "did you mean \"web\"?").await?;
    says(scene, &["doctor"], "Definitions of argoproj.io: all are served").await?;
    let (success, said) = plugin(scene, &["get", "web", "--watch", "--timeout-seconds", "2"]).await?;
    ensure!(success && said.contains("revision:2"), "a watch ends with its time, and has shown the tree: {said}");
    Ok(())
}
