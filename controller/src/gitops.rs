//! What the passes over Applications share: their settings, the clusters they deploy to, and the desk that asks their sources.

pub mod config;
pub(crate) mod differences;
pub(crate) mod farewell;
pub mod globals;
mod memo;
pub mod rules;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sluice_gitops::project::Homes;
use sluice_gitops::tracking;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::caches::Caches;
use crate::context::{Context, Queues};
use crate::destinations::{Destinations, Manners};
use crate::key::Key;
use crate::options::Gitops as Flags;
use crate::sources::{Desk, Reverts};
use crate::surroundings::Surroundings;
use crate::tasks::Tasks;
use config::Config;
use differences::Differences;
pub(crate) use memo::Memo;

/// What the passes over Applications share.
pub struct Gitops {
    /// The namespace of projects, Secrets and settings, and of Applications.
    pub control: String,
    /// Other namespaces that Applications may be in.
    pub homes: Homes,
    /// Asks the sources.
    pub desk: Desk,
    /// Takes commits back in git.
    pub reverts: Reverts,
    /// The clusters.
    pub destinations: Destinations,
    /// What was made of objects that have not changed since.
    pub(crate) memo: Memo,
    /// Where objects are not as git says.
    pub(crate) differences: Differences,
    /// Told when a project, or an Application, changed: a project may be free to go.
    pub(crate) farewell: Notify,
    config: Mutex<Arc<Config>>,
    /// Since when somebody wants an Application looked at anew.
    refreshes: Mutex<HashMap<Key, Instant>>,
    /// The cluster of each Application, by address.
    places: Mutex<HashMap<Key, String>>,
}

impl Gitops {
    /// With nothing configured yet.
    pub fn new(around: &Surroundings, flags: &Flags, queues: &Queues, tasks: &Tasks) -> Self {
        let control = flags.control(&around.own.namespace);
        let (queue, own) = (queues.applications.clone(), control.clone());
        let changed = Arc::new(move |instance: &str| queue.add(key_of(instance, &own)));
        let destinations = Destinations::new(around.client.clone(), around.clusters.clone(), changed);
        let (hands, clock) = (around.sources.clone(), around.clock.clone());
        let reverts = Reverts::new(&hands, clock.clone(), tasks.clone(), queues.applications.clone());
        let desk = Desk::new(hands, clock, tasks.clone(), queues.applications.clone());
        // Flags were checked before.
        let homes = flags.homes().unwrap_or_default();
        let closing = Closing(destinations.clone());
        tasks.spawn(async move {
            let _closing = closing;
            std::future::pending::<()>().await;
        });
        Self {
            control,
            homes,
            desk,
            reverts,
            destinations,
            memo: Memo::default(),
            differences: Differences::default(),
            farewell: Notify::new(),
            config: Mutex::default(),
            refreshes: Mutex::default(),
            places: Mutex::default(),
        }
    }

    /// What is configured.
    pub fn config(&self) -> Arc<Config> {
        lock(&self.config).clone()
    }

    /// Whether an Application in that namespace is one to keep.
    pub fn is_home(&self, namespace: &str) -> bool {
        namespace == self.control || self.homes.has(namespace)
    }

    /// Since when somebody wants that Application looked at anew, if somebody does.
    pub(crate) fn since(&self, key: &Key) -> Option<Instant> {
        lock(&self.refreshes).get(key).copied()
    }

    /// Since when somebody wants that Application looked at anew, which he does from now on at the latest.
    pub(crate) fn refresh(&self, key: &Key) -> Instant {
        *lock(&self.refreshes).entry(key.clone()).or_insert_with(Instant::now)
    }

    /// Nobody wants it looked at anew any more.
    pub(crate) fn refreshed(&self, key: &Key) {
        lock(&self.refreshes).remove(key);
    }

    /// What an Application is called in its marks.
    pub(crate) fn instance(&self, key: &Key) -> String {
        tracking::instance(&key.name, &key.namespace, &self.control)
    }

    /// The Application that an instance names in its marks.
    pub(crate) fn named(&self, instance: &str) -> Key {
        key_of(instance, &self.control)
    }

    /// Notes which cluster an Application is in. One that it left shows it nothing any more.
    pub(crate) fn is_in(&self, key: &Key, server: &str) {
        let before = lock(&self.places).insert(key.clone(), server.to_owned());
        if before.is_some_and(|before| before != server) {
            self.destinations.is_only_in(&self.instance(key), Some(server));
        }
    }

    /// The Application is gone.
    pub(crate) fn forget(&self, key: &Key) {
        self.desk.forget(key);
        self.refreshed(key);
        self.memo.forget(key);
        self.differences.note(key, Vec::new());
        lock(&self.places).remove(key);
        self.destinations.is_only_in(&self.instance(key), None);
    }
}

/// Takes in what ConfigMaps and Secrets say now. Says whether anything is new.
pub(crate) fn configure(ctx: &Context) -> bool {
    let Caches { secrets, own_secrets, settings, .. } = &ctx.caches;
    let mut secrets = secrets.state();
    secrets.extend(own_secrets.state());
    let maps = settings.all();
    let before = ctx.gitops.config();
    let stamp = config::stamp(&secrets, &maps);
    if before.stamp == stamp {
        return false;
    }
    let mut config = Config::read(&secrets, &maps, &ctx.options.gitops, stamp);
    config.keep_what_was_good(&before);
    config.tell(&before);
    let manners = Manners { tracking: config.tracking.clone(), kinds: config.kinds.clone(), this: config.this_cluster };
    let of_clusters = secrets.iter().filter(|secret| config::secret_type(secret) == "cluster");
    ctx.gitops.destinations.update(of_clusters.map(|secret| &**secret), &manners);
    *lock(&ctx.gitops.config) = Arc::new(config);
    true
}

/// The Application that an instance names in its marks.
fn key_of(instance: &str, control: &str) -> Key {
    match instance.split_once('_') {
        Some((namespace, name)) => Key::new(namespace, name),
        None => Key::new(control, instance),
    }
}

/// Closes all clusters when the process's tasks end.
struct Closing(Destinations);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
