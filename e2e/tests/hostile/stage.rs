//! What the abused objects live among: the controller, a metric server that is always content, and what they name.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};
use sluice_e2e::controller::Controller;
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;
use sluice_e2e::programs::Programs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OnceCell;

static CONTROLLER: OnceCell<Controller> = OnceCell::const_new();
static PROMETHEUS: OnceCell<String> = OnceCell::const_new();

/// The one controller of all tests, started by whoever needs it first.
pub(crate) async fn controller(scene: &Scene) -> Result<&'static Controller> {
    let start = || async {
        let world = &scene.world;
        let apis = [world.traefik.lock().await.api_url(), world.bare_traefik.lock().await.api_url()];
        let cluster = world.cluster.lock().await;
        Controller::start(Programs::build("dev")?.controller, &cluster, &apis).await
    };
    CONTROLLER.get_or_try_init(start).await
}

/// Fails when the controller has panicked anywhere, even where it went on.
pub(crate) async fn no_panic(scene: &Scene) -> Result<()> {
    let metrics = controller(scene).await?.metrics().await?;
    let counted = metrics.lines().filter(|line| line.starts_with("sluice_panics_total"));
    let panics: Vec<&str> = counted.filter(|line| !line.ends_with(" 0")).collect();
    ensure!(panics.is_empty(), "the controller counts panics: {panics:?}");
    let log = scene.world.cluster.lock().await.logs().join("sluice.log");
    let log = std::fs::read(&log).with_context(|| format!("read {}", log.display()))?;
    let log = String::from_utf8_lossy(&log);
    let panicked: Vec<&str> = log.lines().filter(|line| line.contains("panicked at")).collect();
    ensure!(panicked.is_empty(), "the controller's log tells of panics: {panicked:?}");
    Ok(())
}

/// A kind of `argoproj.io` in the scene's namespace, as whatever the API server has.
pub(crate) fn api(scene: &Scene, kind: &str) -> Api<DynamicObject> {
    Api::namespaced_with(scene.client.clone(), &scene.namespace, &resource(kind))
}

/// A kind of `argoproj.io` that has no namespace.
pub(crate) fn cluster_api(scene: &Scene, kind: &str) -> Api<DynamicObject> {
    Api::all_with(scene.client.clone(), &resource(kind))
}

fn resource(kind: &str) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", kind))
}

/// Puts another spec in the place of an object's.
pub(crate) async fn replace(api: &Api<DynamicObject>, name: &str, spec: &Value) -> kube::Result<DynamicObject> {
    let patch: json_patch::Patch = serde_json::from_value(json!([{"op": "replace", "path": "/spec", "value": spec}]))
        .map_err(kube::Error::SerdeError)?;
    api.patch(name, &PatchParams::default(), &Patch::<()>::Json(patch)).await
}

/// The API server's own words, where it refused.
pub(crate) fn refusal(error: &kube::Error) -> Option<&str> {
    match error {
        kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 404 => Some(&status.message),
        _ => None,
    }
}

/// A metric that is always content.
pub(crate) async fn metric() -> Result<Value> {
    let address = PROMETHEUS.get_or_try_init(prometheus).await?;
    Ok(json!({
        "name": "metric", "successCondition": "result[0] >= 0",
        "provider": {"prometheus": {"address": address, "query": "up > {{args.limit}}"}},
    }))
}

/// The spec of a template with that metric, and with one of each of what a template may have.
pub(crate) async fn template_spec() -> Result<Value> {
    Ok(json!({"metrics": [metric().await?], "args": [{"name": "limit", "value": "1"}]}))
}

/// What Rollouts of this scene may name: templates and a Secret.
pub(crate) async fn named_things(scene: &Scene) -> Result<()> {
    let spec = template_spec().await?;
    let object = |kind: &str, name: &str| json!({"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec});
    for name in ["good", "other"] {
        scene.apply(&object("AnalysisTemplate", name)).await?;
        let cluster: DynamicObject = serde_json::from_value(object("ClusterAnalysisTemplate", name))?;
        let all = cluster_api(scene, "ClusterAnalysisTemplate");
        all.patch(name, &PatchParams::apply("sluice-e2e").force(), &Patch::Apply(&cluster)).await?;
    }
    for service in ["active", "preview", "canary", "stable"] {
        scene.apply(&fixtures::service(service, &json!({}))).await?;
    }
    let secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "secret"}, "stringData": {"key": "1"}});
    scene.apply(&secret).await?;
    may_read_secrets(scene).await
}

/// The right to read Secrets, as the chart's `rbac.secretNamespaces` gives it.
async fn may_read_secrets(scene: &Scene) -> Result<()> {
    let api = "rbac.authorization.k8s.io";
    let of =
        |kind: &str| json!({"apiVersion": format!("{api}/v1"), "kind": kind, "metadata": {"name": "sluice-secrets"}});
    let (mut role, mut binding) = (of("Role"), of("RoleBinding"));
    role["rules"] = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]);
    binding["roleRef"] = json!({"apiGroup": api, "kind": "Role", "name": "sluice-secrets"});
    binding["subjects"] = json!([{"kind": "ServiceAccount", "name": "sluice", "namespace": "sluice"}]);
    scene.apply(&role).await?;
    scene.apply(&binding).await.map(drop)
}

/// Starts a server that answers every query with the number 1. It ends with the test program.
async fn prometheus() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    Ok(format!("http://{address}"))
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let body =
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1700000000,"1"]}]}}"#;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let _ = stream.read(&mut [0; 8192]).await?;
    stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await
}
