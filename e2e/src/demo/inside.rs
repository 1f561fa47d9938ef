//! The run inside the namespace: start, play, judge, write down, stay if asked to.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::time::sleep;

use super::board::Board;
use super::figures::{Evidence, Figures};
use super::options::Options;
use super::stage::{self, NAMESPACE, Stage};
use super::story::{self, Releases};
use super::watch::Watch;
use super::{BEGAN, MADE, PROFILE, exposition::Exposition, now, page};
use crate::namespace::{self, Inside};
use crate::programs::Programs;
use crate::tools::Tools;

/// The status of a program that was ended by Ctrl-C.
const INTERRUPTED: u8 = 130;
const WEIGH_EVERY: Duration = Duration::from_millis(500);

/// When the outside began, and how long it made programs.
struct Times {
    began: Timestamp,
    made: Duration,
}

/// Runs the demo in this namespace; says whether every bound held.
pub(super) fn run(options: &Options, inside: &Inside) -> Result<ExitCode> {
    let times = Times::read()?;
    let tools = Tools::ensure()?;
    let runtime = Runtime::new().context("start the runtime")?;
    let code = runtime.block_on(async {
        tokio::select! {
            code = demo(options, inside, &tools, &times) => code,
            asked = namespace::asked_to_end() => asked.map(|()| ExitCode::from(INTERRUPTED)),
        }
    });
    // What still waits for an answer is ended, not waited for.
    runtime.shutdown_background();
    code
}

async fn demo(options: &Options, inside: &Inside, tools: &Tools, times: &Times) -> Result<ExitCode> {
    let stage = Arc::new(Stage::start(tools, inside).await?);
    let figures = releases(&stage, times).await;
    let figures = figures.with_context(|| format!("the controller's log ends:\n{}", log_tail(&stage)))?;
    println!("\n{}", figures.in_lines());
    write(options, &figures)?;
    if options.keep {
        keep(&stage, inside).await?;
    }
    Ok(if figures.held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Plays all releases, and judges them.
async fn releases(stage: &Arc<Stage>, times: &Times) -> Result<Figures> {
    stage.install().await?;
    let watch = Watch::start(stage);
    super::progress::of("version v1, without traffic yet", story::settle(stage, &watch)).await?;
    let load = stage.load()?;
    let setup = since(times.began);
    println!("\n  {} requests a second through Traefik, from now on", stage::RATE);
    let (releases, peak) = (Releases::default(), AtomicU64::new(0));
    let board = Board { releases: &releases, watch: &watch, load: &load };
    let untouched = tokio::select! {
        played = story::play(stage, &watch, &releases) => played?,
        () = board.show() => false,
        weighed = weigh(stage, &peak) => { weighed?; false }
    };
    board.show_once();
    let metrics = Exposition::parse(&stage.controller.metrics().await?);
    let began = load.began();
    let samples = load.finish().await;
    let evidence = Evidence {
        began,
        releases: releases.all().clone(),
        seen: watch.seen().clone(),
        samples,
        metrics,
        peak_bytes: peak.load(Ordering::Relaxed),
        stable_pods_untouched: untouched,
        made: times.made,
        setup,
        total: since(times.began),
    };
    Ok(Figures::of(&evidence))
}

/// Weighs the controller for ever, and keeps the most.
async fn weigh(stage: &Stage, peak: &AtomicU64) -> Result<()> {
    loop {
        peak.fetch_max(stage.controller.resident_bytes()?, Ordering::Relaxed);
        sleep(WEIGH_EVERY).await;
    }
}

fn write(options: &Options, figures: &Figures) -> Result<()> {
    let report = &options.report;
    fs::write(report, page::html(figures)).with_context(|| format!("write {}", report.display()))?;
    println!("\n  report: {}", report.display());
    if let Some(file) = &options.json {
        let text = serde_json::to_string_pretty(figures).context("write the figures as JSON")?;
        fs::write(file, text + "\n").with_context(|| format!("write {}", file.display()))?;
        println!("  figures: {}", file.display());
    }
    Ok(())
}

/// Leaves the cluster up, with traffic, until this future is dropped.
async fn keep(stage: &Stage, inside: &Inside) -> Result<()> {
    let kubeconfig = inside.run_dir.join("kubeconfig-outside");
    let port = |name| inside.door(name).with_context(|| format!("find the port of {name}"));
    stage.cluster.write_outside_kubeconfig(&kubeconfig, port("api")?)?;
    let _load = stage.load()?;
    println!("\n  The cluster stays up, and so does the load. Ctrl-C ends it.\n");
    println!("    export KUBECONFIG={}", kubeconfig.display());
    let plugin = Programs::built(PROFILE).plugin;
    let plugin = fs::canonicalize(&plugin).unwrap_or(plugin);
    println!("    {} get rollout web -n {NAMESPACE}", plugin.display());
    for (name, what) in [("web", "the application"), ("traefik", "Traefik"), ("prometheus", "Prometheus")] {
        let path = if name == "traefik" { "/dashboard/" } else { "/" };
        println!("    {:<17}http://127.0.0.1:{}{path}", format!("{what}:"), port(name)?);
    }
    std::future::pending().await
}

fn log_tail(stage: &Stage) -> String {
    crate::process::tail(&stage.cluster.logs().join("sluice.log"), 20)
}

fn since(began: Timestamp) -> Duration {
    now().duration_since(began).try_into().unwrap_or_default()
}

impl Times {
    fn read() -> Result<Self> {
        let variable = |name: &str| std::env::var(name).with_context(|| format!("read {name}"));
        let began = variable(BEGAN)?.parse().context("read when the demo began")?;
        let made = variable(MADE)?.parse().context("read how long making took")?;
        ensure!(began <= now(), "the clock was set back while the demo ran");
        Ok(Self { began, made: Duration::from_millis(made) })
    }
}
