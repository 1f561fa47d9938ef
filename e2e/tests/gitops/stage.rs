//! What the cases share: one controller, one git server; and a repository and Applications for each.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};
use sluice_e2e::cluster::Cluster;
use sluice_e2e::controller::{Controller, Kept};
use sluice_e2e::git::{PASSWORD, Repository, Server, USER};
use sluice_e2e::harness::Scene;
use sluice_e2e::programs::Programs;
use sluice_e2e::tools::Tools;
use sluice_e2e::{fixtures, wait};
use sluice_world::actors::Slack;
use sluice_world::actors::slack::CHANNEL;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::{Instant, sleep};

use crate::repositories::Ssh;
use crate::{rights, slack};

/// Where Applications, projects and Secrets are.
pub(crate) const HOME: &str = "argocd";
/// Short, so that commits are noticed soon; refreshes are sooner.
pub(crate) const INTERVAL: &str = "--app-resync=3s";
/// Where the controller of all cases serves its dashboard.
pub(crate) const DASHBOARD: u16 = 8101;
/// What ends the names of namespaces where Applications may be too.
pub(crate) const TEAM: &str = "-team";
/// What sources may ask for.
const GIVEN: &str = "--render-env=ENVIRONMENT=test,CLUSTER_NAME=here";
/// Longer than any sync takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

static SHARED: OnceCell<Shared> = OnceCell::const_new();

/// What all cases share.
pub(crate) struct Shared {
    _controller: Mutex<Controller>,
    pub(crate) server: Server,
    pub(crate) ssh: Ssh,
    pub(crate) slack: Slack,
    /// `kubectl-sluice`.
    pub(crate) plugin: PathBuf,
    pub(crate) tools: Tools,
    program: PathBuf,
    repositories: PathBuf,
}

impl Shared {
    async fn start(scene: &Scene) -> Result<Self> {
        let cluster = scene.world.cluster.lock().await;
        let tools = Tools::ensure()?;
        let repositories = cluster.dir().join("git");
        std::fs::create_dir_all(&repositories).context("make the folder of repositories")?;
        let server = Server::start(&repositories, &cluster.certificate_authority(), &cluster.certificate_key()).await?;
        let ssh = Ssh::start(&tools, &repositories, &cluster.logs()).await?;
        cluster.create_namespace(HOME).await?;
        let (slack, to_slack) = slack::start().await?;
        for object in settings(&server, &ssh, &cluster)?.into_iter().chain(notices(&to_slack)) {
            fixtures::apply(&scene.client, HOME, &object).await?;
        }
        rights::give(&scene.client, &tools, HOME).await?;
        let built = Programs::build("dev")?;
        let program: PathBuf = std::env::var_os("SLUICE_CONTROLLER").map_or(built.controller, Into::into);
        let homes = format!("--application-namespaces=*{TEAM}");
        let further = [INTERVAL.to_owned(), GIVEN.to_owned(), format!("--dashboard-port={DASHBOARD}"), homes];
        let kept = Kept { number: 0, namespace: HOME, further: &further };
        let controller = Controller::start_with_applications(program.clone(), &tools, &cluster, &kept).await?;
        let plugin = built.plugin;
        Ok(Self { _controller: Mutex::new(controller), server, ssh, slack, plugin, tools, program, repositories })
    }
}

/// What one case plays on.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) shared: &'static Shared,
    /// Its repository; its name is that of the case's namespace.
    pub(crate) repository: Repository,
    /// What the names of its Applications begin with.
    prefix: String,
    /// Where its projects and Secrets are.
    home: String,
    /// Where its Applications are.
    place: String,
}

impl Stage {
    /// A repository with nothing in it, and a project that lets everything into the case's namespace.
    pub(crate) async fn of(scene: Scene) -> Result<Self> {
        let shared = SHARED.get_or_try_init(|| Shared::start(&scene)).await?;
        let repository = Repository::create(&shared.repositories.join(&scene.namespace))?;
        let prefix = format!("{}-", scene.namespace);
        let stage = Self { scene, shared, repository, prefix, home: HOME.to_owned(), place: HOME.to_owned() };
        stage.project(json!({})).await?;
        Ok(stage)
    }

