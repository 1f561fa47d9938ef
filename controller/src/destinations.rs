//! The clusters that Applications are deployed to: read from their Secrets, and opened with the first Application that needs one.
//!
//! *Guarantees*: a cluster that cannot be reached is a matter of its own Applications. One whose Secret changed is opened anew.

mod client;
mod secret;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use sluice_gitops::spec::Cluster;
use sluice_gitops::tracking::Tracking;
use sluice_live::{Api, Changed, Kinds, Limits, Live, Settings};
use sluice_render::Cluster as ForCharts;

pub use client::network;
pub use secret::{Connection, Credentials};

/// The address by which the cluster that this process runs in is known to itself.
pub const THIS: &str = "https://kubernetes.default.svc";
/// Its name.
pub const THIS_NAME: &str = "in-cluster";

/// Makes a client of another cluster. The error says what to do.
pub type Clusters = Arc<dyn Fn(&Connection) -> Result<Client, String> + Send + Sync>;

/// Clusters of a process that has only its own.
pub fn none() -> Clusters {
    Arc::new(|_| Err("other clusters are not reached from here".to_owned()))
}

/// What clusters are opened with, whichever they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manners {
    /// How objects say to which Application they belong.
    pub tracking: Tracking,
    /// Kinds that are looked at.
    pub kinds: Kinds,
    /// Whether the cluster that this process runs in may be deployed to.
    pub this: bool,
}

/// A cluster, as an Application finds it.
#[derive(Clone, Debug)]
pub struct Destination {
    /// URL of its API server.
    pub server: String,
    /// Its name.
    pub name: String,
    /// The project that it belongs to, if it belongs to one.
    pub project: Option<String>,
    /// The way to it, or why there is none.
    pub live: Result<Live, String>,
    /// The same for each Application: what charts are told of it.
    charts: Arc<Mutex<Charts>>,
}

/// What charts are told of a cluster, and what that was made of.
#[derive(Debug, Default)]
struct Charts(Option<(Arc<Api>, Arc<ForCharts>)>);

impl Destination {
    /// What charts are told of a cluster that serves that.
    pub fn for_charts(&self, api: &Arc<Api>) -> Arc<ForCharts> {
        let mut charts = self.charts.lock().unwrap_or_else(PoisonError::into_inner);
        match &charts.0 {
            Some((of, told)) if Arc::ptr_eq(of, api) => told.clone(),
            _ => {
                let kube_version = api.version.trim_start_matches('v').to_owned();
                let told = Arc::new(ForCharts { kube_version, api_versions: api.api_versions() });
                charts.0 = Some((api.clone(), told.clone()));
                told
            }
        }
    }
}

/// Why a cluster is not found, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// Nobody knows it.
    #[error("{0}")]
    Unknown(String),
    /// It is known, and may not be deployed to, or is one of several.
    #[error("{0}")]
    NotNow(String),
}

/// All clusters. A clone is the same ones.
#[derive(Clone)]
pub struct Destinations(Arc<Inner>);

struct Inner {
    own: Client,
    clusters: Clusters,
    changed: Changed,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    manners: Option<Manners>,
    by_server: BTreeMap<String, Entry>,
}

/// A cluster, open or not yet.
struct Entry {
    connection: Connection,
    open: Option<Result<Live, String>>,
    charts: Arc<Mutex<Charts>>,
}

impl Destinations {
    /// None but the process's own, which is reached by `own`. `changed` hears which Application's objects changed.
    pub fn new(own: Client, clusters: Clusters, changed: Changed) -> Self {
        Self(Arc::new(Inner { own, clusters, changed, known: Mutex::default() }))
    }

