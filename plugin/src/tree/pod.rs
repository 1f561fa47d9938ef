//! Pods: their state in the words of `kubectl get pods`.

use k8s_openapi::api::core::v1::{ContainerState, ContainerStateTerminated, ContainerStatus, Pod, PodStatus};
use kube::ResourceExt;

use super::created;
use super::icon::Icon;
use super::node::{Info, Node, Status};
use super::text::Text;

/// The node of a pod.
pub(crate) fn node(pod: &Pod) -> Node {
    let text = state(pod);
    let mut info = vec![Info::Text(Text::plain(format!("ready:{}", ready(pod))))];
    let restarts: i32 = containers(pod).map(|container| container.restart_count).sum();
    if restarts > 0 {
        info.push(Info::Text(Text::plain(format!("restarts:{restarts}"))));
    }
    Node {
        glyph: '□',
        name: Text::plain(pod.name_any()),
        kind: "Pod".into(),
        status: Some(Status { icon: icon(&text), text }),
        created: created(pod),
        info,
        children: Vec::new(),
    }
}

fn containers(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten())
}

fn is_ready(container: &ContainerStatus) -> bool {
    container.ready && container.state.as_ref().is_some_and(|state| state.running.is_some())
}

fn ready(pod: &Pod) -> String {
    let all = pod.spec.as_ref().map_or(0, |spec| spec.containers.len());
    let ready = containers(pod).filter(|container| is_ready(container)).count();
    format!("{ready}/{all}")
}

/// The first of these that can be told: being deleted, what an init container or a container is held by, the phase.
fn state(pod: &Pod) -> String {
    let status = pod.status.clone().unwrap_or_default();
    let lost = status.reason.as_deref() == Some("NodeLost");
    if pod.metadata.deletion_timestamp.is_some() {
        return if lost { "Unknown" } else { "Terminating" }.to_owned();
    }
    if let Some(reason) = initialising(pod, &status) {
        return format!("Init:{reason}");
    }
    let reasons = containers(pod).filter_map(|container| held_by(container.state.as_ref()?));
    let phase = || status.reason.clone().or_else(|| status.phase.clone()).unwrap_or_default();
    match reasons.reduce(|first, _| first) {
        Some(reason) if reason == "Completed" && containers(pod).any(is_ready) => "Running".to_owned(),
        Some(reason) => reason,
        None => phase(),
    }
}

/// What the first init container that is not done is held by.
fn initialising(pod: &Pod, status: &PodStatus) -> Option<String> {
    let specs = pod.spec.as_ref()?.init_containers.as_deref()?;
    let is_sidecar = |name: &str| {
        let of_name = specs.iter().find(|container| container.name == name);
        of_name.is_some_and(|container| container.restart_policy.as_deref() == Some("Always"))
    };
    let is_done = |container: &ContainerStatus| {
        let state = container.state.as_ref();
        let terminated = state.and_then(|state| state.terminated.as_ref());
        let started = container.started == Some(true) && is_sidecar(&container.name);
        started || terminated.is_some_and(|terminated| terminated.exit_code == 0)
    };
    let all = status.init_container_statuses.as_deref().unwrap_or_default();
    let (done, container) = all.iter().enumerate().find(|(_, container)| !is_done(container))?;
    let reason = container.state.as_ref().and_then(held_by).filter(|reason| reason != "PodInitializing");
    Some(reason.unwrap_or_else(|| format!("{done}/{}", specs.len())))
}

/// What keeps a container from running.
fn held_by(state: &ContainerState) -> Option<String> {
    let waiting = state.waiting.as_ref().and_then(|waiting| waiting.reason.clone());
    waiting.filter(|reason| !reason.is_empty()).or_else(|| state.terminated.as_ref().map(ended_by))
}

fn ended_by(end: &ContainerStateTerminated) -> String {
    match (&end.reason, end.signal) {
        (Some(reason), _) if !reason.is_empty() => reason.clone(),
        (_, Some(signal)) if signal != 0 => format!("Signal:{signal}"),
        _ => format!("ExitCode:{}", end.exit_code),
    }
}

fn icon(state: &str) -> Icon {
    match state {
        "Running" | "Completed" | "Succeeded" => Icon::Ok,
        "Pending" | "Terminating" | "ContainerCreating" | "PodInitializing" => Icon::Progressing,
        "Failed" | "InvalidImageName" | "CrashLoopBackOff" | "OOMKilled" | "Evicted" => Icon::Bad,
        "ImagePullBackOff" | "RegistryUnavailable" => Icon::Warning,
        "Unknown" => Icon::Unknown,
        _ if state.starts_with("Init:") => Icon::Progressing,
        _ if state.starts_with("Signal:") || state.starts_with("ExitCode:") => Icon::Bad,
        _ if state.starts_with("Err") || state.ends_with("Error") => Icon::Warning,
        _ => Icon::None,
    }
}

#[cfg(test)]
mod tests;
