//! A commit whose release was taken back, taken back in git too.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Event};
use kube::api::{Api, ListParams};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase;
use sluice_e2e::harness::Scene;
use sluice_e2e::wait;
use tokio::time::sleep;

use crate::rejection::{judged, until_phase};
use crate::stage::{HOME, Stage, complains, map};

/// Several looks at the repository.
const A_WHILE: Duration = Duration::from_secs(8);

/// A good version, and one that analysis takes back, of an Application that wants that undone in git.
struct Bad {
    good: String,
    bad: String,
}

/// Deploys the first from that address, then commits the second.
async fn bad_release(stage: &Stage, url: &str, manner: &str) -> Result<Bad> {
    let good = stage.repository.write("app/web.yaml", judged("v1", "true"))?.commit("v1")?;
    stage.application("web", &json!({"source": {"repoURL": url}})).await?;
    stage.patch("web", &json!({"metadata": {"annotations": {"sluice.dev/revert": manner}}})).await?;
    stage.settled("web", &good).await?;
    let bad = stage.repository.write("app/web.yaml", judged("v2", "false"))?.commit("v2")?;
    Ok(Bad { good, bad })
}

/// The commits of a branch since the good one, the newest first.
fn since(stage: &Stage, bad: &Bad, branch: &str) -> Result<Vec<String>> {
    let range = format!("{}..{branch}", bad.good);
    Ok(stage.repository.git(&["rev-list", &range])?.lines().map(str::to_owned).collect())
}

/// A commit is Sluice's own on top of the bad one, says why, and has the files of the good one.
fn undoes(stage: &Stage, bad: &Bad, commit: &str) -> Result<()> {
    let git = |arguments: &[&str]| stage.repository.git(arguments);
    let whose = git(&["log", "-1", "--format=%an %P", commit])?;
    ensure!(whose == format!("Sluice {}", bad.bad), "it is not Sluice's commit on top of {}: {whose}", bad.bad);
    let says = git(&["log", "-1", "--format=%B", commit])?;
    let why = "web took back the release of this commit";
    ensure!(says.contains(&format!("This reverts commit {}.", bad.bad)) && says.contains(why), "it says {says}");
    let [is, was] = [commit, &bad.good].map(|commit| git(&["rev-parse", &format!("{commit}^{{tree}}")]));
    ensure!(is? == was?, "it does not undo the commit");
    Ok(())
}

/// Waits until people are told that the commit was taken back in git.
async fn until_told(stage: &Stage, how: &str) -> Result<()> {
    let events: Api<Event> = Api::namespaced(stage.scene.client.clone(), HOME);
    let params = ListParams::default().fields(&format!("involvedObject.name={}", stage.name("web")));
    let told = || async {
        let all = events.list(&params).await.ok()?.items;
        let is = |event: &Event| event.message.as_deref().is_some_and(|text| text.contains(how));
        all.iter().any(is).then_some(())
    };
    wait::until(&format!("an event of the Application says {how:?}"), told).await
}

/// The revert is a commit on the branch; it is deployed, once, and the next commit goes on from there.
async fn pushed(stage: &Stage, url: &str) -> Result<()> {
    let bad = bad_release(stage, url, "push").await?;
    let two = || async { since(stage, &bad, "main").ok().filter(|commits| commits.len() > 1) };
    let commits = wait::until("a commit is pushed that takes the bad one back", two).await?;
    let pushed = commits.first().context("no commit")?;
    undoes(stage, &bad, pushed)?;
    until_told(stage, "in git: pushed").await?;
    stage.settled("web", pushed).await?;
    until_phase(stage, RolloutPhase::Healthy).await?;
    sleep(A_WHILE).await;
    let commits = since(stage, &bad, "main")?;
    ensure!(commits.len() == 2, "it was taken back more than once: {commits:?}");
    let next = stage.repository.write("app/web.yaml", judged("v3", "true"))?.commit("v3")?;
    stage.settled("web", &next).await?;
    until_phase(stage, RolloutPhase::Healthy).await
}