    /// Takes in what Secrets and settings say now: clusters that are gone or changed are closed.
    pub fn update<'a>(&self, secrets: impl Iterator<Item = &'a Secret>, manners: &Manners) {
        let mut said: BTreeMap<String, Connection> = BTreeMap::new();
        if manners.this {
            said.insert(THIS.to_owned(), Connection::own());
        }
        // Of two Secrets for one server the later by name counts, in whatever order they are seen.
        let mut connections: Vec<Connection> = secrets.map(Connection::read).collect();
        connections.sort_by(|one, other| one.secret.cmp(&other.secret));
        connections.retain(|connection| manners.this || connection.server != THIS);
        said.extend(connections.into_iter().map(|connection| (connection.server.clone(), connection)));
        let mut known = self.lock();
        let all_anew = known.manners.replace(manners.clone()).is_some_and(|before| before != *manners);
        let before = std::mem::take(&mut known.by_server);
        let mut kept = BTreeMap::new();
        for (server, entry) in before {
            match said.remove(&server) {
                Some(connection) if connection == entry.connection && !all_anew => {
                    kept.insert(server, entry);
                }
                now => {
                    entry.close();
                    kept.extend(now.map(|connection| (server, Entry::new(connection))));
                }
            }
        }
        kept.extend(said.into_iter().map(|(server, connection)| (server, Entry::new(connection))));
        known.by_server = kept;
    }

    /// The cluster that an Application names; it is opened now, if nobody needed it before.
    pub fn find(&self, cluster: &Cluster) -> Result<Destination, Missing> {
        let mut known = self.lock();
        let Some(manners) = known.manners.clone() else {
            return Err(Missing::NotNow("the clusters are not known yet".to_owned()));
        };
        let off = |field: &str, of: &str| {
            Missing::NotNow(format!(
                "spec.destination.{field}: {of} is not deployed to, as cluster.inClusterEnabled of argocd-cm is false"
            ))
        };
        let entry = match cluster {
            Cluster::Server(server) if server == THIS && !manners.this => Err(off("server", server)),
            Cluster::Server(server) => known.by_server.get_mut(server).ok_or_else(|| {
                Missing::Unknown(format!(
                    "spec.destination.server: no cluster has the address {server}; add a Secret of type cluster for it"
                ))
            }),
            Cluster::Name(name) => match named(&mut known.by_server, name) {
                Err(Missing::Unknown(_)) if name == THIS_NAME && !manners.this => Err(off("name", name)),
                found => found,
            },
        }?;
        let live = entry.open.get_or_insert_with(|| self.0.open(&entry.connection, &manners)).clone();
        let Connection { server, name, project, .. } = entry.connection.clone();
        Ok(Destination { server, name, project, live, charts: entry.charts.clone() })
    }

    /// The address of the cluster that an Application names, also where it does so by the one cluster of a name; `None` of one that
    /// nobody knows. Opens nothing.
    pub fn address(&self, to: &sluice_crds::Destination) -> Option<String> {
        let name = to.name.as_ref().filter(|name| !name.is_empty());
        let given = to.server.as_ref().map(|server| server.trim_end_matches('/').to_owned());
        given
            .filter(|server| !server.is_empty())
            .or_else(|| Some(named(&mut self.lock().by_server, name?).ok()?.connection.server.clone()))
    }

    /// Every cluster that an Application needed so far: its address, its name and the way to it.
    pub fn opened(&self) -> Vec<(String, String, Result<Live, String>)> {
        let known = self.lock();
        let open = known.by_server.values().filter_map(|entry| Some((&entry.connection, entry.open.clone()?)));
        open.map(|(connection, live)| (connection.server.clone(), connection.name.clone(), live)).collect()
    }

    /// The Application is in no cluster but that one, if it is in one.
    pub fn is_only_in(&self, instance: &str, server: Option<&str>) {
        for (other, _, live) in self.opened() {
            if let Ok(live) = live
                && server != Some(&other)
            {
                live.want(instance, BTreeSet::new());
            }
        }
    }

    /// Has all that runs for them end.
    pub fn close(&self) {
        self.lock().by_server.values().for_each(Entry::close);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn named<'a>(all: &'a mut BTreeMap<String, Entry>, name: &str) -> Result<&'a mut Entry, Missing> {
    let mut fitting: Vec<&mut Entry> = all.values_mut().filter(|entry| entry.connection.name == name).collect();
    match (fitting.pop(), fitting.len()) {
        (Some(entry), 0) => Ok(entry),
        (None, _) => Err(Missing::Unknown(format!(
            "spec.destination.name: no cluster is called {name}; add a Secret of type cluster for it"
        ))),
        (Some(_), more) => Err(Missing::NotNow(format!(
            "spec.destination.name: {} clusters are called {name}; name its server",
            more + 1
        ))),
    }
}

