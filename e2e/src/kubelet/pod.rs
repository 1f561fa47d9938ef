//! One pod's life: bound, run, reported, and ended when it is deleted.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use kube::ResourceExt;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use super::container::{self, ContainerState, Slot, Stop, Surroundings};
use super::plan::PodPlan;
use super::status::{Seen, status};
use super::{Context, NODE_IP, api, now};

/// A pod while it is on the node.
pub(super) struct Worker {
    context: Arc<Context>,
    seen: watch::Receiver<Pod>,
    plan: PodPlan,
    uid: String,
    ip: Ipv4Addr,
    started: Timestamp,
    states: watch::Receiver<Vec<ContainerState>>,
    reported: PodStatus,
    stop: watch::Sender<bool>,
    containers: JoinSet<()>,
}

/// Runs the pod from its binding to its removal from the API. `seen` always has its newest version.
///
/// Dropping the future ends the pod at once, as its removal by force does.
pub(super) async fn live(context: Arc<Context>, seen: watch::Receiver<Pod>) {
    let pod = seen.borrow().clone();
    api::bind(&context, &pod).await;
    let mut worker = Worker::start(context, &pod, seen);
    worker.run_until_deleted().await;
    worker.terminate().await;
}

impl Worker {
    fn start(context: Arc<Context>, pod: &Pod, seen: watch::Receiver<Pod>) -> Self {
        let plan = PodPlan::of(pod);
        let (states, watched) = watch::channel(vec![ContainerState::default(); plan.containers.len()]);
        let (stop, stopped) = watch::channel(false);
        let ip = context.addresses.next();
        let mut containers = JoinSet::new();
        for (index, container) in plan.containers.iter().enumerate() {
            let around = Surroundings {
                ip: IpAddr::V4(ip),
                restart: plan.restart,
                slot: Slot { states: states.clone(), index },
                probes: context.probes.clone(),
                stop: Stop(stopped.clone()),
                log: context.logs.of(format!(
                    "{}/{}/{}",
                    pod.namespace().unwrap_or_default(),
                    pod.name_any(),
                    container.name
                )),
            };
            containers.spawn(container::run(container.clone(), around));
        }
        let uid = pod.uid().unwrap_or_default();
        context.targets.add(&uid, pod, &ip.to_string());
        let reported = PodStatus::default();
        Self { context, seen, plan, uid, ip, started: now(), states: watched, reported, stop, containers }
    }

    /// Reports whatever changes, until the pod has a deletion time.
    async fn run_until_deleted(&mut self) {
        while self.seen.borrow_and_update().metadata.deletion_timestamp.is_none() {
            self.report().await;
            tokio::select! {
                Ok(()) = self.states.changed() => {}
                Ok(()) = self.seen.changed() => {}
                else => return,
            }
        }
    }

    async fn report(&mut self) {
        let pod = self.seen.borrow().clone();
        let states = self.states.borrow_and_update().clone();
        let seen = Seen {
            pod: &pod,
            plan: &self.plan,
            states: &states,
            ip: &self.ip.to_string(),
            host_ip: NODE_IP,
            started: self.started,
        };
        let current = status(&seen, &self.reported, now());
        if current != self.reported {
            api::report(&self.context, &pod, &current).await;
            self.reported = current;
        }
    }

    /// preStop, then "SIGTERM", then what is left of the grace period, then the pod's removal.
    async fn terminate(&mut self) {
        let pod = self.seen.borrow().clone();
        let deadline = Instant::now() + grace(&pod);
        let hooks = join_all(self.plan.containers.iter().map(|container| sleep(container.pre_stop)));
        let _ = timeout_at(deadline, hooks).await;
        let _ = self.stop.send(true);
        let ended = async { while self.containers.join_next().await.is_some() {} };
        let _ = timeout_at(deadline, ended).await;
        self.containers.shutdown().await;
        self.context.targets.remove(&self.uid);
        // A Job counts a pod, and lets it go, by how it ended.
        self.report().await;
        api::remove(&self.context, &pod).await;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.context.targets.remove(&self.uid);
    }
}

fn grace(pod: &Pod) -> Duration {
    let seconds = pod.metadata.deletion_grace_period_seconds.unwrap_or(30);
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}