pub(crate) async fn pushed_by_https(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    pushed(&stage, &stage.url()).await
}

pub(crate) async fn pushed_by_ssh(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    pushed(&stage, &stage.by_ssh()).await
}

/// The branch that people deploy from is left alone; a pull request is opened once, also where nobody remembers it. Merged, it
/// is the next commit.
pub(crate) async fn proposed(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let (server, name) = (&stage.shared.server, &stage.scene.namespace);
    let bad = bad_release(&stage, &server.in_forge(name), "pull-request").await?;
    let from = format!("proposed from branch sluice/revert-{}-main-", bad.bad.get(..12).unwrap_or_default());
    let noted = |application: &Value| {
        let how = application["status"]["rejected"][0]["reverted"].as_str().filter(|how| how.starts_with(&from));
        how.and_then(|how| how.strip_prefix("proposed from branch ")).map(str::to_owned)
    };
    let proposing = |application: &Value| noted(application).is_some();
    let application = stage.until("web", "proposing to take the commit back", proposing).await?;
    let branch = noted(&application).context("no branch")?;
    let is_noted = |application: &Value| noted(application).as_ref() == Some(&branch);
    until_told(&stage, &branch).await?;
    undoes(&stage, &bad, &branch)?;
    ensure!(since(&stage, &bad, "main")? == [bad.bad.clone()], "the branch that is deployed was pushed to");
    let opened = server.pull_requests(name);
    let [one] = opened.as_slice() else { anyhow::bail!("not one pull request was opened: {opened:?}") };
    ensure!(one.from == branch && one.into == "main" && one.says.contains(&bad.bad), "it is {one:?}");
    // What was done is seen in git and in the forge, not in what was noted.
    let mut rejected = stage.get("web").await?["status"]["rejected"].clone();
    rejected[0]["reverted"] = Value::Null;
    stage.patch("web", &json!({"status": {"rejected": rejected}})).await?;
    stage.until("web", "noted again", is_noted).await?;
    sleep(A_WHILE).await;
    ensure!(server.pull_requests(name) == opened, "it was proposed again: {:?}", server.pull_requests(name));
    ensure!(since(&stage, &bad, &branch)?.len() == 2, "something was pushed again");
    stage.repository.git(&["merge", "--quiet", &branch])?;
    let merged = stage.repository.git(&["rev-parse", "main"])?;
    stage.settled("web", &merged).await?;
    until_phase(&stage, RolloutPhase::Healthy).await
}

/// A server that lets nobody push is not asked all the time: the Application says what to do, and all else goes on.
pub(crate) async fn refused(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.repository.protect()?;
    stage.repository.write("beside/a.yaml", map("beside", "one"))?;
    let bad = bad_release(&stage, &stage.url(), "push").await?;
    let refused = |application: &Value| {
        ["Protected branch update failed", "sluice.dev/revert: pull-request"]
            .iter()
            .all(|says| complains(application, "SyncError", says))
    };
    until_phase(&stage, RolloutPhase::Degraded).await?;
    let told = |application: &Value| refused(application) && application["status"]["health"]["status"] == "Degraded";
    let told = stage.until("web", "told that the revert was refused", told).await?;
    let before = stage.repository.refused().len();
    sleep(A_WHILE).await;
    let attempts = stage.repository.refused().len() - before;
    ensure!(attempts <= 4, "{attempts} attempts in {A_WHILE:?}");
    ensure!(stage.get("web").await?["status"] == told["status"], "the status changes all the time");
    ensure!(since(&stage, &bad, "main")? == [bad.bad.clone()], "something was pushed");
    stage.application("beside", &json!({"source": {"path": "beside"}})).await?;
    stage.settled("beside", &bad.bad).await?;
    ensure!(stage.scene.api::<ConfigMap>().get("beside").await.is_ok(), "the Application beside it is harmed");
    let next = stage.repository.write("app/web.yaml", judged("v3", "true"))?.commit("v3")?;
    stage.settled("web", &next).await?;
    until_phase(&stage, RolloutPhase::Healthy).await
}
