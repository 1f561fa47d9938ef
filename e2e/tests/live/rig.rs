//! A namespace, a cluster that is looked at through a client that counts, and short words for what tests do with them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow, bail};
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, Config};
use serde_json::{Value, json};
use sluice_e2e::cluster::Cluster;
use sluice_e2e::wait::until;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_gitops::diff::Difference;
use sluice_gitops::tracking::Tracking;
use sluice_gitops::{Key, Object};
use sluice_live::{As, Known, Live, Settings, View, WriteError};

/// A cluster to sit at.
#[derive(Clone)]
pub(crate) struct Seat {
    config: Config,
}

impl Seat {
    pub(crate) async fn of(cluster: &Cluster) -> Result<Self> {
        let kubeconfig = Kubeconfig::read_from(cluster.kubeconfig()).context("read the kubeconfig")?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let mut config = config.context("use the kubeconfig")?;
        config.default_retry = false;
        Ok(Self { config })
    }

    /// A namespace of that name, and the cluster opened for it.
    pub(crate) async fn rig(&self, namespace: &str) -> Result<Rig> {
        let client = Client::try_from(self.config.clone()).context("make a client")?;
        let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        apply(&client, &space, "test").await?;
        let (asked, told) = (Asked::default(), Told::default());
        let live = open(&client, &asked, &told, Settings::new("test", "https://test"));
        Ok(Rig { config: self.config.clone(), client, namespace: namespace.to_owned(), live, asked, told })
    }
}

/// What a test plays with.
pub(crate) struct Rig {
    config: Config,
    /// All rights.
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) live: Live,
    pub(crate) asked: Asked,
    pub(crate) told: Told,
}

/// Requests that were made.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    /// How many have that in their method, path or query.
    pub(crate) fn count(&self, words: &[&str]) -> usize {
        let asked = self.0.lock().expect("no panic");
        asked.iter().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    /// Those about one object: dry runs, writes, reads.
    pub(crate) fn about(&self, name: &str) -> (usize, usize, usize) {
        let ends = format!("/{name}?");
        let tried = self.count(&[&ends, "dryRun=All"]);
        let writes =
            ["PATCH", "PUT", "POST", "DELETE"].iter().map(|method| self.count(&[method, &ends])).sum::<usize>();
        (tried, writes - tried, self.count(&["GET", &ends]))
    }
}

/// Instances that were told to look.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    pub(crate) fn count(&self, instance: &str) -> usize {
        self.0.lock().expect("no panic").iter().filter(|told| *told == instance).count()
    }
}

fn open(client: &Client, asked: &Asked, told: &Told, settings: Settings) -> Live {
    let (through, lines) = (client.clone(), asked.0.clone());
    let counted = tower::service_fn(move |request: http::Request<Body>| {
        lines.lock().expect("no panic").push(format!("{} {}?", request.method(), request.uri()));
        let through = through.clone();
        async move { through.send(request).await }
    });
    let names = told.0.clone();
    let changed = Arc::new(move |instance: &str| names.lock().expect("no panic").push(instance.to_owned()));
    Live::open(Client::new(counted, "default"), settings, changed)
}

impl Rig {
    /// The cluster opened once more, knowing nothing, with other settings.
    pub(crate) fn anew(&self, settings: impl FnOnce(&mut Settings)) -> (Live, Asked) {
        let mut own = Settings::new("test", "https://test");
        settings(&mut own);
        let asked = Asked::default();
        (open(&self.client, &asked, &self.told, own), asked)
    }

    /// The cluster opened as somebody else.
    pub(crate) fn opened_as(&self, user: &str) -> Result<Live> {
        let mut config = self.config.clone();
        config.auth_info.impersonate = Some(user.to_owned());
        let client = Client::try_from(config).context("make a client")?;
        Ok(open(&client, &Asked::default(), &self.told, Settings::new("test", "https://test")))
    }

    /// The Application that the test plays.
    pub(crate) fn app(&self) -> &str {
        &self.namespace
    }

