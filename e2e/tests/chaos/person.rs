//! Whoever releases an app: again and again while there is trouble.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use sluice_e2e::chaos::plan;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::app::{App, BAD};
use crate::stage::Stage;

/// How long after the last trouble a release may take, beside its own waits.
const LIMIT: Duration = Duration::from_mins(1);

/// One who releases one app. They know which version is out.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) app: App,
    stable: String,
    /// Releases brought to their end.
    pub(crate) releases: u64,
}

/// The trouble of one seed. `over` has the time at which it ended.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) seed: u64,
    pub(crate) over: watch::Receiver<Option<Instant>>,
}

impl Person {
    /// Who has installed `v0`.
    pub(crate) fn of(app: App) -> Self {
        Self { app, stable: "v0".to_owned(), releases: 0 }
    }

    /// Releases version after version until the trouble is over and the last release at its end.
    pub(crate) async fn play(&mut self, stage: &Arc<Stage>, trouble: &Trouble) -> Result<()> {
        let mut round = 0;
        while trouble.over.borrow().is_none() {
            round += 1;
            let name = format!("{} release {round} of seed {}", self.app.name(), trouble.seed);
            sleep(plan::moment(trouble.seed, &name, Duration::from_millis(200), Duration::from_secs(4))).await;
            let version = self.version(trouble.seed, round);
            let last = self.release(stage, trouble, &name, &version).await.with_context(|| name.clone())?;
            self.until_ended(stage, trouble, &last).await.with_context(|| name.clone())?;
            stage.say(&format!("{name} is at its end"));
            if !self.app.is_taken_back() {
                self.stable = last;
            }
            self.releases += 1;
        }
        Ok(())
    }

    fn version(&self, seed: u64, round: u32) -> String {
        let bad = if self.app == App::Bad { BAD } else { "" };
        format!("v{seed}.{round}{bad}")
    }

    /// Releases, and does what is done to such a release. Returns the version that is asked for at last.
    async fn release(&self, stage: &Stage, trouble: &Trouble, name: &str, version: &str) -> Result<String> {
        self.apply(stage, version).await?;
        let moment = |from, to| plan::moment(trouble.seed, &format!("{name}, then"), from, to);
        match self.app {
            App::Aborted => {
                self.until_observed(stage, trouble).await?;
                sleep(moment(Duration::ZERO, Duration::from_secs(15))).await;
                stage.patch_status(self.app, &json!({"abort": true})).await?;
                stage.say(&format!("{name} is aborted by hand"));
                Ok(version.to_owned())
            }
            App::Superseded => {
                sleep(moment(Duration::from_millis(500), Duration::from_secs(20))).await;
                let next = format!("{version}-next");
                self.apply(stage, &next).await?;
                stage.say(&format!("{name} is superseded"));
                Ok(next)
            }
            App::Good | App::Bad | App::BlueGreen => Ok(version.to_owned()),
        }
    }

    async fn apply(&self, stage: &Stage, version: &str) -> Result<()> {
        let rollout = self.app.rollout(&stage.scene.namespace, version);
        stage.insist("apply a Rollout", || stage.scene.apply(&rollout)).await.map(drop)
    }

    /// Waits until the status is about the version that is asked for: an abort before that would be of the one before.
    async fn until_observed(&self, stage: &Stage, trouble: &Trouble) -> Result<()> {
        let observed = || async {
            let rollout = stage.rollout(self.app).await?;
            let generation = rollout.metadata.generation.unwrap_or_default().to_string();
            let observed = rollout.status.and_then(|status| status.observed_generation);
            ensure!(observed == Some(generation), "generation {observed:?} is observed");
            Ok(())
        };
        self.until(trouble, observed).await
    }

    async fn until_ended(&self, stage: &Stage, trouble: &Trouble, version: &str) -> Result<()> {
        self.until(trouble, || stage.ended(self.app, version, &self.stable)).await
    }

    /// Waits until it is so, but not longer after the trouble than a release may take.
    async fn until<F>(&self, trouble: &Trouble, look: impl Fn() -> F) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        let mut over = trouble.over.clone();
        loop {
            let Err(why) = look().await else { return Ok(()) };
            let deadline = over.borrow_and_update().map(|over| over + self.app.waits() + LIMIT);
            if deadline.is_some_and(|deadline| Instant::now() > deadline) {
                bail!("not at its end {:?} after the last trouble: {why:#}", self.app.waits() + LIMIT);
            }
            sleep_until(Instant::now() + Duration::from_millis(250)).await;
        }
    }
}