    /// The same with Applications whose names begin with that.
    pub(crate) fn calling(self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..self }
    }

    /// The same with Applications in a namespace of its own, which is made here; projects stay where they are.
    pub(crate) async fn of_a_team(self) -> Result<Self> {
        let place = format!("{}{TEAM}", self.scene.namespace);
        self.scene.world.cluster.lock().await.create_namespace(&place).await?;
        Ok(Self { place, ..self })
    }

    /// The same with a controller for this case alone, which has its home in the case's namespace.
    pub(crate) async fn with_controller(scene: Scene, further: &[String]) -> Result<(Self, Controller)> {
        let home = scene.namespace.clone();
        let stage = Self { home: home.clone(), place: home.clone(), ..Self::of(scene).await? };
        let cluster = stage.scene.world.cluster.lock().await;
        for object in settings(&stage.shared.server, &stage.shared.ssh, &cluster)? {
            stage.at_home(&object).await?;
        }
        rights::give(&stage.scene.client, &stage.shared.tools, &home).await?;
        stage.project(json!({})).await?;
        // Of everything else it minds nothing.
        let further: Vec<String> = further.iter().cloned().chain([format!("--instance-id={home}")]).collect();
        let kept = Kept { number: 1, namespace: &home, further: &further };
        let (program, tools) = (stage.shared.program.clone(), &stage.shared.tools);
        let controller = Controller::start_with_applications(program, tools, &cluster, &kept).await?;
        drop(cluster);
        Ok((stage, controller))
    }

    /// Where its Applications are.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Applies an object where projects and Secrets are.
    pub(crate) async fn at_home(&self, object: &Value) -> Result<()> {
        fixtures::apply(&self.scene.client, &self.home, object).await.map(drop)
    }

    /// The case's project, changed by a merge patch.
    pub(crate) async fn project(&self, change: Value) -> Result<()> {
        let mut project = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": self.scene.namespace},
            "spec": {
                "sourceRepos": ["*"],
                "destinations": [{"server": "*", "namespace": self.scene.namespace}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
            },
        });
        json_patch::merge(&mut project["spec"], &change);
        self.at_home(&project).await
    }

    /// The repository over https.
    pub(crate) fn url(&self) -> String {
        self.shared.server.repository(&self.scene.namespace)
    }

    /// The repository over ssh.
    pub(crate) fn by_ssh(&self) -> String {
        format!("{}/{}/.git", self.shared.ssh.url(), self.scene.namespace)
    }

    /// The full name of one of the case's Applications.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Makes or changes an Application of the folder `app`, which syncs, prunes and heals by itself; `change` is a merge patch
    /// of its spec.
    pub(crate) async fn application(&self, name: &str, change: &Value) -> Result<()> {
        self.application_in(&self.place, name, change).await
    }

    /// The same in that namespace.
    pub(crate) async fn application_in(&self, namespace: &str, name: &str, change: &Value) -> Result<()> {
        let mut spec = json!({
            "project": self.scene.namespace,
            "source": {"repoURL": self.url(), "path": "app", "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": self.scene.namespace},
            "syncPolicy": {"automated": {"prune": true, "selfHeal": true}},
        });
        json_patch::merge(&mut spec, change);
        let application = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": self.name(name)},
            "spec": spec,
        });
        fixtures::apply(&self.scene.client, namespace, &application).await.map(drop)
    }

    /// Has people in Slack told of an Application by that trigger.
    pub(crate) async fn subscribe(&self, name: &str, trigger: &str) -> Result<()> {
        let annotation = format!("notifications.argoproj.io/subscribe.{trigger}.slack");
        self.patch(name, &json!({"metadata": {"annotations": {annotation: CHANNEL}}})).await
    }

    /// Changes an Application by a merge patch.
    pub(crate) async fn patch(&self, name: &str, patch: &Value) -> Result<()> {
        let patch = Patch::Merge(patch);
        let patched = self.applications().patch(&self.name(name), &PatchParams::default(), &patch).await;
        patched.with_context(|| format!("change Application {name}")).map(drop)
    }

    /// An Application as it is; null where it is not there.
    pub(crate) async fn get(&self, name: &str) -> Result<Value> {
        let found = self.applications().get_opt(&self.name(name)).await.context("read an Application")?;
        found.map_or(Ok(Value::Null), |found| serde_json::to_value(found).context("read an Application"))
    }

    pub(crate) fn applications(&self) -> Api<DynamicObject> {
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Application"));
        Api::namespaced_with(self.scene.client.clone(), &self.place, &kind)
    }

    /// Waits until an Application is so; a failure shows its status.
    pub(crate) async fn until(&self, name: &str, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let application = self.get(name).await?;
            if is(&application) {
                return Ok(application);
            }
            if Instant::now() > deadline {
                bail!("{name} is not {what}, but\n{:#}", application["status"]);
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until an Application is as git says at that commit, and well.
    pub(crate) async fn settled(&self, name: &str, commit: &str) -> Result<Value> {
        self.until(name, &format!("settled at {commit}"), |application| {
            let status = &application["status"];
            let revision = &status["sync"]["revision"];
            let here = revision == commit || status["sync"]["revisions"].to_string().contains(commit);
            here && status["sync"]["status"] == "Synced"
                && status["health"]["status"] == "Healthy"
                && status["operationState"]["phase"] != "Running"
        })
        .await
    }

    /// What a ConfigMap of the case says under `says`; none where it is not there.
    pub(crate) async fn says(&self, map: &str) -> Result<Option<String>> {
        says(&self.scene.api(), map).await
    }

    /// Waits until a ConfigMap says that.
    pub(crate) async fn until_says(&self, map: &str, wanted: Option<&str>) -> Result<()> {
        until_says(&self.scene.api(), map, wanted).await
    }
}

/// What a ConfigMap says under `says`; none where it is not there.
pub(crate) async fn says(maps: &Api<ConfigMap>, map: &str) -> Result<Option<String>> {
    let map = maps.get_opt(map).await.context("read a ConfigMap")?;
    Ok(map.and_then(|map| map.data?.remove("says")))
}

/// Waits until a ConfigMap says that.
pub(crate) async fn until_says(maps: &Api<ConfigMap>, map: &str, wanted: Option<&str>) -> Result<()> {
    let look = || async { (says(maps, map).await.ok()?.as_deref() == wanted).then_some(()) };
    wait::until(&format!("ConfigMap {map} says {wanted:?}"), look).await
}

/// A ConfigMap that says one thing, as YAML.
pub(crate) fn map(name: &str, says: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  says: {says:?}\n")
}

/// A condition of an Application of that type says that.
pub(crate) fn complains(application: &Value, kind: &str, says: &str) -> bool {
    let conditions = application["status"]["conditions"].as_array();
    let is = |condition: &Value| {
        condition["type"] == kind && condition["message"].as_str().is_some_and(|message| message.contains(says))
    };
    conditions.is_some_and(|conditions| conditions.iter().any(is))
}

/// Where people are told of Applications.
fn notices(slack: &str) -> [Value; 2] {
    let service = format!("token: $slack-token\napiURL: {slack}\n");
    [
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "argocd-notifications-secret"}, "stringData": {"slack-token": "xoxb-123456789"}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-notifications-cm"}, "data": {"service.slack": service}}),
    ]
}

/// Passwords, keys and certificates.
fn settings(server: &Server, ssh: &Ssh, cluster: &Cluster) -> Result<Vec<Value>> {
    let certificate = cluster.certificate_authority();
    let certificate = std::fs::read_to_string(certificate).context("read the git server's certificate")?;
    let label = json!({"argocd.argoproj.io/secret-type": "repo-creds"});
    let secret = |name: &str, data: Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": label}, "stringData": data});
    let config = |name: &str, data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data});
    Ok(vec![
        secret("by-https", json!({"url": server.url(), "username": USER, "password": PASSWORD})),
        secret("by-ssh", json!({"url": ssh.url(), "sshPrivateKey": ssh.key()})),
        config("argocd-tls-certs-cm", json!({"127.0.0.1": certificate})),
        config("argocd-ssh-known-hosts-cm", json!({"ssh_known_hosts": ssh.known_hosts()})),
    ])
}
