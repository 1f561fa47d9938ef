//! The commands of docs/operations.md, tried on what they are about.

use std::fs;
use std::process::Output;

use anyhow::{Context, Result, ensure};
use sluice_e2e::tools::package_dir;
use tokio::process::Command;

use crate::stage::{HOME, Stage};

/// Runs all commands that the runbook of an alert names, with that Application in the place of NAME.
pub(crate) async fn tried(stage: &Stage, alert: &str, application: &str) -> Result<()> {
    let commands = commands(alert)?;
    ensure!(!commands.is_empty(), "the runbook of {alert} names no command");
    for command in commands {
        let line = command.replace("NAMESPACE", HOME).replace("NAME", application);
        let line = line.replace("PROJECT", &stage.scene.namespace).replace("DESTINATION", &stage.scene.namespace);
        let line = line.replace("ROLLOUT", "web");
        let ran = run(stage, &line).await.with_context(|| format!("{alert}: {line}"))?;
        let Some(ran) = ran else { continue };
        let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        println!("{alert}: $ {line} ({})\n{said}", ran.status);
        let fine = ran.status.code().is_some_and(|code| code <= highest(&line));
        ensure!(fine && !said.contains("Usage:"), "{alert}: {line}: {}\n{said}", ran.status);
    }
    Ok(())
}

/// What a command may end with: some say by their exit status what they found.
fn highest(line: &str) -> i32 {
    let finds = [" app diff ", " app lint ", " app sync ", " app logs "];
    i32::from(finds.iter().any(|word| line.contains(word)))
}

/// The commands between backticks in the section of an alert.
fn commands(alert: &str) -> Result<Vec<String>> {
    let page = fs::read_to_string(package_dir().join("../docs/operations.md")).context("read docs/operations.md")?;
    let section = page.split("\n### ").find(|section| section.lines().next() == Some(alert));
    let section = section.with_context(|| format!("docs/operations.md has no section {alert}"))?;
    let spans = section.split('`').skip(1).step_by(2);
    Ok(spans.filter(|span| span.starts_with("kubectl ")).map(str::to_owned).collect())
}

/// Runs a line as a shell does. `None`: kubectl itself is not on this machine, and the line is none of the plugin's.
async fn run(stage: &Stage, line: &str) -> Result<Option<Output>> {
    let plugin = stage.shared.plugin.to_str().context("the plugin's path is no text")?;
    let (whole, is_own) = match line.strip_prefix("kubectl sluice ") {
        Some(words) => (format!("{plugin} {words}"), true),
        // What is behind a pipe finds nothing here: the controller under test is no pod.
        None => (line.split(" | ").next().unwrap_or_default().to_owned(), false),
    };
    if !is_own && !has_kubectl().await {
        println!("not tried, as there is no kubectl here: {line}");
        return Ok(None);
    }
    let kubeconfig = stage.scene.world.cluster.lock().await.kubeconfig();
    let output = Command::new("sh").args(["-c", &whole]).env("KUBECONFIG", kubeconfig).output().await;
    output.context("start a shell").map(Some)
}

pub(crate) async fn has_kubectl() -> bool {
    Command::new("kubectl").args(["version", "--client"]).output().await.is_ok_and(|output| output.status.success())
}
