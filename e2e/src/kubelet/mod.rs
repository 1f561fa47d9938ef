//! A small kubelet: one node, whose pods are tasks of this process with addresses of their own.
//!
//! It pulls nothing and runs no program. The image `sluice-demo/app:<version>` selects the built-in HTTP server
//! ([`app`]), a name with `nonexistent` in it cannot be pulled, a command that it does not know crashes, and `sleep` and
//! `exit` do what they say. Readiness probes over HTTP, preStop and the grace period are honoured; readiness gates are
//! never set. What a container says (`pods/log`) is that it begins and how it ended.

mod api;
mod app;
mod command;
mod container;
mod logs;
mod plan;
mod pod;
mod probe;
mod server;
mod status;
mod targets;

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context as _, Result};
use futures::{StreamExt, pin_mut};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client, ResourceExt};
use kube_runtime::watcher::{self, Event};
use kube_runtime::{WatchStreamExt, watcher as watch_pods};
use tokio::sync::{Semaphore, watch};
use tokio::task::{AbortHandle, JoinSet};

use crate::cluster::Cluster;
use logs::Logs;
pub use plan::APP_IMAGE;
use targets::Targets;

/// The name of the node.
pub const NODE: &str = "sluice-node";
const NODE_IP: &str = crate::namespace::ADDRESS;
/// More writes at once only make the API server slower for everyone else.
const WRITES_AT_ONCE: usize = 32;

/// The running kubelet. Dropping it ends every pod's task at once, and leaves the API objects as they are.
#[derive(Debug)]
pub struct Kubelet {
    targets: PathBuf,
    _tasks: JoinSet<()>,
}

/// What all pods share.
struct Context {
    client: Client,
    addresses: Addresses,
    probes: crate::http::Http,
    targets: Targets,
    writes: Semaphore,
    logs: Logs,
}

impl Kubelet {
    /// Creates the node and takes every pod of the cluster, now and in future. `dir` gets the file for Prometheus.
    pub async fn start(cluster: &Cluster, dir: &Path) -> Result<Self> {
        let (client, logs) = (cluster.client(), Logs::default());
        api::create_node(&client).await.context("create the node")?;
        let file = dir.join("targets.json");
        let context = Arc::new(Context {
            client,
            addresses: Addresses::default(),
            probes: crate::http::one_shot(),
            targets: Targets::new(&file),
            writes: Semaphore::new(WRITES_AT_ONCE),
            logs: logs.clone(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(logs.serve(&cluster.certificate_authority(), &cluster.certificate_key()).await?);
        tasks.spawn(context.targets.clone().keep_written());
        tasks.spawn(follow(context));
        Ok(Self { targets: file, _tasks: tasks })
    }

    /// The file that lists the pods to scrape, in the form of Prometheus' `file_sd`.
    pub fn scrape_targets(&self) -> &Path {
        &self.targets
    }
}

/// The pods on the node, each with its task.
#[derive(Default)]
struct Pods {
    /// By uid: what the task is told, and how to end it.
    known: HashMap<String, (watch::Sender<Pod>, AbortHandle)>,
    /// The uids of a listing that is under way.
    listed: HashSet<String>,
    tasks: JoinSet<()>,
}

/// Follows the API's pods for ever.
async fn follow(context: Arc<Context>) {
    let api: Api<Pod> = Api::all(context.client.clone());
    let events = watch_pods(api, watcher::Config::default()).default_backoff();
    pin_mut!(events);
    let mut pods = Pods::default();
    loop {
        tokio::select! {
            Some(event) = events.next() => pods.take(&context, event),
            Some(_) = pods.tasks.join_next() => {}
            else => return,
        }
    }
}

impl Pods {
    fn take(&mut self, context: &Arc<Context>, event: watcher::Result<Event<Pod>>) {
        match event {
            Ok(Event::Apply(pod)) => self.seen(context, pod),
            Ok(Event::Delete(pod)) => self.gone(&pod.uid().unwrap_or_default()),
            Ok(Event::Init) => self.listed.clear(),
            Ok(Event::InitApply(pod)) => {
                self.listed.extend(pod.uid());
                self.seen(context, pod);
            }
            Ok(Event::InitDone) => self.forget_unlisted(),
            // The watcher tries again by itself.
            Err(_) => {}
        }
    }

    fn seen(&mut self, context: &Arc<Context>, pod: Pod) {
        let uid = pod.uid().unwrap_or_default();
        if let Some((told, _)) = self.known.get(&uid) {
            told.send_replace(pod);
            return;
        }
        let (told, seen) = watch::channel(pod);
        let task = self.tasks.spawn(pod::live(context.clone(), seen));
        self.known.insert(uid, (told, task));
    }

    fn gone(&mut self, uid: &str) {
        if let Some((_, task)) = self.known.remove(uid) {
            task.abort();
        }
    }

    /// What a complete listing lacks was deleted while nobody watched.
    fn forget_unlisted(&mut self) {
        let lost: Vec<_> = self.known.keys().filter(|uid| !self.listed.contains(*uid)).cloned().collect();
        for uid in &lost {
            self.gone(uid);
        }
    }
}

/// Hands out the addresses of 10.244.0.0/16 in turn. Far fewer pods than addresses live at once, so none has two pods.
#[derive(Debug, Default)]
struct Addresses(AtomicU16);

impl Addresses {
    fn next(&self) -> Ipv4Addr {
        // The first and the last address of a network are special to some programs.
        let [high, low] = (self.0.fetch_add(1, Ordering::Relaxed) % (u16::MAX - 1) + 1).to_be_bytes();
        Ipv4Addr::new(10, 244, high, low)
    }
}

/// The kubelet's clock.
#[allow(clippy::disallowed_methods)] // It plays a part of the real world: nothing here decides by time given to it.
fn now() -> Timestamp {
    Timestamp::now()
}
