//! The pod's status, out of the states of its containers. Pure.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    ContainerState as ApiState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus, Pod, PodCondition, PodIP, PodStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::container::{ContainerState, Ended, Phase};
use super::plan::{ContainerPlan, PodPlan, Restart};

/// Everything the status is made of.
pub(super) struct Seen<'a> {
    pub(super) pod: &'a Pod,
    pub(super) plan: &'a PodPlan,
    pub(super) states: &'a [ContainerState],
    pub(super) ip: &'a str,
    pub(super) host_ip: &'a str,
    pub(super) started: Timestamp,
}

/// The status now. `before` is what was reported last: a condition that stays keeps its time.
pub(super) fn status(seen: &Seen<'_>, before: &PodStatus, now: Timestamp) -> PodStatus {
    let containers = seen.plan.containers.iter().zip(seen.states);
    PodStatus {
        phase: Some(phase(seen.plan.restart, seen.states).to_owned()),
        pod_ip: Some(seen.ip.to_owned()),
        pod_ips: Some(vec![PodIP { ip: seen.ip.to_owned() }]),
        host_ip: Some(seen.host_ip.to_owned()),
        start_time: Some(Time(seen.started)),
        container_statuses: Some(containers.map(|(plan, state)| container(plan, state)).collect()),
        conditions: Some(conditions(seen, before, now)),
        ..PodStatus::default()
    }
}

/// Pending until every container was started once, terminal when none of them will be started again.
fn phase(restart: Restart, states: &[ContainerState]) -> &'static str {
    let over = |state: &ContainerState| match &state.phase {
        Phase::Ended(ended) => restart == Restart::Never || restart == Restart::OnFailure && ended.code == 0,
        _ => false,
    };
    let never_started = |state: &ContainerState| matches!(state.phase, Phase::Waiting { .. }) && state.last.is_none();
    if states.iter().all(over) {
        let failed = states.iter().any(|state| code(state) != Some(0));
        return if failed { "Failed" } else { "Succeeded" };
    }
    if states.iter().any(never_started) { "Pending" } else { "Running" }
}

fn code(state: &ContainerState) -> Option<i32> {
    if let Phase::Ended(ended) = &state.phase { Some(ended.code) } else { None }
}

fn conditions(seen: &Seen<'_>, before: &PodStatus, now: Timestamp) -> Vec<PodCondition> {
    let containers = seen.states.iter().all(|state| state.ready);
    let gates = seen.plan.gates.iter().all(|gate| gate_open(seen.pod, gate));
    let blocked = match (containers, gates) {
        (false, _) => Some("ContainersNotReady"),
        (true, false) => Some("ReadinessGatesNotReady"),
        (true, true) => None,
    };
    vec![
        condition("PodScheduled", None, before, now),
        condition("Initialized", None, before, now),
        condition("ContainersReady", (!containers).then_some("ContainersNotReady"), before, now),
        condition("Ready", blocked, before, now),
    ]
}

/// A gate is opened by whoever it is for, never by the kubelet.
fn gate_open(pod: &Pod, gate: &str) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == gate && condition.status == "True")
}

/// A condition that holds, or does not for the reason given.
fn condition(kind: &str, against: Option<&str>, before: &PodStatus, now: Timestamp) -> PodCondition {
    let status = if against.is_none() { "True" } else { "False" };
    let mut known = before.conditions.iter().flatten();
    let same = known.find(|known| known.type_ == kind && known.status == status);
    PodCondition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: against.map(str::to_owned),
        last_transition_time: same.map_or(Some(Time(now)), |same| same.last_transition_time.clone()),
        ..PodCondition::default()
    }
}

fn container(plan: &ContainerPlan, state: &ContainerState) -> ContainerStatus {
    let last = state.last.as_ref().map(|ended| ApiState { terminated: Some(terminated(ended)), ..ApiState::default() });
    ContainerStatus {
        name: plan.name.clone(),
        image: plan.image.clone(),
        image_id: plan.image.clone(),
        ready: state.ready,
        restart_count: state.restarts,
        started: Some(matches!(state.phase, Phase::Running { .. })),
        state: Some(api_state(&state.phase)),
        last_state: last,
        ..ContainerStatus::default()
    }
}

fn api_state(phase: &Phase) -> ApiState {
    match phase {
        Phase::Waiting { reason, message } => ApiState {
            waiting: Some(ContainerStateWaiting { reason: Some((*reason).to_owned()), message: Some(message.clone()) }),
            ..ApiState::default()
        },
        Phase::Running { since } => {
            ApiState { running: Some(ContainerStateRunning { started_at: Some(Time(*since)) }), ..ApiState::default() }
        }
        Phase::Ended(ended) => ApiState { terminated: Some(terminated(ended)), ..ApiState::default() },
    }
}

fn terminated(ended: &Ended) -> ContainerStateTerminated {
    ContainerStateTerminated {
        exit_code: ended.code,
        reason: Some(ended.reason.to_owned()),
        message: Some(ended.message.clone()).filter(|message| !message.is_empty()),
        started_at: Some(Time(ended.started)),
        finished_at: Some(Time(ended.finished)),
        ..ContainerStateTerminated::default()
    }
}

#[cfg(test)]
mod tests;
