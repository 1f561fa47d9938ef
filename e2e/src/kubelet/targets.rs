//! The list of pods that Prometheus scrapes, as a file it watches (`file_sd`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Changes within this time are written at once.
const GATHER: Duration = Duration::from_millis(100);

/// The running pods with the annotation `prometheus.io/scrape: "true"`. Their job is what they are by the established label, or
/// each of those that the annotation `prometheus.io/job` lists: that is what a ServiceMonitor makes of their Services.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    file: PathBuf,
    pods: Arc<Mutex<BTreeMap<String, Vec<Value>>>>,
    changed: Arc<Notify>,
}

impl Targets {
    /// An empty list, written to `file` and from then on kept there by [`Targets::keep_written`].
    pub(super) fn new(file: &Path) -> Self {
        let changed = Arc::new(Notify::new());
        changed.notify_one();
        Self { file: file.to_owned(), pods: Arc::default(), changed }
    }

    /// Writes the file after each change, for ever.
    pub(super) async fn keep_written(self) {
        loop {
            self.changed.notified().await;
            tokio::time::sleep(GATHER).await;
            let list: Value = self.pods().values().flatten().cloned().collect();
            // Renamed into place: Prometheus must never read half a file. A failure shows as a missing target.
            let draft = self.file.with_extension("draft");
            if tokio::fs::write(&draft, list.to_string()).await.is_ok() {
                let _ = tokio::fs::rename(&draft, &self.file).await;
            }
        }
    }

    /// Adds the pod if it wants to be scraped.
    pub(super) fn add(&self, uid: &str, pod: &Pod, ip: &str) {
        if let Some(targets) = targets(pod, ip) {
            self.pods().insert(uid.to_owned(), targets);
            self.changed.notify_one();
        }
    }

    /// Takes the pod off the list.
    pub(super) fn remove(&self, uid: &str) {
        if self.pods().remove(uid).is_some() {
            self.changed.notify_one();
        }
    }

    fn pods(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Value>>> {
        self.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn targets(pod: &Pod, ip: &str) -> Option<Vec<Value>> {
    let annotation = |name: &str| pod.annotations().get(name).cloned();
    annotation("prometheus.io/scrape").filter(|wanted| wanted == "true")?;
    let port = annotation("prometheus.io/port").or_else(|| first_port(pod)).unwrap_or_else(|| "8080".to_owned());
    let namespace = pod.namespace().unwrap_or_default();
    let own = [("namespace".to_owned(), namespace), ("pod".to_owned(), pod.name_any())];
    let labels = pod.labels().iter().map(|(name, value)| (label_name(name), value.clone())).chain(own);
    let labels: BTreeMap<String, String> = labels.collect();
    let jobs = annotation("prometheus.io/job").or_else(|| pod.labels().get("app.kubernetes.io/name").cloned());
    let of_job = |job: &str| {
        let labels: BTreeMap<&str, &str> =
            labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([("job", job)]).collect();
        json!({"targets": [format!("{ip}:{port}")], "labels": labels})
    };
    Some(jobs.as_deref().unwrap_or("pods").split(',').map(of_job).collect())
}

fn first_port(pod: &Pod) -> Option<String> {
    let containers = &pod.spec.as_ref()?.containers;
    containers
        .iter()
        .flat_map(|container| container.ports.iter().flatten())
        .map(|port| port.container_port.to_string())
        .next()
}

/// Prometheus allows letters, digits and underscores.
fn label_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
