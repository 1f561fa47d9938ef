//! The handle to the server's state, for everybody in the simulated world.

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::news::{Listener, News};
use jiff::Timestamp;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use tokio::runtime::Handle;

use super::catalog::{NAMESPACE, Resource, Sub};
use super::collect;
use super::edit::Edit;
use super::entry::Key;
use super::meta;
use super::service::ApiService;
use super::state::{State, Write};
use super::status::Status;
use super::write::{self, Call, Deletion, Done, Run, Unknown};

/// How long the garbage collector takes to notice, in virtual time.
const COLLECT_AFTER: Duration = Duration::from_millis(50);

/// Namespaces of a new server.
const NAMESPACES: [&str; 3] = ["default", "kube-node-lease", "kube-system"];

/// Called after each committed write.
pub type Look = Box<dyn FnMut(&Store, &Write) + Send>;

/// The whole state of the API server. A clone is the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    state: Mutex<State>,
    changed: News,
    looks: Mutex<Looks>,
    users: Mutex<Users>,
    collector: Mutex<Collector>,
}

#[derive(Default)]
struct Looks {
    looks: Vec<Look>,
    /// They are being called: what is written meanwhile waits its turn.
    busy: bool,
}

/// Whether a user may do what a review's spec names.
type Policy = Box<dyn Fn(&str, &Value) -> bool + Send>;

/// Who is known, and what they may.
#[derive(Default)]
struct Users {
    known: BTreeSet<String>,
    policy: Option<Policy>,
}

/// The garbage collector's next turn.
#[derive(Clone, Copy, PartialEq)]
enum Collector {
    Idle,
    Due,
}

impl Store {
    /// An empty server, with the namespaces that every one has. Uids and versions are counted, times are the clock's.
    pub fn new(clock: Clock) -> Self {
        let store = Self {
            inner: Arc::new(Inner {
                clock,
                state: Mutex::new(State::new()),
                changed: News::default(),
                looks: Mutex::default(),
                users: Mutex::default(),
                collector: Mutex::new(Collector::Idle),
            }),
        };
        for name in NAMESPACES {
            // A name that is given once cannot be refused.
            let _ = store.create(&NAMESPACE, json!({"metadata": {"name": name}}), "kube-apiserver");
        }
        store
    }

    /// One object.
    pub fn get(&self, of: &'static Resource, namespace: &str, name: &str) -> Option<Arc<Value>> {
        Some(self.state().get(of, namespace, name)?.value.clone())
    }

    /// The objects of a namespace, or with "" of all, in the order of their paths.
    pub fn list(&self, of: &'static Resource, namespace: &str) -> Vec<Arc<Value>> {
        let state = self.state();
        let here = |key: &Key| namespace.is_empty() || key.namespace == namespace;
        state.shelf(of).objects.iter().filter(|(key, _)| here(key)).map(|(_, entry)| entry.value.clone()).collect()
    }

    /// Makes an object, in the namespace it names.
    pub fn create(&self, of: &'static Resource, object: Value, by: &str) -> Result<Arc<Value>, Status> {
        let (namespace, name) = place(&object);
        self.write(of, (&namespace, &name), by, Sub::Object, |state, call| write::create(state, call, object))
    }

    /// Replaces an object, if it is still at the version the object names.
    pub fn update(&self, of: &'static Resource, object: Value, by: &str) -> Result<Arc<Value>, Status> {
        let (namespace, name) = place(&object);
        self.write(of, (&namespace, &name), by, Sub::Object, |state, call| {
            write::update(state, call, Edit::Put(object))
        })
    }

    /// Replaces an object's status, if it is still at the version the object names.
    pub fn update_status(&self, of: &'static Resource, object: Value, by: &str) -> Result<Arc<Value>, Status> {
        let (namespace, name) = place(&object);
        self.write(of, (&namespace, &name), by, Sub::Status, |state, call| {
            write::update(state, call, Edit::Put(object))
        })
    }

    /// Changes an object by a merge patch.
    pub fn merge(
        &self,
        of: &'static Resource,
        namespace: &str,
        name: &str,
        sub: Sub,
        patch: &Value,
        by: &str,
    ) -> Result<Arc<Value>, Status> {
        self.write(of, (namespace, name), by, sub, |state, call| write::update(state, call, Edit::Merge(patch)))
    }

