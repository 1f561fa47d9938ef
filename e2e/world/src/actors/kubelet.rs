//! Nodes and the pods on them: placed, started, ready, sick, drained, gone.

mod process;
mod sickness;
mod status;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::view::Pod;
use super::writes::Write;
use super::{Key, Settings};
use crate::api::{Sub, catalog};
use crate::rng::Rng;
use process::Stage;

pub(super) use process::{Life, Process};
pub use sickness::{NodeLoss, Sickness, Whom};

const BY: &str = "kubelet";
/// How long it takes to give up a pod that never served.
const AT_ONCE: Duration = Duration::from_millis(50);

/// All nodes.
#[derive(Debug, Default)]
pub(super) struct Kubelet {
    processes: BTreeMap<Key, Process>,
    places: BTreeMap<String, Key>,
    sick: Vec<(Whom, Sickness)>,
    count: u64,
}

impl Kubelet {
    /// Takes note of a pod's object; gives the time until its next stage where that begins anew.
    pub(super) fn hear(
        &mut self,
        key: &Key,
        pod: Option<&Pod>,
        settings: &Settings,
        rng: &mut Rng,
    ) -> Option<Duration> {
        let Some(pod) = pod else {
            self.processes.remove(key).and_then(|gone| self.places.remove(&gone.ip));
            return None;
        };
        let Some(process) = self.processes.get_mut(key) else {
            self.place(key, pod, settings.nodes);
            return Some(if pod.terminating { AT_ONCE } else { settings.start.pick(rng) });
        };
        if !pod.terminating || process.ending {
            return None;
        }
        process.ending = true;
        match process.life {
            Life::Lost(..) => None,
            Life::Created | Life::Over => Some(AT_ONCE),
            Life::Running | Life::Ready | Life::Crashed => Some(settings.drain),
        }
    }

    /// Gives a pod an address and a node that is not lost.
    fn place(&mut self, key: &Key, pod: &Pod, nodes: u64) {
        self.count += 1;
        let ip = format!("10.244.{}.{}", self.count / 250, self.count % 250 + 1);
        let lost: BTreeSet<u64> = self.processes.values().filter(|one| one.is_lost()).map(|one| one.node).collect();
        let turn = (0..nodes).map(|step| (self.count + step) % nodes.max(1));
        let node = turn.into_iter().find(|node| !lost.contains(node)).unwrap_or_default();
        self.places.insert(ip.clone(), key.clone());
        self.processes.insert(key.clone(), Process::new(pod, ip, node));
    }

    /// Takes a pod one stage on; gives what to report, and the time until the next stage if there is one.
    pub(super) fn step(
        &mut self,
        key: &Key,
        settings: &Settings,
        rng: &mut Rng,
        now: Timestamp,
    ) -> (Vec<Write>, Option<Duration>) {
        let Some(process) = self.processes.get_mut(key) else { return (Vec::new(), None) };
        if let Life::Lost(loss, stage) = process.life {
            let (write, wait) = process.fade(key, loss, stage, now);
            return (vec![write], wait);
        }
        if process.ending {
            process.life = Life::Over;
            return (vec![let_go(key)], None);
        }
        let sickness = self.sick.iter().rev().find(|(whom, _)| process.is(key, whom)).map(|(_, sickness)| sickness);
        let before = process.life;
        let wait = process.live(sickness, settings, rng);
        let changed = process.life != before || process.life == Life::Over;
        let bound = (before == Life::Created).then(|| bind(key, process));
        let told = changed.then(|| report(key, process, now));
        (bound.into_iter().chain(told).collect(), wait)
    }

    /// What runs at that address, if it still does.
    pub(super) fn at(&self, ip: &str) -> Option<&Process> {
        self.places.get(ip).and_then(|key| self.processes.get(key))
    }

    /// Makes pods sick.
    pub(super) fn sicken(&mut self, whom: Whom, sickness: Sickness) {
        self.sick.retain(|(known, _)| *known != whom);
        self.sick.push((whom, sickness));
    }

    /// Makes them well again.
    pub(super) fn heal(&mut self, whom: &Whom) {
        self.sick.retain(|(known, _)| known != whom && *whom != Whom::Everyone);
    }

    /// Those of them that are so far.
    pub(super) fn in_life(&self, whom: &Whom, life: Life) -> Vec<Key> {
        let all = self.processes.iter().filter(|(key, one)| one.life == life && !one.ending && one.is(key, whom));
        all.map(|(key, _)| key.clone()).collect()
    }

    /// Evicts so many of them; gives their names.
    pub(super) fn evict(&mut self, whom: &Whom, most: usize) -> Vec<Key> {
        let running = |one: &Process| matches!(one.life, Life::Running | Life::Ready) && !one.ending;
        let all = self.processes.iter_mut().filter(|(key, one)| running(one) && one.is(key, whom)).take(most);
        all.map(|(key, one)| {
            one.life = Life::Over;
            key.clone()
        })
        .collect()
    }

    /// Loses a node; gives the names of its pods.
    pub(super) fn lose(&mut self, node: u64, loss: NodeLoss) -> Vec<Key> {
        let all = self.processes.iter_mut().filter(|(_, one)| one.node == node && !one.is_lost());
        all.map(|(key, one)| {
            one.life = Life::Lost(loss, Stage::Unnoticed);
            key.clone()
        })
        .collect()
    }
}

fn report(key: &Key, process: &Process, now: Timestamp) -> Write {
    let patch = status::patch(process, now);
    Write::Merge { of: &catalog::POD, key: key.clone(), sub: Sub::Status, patch, by: BY }
}

/// What the scheduler writes. From then on a deleted pod has its grace.
fn bind(key: &Key, process: &Process) -> Write {
    let patch = json!({"spec": {"nodeName": format!("node-{}", process.node)}});
    Write::Merge { of: &catalog::POD, key: key.clone(), sub: Sub::Object, patch, by: "kube-scheduler" }
}

fn let_go(key: &Key) -> Write {
    Write::DeleteNow { of: &catalog::POD, key: key.clone() }
}
