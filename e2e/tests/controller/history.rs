//! What an object said over time: every state that its watch shows, once for as long as it stays the same.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use futures::StreamExt;
use k8s_openapi::api::core::v1::Service;
use kube::api::{Api, DynamicObject};
use kube_runtime::watcher::{Config, Event, watcher};
use sluice_crds::names::label;
use sluice_e2e::harness::Scene;
use tokio::task::AbortHandle;

use crate::release::{traefik_services, weight_in};

/// Follows one object from now on. Dropping it ends that.
pub(crate) struct History {
    said: Arc<Mutex<Vec<String>>>,
    follower: AbortHandle,
}

impl Drop for History {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

impl History {
    /// Of the weights of the canary Service in the TraefikService `web`.
    pub(crate) async fn of_weights(scene: &Scene) -> Result<Self> {
        let weight = |route: &DynamicObject| {
            weight_in(route, "canary").map_or_else(|| "none".to_owned(), |weight| weight.to_string())
        };
        Self::of(traefik_services(scene), "web", weight).await
    }

    /// Of the revision that a Service selects.
    pub(crate) async fn of_selector(scene: &Scene, service: &str) -> Result<Self> {
        let revision = |service: &Service| {
            let selector = service.spec.as_ref().and_then(|spec| spec.selector.clone()).unwrap_or_default();
            selector.get(label::POD_TEMPLATE_HASH).cloned().unwrap_or_default()
        };
        Self::of(scene.api::<Service>(), service, revision).await
    }

    /// Returns once the object's state now is known.
    async fn of<K>(api: Api<K>, name: &str, say: impl Fn(&K) -> String + Send + 'static) -> Result<Self>
    where
        K: kube::Resource + Clone + serde::de::DeserializeOwned + std::fmt::Debug + Send + 'static,
    {
        let said = Arc::new(Mutex::new(Vec::new()));
        let (config, notes) = (Config::default().fields(&format!("metadata.name={name}")), said.clone());
        let follower = tokio::spawn(async move {
            let mut events = pin!(watcher(api, config));
            while let Some(event) = events.next().await {
                if let Ok(Event::Apply(object) | Event::InitApply(object)) = event {
                    note(&notes, say(&object));
                }
            }
        });
        let history = Self { said, follower: follower.abort_handle() };
        let known = || async { (!history.so_far().is_empty()).then_some(()) };
        sluice_e2e::wait::until(&format!("{name} is watched"), known).await?;
        Ok(history)
    }

    /// All that it said, in order.
    pub(crate) fn so_far(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn note(notes: &Mutex<Vec<String>>, says: String) {
    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    if notes.last() != Some(&says) {
        notes.push(says);
    }
}
