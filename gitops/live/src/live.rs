//! The handle of one cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use kube::Client;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_gitops::diff::{Difference, Ignore};
use sluice_gitops::spec::Propagation;
use sluice_gitops::{Key, Object};

use crate::api::Api;
use crate::error::WriteError;
use crate::known::Known;
use crate::settings::Settings;

/// Told the instance (`sluice_gitops::tracking::instance`) of an Application when an object that bears its mark, or one that it
/// wants, changed; and told each instance that is concerned when a kind or the whole cluster can be told, or cannot any more.
///
/// Called from the tasks that watch, with nothing locked: it must not block.
pub type Changed = Arc<dyn Fn(&str) + Send + Sync>;

/// Who asks the API server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum As {
    /// Whoever the client is.
    Itself,
    /// A service account, by its user name `system:serviceaccount:NAMESPACE:NAME` (`ServiceAccount::user` of a project).
    ServiceAccount(String),
}

/// What is there of one Application.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// What bears its mark, and was made by no other object, in no order. Without `managedFields`.
    pub tracked: Vec<Object>,
    /// What it wants and is there, whoever it belongs to.
    pub named: BTreeMap<Key, Object>,
}

/// One destination cluster. A clone is the same one.
#[derive(Clone)]
pub struct Live {
    settings: Arc<Settings>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("cluster", &self.settings.name).finish_non_exhaustive()
    }
}

impl Live {
    /// Opens a cluster: asks what it serves, and watches what is wanted from then on, until [`Live::close`].
    ///
    /// Needs a Tokio runtime around it, and a client that repeats nothing by itself (`Config::default_retry`).
    pub fn open(_client: Client, settings: Settings, _changed: Changed) -> Self {
        Self { settings: Arc::new(settings) }
    }

    /// Ends its tasks. What it knew stays as it was; writes still work.
    pub fn close(&self) {}

    /// What the API server serves.
    pub fn api(&self) -> Known<Arc<Api>> {
        Known::Pending
    }

    /// Says all objects that an Application names: rendered, recorded in its status, its namespace. Takes the place of what it
    /// wanted before; with no key the Application is forgotten.
    ///
    /// Watches of their kinds begin, and end a while after nobody wants any.
    pub fn want(&self, _instance: &str, _keys: BTreeSet<Key>) {}

    /// What is there of an Application. Never waits.
    ///
    /// Pending until all kinds that it wants were listed; failed while the cluster or one of them cannot be read. A kind that
    /// the API server does not serve has no objects.
    pub fn view(&self, _instance: &str) -> Known<View> {
        Known::Pending
    }

    /// The instance that an object belongs to by its mark.
    pub fn owner(&self, object: &Object) -> Option<String> {
        self.settings.tracking.owner(object).map(str::to_owned)
    }

    /// Objects of a namespace that bear no mark and that no other object made. The first question begins to look, all kinds of the
    /// namespace every few minutes, until nobody has asked for a while.
    pub fn orphans(&self, _namespace: &str) -> Known<Vec<Key>> {
        Known::Pending
    }

    /// Whether objects of that kind are left alone here (`resource.exclusions`, `resource.inclusions`).
    pub fn excludes(&self, key: &Key) -> bool {
        self.settings.kinds.excludes(&key.group, &key.kind, &self.settings.server)
    }

    /// Kinds that are wanted and cannot be watched, each in a sentence that says what to grant.
    pub fn troubles(&self) -> Vec<String> {
        Vec::new()
    }

    /// What writing an object would make of the one that is there, and where they differ: the API server's answer to a
    /// server-side apply that is only tried.
    ///
    /// Asked once for each form of the two; remembered while `live` is the same version, and after a write the answer is known.
    pub async fn tried(
        &self,
        _desired: &Object,
        _live: &Object,
        _ignore: &[Ignore],
        _manner: Manner,
        _by: &As,
    ) -> (Tried, Option<Difference>) {
        (Tried::NotYet, None)
    }

    /// What the API server says to making an object that is not there: `Differs` if it would.
    ///
    /// Where its namespace is not there either, nothing more can be asked, and it is `Differs` too.
    pub async fn tried_new(&self, _desired: &Object, _manner: Manner, _by: &As) -> Tried {
        Tried::NotYet
    }

    /// Writes an object by server-side apply as `sluice`, and takes fields over that others wrote. Returns what is there then.
    ///
    /// `replace` puts it in the place of what is there; `force` deletes and makes anew what cannot be changed; `dry_run` only
    /// asks; `unchecked` lets fields through that the schema does not know.
    pub async fn write(&self, _object: &Object, _manner: Manner, _by: &As) -> Result<Object, WriteError> {
        Err(WriteError::Unreachable("the cluster is not open".to_owned()))
    }

    /// Makes a hook. One that is there already from the same run is as good as made.
    pub async fn make(&self, _hook: &Object, _by: &As) -> Result<Object, WriteError> {
        Err(WriteError::Unreachable("the cluster is not open".to_owned()))
    }

    /// Deletes an object as it was just read, and no other of its name. One that is gone, or going, is as good as deleted.
    pub async fn delete(&self, _key: &Key, _propagation: Propagation, _by: &As) -> Result<(), WriteError> {
        Err(WriteError::Unreachable("the cluster is not open".to_owned()))
    }

    /// Takes a finalizer off an object. One that is gone has none.
    pub async fn release(&self, _key: &Key, _finalizer: &str, _by: &As) -> Result<(), WriteError> {
        Err(WriteError::Unreachable("the cluster is not open".to_owned()))
    }

    /// Reads an object anew, `managedFields` and all.
    pub async fn read(&self, _key: &Key) -> Result<Option<Object>, WriteError> {
        Err(WriteError::Unreachable("the cluster is not open".to_owned()))
    }
}
