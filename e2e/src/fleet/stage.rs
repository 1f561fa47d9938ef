//! The cluster, the repository with a folder for each Application, and the controller.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use kube::Client;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::Options;
use super::board::Board;
use crate::cluster::Cluster;
use crate::controller::{Controller, Kept};
use crate::fixtures;
use crate::git::{PASSWORD, Repository, Server, USER};
use crate::process::tail;
use crate::programs::Programs;
use crate::tools::Tools;

/// Where Applications, projects and Secrets are.
pub(super) const HOME: &str = "argocd";
/// Where they deploy to.
pub(super) const PLACE: &str = "fleet";
/// The one Application with many objects.
pub(super) const LARGE: &str = "large";

/// How often the controller asks for news. Installing is over long before, and the idle time has one question in it.
const INTERVAL: &str = "--app-resync=30s";
/// Objects in a file of the large Application.
const OBJECTS_A_FILE: u32 = 100;
/// Requests at once.
const AT_ONCE: usize = 32;

/// Everything that runs.
pub(super) struct Stage {
    pub(super) client: Client,
    pub(super) cluster: Cluster,
    pub(super) repository: Repository,
    pub(super) server: Server,
    pub(super) controller: Mutex<Controller>,
    pub(super) board: Board,
}

impl Stage {
    /// Starts all parts; there are no Applications yet.
    pub(super) async fn start(tools: &Tools, dir: &Path, options: &Options) -> Result<Self> {
        // A second call finds the first one's choice, which is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let cluster = Cluster::start_quiet(tools, dir).await?;
        let repositories = dir.join("git");
        let repository = Repository::create(&repositories.join("fleet"))?;
        fill(&repository, options)?;
        let server = Server::start(&repositories, &cluster.certificate_authority(), &cluster.certificate_key()).await?;
        let client = cluster.client();
        for namespace in [HOME, PLACE] {
            cluster.create_namespace(namespace).await?;
        }
        for object in settings(&server, &cluster)? {
            fixtures::apply(&client, HOME, &object).await?;
        }
        let program = super::named().unwrap_or_else(|| Programs::built(&options.profile).controller);
        let further = [INTERVAL.to_owned()];
        let kept = Kept { number: 0, namespace: HOME, further: &further };
        let controller = Controller::start_with_applications(program, tools, &cluster, &kept).await?;
        let board = Board::watch(client.clone(), HOME);
        Ok(Self { client, cluster, repository, server, controller: Mutex::new(controller), board })
    }

    /// Makes these objects, many at a time.
    pub(super) async fn make(&self, objects: Vec<Value>) -> Result<()> {
        let made = objects.into_iter().map(|object| async move { fixtures::apply(&self.client, HOME, &object).await });
        stream::iter(made).buffer_unordered(AT_ONCE).map_ok(drop).try_collect().await
    }

    pub(super) fn log_tail(&self) -> String {
        tail(&self.cluster.logs().join("sluice.log"), 30)
    }
}

/// A folder with one ConfigMap for each Application, and one with many.
fn fill(repository: &Repository, options: &Options) -> Result<()> {
    for number in 0..options.number {
        repository.write(&format!("apps/{number}/config.yaml"), config(&name(number), "first"))?;
    }
    for file in 0..options.objects.div_ceil(OBJECTS_A_FILE) {
        let mut text = String::new();
        for number in file * OBJECTS_A_FILE..options.objects.min((file + 1) * OBJECTS_A_FILE) {
            writeln!(text, "---\n{}", config(&format!("{LARGE}-{number}"), "first"))?;
        }
        repository.write(&format!("large/{file}.yaml"), text)?;
    }
    repository.commit("first").map(drop)
}

/// The name of an Application, and of its ConfigMap.
pub(super) fn name(number: u32) -> String {
    format!("app-{number}")
}

/// A ConfigMap that says one thing.
pub(super) fn config(name: &str, says: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  says: {says}\n")
}

/// An Application of a folder, which syncs, prunes and heals by itself.
pub(super) fn application(stage: &Stage, name: &str, path: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name},
        "spec": {
            "project": "fleet",
            "source": {"repoURL": stage.server.repository("fleet"), "path": path, "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": PLACE},
            "syncPolicy": {"automated": {"prune": true, "selfHeal": true}},
        },
    })
}

/// The project, the repository's password and certificate, and the right to write anything.
fn settings(server: &Server, cluster: &Cluster) -> Result<Vec<Value>> {
    let certificate = cluster.certificate_authority();
    let certificate = std::fs::read_to_string(certificate).context("read the git server's certificate")?;
    let label = json!({"argocd.argoproj.io/secret-type": "repository"});
    Ok(vec![
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "fleet"},
            "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": PLACE}]},
        }),
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "fleet", "labels": label},
            "stringData": {"url": server.repository("fleet"), "username": USER, "password": PASSWORD},
        }),
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-tls-certs-cm"},
            "data": {"127.0.0.1": certificate},
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "fleet"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "sluice", "namespace": "sluice"}],
        }),
    ])
}
