//! The process from start to stop: client, caches, loops, pages.

use std::sync::Arc;

use http::HeaderValue;
use http::header::USER_AGENT;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use sluice_analysis::provider::prometheus::Defaults;
use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::info;

use crate::caches::{self, Caches};
use crate::clock::Clock;
use crate::context::Context;
use crate::key::Kind;
use crate::options::Options;
use crate::worker::Loop;
use crate::{analysis_run, look, pages, rollout};

/// Names the Prometheus server of metrics that name none.
const PROMETHEUS: &str = "ARGO_ROLLOUTS_PROMETHEUS_ADDRESS";

/// Why the controller could not start.
#[derive(Debug, Error)]
pub enum Error {
    /// No way to the API server is configured.
    #[error("find the cluster: give --kubeconfig, set KUBECONFIG, or run in a pod")]
    Infer(#[from] kube::config::InferConfigError),
    /// The kubeconfig named cannot be used.
    #[error("read the kubeconfig")]
    Kubeconfig(#[from] KubeconfigError),
    /// The client cannot be built, for example for its certificates.
    #[error("set up the client of the API server")]
    Client(#[source] kube::Error),
    /// The HTTP client of measurements cannot be built.
    #[error("set up the client of metric providers")]
    Measure(#[from] reqwest::Error),
    /// A port is taken, for example.
    #[error("listen on port {port}")]
    Listen {
        /// Which.
        port: u16,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Signals cannot be waited for.
    #[error("wait for signals")]
    Signal(#[source] std::io::Error),
}

/// Runs the controller until SIGTERM or SIGINT.
pub async fn run(options: Options) -> Result<(), Error> {
    let config = config(&options).await?;
    let namespace =
        options.namespaced.then(|| options.namespace.clone().unwrap_or_else(|| config.default_namespace.clone()));
    let client = Client::try_from(config).map_err(Error::Client)?;
    let (caches, writers) = Caches::new(&options.traefik_api_group);
    let ctx = Arc::new(Context::new(client, caches, Clock::System, options, namespace));
    open_pages(&ctx).await?;
    let stop = stop()?;
    let _watches = caches::start(&ctx, writers);
    loops(&ctx, stop).await?;
    info!("stopped");
    Ok(())
}

async fn config(options: &Options) -> Result<Config, Error> {
    let mut config = match &options.kubeconfig {
        Some(file) => {
            Config::from_custom_kubeconfig(Kubeconfig::read_from(file)?, &KubeConfigOptions::default()).await?
        }
        None => Config::infer().await?,
    };
    config.headers.push((USER_AGENT, HeaderValue::from_static("sluice")));
    Ok(config)
}

async fn open_pages(ctx: &Arc<Context>) -> Result<(), Error> {
    let open = |port| async move { pages::listen(port).await.map_err(|source| Error::Listen { port, source }) };
    let (healthz, metrics) = (open(ctx.options.healthz_port).await?, open(ctx.options.metrics_port).await?);
    tokio::spawn(pages::serve(healthz, ctx.clone(), pages::health));
    tokio::spawn(pages::serve(metrics, ctx.clone(), pages::metrics));
    Ok(())
}

/// Runs both loops once the caches are filled, until told to stop.
async fn loops(ctx: &Arc<Context>, mut stop: watch::Receiver<bool>) -> Result<(), Error> {
    let filled = async { ctx.caches.settled().wait_for(|settled| settled.len() == Kind::ALL.len()).await.is_ok() };
    tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => return Ok(()),
        _ = filled => info!(rollouts = ctx.caches.rollouts.len(), "caches are filled"),
    }
    let looks = tokio::spawn(look::at_everything(ctx.clone()));
    let measuring =
        Arc::new(analysis_run::Measuring::new(Defaults { prometheus_address: std::env::var(PROMETHEUS).ok() })?);
    let judge = move |ctx: Arc<Context>, key| analysis_run::reconcile(ctx, measuring.clone(), key);
    let release = |ctx: Arc<Context>, key| async move { rollout::reconcile(&ctx, &key).await };
    tokio::join!(
        Loop::rollouts(ctx).run(ctx.clone(), release, stop.clone()),
        Loop::analysis_runs(ctx).run(ctx.clone(), judge, stop),
    );
    looks.abort();
    Ok(())
}

/// Says when the process is told to stop.
fn stop() -> Result<watch::Receiver<bool>, Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signal)?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("told to stop: finishing passes under way");
        sender.send_replace(true);
        // Keeps the channel open: a closed one would look like an order to stop.
        std::future::pending::<()>().await;
    });
    Ok(receiver)
}