    /// An object of the test's namespace, with its Application's mark.
    pub(crate) fn object(&self, api_version: &str, kind: &str, name: &str, rest: Value) -> Object {
        let mut value = rest;
        value["apiVersion"] = api_version.into();
        value["kind"] = kind.into();
        value["metadata"]["name"] = name.into();
        value["metadata"]["namespace"] = self.namespace.clone().into();
        Tracking::Annotation.marked(&value.into(), self.app(), &self.namespace)
    }

    pub(crate) fn config_map(&self, name: &str, data: &Value) -> Object {
        self.object("v1", "ConfigMap", name, json!({"data": data}))
    }

    /// A Deployment of one container with that environment.
    pub(crate) fn deployment(&self, name: &str, app: &str, environment: &Value) -> Object {
        let container = json!({"name": "app", "image": "app:1", "env": environment});
        let template = json!({"metadata": {"labels": {"app": app}}, "spec": {"containers": [container]}});
        let spec = json!({"selector": {"matchLabels": {"app": app}}, "template": template});
        self.object("apps/v1", "Deployment", name, json!({"spec": spec}))
    }

    pub(crate) fn want(&self, objects: &[&Object]) {
        self.live.want(self.app(), objects.iter().map(|object| object.key()).collect());
    }

    /// What the Application sees, once it does.
    pub(crate) async fn view(&self) -> Result<View> {
        self.view_of(&self.live).await
    }

    /// What it sees in another view of the cluster, once it does.
    pub(crate) async fn view_of(&self, live: &Live) -> Result<View> {
        let look = || async {
            match live.view(self.app()) {
                Known::Pending => None,
                Known::Failed(why) => Some(Err(why)),
                Known::Ready(view) => Some(Ok(view)),
            }
        };
        match until("the view is there", look).await? {
            Ok(view) => Ok(view),
            Err(why) => bail!(why),
        }
    }

    /// The object, once the Application sees it.
    pub(crate) async fn seen(&self, key: &Key) -> Result<Object> {
        let look = || async { self.live.view(self.app()).ready()?.named.remove(key) };
        until(&format!("{key} is seen"), look).await
    }

    /// What writing an object would do to the one that is seen.
    pub(crate) async fn tried(&self, desired: &Object) -> Result<(Tried, Difference)> {
        let live = self.seen(&desired.key()).await?;
        let (tried, difference) = self.live.tried(desired, &live, &[], Manner::default(), &As::Itself).await;
        Ok((tried, difference.unwrap_or_default()))
    }

    pub(crate) async fn write(&self, object: &Object) -> Result<Object, WriteError> {
        self.live.write(object, Manner::default(), &As::Itself).await
    }

    /// Reads an object as it is.
    pub(crate) async fn read(&self, key: &Key) -> Result<Object> {
        self.live.read(key).await?.ok_or_else(|| anyhow!("{key} is not there"))
    }

    /// Applies an object as somebody else.
    pub(crate) async fn apply_as(&self, object: &Object, manager: &str) -> Result<DynamicObject> {
        apply(&self.client, object.value(), manager).await
    }
}

/// The API of an object's kind.
pub(crate) fn api(client: &Client, object: &Object) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk(object.group(), object.version(), object.kind());
    let resource = ApiResource::from_gvk(&kind);
    match object.namespace() {
        "" => Api::all_with(client.clone(), &resource),
        namespace => Api::namespaced_with(client.clone(), namespace, &resource),
    }
}

pub(crate) async fn apply(client: &Client, object: &Value, manager: &str) -> Result<DynamicObject> {
    let object = Object::from(object.clone());
    let patch = Patch::Apply(object.value());
    let applied = api(client, &object).patch(object.name(), &PatchParams::apply(manager).force(), &patch).await;
    applied.with_context(|| format!("apply {}", object.key()))
}

/// The managers of an object, each with how it writes.
pub(crate) fn managers(object: &Object) -> BTreeSet<String> {
    let entries = object.list("/metadata/managedFields").iter();
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    entries.map(|entry| format!("{} {}", text(entry, "manager"), text(entry, "operation"))).collect()
}
