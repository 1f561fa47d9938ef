//! The process from start to stop: client, caches, loops, pages.

mod doors;

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderValue;
use http::header::USER_AGENT;
use kube::Config;
use kube::client::ClientBuilder;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use sluice_analysis::provider::prometheus::Defaults;
use sluice_analysis::provider::{self, Clients, Http};
use sluice_otlp::{Collector, Exporter};
use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use crate::clock::Clock;
use crate::context::Context;
use crate::lease;
use crate::metrics::Requests;
use crate::observe::router::ask;
use crate::options::Options;
use crate::process::Process;
use crate::surroundings::{Own, Surroundings};
use doors::Doors;

/// Names the Prometheus server of metrics that name none.
const PROMETHEUS: &str = "ARGO_ROLLOUTS_PROMETHEUS_ADDRESS";
/// This program's, as traces tell it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

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
    /// Flags do not fit together.
    #[error("{0}")]
    Flags(String),
    /// Another process leads now, or may soon.
    #[error(
        "leadership is over: {0}; nothing is written any more, and this process ends, to be started anew as a standby"
    )]
    Deposed(String),
    /// Signals cannot be waited for.
    #[error("wait for signals")]
    Signal(#[source] std::io::Error),
}

/// Runs the controller until SIGTERM or SIGINT, or until it must not lead any more.
pub async fn run(options: Options) -> Result<(), Error> {
    options.check().map_err(Error::Flags)?;
    let election = options.election().map_err(Error::Flags)?;
    let surroundings = surroundings(&options).await?;
    let collector = collector(&options, &surroundings.identity)?;
    let doors = Doors::open(&options, &surroundings).await?;
    let stop = stop()?;
    let process = Process::start(surroundings, options, election);
    let ctx = process.context();
    let exporter = collector.map(|(http, collector)| tell(ctx, http, collector));
    doors.serve(ctx);
    tokio::select! {
        biased;
        () = stop => {}
        why = process.deposed() => {
            process.kill();
            return Err(Error::Deposed(why));
        }
    }
    info!("told to stop: finishing passes under way");
    process.stop().await;
    if let Some(exporter) = exporter {
        exporter.stop().await;
    }
    info!("stopped");
    Ok(())
}

/// The real world.
async fn surroundings(options: &Options) -> Result<Surroundings, Error> {
    let mut config = config(options).await?;
    // A pass that is refused looks anew before it tries again; the client would repeat what was decided up to 15 times, for minutes.
    config.default_retry = false;
    let namespace =
        options.namespaced.then(|| options.namespace.clone().unwrap_or_else(|| config.default_namespace.clone()));
    let own = || options.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    let lease_namespace = options.leader_election_namespace.clone().unwrap_or_else(own);
    let home = std::env::var("POD_NAMESPACE").unwrap_or_else(|_| config.default_namespace.clone());
    let requests = Requests::default();
    let client = ClientBuilder::try_from(config).map_err(Error::Client)?.with_layer(&requests).build();
    Ok(Surroundings {
        client,
        requests,
        clock: Clock::System,
        measure: Clients::new()?,
        prometheus: Defaults {
            prometheus_address: options.prometheus_address.clone().or_else(|| std::env::var(PROMETHEUS).ok()),
        },
        notify: sluice_notify::send::Clients::new()?,
        routers: ask::network(),
        sources: crate::sources::open(&options.gitops),
        clusters: crate::destinations::network(),
        own: Own { namespace: home, environment: environment() },
        identity: identity(),
        lease_namespace,
        namespace,
    })
}

/// Where releases are told to as traces, and by which client.
fn collector(options: &Options, identity: &str) -> Result<Option<(Http, Collector)>, Error> {
    let Some(collector) = options.collector().map_err(Error::Flags)? else { return Ok(None) };
    let http = provider::network(provider::client().build()?);
    Ok(Some((http, collector.told_by("sluice", VERSION, identity))))
}

/// Starts to tell what is over to a collector.
fn tell(ctx: &Arc<Context>, http: Http, collector: Collector) -> Exporter {
    info!(collector = collector.shown(), "releases are told as traces");
    let lost = ctx.metrics.spans_lost.clone();
    let (spans, exporter) = sluice_otlp::export(http, collector, VERSION, move |spans| {
        lost.inc_by(spans);
    });
    ctx.traces.tell_to(spans);
    exporter
}

/// The variables that metric providers know: Datadog's keys, AWS's credentials.
fn environment() -> BTreeMap<String, String> {
    let texts =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    texts.filter(|(name, _)| name.starts_with("DD_") || name.starts_with("AWS_")).collect()
}

/// The pod's name, or the machine's, and what tells this process from the one before it there.
fn identity() -> String {
    let place = ["POD_NAME", "HOSTNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    lease::holder::name(&place.unwrap_or_else(|| "sluice".to_owned()), std::process::id(), Clock::System.now())
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

/// Waits until the process is told to stop.
fn stop() -> Result<impl Future<Output = ()>, Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signal)?;
    Ok(async move {
        tokio::select! {
            biased;
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
