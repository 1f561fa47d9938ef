//! A second cluster: a control plane of its own, which the controller knows by Secrets alone.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use k8s_openapi::ByteString;
use k8s_openapi::api::authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{ConfigMap, Secret, ServiceAccount};
use kube::api::{Api, DeleteParams, PostParams};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};
use sluice_e2e::cluster::Cluster;
use sluice_e2e::fixtures;
use tokio::process::Command;
use tokio::sync::{OnceCell, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::stage::Stage;

/// Where its accounts are.
const ACCOUNTS: &str = "kube-system";
/// The account that everything is done with there.
const ACCOUNT: &str = "deployer";

static FAR: OnceCell<Far> = OnceCell::const_new();

/// The second cluster.
pub(crate) struct Far {
    /// Whoever stops it has it alone.
    cluster: RwLock<Cluster>,
    client: Client,
    certificate: Certificate,
    authority: Vec<u8>,
}

impl Far {
    /// It is started by whoever comes first.
    pub(crate) async fn of(stage: &Stage) -> Result<&'static Self> {
        FAR.get_or_try_init(|| Self::start(stage)).await
    }

    async fn start(stage: &Stage) -> Result<Self> {
        let dir = stage.scene.world.cluster.lock().await.dir().join("far");
        fs::create_dir_all(&dir).context("make the folder of the second cluster")?;
        let certificate = Certificate::make(&dir).await?;
        let cluster = Cluster::start_beside(&stage.shared.tools, &dir, &certificate.file).await?;
        let client = cluster.client();
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}});
        fixtures::apply(&client, ACCOUNTS, &account).await?;
        let rights = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": ACCOUNT},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": ACCOUNTS}],
        });
        fixtures::apply(&client, ACCOUNTS, &rights).await?;
        let authority = fs::read(cluster.certificate_authority()).context("read the second cluster's certificate")?;
        Ok(Self { cluster: RwLock::new(cluster), client, certificate, authority })
    }

    /// Nobody stops it meanwhile.
    pub(crate) async fn up(&self) -> RwLockReadGuard<'_, Cluster> {
        self.cluster.read().await
    }

    /// Nobody else has to do with it meanwhile.
    pub(crate) async fn alone(&self) -> RwLockWriteGuard<'_, Cluster> {
        self.cluster.write().await
    }

    /// ConfigMaps of the case's namespace there.
    pub(crate) fn maps(&self, stage: &Stage) -> Api<ConfigMap> {
        Api::namespaced(self.client.clone(), &stage.scene.namespace)
    }

    /// An address that no other case has for it.
    pub(crate) fn address(stage: &Stage) -> String {
        format!("https://127.0.1.{}:6444", stage.scene.namespace.trim_start_matches("case-"))
    }

    /// Makes it known, or known otherwise, at the case's own address, to whoever has that token.
    pub(crate) async fn known_by_token(&self, stage: &Stage, name: &str, token: &str) -> Result<()> {
        let authority = ByteString(self.authority.clone());
        // The certificate does not name that address.
        let tls = json!({"caData": authority, "serverName": "kubernetes.default.svc"});
        let config = json!({"bearerToken": token, "tlsClientConfig": tls});
        stage.at_home(&secret(name, &Self::address(stage), &config)).await
    }

    /// Makes it known at another address, by a certificate.
    pub(crate) async fn known_by_certificate(&self, stage: &Stage, name: &str) -> Result<String> {
        let text = |file: &Path| fs::read(file).map(ByteString).with_context(|| format!("read {}", file.display()));
        let (certificate, key) = (text(&self.certificate.file)?, text(&self.certificate.key)?);
        let authority = ByteString(self.authority.clone());
        let tls = json!({"caData": authority, "certData": certificate, "keyData": key});
        let address = "https://localhost:6444".to_owned();
        stage.at_home(&secret(name, &address, &json!({"tlsClientConfig": tls}))).await?;
        Ok(address)
    }

    /// A new token, which is good until it is revoked.
    pub(crate) async fn token(&self, name: &str) -> Result<String> {
        let bound = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
        let bound = fixtures::apply(&self.client, ACCOUNTS, &bound).await?;
        let to = BoundObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some("Secret".to_owned()),
            name: Some(name.to_owned()),
            uid: bound.uid(),
        };
        let spec = TokenRequestSpec { bound_object_ref: Some(to), ..TokenRequestSpec::default() };
        let request = TokenRequest { spec, ..TokenRequest::default() };
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), ACCOUNTS);
        let made = accounts.create_token_request(ACCOUNT, &PostParams::default(), &request).await;
        Ok(made.context("ask for a token")?.status.context("no token was made")?.token)
    }

    /// Nobody gets in by that token any more.
    pub(crate) async fn revoke(&self, name: &str) -> Result<()> {
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), ACCOUNTS);
        secrets.delete(name, &DeleteParams::default()).await.context("revoke a token").map(drop)
    }
}

/// A cluster as the established controller has it in a Secret.
fn secret(name: &str, server: &str, config: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": name, "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
        "stringData": {"name": name, "server": server, "config": config.to_string()},
    })
}

/// A certificate of somebody who may do anything: it vouches for itself.
struct Certificate {
    file: PathBuf,
    key: PathBuf,
}

impl Certificate {
    async fn make(dir: &Path) -> Result<Self> {
        let (file, key) = (dir.join("deployer.crt"), dir.join("deployer.key"));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        openssl.args(["-subj", "/O=system:masters/CN=deployer", "-out"]).arg(&file).arg("-keyout").arg(&key);
        let made = openssl.output().await.context("start openssl")?;
        ensure!(made.status.success(), "openssl makes no certificate: {}", String::from_utf8_lossy(&made.stderr));
        Ok(Self { file, key })
    }
}
