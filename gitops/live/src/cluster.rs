//! What the tasks of one cluster and its handle share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::Client;
use serde_json::Value;
use sluice_gitops::application::observed::not_served;
use sluice_gitops::{Key, Object};
use tokio::sync::{Notify, Semaphore};
use tokio::task::AbortHandle;

use crate::api::{Api, Resource};
use crate::discovery::Discovery;
use crate::error::WriteError;
use crate::known::Known;
use crate::later::Later;
use crate::live::Changed;
use crate::memory::Memory;
use crate::orphans::Orphans;
use crate::server::Server;
use crate::settings::Settings;
use crate::store::{Store, Told, Whole};
use crate::watch::peek::{Kind, Peek};

/// One cluster.
pub(crate) struct Cluster {
    pub(crate) settings: Settings,
    pub(crate) server: Server,
    pub(crate) discovery: Discovery,
    /// What is wanted, or how places stand, changed.
    pub(crate) demand: Notify,
    /// There may be objects to read.
    pub(crate) reads: Notify,
    pub(crate) lists: Semaphore,
    pub(crate) orphans: Orphans,
    pub(crate) later: Later,
    tasks: Mutex<Vec<AbortHandle>>,
    store: Mutex<Store>,
    memory: Mutex<Memory>,
    changed: Changed,
}

impl Cluster {
    pub(crate) fn new(client: Client, settings: Settings, changed: Changed) -> Self {
        Self {
            server: Server::new(client, settings.limits.clone()),
            discovery: Discovery::new(),
            demand: Notify::new(),
            reads: Notify::new(),
            lists: Semaphore::new(settings.limits.lists.max(1)),
            orphans: Orphans::default(),
            later: Later::default(),
            tasks: Mutex::default(),
            store: Mutex::new(Store::new(settings.namespaces.is_some())),
            memory: Mutex::default(),
            changed,
            settings,
        }
    }

    /// What is known of objects. Held for moments only, never while something is awaited.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was compared before. Held for moments only.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has those instances look, with nothing locked.
    pub(crate) fn tell(&self, told: Told) {
        for instance in told {
            (self.changed)(&instance);
        }
    }

    /// Has everybody look.
    pub(crate) fn tell_everybody(&self) {
        let told = self.store().everybody();
        self.tell(told);
    }

    /// What the API server serves changed: watches are to fit, and everybody is to look.
    pub(crate) fn kinds_changed(&self) {
        self.demand.notify_one();
        self.tell_everybody();
    }

    /// Keeps tasks to end.
    pub(crate) fn hold(&self, tasks: Vec<AbortHandle>) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
    }

    /// Ends its tasks.
    pub(crate) fn end(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..).for_each(|task| task.abort());
    }

    /// The kind of an object, in the version that manifests are written in.
    pub(crate) fn known(&self, group: &str, kind: &str) -> Result<Resource, WriteError> {
        let api = match self.discovery.api() {
            Known::Ready(api) => api,
            Known::Pending => return Err(WriteError::Unreachable("the cluster's kinds are being asked".to_owned())),
            Known::Failed(why) => return Err(WriteError::Unreachable(why)),
        };
        found(&api, group, kind)
    }

    /// A write's answer is what there is.
    pub(crate) fn put(&self, answer: &Object) {
        self.note(answer, |store, peek, whole| store.put(peek, || Some(whole)));
    }

    /// A read's answer is what there is.
    pub(crate) fn found(&self, answer: &Object) {
        self.note(answer, |store, peek, whole| store.found(peek, || Some(whole)));
    }

    fn note(&self, answer: &Object, note: impl FnOnce(&mut Store, &Peek, Whole) -> Told) {
        let kind = kind_of(answer);
        let Some(peek) = Peek::of(answer, &self.settings.tracking) else { return };
        let whole = Whole::of(Value::clone(answer.value()), &kind, &self.settings.tracking);
        let told = note(&mut self.store(), &peek, whole);
        self.tell(told);
    }

    /// A read shows that it is not there.
    pub(crate) fn absent(&self, key: &Key) {
        let told = self.store().absent(key);
        self.tell(told);
    }
}

fn found(api: &Arc<Api>, group: &str, kind: &str) -> Result<Resource, WriteError> {
    if let Some(resource) = api.resource(group, kind) {
        return Ok(resource.clone());
    }
    let of = if group.is_empty() { "the core group" } else { group };
    Err(match api.trouble(group) {
        Some(trouble) => WriteError::Unreachable(format!("whether {kind} of {of} is served is not known: {trouble}")),
        None => WriteError::UnknownKind(not_served(group, kind)),
    })
}

fn kind_of(object: &Object) -> Kind {
    Kind {
        group: object.group().to_owned(),
        name: object.kind().to_owned(),
        api_version: object.text("/apiVersion").to_owned(),
    }
}
