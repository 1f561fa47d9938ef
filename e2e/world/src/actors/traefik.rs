//! Traefik: replicas that each load what the store shows in their own time.

mod api;
mod config;
mod traffic;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::EmptyServices;
use super::view::View;
use config::Config;

pub use api::Replica;
pub(super) use api::refused;
pub use traffic::{Fate, Flow, Share, Traffic};

/// What is wrong with one replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It does not run. Out of this it comes without configuration, and reads everything anew.
    Down,
    /// Its API refuses connections; requests are served.
    Silent,
    /// Its API answers with this HTTP status.
    Failing(u16),
    /// Its API takes so much longer.
    Slow(Duration),
    /// It hears of no change, and serves what it has.
    Stale,
    /// It holds every weighted service for broken, shows them disabled, and serves none.
    Refusing,
}

/// All replicas.
#[derive(Debug)]
pub(super) struct Traefik {
    engines: Vec<Engine>,
    /// What the store's present state comes to, once someone has worked it out.
    newest: Option<Arc<Config>>,
}

/// What one replica does.
#[derive(Debug, Default)]
pub(super) struct Engine {
    /// What it serves by.
    pub(super) loaded: Arc<Config>,
    /// What it has made and not switched to yet.
    made: Option<Arc<Config>>,
    switched: Option<Instant>,
    /// Whether it has read everything since it was started.
    pub(super) booted: bool,
    pub(super) trouble: Option<Trouble>,
}

impl Traefik {
    pub(super) fn new(replicas: usize) -> Self {
        Self { engines: (0..replicas).map(|_| Engine::default()).collect(), newest: None }
    }

    pub(super) fn engines(&self) -> &[Engine] {
        &self.engines
    }

    /// The store's state is another.
    pub(super) fn forget_newest(&mut self) {
        self.newest = None;
    }

    /// Makes a replica's configuration; gives when to switch to it, if it is another than it has.
    ///
    /// Between two of them lies the throttle. What is made meanwhile waits, and only the newest of that is kept.
    pub(super) fn build(
        &mut self,
        replica: usize,
        view: &View,
        empty: EmptyServices,
        throttle: Duration,
    ) -> Option<Instant> {
        let engine = self.engines.get_mut(replica)?;
        if !engine.booted || engine.trouble == Some(Trouble::Stale) {
            return None;
        }
        let config = self.newest.get_or_insert_with(|| Arc::new(Config::of(view, empty)));
        if engine.made.as_ref().unwrap_or(&engine.loaded) == config {
            return None;
        }
        engine.made = Some(Arc::clone(config));
        Some(engine.switched.map_or_else(Instant::now, |last| last + throttle))
    }

    /// Lets a replica serve by what it has made.
    pub(super) fn switch(&mut self, replica: usize, now: Instant) {
        if let Some(engine) = self.engines.get_mut(replica)
            && let Some(made) = engine.made.take()
        {
            engine.loaded = made;
            engine.switched = Some(now);
        }
    }

    /// A replica has read everything.
    pub(super) fn boot(&mut self, replica: usize) {
        if let Some(engine) = self.engines.get_mut(replica) {
            engine.booted = engine.trouble != Some(Trouble::Down);
        }
    }

    /// A replica is started: it has nothing.
    pub(super) fn empty(&mut self, replica: usize) {
        if let Some(engine) = self.engines.get_mut(replica) {
            *engine = Engine { trouble: engine.trouble, ..Engine::default() };
        }
    }

    /// Sets what is wrong with a replica; gives what was.
    pub(super) fn trouble(&mut self, replica: usize, trouble: Option<Trouble>) -> Option<Trouble> {
        let engine = self.engines.get_mut(replica)?;
        std::mem::replace(&mut engine.trouble, trouble)
    }
}
