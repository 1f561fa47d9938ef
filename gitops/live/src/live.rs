//! The handle of one cluster.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use kube::Client;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_gitops::diff::{Difference, Ignore};
use sluice_gitops::spec::Propagation;
use sluice_gitops::{Key, Object};

use crate::api::Api;
use crate::cluster::Cluster;
use crate::error::WriteError;
use crate::known::Known;
use crate::settings::Settings;
use crate::store::Text;
use crate::{demand, discovery, later, orphans, reach, reads, store};

/// Told the instance (`sluice_gitops::tracking::instance`) of an Application when an object that bears its mark, or one that it
/// wants, changed; and told each instance that is concerned when a kind or the whole cluster can be told, or cannot any more.
///
/// Called from the tasks that watch, with nothing locked: it must not block.
pub type Changed = Arc<dyn Fn(&str) + Send + Sync>;

/// What keeps an object that is to be deleted, by what it says at that moment; `None`: nothing.
pub type Stays<'a> = dyn Fn(&Object) -> Option<String> + Send + Sync + 'a;

/// Who asks the API server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum As {
    /// Whoever the client is.
    Itself,
    /// A service account, by its user name `system:serviceaccount:NAMESPACE:NAME` (`ServiceAccount::user` of a project).
    ServiceAccount(String),
}

/// What is there of one Application. The objects have no `managedFields`: see [`Live::respecting`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// What bears its mark, and was made by no other object, in no order. Without `managedFields`.
    pub tracked: Vec<Object>,
    /// What it wants and is there, whoever it belongs to.
    pub named: BTreeMap<Key, Object>,
}

/// Another Application that names an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its instance.
    pub instance: String,
    /// Whether its sources describe the object; `None`: that is not known yet.
    pub described: Option<bool>,
}

impl From<store::Claim> for Claim {
    fn from((instance, described): store::Claim) -> Self {
        Self { instance: instance.to_string(), described }
    }
}

/// One destination cluster. A clone is the same one.
#[derive(Clone)]
pub struct Live {
    cluster: Arc<Cluster>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("cluster", &self.cluster.settings.name).finish_non_exhaustive()
    }
}

impl Live {
    /// Opens a cluster: asks what it serves, and watches what is wanted from then on, until [`Live::close`].
    ///
    /// Needs a Tokio runtime around it, and a client that repeats nothing by itself (`Config::default_retry`).
    pub fn open(client: Client, settings: Settings, changed: Changed) -> Self {
        let cluster = Arc::new(Cluster::new(client, settings, changed));
        let mut tasks = vec![tokio::spawn(demand::run(cluster.clone())).abort_handle()];
        let of = cluster.clone();
        tasks.push(
            tokio::spawn(async move { of.discovery.run(&of.server, || of.kinds_changed()).await }).abort_handle(),
        );
        for source in discovery::SOURCES {
            let of = cluster.clone();
            let follow = async move { discovery::follow(&of.server, &of.discovery, source).await };
            tasks.push(tokio::spawn(follow).abort_handle());
        }
        tasks.push(tokio::spawn(reads::run(cluster.clone())).abort_handle());
        tasks.push(tokio::spawn(orphans::run(cluster.clone())).abort_handle());
        tasks.push(tokio::spawn(reach::run(cluster.clone())).abort_handle());
        cluster.hold(tasks);
        Self { cluster }
    }

    /// Ends its tasks. What it knew stays as it was; writes still work.
    pub fn close(&self) {
        self.cluster.end();
    }

    /// What the API server serves, as it said last. That stays known while it cannot be used.
    pub fn api(&self) -> Known<Arc<Api>> {
        self.cluster.discovery.api()
    }

    /// The same, while the cluster can be used: failed once it has not answered for some time (`Limits::trust`), and at once where it
    /// does not know who asks. It is asked every few seconds until it answers. One that is cut off without a word is noticed within six
    /// minutes.
    pub fn usable(&self) -> Known<Arc<Api>> {
        match (self.api(), self.cluster.server.reach().trouble(self.cluster.settings.limits.trust)) {
            (Known::Ready(api), None) => Known::Ready(api),
            (Known::Pending, _) => Known::Pending,
            (Known::Failed(why), _) | (_, Some(why)) => Known::Failed(why),
        }
    }

