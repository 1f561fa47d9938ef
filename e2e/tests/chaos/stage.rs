//! What a run plays on: the apps on the cluster, the controller behind the proxy, and requests.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::Value;
use sluice_crds::{Rollout, RolloutPhase};
use sluice_e2e::balance::Balance;
use sluice_e2e::chaos::proxy::Proxy;
use sluice_e2e::controller::Controller;
use sluice_e2e::harness::Scene;
use sluice_e2e::http;
use sluice_e2e::kubelet::APP_IMAGE;
use sluice_e2e::load::Load;
use sluice_e2e::programs::Programs;
use sluice_e2e::wait::until;
use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::app::{App, REPLICAS};

/// Where the proxy listens.
const PROXY: &str = "127.0.0.1:6444";
/// Requests a second of each app: 200 in all.
const RATE: u32 = 40;

/// Everything that a run plays on.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) proxy: Proxy,
    pub(crate) controller: Mutex<Controller>,
    pub(crate) balance: Balance,
    pub(crate) loads: Vec<(App, Load)>,
}

impl Stage {
    /// Installs the first version of every app, in calm, and sends requests to all of them.
    pub(crate) async fn set(scene: Scene) -> Result<Arc<Self>> {
        let world = scene.world.clone();
        let apis = [world.traefik.lock().await.api_url(), world.bare_traefik.lock().await.api_url()];
        let webs = [world.traefik.lock().await.web_url(), world.bare_traefik.lock().await.web_url()];
        let (proxy, controller) = {
            let cluster = world.cluster.lock().await;
            let log = cluster.logs().join("proxy.log");
            let proxy = Proxy::start(PROXY.parse()?, &cluster.controller_kubeconfig(), &log).await?;
            let kubeconfig = cluster.dir().join("kubeconfig-proxy");
            cluster.write_controller_kubeconfig(&kubeconfig, &proxy.url())?;
            let program = Programs::build("dev")?.controller;
            (proxy, Controller::start_by(&kubeconfig, program, &cluster, &apis).await?)
        };
        let balance = Balance::new(webs);
        let mut stage = Self { scene, proxy, controller: Mutex::new(controller), balance, loads: Vec::new() };
        stage.install().await?;
        Ok(Arc::new(stage))
    }

    async fn install(&mut self) -> Result<()> {
        let prometheus = self.scene.world.prometheus.lock().await.url();
        for app in App::ALL {
            for object in app.surroundings(&self.scene.namespace, &prometheus) {
                self.scene.apply(&object).await?;
            }
            self.scene.apply(&app.rollout(&self.scene.namespace, "v0")).await?;
        }
        for app in App::ALL {
            until(&format!("{app:?} is installed"), || async { self.healthy(app).await.ok() }).await?;
        }
        for web in
            [self.scene.world.traefik.lock().await.web_url(), self.scene.world.bare_traefik.lock().await.web_url()]
        {
            self.answered(&web).await?;
        }
        for app in App::ALL {
            self.loads.push((app, Load::balanced(&self.balance, &app.host(), RATE)?));
        }
        Ok(())
    }

    async fn healthy(&self, app: App) -> Result<()> {
        let status = self.rollout(app).await?.status.context("no status yet")?;
        anyhow::ensure!(status.phase == RolloutPhase::Healthy, "{:?}", status.message);
        Ok(())
    }

    /// Waits until every app is answered at that URL by one of its pods.
    pub(crate) async fn answered(&self, url: &str) -> Result<()> {
        let client = http::one_shot();
        for app in App::ALL {
            let look = || async {
                let request = http::get_request(url, Some(&app.host())).ok()?;
                let answer = http::send(&client, request, Duration::from_secs(20)).await.ok()?;
                answer.headers.contains_key("x-version").then_some(())
            };
            until(&format!("{app:?} is answered at {url}"), look).await?;
        }
        Ok(())
    }

    /// Tells what happens, and when: seconds since the requests began, as failed ones are told.
    pub(crate) fn say(&self, what: &str) {
        let began = self.loads.first().map(|(_, load)| load.began().elapsed());
        eprintln!("{:7.2} {what}", began.unwrap_or_default().as_secs_f64());
        self.proxy.note(what);
    }

    /// The app's Rollout as it is at the API server.
    pub(crate) async fn rollout(&self, app: App) -> Result<Rollout> {
        Ok(self.scene.api::<Rollout>().get(app.name()).await?)
    }

    /// Lets a person's write through: the API server may be away just now.
    pub(crate) async fn insist<T, F>(&self, what: &str, write: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut last = None;
        for _ in 0..600 {
            match write().await {
                Ok(done) => return Ok(done),
                Err(error) => last = Some(error),
            }
            sleep(Duration::from_millis(200)).await;
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("never tried"))).with_context(|| what.to_owned())
    }

    /// Merges into the status of an app's Rollout, as the plugin does.
    pub(crate) async fn patch_status(&self, app: App, status: &Value) -> Result<()> {
        let patch = Patch::Merge(serde_json::json!({"status": status}));
        let api = self.scene.api::<Rollout>();
        let write = || async { Ok(api.patch_status(app.name(), &PatchParams::default(), &patch).await?) };
        self.insist("patch a status", write).await.map(drop)
    }

    /// Whether a release of that version has come to its end; the error says what is not so yet.
    pub(crate) async fn ended(&self, app: App, version: &str, stable: &str) -> Result<()> {
        let rollout = self.rollout(app).await?;
        let generation = rollout.metadata.generation.unwrap_or_default().to_string();
        let status = rollout.status.context("it has no status")?;
        let phase = if app.is_taken_back() { RolloutPhase::Degraded } else { RolloutPhase::Healthy };
        anyhow::ensure!(
            status.phase == phase && status.observed_generation == Some(generation),
            "it is {:?} ({:?}) at step {:?}",
            status.phase,
            status.message,
            status.current_step_index
        );
        anyhow::ensure!(!app.is_taken_back() || status.abort, "it is not aborted");
        self.weight_is_home(app).await?;
        self.only_pods_of(app, if app.is_taken_back() { stable } else { version }).await
    }

    async fn weight_is_home(&self, app: App) -> Result<()> {
        if app == App::BlueGreen {
            return Ok(());
        }
        let route = self.routes().get(app.name()).await?;
        let entries = route.data.pointer("/spec/weighted/services").and_then(Value::as_array).cloned();
        let weights: Vec<_> = entries.into_iter().flatten().map(|entry| entry.get("weight").cloned()).collect();
        anyhow::ensure!(weights == [Some(100.into()), Some(0.into())], "the weights are {weights:?}");
        Ok(())
    }

    async fn only_pods_of(&self, app: App, version: &str) -> Result<()> {
        let pods = self.scene.api::<Pod>().list(&ListParams::default().labels(&format!("app={}", app.name()))).await?;
        let image = format!("{APP_IMAGE}:{version}");
        let images = pods.items.iter().flat_map(|pod| &pod.spec).flat_map(|spec| &spec.containers);
        let images: Vec<_> = images.filter_map(|container| container.image.as_deref()).collect();
        anyhow::ensure!(images == vec![image.as_str(); REPLICAS], "there are pods of {images:?}");
        Ok(())
    }

    /// The TraefikServices of the test.
    pub(crate) fn routes(&self) -> Api<DynamicObject> {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("traefik.io", "v1alpha1", "TraefikService"));
        Api::namespaced_with(self.scene.client.clone(), &self.scene.namespace, &resource)
    }
}
