//! The state of all actors, and the loop that takes them on.

use std::sync::Arc;
use std::time::Duration;

use sluice_controller::clock::Clock;
use tokio::time::Instant;

use super::agenda::{Agenda, Job};
use super::deployments;
use super::endpoints;
use super::inbox::{Inbox, Message};
use super::kubelet::Kubelet;
use super::replica_sets::ReplicaSets;
use super::traefik::{Traefik, Traffic};
use super::view::View;
use super::writes::Write;
use super::{Settings, Shared};
use crate::api::{Store, Sub, catalog};
use crate::rng::Rng;

/// How long an actor waits before it tries again what the store refused.
const AGAIN: Duration = Duration::from_millis(200);

/// Everything but the store.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) rng: Rng,
    pub(super) view: View,
    pub(super) agenda: Agenda,
    pub(super) replica_sets: ReplicaSets,
    pub(super) kubelet: Kubelet,
    pub(super) traefik: Traefik,
    /// What [`Cluster::traffic`] found, as long as nothing has changed.
    pub(super) traffic: Option<Arc<Traffic>>,
}

/// Takes the actors on for ever: hears what is new, does what is due, and sleeps until either comes again.
pub(super) async fn run(shared: Shared, inbox: Inbox, store: Store) {
    loop {
        while let Some((job, writes)) = next(&shared, &inbox) {
            if writes.into_iter().try_for_each(|write| write.send(&store)).is_err() {
                shared.lock().agenda.add(job, Instant::now() + AGAIN);
            }
        }
        let next = shared.lock().agenda.next();
        tokio::select! {
            biased;
            () = inbox.rung() => {}
            () = until(next) => {}
        }
    }
}

/// Hears everything that is new; then takes one step of what is due, if anything is.
fn next(shared: &Shared, inbox: &Inbox) -> Option<(Job, Vec<Write>)> {
    let mut cluster = shared.lock();
    while let Some(message) = inbox.take() {
        match message {
            Message::Touch(touch) => cluster.touched(&touch),
            Message::Order(order) => cluster.obey(order),
        }
    }
    let job = cluster.agenda.due(Instant::now())?;
    let writes = cluster.step(&job);
    Some((job, writes))
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

impl Cluster {
    pub(super) fn new(settings: Settings, clock: Clock, rng: Rng) -> Self {
        let mut cluster = Self {
            settings,
            clock,
            rng,
            view: View::default(),
            agenda: Agenda::default(),
            replica_sets: ReplicaSets::default(),
            kubelet: Kubelet::default(),
            traefik: Traefik::new(settings.traefiks),
            traffic: None,
        };
        for replica in 0..settings.traefiks {
            cluster.after(Job::Boot(replica), cluster.settings.build.most);
        }
        cluster
    }

    /// Puts a job on the agenda.
    pub(super) fn after(&mut self, job: Job, wait: Duration) {
        self.agenda.add(job, Instant::now() + wait);
    }

    fn step(&mut self, job: &Job) -> Vec<Write> {
        match job {
            Job::Deployment(key) => deployments::step(&self.view, key),
            Job::ReplicaSet(key) => {
                let (writes, wait) = self.replica_sets.step(&self.view, key, self.clock.now());
                self.again(job, wait);
                writes
            }
            Job::Pod(key) => {
                self.traffic = None;
                let (writes, wait) = self.kubelet.step(key, &self.settings, &mut self.rng, self.clock.now());
                self.again(job, wait);
                writes
            }
            Job::Slice(key) => endpoints::step(&self.view, key).into_iter().collect(),
            Job::Scale(rollout, replicas) => vec![scale(rollout.clone(), *replicas)],
            Job::Build(replica) => self.build(*replica),
            Job::Switch(replica) => self.switch(*replica),
            Job::Boot(replica) => self.boot(*replica),
        }
    }

    fn again(&mut self, job: &Job, wait: Option<Duration>) {
        if let Some(wait) = wait {
            self.after(job.clone(), wait);
        }
    }

    fn build(&mut self, replica: usize) -> Vec<Write> {
        if let Some(at) = self.traefik.build(replica, &self.view, self.settings.empty, self.settings.throttle) {
            self.agenda.add(Job::Switch(replica), at.max(Instant::now()));
        }
        Vec::new()
    }

    fn switch(&mut self, replica: usize) -> Vec<Write> {
        self.traffic = None;
        self.traefik.switch(replica, Instant::now());
        Vec::new()
    }

    fn boot(&mut self, replica: usize) -> Vec<Write> {
        self.traefik.boot(replica);
        self.build(replica)
    }

    /// Where requests would go now.
    pub(super) fn traffic(&mut self) -> Arc<Traffic> {
        let found = || Arc::new(Traffic::of(&self.view, &self.kubelet, &self.traefik));
        Arc::clone(self.traffic.get_or_insert_with(found))
    }
}

/// What an autoscaler writes, and `kubectl scale`.
fn scale(key: super::Key, replicas: i64) -> Write {
    let patch = serde_json::json!({"spec": {"replicas": replicas}});
    Write::Merge { of: &catalog::ROLLOUT, key, sub: Sub::Scale, patch, by: "horizontal-pod-autoscaler" }
}