    /// Says all objects that an Application names: rendered, recorded in its status, its namespace. Takes the place of what it
    /// wanted before; with no key the Application is forgotten.
    ///
    /// Watches of their kinds begin, and end a while after nobody wants any.
    pub fn want(&self, instance: &str, keys: BTreeSet<Key>) {
        let mut store = self.cluster.store();
        // Said in each pass, and seldom news.
        if store.is_wanted(instance, &keys) {
            return;
        }
        let told = if keys.is_empty() { store.describes_nothing(instance) } else { BTreeSet::new() };
        let unwanted = store.want(instance, keys);
        drop(store);
        self.cluster.tell(told);
        let mut memory = self.cluster.memory();
        for key in &unwanted {
            memory.forget(key);
        }
        drop(memory);
        self.cluster.demand.notify_one();
        self.cluster.reads.notify_one();
    }

    /// Whether an Application said what it wants.
    pub fn has_wants(&self, instance: &str) -> bool {
        self.cluster.store().has_wants(instance)
    }

    /// The address of its API server.
    pub fn server(&self) -> &str {
        &self.cluster.settings.server
    }

    /// Says what the sources of an Application describe, whose objects it wants. Who else wants one of which that is news is told.
    pub fn describe(&self, instance: &str, keys: &BTreeSet<Key>) {
        let told = self.cluster.store().describe(instance, keys);
        self.cluster.tell(told);
    }

    /// All objects of an Application that others want too, and what is known of each of these.
    pub fn shared(&self, instance: &str) -> HashMap<Key, Vec<Claim>> {
        let shared = self.cluster.store().shared(instance);
        shared.into_iter().map(|(key, claims)| (key, claims.into_iter().map(Claim::from).collect())).collect()
    }

    /// Who else wants an object of an Application.
    pub fn claims(&self, instance: &str, key: &Key) -> Vec<Claim> {
        self.cluster.store().claims(instance, key).into_iter().map(Claim::from).collect()
    }

    /// What is there of an Application. Never waits.
    ///
    /// Pending until all kinds that it wants were listed; failed while the cluster cannot be used ([`Live::usable`]) or one of them not
    /// be read. A kind that the API server does not serve has no objects. One that wants nothing sees
    /// what bears its mark, of kinds that others want.
    pub fn view(&self, instance: &str) -> Known<View> {
        let texts = match self.usable() {
            Known::Ready(_) => self.cluster.store().view(instance),
            Known::Pending => Known::Pending,
            Known::Failed(why) => Known::Failed(why),
        };
        texts.map(|texts| View {
            tracked: texts.tracked.iter().map(Text::object).collect(),
            named: texts.named.iter().map(|(key, text)| (Key::clone(key), text.object())).collect(),
        })
    }

    /// The instance that an object belongs to by its mark.
    pub fn owner(&self, object: &Object) -> Option<String> {
        self.cluster.settings.tracking.owner(object).map(str::to_owned)
    }

    /// Objects of a namespace that bear no mark and that no other object made. The first question begins to look, all kinds of the
    /// namespace every few minutes, until nobody has asked for a while.
    pub fn orphans(&self, namespace: &str) -> Known<Vec<Key>> {
        self.cluster.orphans(namespace)
    }

    /// Whether objects of that kind are left alone here (`resource.exclusions`, `resource.inclusions`).
    pub fn excludes(&self, key: &Key) -> bool {
        let settings = &self.cluster.settings;
        settings.kinds.excludes(&key.group, &key.kind, &settings.server)
    }

    /// Kinds that are wanted and cannot be watched, each in a sentence that says what to grant.
    pub fn troubles(&self) -> Vec<String> {
        self.cluster.store().troubles().into_iter().collect()
    }

    /// How many objects are kept, and how many bytes their texts are.
    pub fn size(&self) -> (usize, usize) {
        self.cluster.store().size()
    }

