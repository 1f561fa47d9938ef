//! What stands between the controller and the API server, and does not always let through.
//!
//! It speaks plain HTTP to the one and as the controller to the other. Nobody else goes through it: what the cluster is
//! like remains to be seen from beside it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::tally::Tally;
use super::{exchange, script::Asked};

/// A running proxy. Dropping it ends it. It lets everything through until it is told to make trouble.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _task: JoinSet<()>,
}

/// What all connections share.
pub(super) struct Shared {
    pub(super) upstream: Client,
    /// The seed of the trouble that is on, if any.
    pub(super) seed: watch::Sender<Option<u64>>,
    writes: watch::Sender<u64>,
    counts: Mutex<Counts>,
    log: Mutex<File>,
    began: Instant,
}

#[derive(Debug, Default)]
struct Counts {
    /// Requests by method and path since the trouble began.
    numbers: BTreeMap<(String, String), u64>,
    faults: Tally,
}

impl Proxy {
    /// Listens at `address` and speaks to the API server as `kubeconfig` has it. Each request's fate goes to `log`.
    pub async fn start(address: SocketAddr, kubeconfig: &Path, log: &Path) -> Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| format!("listen at {address}"))?;
        let log = File::create(log).with_context(|| format!("create {}", log.display()))?;
        let shared = Arc::new(Shared {
            upstream: upstream(kubeconfig).await?,
            seed: watch::Sender::new(None),
            writes: watch::Sender::new(0),
            counts: Mutex::default(),
            log: Mutex::new(log),
            began: Instant::now(),
        });
        let mut task = JoinSet::new();
        task.spawn(listen(listener, shared.clone()));
        Ok(Self { address, shared, _task: task })
    }

    /// Its URL, for the controller's kubeconfig.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on requests meet trouble, as that seed has it.
    pub fn trouble(&self, seed: u64) {
        self.shared.counts().numbers.clear();
        self.shared.note(&format!("seed {seed} begins"));
        self.shared.seed.send_replace(Some(seed));
    }

    /// From now on everything gets through; what is being held back goes on at once.
    pub fn calm(&self) {
        self.shared.seed.send_replace(None);
        self.shared.note("calm");
    }

    /// Writes what happens elsewhere between the lines of its log.
    pub fn note(&self, line: &str) {
        self.shared.note(line);
    }

    /// The trouble made so far.
    pub fn faults(&self) -> Tally {
        self.shared.counts().faults.clone()
    }

    /// How many writes the controller has sent. Those that say that it still leads do not count.
    pub fn writes(&self) -> u64 {
        *self.shared.writes.borrow()
    }

    /// Returns as the controller sends its next write, about when the API server carries it out.
    pub async fn next_write(&self) {
        // The sender is ours: it is still there.
        let _ = self.shared.writes.subscribe().changed().await;
    }
}

impl Shared {
    /// Numbers a request among those of its method and path.
    pub(super) fn number(&self, method: &str, path: &str) -> u64 {
        let lease = path.starts_with("/apis/coordination.k8s.io/");
        if !matches!(method, "GET" | "WATCH") && !lease {
            self.writes.send_modify(|writes| *writes += 1);
        }
        let mut counts = self.counts();
        let next = counts.numbers.entry((method.to_owned(), path.to_owned())).or_default();
        *next += 1;
        *next - 1
    }

    /// Notes what became of a request.
    pub(super) fn became(&self, asked: &Asked<'_>, name: &'static str, detail: &str) {
        if name != "through" {
            self.counts().faults.count(name);
        }
        self.note(&format!("{} {} {} {name} {detail}", asked.method, asked.path, asked.number));
    }

    /// Writes a line of the log.
    pub(super) fn note(&self, line: &str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // What cannot be logged still happens.
        let _ = writeln!(log, "{:9.3} {line}", self.began.elapsed().as_secs_f64());
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// The client repeats nothing by itself: a request is carried out as often as its fate says.
async fn upstream(kubeconfig: &Path) -> Result<Client> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).context("read the proxy's kubeconfig")?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    let mut config = config.context("use the proxy's kubeconfig")?;
    config.default_retry = false;
    Client::try_from(config).context("make the proxy's client")
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(serve(stream, shared.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// An error of the service is a connection cut.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { exchange::answer(&shared, request).await }
    });
    let mut builder = http1::Builder::new();
    drop(builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await);
}
