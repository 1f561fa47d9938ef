//! What is measured, in this order: installing, healing, a commit, doing nothing, one Application of many objects.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{Patch, PatchParams};
use kube_runtime::watcher;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::Options;
use super::board::Standing;
use super::stage::{LARGE, PLACE, Stage, application, config, name};
use crate::audit::Request;

/// Longer than any of it takes.
const LIMIT: Duration = Duration::from_mins(10);
/// How long nothing is done.
const IDLE: Duration = Duration::from_secs(30);
/// Changes by hand that are healed.
const HEALED: u32 = 20;

/// What a part of the course took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) seconds: f64,
    pub(super) cpu: f64,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) number: u32,
    pub(super) install: Cost,
    /// The most memory at a time, in bytes, up to the end of installing.
    pub(super) installed_peak: u64,
    pub(super) install_fetches: usize,
    /// Seconds until a change by hand is healed: the median, and the longest.
    pub(super) healed: (f64, f64),
    /// From when the controller asks after the commit, until all are compared with it.
    pub(super) commit: Cost,
    pub(super) idle_cpu: f64,
    pub(super) idle_writes: usize,
    pub(super) idle_looks: usize,
    pub(super) large: Option<Large>,
    pub(super) peak: u64,
}

/// The Application of many objects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Large {
    pub(super) objects: u32,
    pub(super) cost: Cost,
    pub(super) bytes: usize,
}

/// The way through it.
pub(super) struct Course<'a> {
    stage: &'a Stage,
    options: &'a Options,
}

impl<'a> Course<'a> {
    pub(super) fn new(stage: &'a Stage, options: &'a Options) -> Self {
        Self { stage, options }
    }

    pub(super) async fn run(&self) -> Result<Figures> {
        let mut figures = Figures { number: self.options.number, ..Figures::default() };
        figures.install = self.install().await?;
        figures.installed_peak = self.stage.controller.lock().await.usage()?.peak;
        figures.install_fetches = self.stage.server.fetches();
        figures.healed = self.heal().await?;
        figures.commit = self.commit().await?;
        (figures.idle_cpu, figures.idle_writes, figures.idle_looks) = self.idle().await?;
        if self.options.objects > 0 {
            figures.large = Some(self.large().await?);
        }
        figures.peak = self.stage.controller.lock().await.usage()?.peak;
        Ok(figures)
    }

    /// From the first Application that is made until all are as git says.
    async fn install(&self) -> Result<Cost> {
        eprintln!("installing {} Applications", self.options.number);
        let fleet = (0..self.options.number)
            .map(|number| application(self.stage, &name(number), &format!("apps/{number}")))
            .collect();
        let (began, cpu) = (Instant::now(), self.cpu().await?);
        self.stage.make(fleet).await?;
        let end = self.all("installed", |_, standing| is_settled(standing)).await?;
        self.cost(began, end, cpu).await
    }

    /// Changes ConfigMaps by hand, one after the other.
    async fn heal(&self) -> Result<(f64, f64)> {
        eprintln!("healing {HEALED} changes by hand");
        let mut all = Vec::new();
        for number in 0..HEALED.min(self.options.number) {
            all.push(self.heal_one(&name(number)).await?);
            // The next one is the first of its Application, not the second of this one's.
            sleep(Duration::from_millis(300)).await;
        }
        all.sort_by(f64::total_cmp);
        let median = all.get(all.len() / 2).copied().unwrap_or_default();
        Ok((median, all.last().copied().unwrap_or_default()))
    }