    /// What writing an object would make of the one that is there, and where they differ: the API server's answer to a
    /// server-side apply that is only tried.
    ///
    /// Asked once for each form of the two, whatever becomes of the live object's status; after a write the answer is known.
    /// `NotYet` where it cannot be asked at the moment, or the object changes all the time: whoever wants the object is told to look
    /// again a few seconds later. What `force` would delete and make anew differs, without saying where.
    pub async fn tried(
        &self,
        desired: &Object,
        live: &Object,
        ignore: &[Ignore],
        manner: Manner,
        by: &As,
    ) -> (Tried, Option<Difference>) {
        let answer = self.cluster.tried(desired, live, ignore, manner, by).await;
        if answer.0 == Tried::NotYet {
            later::look(&self.cluster, &live.key());
        }
        answer
    }

    /// What the API server says to making an object that is not there: `Differs` if it would.
    ///
    /// Where its namespace is not there either, nothing more can be asked, and it is `Differs` too.
    pub async fn tried_new(&self, desired: &Object, manner: Manner, by: &As) -> Tried {
        let tried = self.cluster.tried_new(desired, manner, by).await;
        if tried == Tried::NotYet {
            later::look(&self.cluster, &desired.key());
        }
        tried
    }

    /// The object to write where differences that count as none must not be undone (`RespectIgnoreDifferences`):
    /// `sluice_gitops::diff::respecting`, with a fresh look at who owns which field. Needed where a rule names managers
    /// (`Ignore::names_managers`); for all others what [`Live::view`] shows is enough.
    pub async fn respecting(&self, desired: &Object, ignore: &[Ignore], by: &As) -> Result<Object, WriteError> {
        self.cluster.respecting(desired, ignore, by).await
    }

    /// Writes an object by server-side apply as `sluice-gitops`, and takes fields over that others wrote. Returns what is there then.
    ///
    /// `replace` puts it in the place of what is there; `force` deletes and makes anew what cannot be changed, which waits until
    /// it is gone; `dry_run` only asks; `unchecked` lets fields through that the schema does not know.
    ///
    /// Before the first write of an object that the established controller deployed, the fields that it owns become ours, so
    /// that what git drops goes.
    pub async fn write(&self, object: &Object, manner: Manner, by: &As) -> Result<Object, WriteError> {
        self.cluster.write(object, manner, by).await
    }

    /// Makes a hook, by its name or by the one that the API server gives it (`generateName`). One that is there already from the
    /// same run (`sluice.dev/hook-run`) is as good as made; one of another run is a conflict.
    pub async fn make(&self, hook: &Object, by: &As) -> Result<Object, WriteError> {
        self.cluster.make(hook, by).await
    }

    /// Deletes an object as it was just read, and no other of its name. One that is gone, or going, is as good as deleted; one
    /// that was made anew, or belongs to another since it was last seen, is a conflict.
    pub async fn delete(&self, key: &Key, propagation: Propagation, by: &As) -> Result<(), WriteError> {
        self.cluster.delete(key, propagation, by).await
    }

    /// Deletes an object of an instance, under the same conditions and two more, asked of the object as it was just read: it belongs to
    /// that instance, and `stays` names nothing that keeps it. Else it is a conflict: whoever planned it has to look anew.
    pub async fn prune(
        &self,
        key: &Key,
        propagation: Propagation,
        meant: (&str, &Stays<'_>),
        by: &As,
    ) -> Result<(), WriteError> {
        self.cluster.prune(key, propagation, meant, by).await
    }

    /// Takes a finalizer off an object. One that is gone has none.
    pub async fn release(&self, key: &Key, finalizer: &str, by: &As) -> Result<(), WriteError> {
        self.cluster.release(key, finalizer, by).await
    }

    /// Reads an object anew, `managedFields` and all. Of a kind that is not served there is none.
    pub async fn read(&self, key: &Key) -> Result<Option<Object>, WriteError> {
        self.cluster.read(key).await
    }
}
