//! What works around the API server in a real cluster: controllers of Deployments, ReplicaSets and EndpointSlices, nodes with their
//! pods, Traefik and Prometheus.
//!
//! One loop does it all, in the order of an agenda. It is woken by a write to the store, by an [`Order`] or by the next
//! job's time, so a settled world costs nothing. Each part is a pure step from what the store shows to writes; the loop
//! sends them with nothing locked, so that whoever looks at a write may ask for [`Actors::traffic`].

mod agenda;
mod cluster;
mod deployments;
mod endpoints;
mod hear;
mod inbox;
mod key;
mod kubelet;
mod order;
pub mod prometheus;
mod replica_sets;
mod settings;
pub mod slack;
mod traefik;
mod view;
mod writes;

#[cfg(test)]
mod tests;

use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sluice_controller::clock::Clock;
use sluice_controller::surroundings::Routers;
use tokio::task::AbortHandle;

use crate::api::Store;
use crate::rng::Rng;
use cluster::Cluster;
use inbox::Inbox;

pub use inbox::Controls;
pub use key::Key;
pub use kubelet::{NodeLoss, Sickness, Whom};
pub use order::{Order, Part};
pub use prometheus::Prometheus;
pub use settings::{EmptyServices, Settings, Span};
pub use slack::Slack;
pub use traefik::{Fate, Flow, Replica, Share, Traffic, Trouble};

/// The running surroundings. They end when this is dropped.
#[derive(Debug)]
pub struct Actors {
    shared: Shared,
    inbox: Inbox,
    prometheus: Prometheus,
    slack: Slack,
    replicas: Vec<Replica>,
    task: AbortHandle,
}

impl Actors {
    /// Starts them on the current runtime, with what the store already has.
    pub fn start(store: Store, clock: Clock, mut rng: Rng, settings: Settings) -> Self {
        let inbox = Inbox::default();
        for touch in view::all(&store) {
            inbox.touch(touch);
        }
        inbox.follow(&store);
        let shared = Shared::new(Cluster::new(settings, clock.clone(), rng.fork()));
        let prometheus = Prometheus::new(shared.clone(), clock.clone(), rng.fork());
        let slack = Slack::new(clock);
        let replicas = (0..settings.traefiks).map(|index| Replica::new(index, shared.clone(), rng.fork())).collect();
        let task = tokio::spawn(cluster::run(shared.clone(), inbox.clone(), store)).abort_handle();
        Self { shared, inbox, prometheus, slack, replicas, task }
    }

    /// What changes the surroundings' ways.
    pub fn controls(&self) -> Controls {
        Controls(self.inbox.clone())
    }

    /// The replicas of Traefik.
    pub fn traefiks(&self) -> &[Replica] {
        &self.replicas
    }

    /// What a controller finds behind the address of Traefik's API, whatever the address: every replica, also one that is
    /// down.
    pub fn routers(&self) -> Routers {
        let replicas = self.replicas.clone();
        Arc::new(move |_| Box::pin(ready(Ok(replicas.iter().map(Replica::reached).collect()))))
    }

    /// One replica of Traefik.
    pub fn traefik(&self, index: usize) -> Option<&Replica> {
        self.replicas.get(index)
    }

    /// The Prometheus server.
    pub fn prometheus(&self) -> &Prometheus {
        &self.prometheus
    }

    /// The Slack that people read.
    pub fn slack(&self) -> &Slack {
        &self.slack
    }

    /// Whether nothing is going to happen by itself.
    pub fn is_idle(&self) -> bool {
        self.shared.lock().agenda.next().is_none()
    }

    /// Where requests would go this very moment, and what would become of them.
    pub fn traffic(&self) -> Arc<Traffic> {
        self.shared.lock().traffic()
    }
}

impl Drop for Actors {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The state of all actors, for the loop and for the servers that answer from it.
#[derive(Clone, Debug)]
struct Shared(Arc<Mutex<Cluster>>);

impl Shared {
    fn new(cluster: Cluster) -> Self {
        Self(Arc::new(Mutex::new(cluster)))
    }

    /// Never held while the store is written to.
    fn lock(&self) -> MutexGuard<'_, Cluster> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