    async fn heal_one(&self, name: &str) -> Result<f64> {
        let api: Api<ConfigMap> = Api::namespaced(self.stage.client.clone(), PLACE);
        let only = watcher::Config::default().fields(&format!("metadata.name={name}"));
        let mut events = watcher(api.clone(), only).boxed();
        // The watch has begun once it has told what is there.
        while !matches!(events.next().await.context("watch the ConfigMap")?, Ok(watcher::Event::InitDone)) {}
        let patch = Patch::Merge(json!({"data": {"says": "by hand"}}));
        let parameters = PatchParams { field_manager: Some("somebody".to_owned()), ..PatchParams::default() };
        let began = Instant::now();
        api.patch(name, &parameters, &patch).await.context("change a ConfigMap by hand")?;
        let healed = async {
            let mut changed = false;
            while let Some(event) = events.next().await {
                let Ok(watcher::Event::Apply(map)) = event else { continue };
                let by_hand = map.data.is_some_and(|data| data.get("says").is_some_and(|says| says == "by hand"));
                changed |= by_hand;
                if changed && !by_hand {
                    return;
                }
            }
        };
        timeout(LIMIT, healed).await.with_context(|| format!("{name} was not healed"))?;
        Ok(began.elapsed().as_secs_f64())
    }

    /// A commit that changes one of them.
    async fn commit(&self) -> Result<Cost> {
        eprintln!("a commit that changes one");
        // The controller is to ask after the commit, not while it is made.
        let looks = self.stage.server.looks();
        self.until_looks(looks + 1).await?;
        sleep(Duration::from_secs(2)).await;
        let (looks, cpu) = (self.stage.server.looks(), self.cpu().await?);
        self.stage.repository.write("apps/0/config.yaml", config(&name(0), "second"))?;
        let revision = self.stage.repository.commit("second")?;
        self.until_looks(looks + 1).await?;
        let began = Instant::now();
        let end = self.all("compared", |_, standing| standing.revision == revision && is_settled(standing)).await?;
        self.cost(began, end, cpu).await
    }

    async fn until_looks(&self, wanted: usize) -> Result<()> {
        let asked = async {
            while self.stage.server.looks() < wanted {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(LIMIT, asked).await.context("the controller asked the repository for nothing")
    }

    /// Nothing happens.
    async fn idle(&self) -> Result<(f64, usize, usize)> {
        eprintln!("doing nothing");
        sleep(Duration::from_secs(5)).await;
        let (writes, looks, cpu) = (self.writes()?, self.stage.server.looks(), self.cpu().await?);
        sleep(IDLE).await;
        Ok((self.cpu().await? - cpu, self.writes()? - writes, self.stage.server.looks() - looks))
    }

    async fn large(&self) -> Result<Large> {
        eprintln!("one Application of {} objects", self.options.objects);
        let (began, cpu) = (Instant::now(), self.cpu().await?);
        self.stage.make(vec![application(self.stage, LARGE, "large")]).await?;
        let is_there = |name: &str, standing: &Standing| name == LARGE && is_settled(standing);
        let end = self.stage.board.until("the large one is installed", LIMIT, 1, is_there).await?;
        let cost = self.cost(began, end, cpu).await?;
        let bytes = self.stage.board.standing(LARGE).bytes;
        Ok(Large { objects: self.options.objects, cost, bytes })
    }

    async fn all(&self, what: &str, is: impl Fn(&str, &Standing) -> bool) -> Result<Instant> {
        let wanted = usize::try_from(self.options.number).context("count the fleet")?;
        self.stage.board.until(what, LIMIT, wanted, is).await
    }

    async fn cost(&self, began: Instant, end: Instant, cpu: f64) -> Result<Cost> {
        Ok(Cost { seconds: (end - began).as_secs_f64(), cpu: self.cpu().await? - cpu })
    }

    async fn cpu(&self) -> Result<f64> {
        Ok(self.stage.controller.lock().await.usage()?.cpu)
    }

    fn writes(&self) -> Result<usize> {
        Ok(self.stage.cluster.audit().requests()?.iter().filter(|request| Request::is_write(request)).count())
    }
}

fn is_settled(standing: &Standing) -> bool {
    standing.sync == "Synced" && standing.health == "Healthy"
}