impl Inner {
    fn open(&self, connection: &Connection, manners: &Manners) -> Result<Live, String> {
        if let Some(why) = manners.kinds.why_broken() {
            return Err(format!("which kinds are to be left alone is not known: argocd-cm: {why}"));
        }
        let is_own = connection.secret.is_empty() || connection.server == THIS;
        let client = if is_own { self.own.clone() } else { (self.clusters)(connection)? };
        let mut limits = Limits::default();
        if is_own {
            // Whoever could write that it cannot be reached, reaches it.
            limits.trust = Duration::MAX;
        }
        let settings = Settings {
            limits,
            tracking: manners.tracking.clone(),
            kinds: manners.kinds.clone(),
            namespaces: connection.namespaces.clone(),
            cluster_resources: connection.cluster_resources,
            ..Settings::new(&connection.name, &connection.server)
        };
        Ok(Live::open(client, settings, self.changed.clone()))
    }
}

impl Entry {
    fn new(connection: Connection) -> Self {
        Self { connection, open: None, charts: Arc::default() }
    }

    fn close(&self) {
        if let Some(Ok(live)) = &self.open {
            live.close();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use k8s_openapi::ByteString;
    use kube::client::Body;

    use super::*;

    fn all(this: bool, servers: &[&str]) -> Destinations {
        let service = tower::service_fn(|_: http::Request<Body>| async {
            Ok::<_, std::convert::Infallible>(http::Response::new(Body::empty()))
        });
        let all = Destinations::new(Client::new(service, "default"), none(), Arc::new(|_| {}));
        let secrets: Vec<Secret> = servers
            .iter()
            .map(|server| {
                let data = [("server", *server), ("name", "far")];
                let data = data.map(|(key, text)| (key.to_owned(), ByteString(text.as_bytes().to_vec())));
                Secret { data: Some(data.into()), ..Secret::default() }
            })
            .collect();
        all.update(secrets.iter(), &Manners { tracking: Tracking::Annotation, kinds: Kinds::default(), this });
        all
    }

    #[tokio::test]
    async fn a_cluster_that_may_not_be_deployed_to_is_not_by_a_secret_of_its_own_either() {
        for server in [THIS, "https://kubernetes.default.svc/"] {
            let refused = all(false, &[server]).find(&Cluster::Server(THIS.to_owned()));
            assert!(refused.unwrap_err().to_string().contains("cluster.inClusterEnabled"), "{server}");
            assert_eq!(all(true, &[server]).find(&Cluster::Server(THIS.to_owned())).unwrap().name, "far");
        }
        assert!(all(false, &["https://far"]).find(&Cluster::Server("https://far".to_owned())).is_ok());
    }

    /// Else an Application that is deleted meanwhile would leave its objects behind.
    #[tokio::test]
    async fn a_cluster_that_somebody_knows_is_not_unknown() {
        let find = |all: Destinations, to: &str| match all.find(&Cluster::Name(to.to_owned())) {
            Err(Missing::NotNow(why)) => why,
            other => panic!("{other:?}"),
        };
        assert!(find(all(true, &["https://one", "https://two"]), "far").contains("2 clusters are called far"));
        assert!(find(all(false, &[]), THIS_NAME).contains("cluster.inClusterEnabled"));
        let nobodys = all(true, &[]).find(&Cluster::Name("far".to_owned()));
        assert!(matches!(nobodys, Err(Missing::Unknown(_))), "{nobodys:?}");
    }

    #[tokio::test]
    async fn no_cluster_is_opened_while_nobody_knows_which_kinds_are_to_be_left_alone() {
        let all = all(true, &[]);
        let kinds = Kinds::broken("resource.exclusions is odd".to_owned());
        all.update([].into_iter(), &Manners { tracking: Tracking::Annotation, kinds, this: true });
        let why = all.find(&Cluster::Server(THIS.to_owned())).unwrap().live.unwrap_err();
        assert!(why.ends_with("argocd-cm: resource.exclusions is odd"), "{why}");
    }

    #[tokio::test]
    async fn a_slash_at_the_end_of_an_address_makes_no_other_cluster() {
        let to = |server: &str| sluice_crds::Destination {
            server: Some(server.to_owned()),
            ..sluice_crds::Destination::default()
        };
        assert_eq!(all(true, &[]).address(&to("https://far/")).as_deref(), Some("https://far"));
        assert_eq!(all(true, &[]).address(&to("/")), None);
    }
}