    /// Removes an object as `kubectl delete` does. Pods on a node are only marked: whoever plays the node ends them with
    /// [`Store::delete_now`].
    pub fn delete(&self, of: &'static Resource, namespace: &str, name: &str) -> Result<(), Status> {
        let deletion = Deletion::default();
        self.write(of, (namespace, name), "", Sub::Object, |state, call| write::delete(state, call, &deletion))
            .map(|_| ())
    }

    /// Removes an object without grace; finalizers still hold it.
    pub fn delete_now(&self, of: &'static Resource, namespace: &str, name: &str) -> Result<(), Status> {
        let deletion = Deletion { grace: Some(0), ..Deletion::default() };
        self.write(of, (namespace, name), "", Sub::Object, |state, call| write::delete(state, call, &deletion))
            .map(|_| ())
    }

    /// The server as a user reaches it over HTTP, which makes the user known: reviews allow it everything.
    pub fn service(&self, user: &str) -> ApiService {
        lock(&self.inner.users).known.insert(user.to_owned());
        ApiService::new(self.clone(), user)
    }

    /// Has reviews of access answered by `policy`, of user and review's spec, instead.
    pub fn authorize(&self, policy: impl Fn(&str, &Value) -> bool + Send + 'static) {
        lock(&self.inner.users).policy = Some(Box::new(policy));
    }

    pub(crate) fn allows(&self, user: &str, spec: &Value) -> bool {
        let users = lock(&self.inner.users);
        users.policy.as_ref().map_or_else(|| users.known.contains(user), |policy| policy(user, spec))
    }

    pub(crate) fn knows(&self, user: &str) -> bool {
        lock(&self.inner.users).known.contains(user)
    }

    /// The version of the newest write.
    pub fn version(&self) -> u64 {
        self.state().version
    }

    /// Wakes at each write.
    pub fn changed(&self) -> Listener {
        self.inner.changed.listen()
    }

    /// Has `look` called after each committed write, in their order and never under a lock: it may read and write.
    pub fn on_write(&self, look: Look) {
        lock(&self.inner.looks).looks.push(look);
    }

    /// Forgets the history before a version: watches and list pages from then get 410.
    pub fn compact(&self, before: u64) {
        self.state().compact(before);
    }

    /// Does now what the garbage collector would do in a while.
    pub fn collect(&self) {
        *lock(&self.inner.collector) = Collector::Idle;
        self.act(collect::collect);
    }

    /// Changes the state, and tells everybody of it.
    pub(crate) fn act<T>(&self, act: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let result = act(&mut self.state(), self.inner.clock.now());
        self.tell();
        result
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.inner.state)
    }

    fn write(
        &self,
        of: &'static Resource,
        (namespace, name): (&str, &str),
        by: &str,
        sub: Sub,
        act: impl FnOnce(&mut State, &Call) -> Result<Done, Status>,
    ) -> Result<Arc<Value>, Status> {
        let done = self.act(|state, now| {
            let namespace = if of.namespaced { namespace } else { "" };
            act(state, &Call { of, namespace, name, sub, by, run: Run::Real, unknown: Unknown::Dropped, now })
        });
        done.map(|done| done.entry.value.clone())
    }

    fn tell(&self) {
        self.inner.changed.publish(self.version());
        let mut looks = match &mut *lock(&self.inner.looks) {
            looks if looks.busy => return,
            looks => {
                looks.busy = true;
                mem::take(&mut looks.looks)
            }
        };
        while let Some(write) = self.next_untold() {
            for look in &mut looks {
                look(self, &write);
            }
            if collect::concerns(&write) {
                self.collect_soon();
            }
        }
        let mut kept = lock(&self.inner.looks);
        looks.append(&mut kept.looks);
        *kept = Looks { looks, busy: false };
    }

    fn next_untold(&self) -> Option<Write> {
        self.state().untold.pop_front()
    }

    /// Outside a runtime there is no later: whoever wants it calls [`Store::collect`].
    fn collect_soon(&self) {
        let Ok(runtime) = Handle::try_current() else { return };
        if mem::replace(&mut *lock(&self.inner.collector), Collector::Due) == Collector::Due {
            return;
        }
        let store = self.clone();
        runtime.spawn(async move {
            tokio::time::sleep(COLLECT_AFTER).await;
            store.collect();
        });
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("version", &self.version()).finish_non_exhaustive()
    }
}

/// A panic elsewhere ends the simulation anyway; its report may still read the state.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn place(object: &Value) -> (String, String) {
    (meta::text(object, "namespace").to_owned(), meta::text(object, "name").to_owned())
}
