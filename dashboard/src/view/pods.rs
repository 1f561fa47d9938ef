//! Pods, their state in the words of `kubectl get pods`.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod};
use kube::ResourceExt;

use super::{Tone, created};

/// One pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodView {
    /// Its name.
    pub name: String,
    /// Its state, in a word.
    pub state: String,
    /// How that is.
    pub tone: Tone,
    /// Containers that are ready, and all.
    pub ready: (usize, usize),
    /// How often its containers were started again.
    pub restarts: i32,
    /// Where it runs.
    pub node: String,
    /// When it was made.
    pub created: Option<Timestamp>,
}

impl PodView {
    /// What is shown of a pod.
    pub(super) fn of(pod: &Pod) -> Self {
        let state = state(pod);
        let spec = pod.spec.as_ref();
        let all = spec.map_or(0, |spec| spec.containers.len());
        let ready = containers(pod).filter(|container| container.ready).count();
        Self {
            name: pod.name_any(),
            tone: tone(&state, ready == all),
            state,
            ready: (ready, all),
            restarts: containers(pod).map(|container| container.restart_count).sum(),
            node: spec.and_then(|spec| spec.node_name.clone()).unwrap_or_default(),
            created: created(pod),
        }
    }
}

fn containers(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten())
}

/// The first of these that can be told: being deleted, what a container is held by, the phase.
fn state(pod: &Pod) -> String {
    if pod.metadata.deletion_timestamp.is_some() {
        return "Terminating".to_owned();
    }
    let status = pod.status.clone().unwrap_or_default();
    let starting = status.init_container_statuses.iter().flatten().find_map(|one| waiting(one.state.as_ref()?));
    let starting = starting.filter(|reason| reason != "PodInitializing").map(|reason| format!("Init:{reason}"));
    let held = || containers(pod).find_map(|container| held_by(container.state.as_ref()?));
    starting.or_else(held).or(status.reason).or(status.phase).unwrap_or_else(|| "Unknown".to_owned())
}

fn waiting(state: &ContainerState) -> Option<String> {
    state.waiting.as_ref()?.reason.clone().filter(|reason| !reason.is_empty())
}

fn held_by(state: &ContainerState) -> Option<String> {
    let ended = |state: &ContainerState| {
        let end = state.terminated.as_ref()?;
        let reason = end.reason.clone().filter(|reason| !reason.is_empty());
        Some(reason.unwrap_or_else(|| format!("ExitCode:{}", end.exit_code)))
    };
    waiting(state).or_else(|| ended(state))
}

fn tone(state: &str, is_ready: bool) -> Tone {
    match state {
        "Running" if is_ready => Tone::Good,
        "Running" | "Pending" | "ContainerCreating" | "PodInitializing" => Tone::Busy,
        "Completed" | "Succeeded" | "Terminating" | "Unknown" => Tone::Quiet,
        _ => Tone::Bad,
    }
}
