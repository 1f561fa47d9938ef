//! What a pod's spec asks of this kubelet.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, LifecycleHandler, Pod, Probe as ApiProbe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::app::Settings;
use super::command::{self, Command, Step};

/// The image that the built-in server answers for.
pub const APP_IMAGE: &str = "sluice-demo/app";
const DEFAULT_PORT: u16 = 8080;

/// A pod, as far as it matters here.
#[derive(Clone, Debug)]
pub(super) struct PodPlan {
    pub(super) containers: Vec<ContainerPlan>,
    pub(super) gates: Vec<String>,
    pub(super) restart: Restart,
}

/// When a container that ended is started again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Restart {
    Always,
    OnFailure,
    Never,
}

/// One container.
#[derive(Clone, Debug)]
pub(super) struct ContainerPlan {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) behaviour: Behaviour,
    pub(super) probe: Option<Probe>,
    pub(super) pre_stop: Duration,
}

/// What a container does once it is started.
#[derive(Clone, Debug)]
pub(super) enum Behaviour {
    /// The built-in HTTP server.
    Serve { ports: Vec<u16>, settings: Settings },
    /// A command.
    Run(Command),
    /// Nothing, until it is stopped.
    Idle,
    /// Its image cannot be had.
    Unpullable,
}

/// A readiness probe over HTTP.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) path: String,
    pub(super) port: u16,
    pub(super) initial_delay: Duration,
    pub(super) period: Duration,
    pub(super) timeout: Duration,
    pub(super) successes: u32,
    pub(super) failures: u32,
}

impl PodPlan {
    pub(super) fn of(pod: &Pod) -> Self {
        let spec = pod.spec.clone().unwrap_or_default();
        Self {
            containers: spec.containers.iter().map(ContainerPlan::of).collect(),
            gates: spec.readiness_gates.unwrap_or_default().into_iter().map(|gate| gate.condition_type).collect(),
            restart: match spec.restart_policy.as_deref() {
                Some("Never") => Restart::Never,
                Some("OnFailure") => Restart::OnFailure,
                _ => Restart::Always,
            },
        }
    }
}

impl ContainerPlan {
    fn of(container: &Container) -> Self {
        let pre_stop = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
        Self {
            name: container.name.clone(),
            image: container.image.clone().unwrap_or_default(),
            behaviour: behaviour(container),
            probe: container.readiness_probe.as_ref().and_then(|probe| Probe::of(probe, container)),
            pre_stop: pre_stop.map_or(Duration::ZERO, pre_stop_duration),
        }
    }
}

fn behaviour(container: &Container) -> Behaviour {
    let image = container.image.as_deref().unwrap_or_default();
    let words = [container.command.clone(), container.args.clone()].into_iter().flatten().flatten();
    let command = command::parse(&words.collect::<Vec<_>>());
    match command {
        _ if image.contains("nonexistent") => Behaviour::Unpullable,
        Some(command) => Behaviour::Run(command),
        None if is_app(image) => Behaviour::Serve { ports: ports(container), settings: Settings::of(container) },
        None => Behaviour::Idle,
    }
}

/// Whether the image, without its tag, is the demo's; a registry may stand before it.
fn is_app(image: &str) -> bool {
    let name = image.rsplit_once(':').map_or(image, |(name, _)| name);
    name == APP_IMAGE || name.ends_with(&format!("/{APP_IMAGE}"))
}

fn ports(container: &Container) -> Vec<u16> {
    let named = container.ports.iter().flatten().filter_map(|port| u16::try_from(port.container_port).ok());
    let ports: Vec<u16> = named.collect();
    if ports.is_empty() { vec![DEFAULT_PORT] } else { ports }
}

/// A `sleep`, as an action of its own or as a command. Other hooks take no time here.
fn pre_stop_duration(hook: &LifecycleHandler) -> Duration {
    if let Some(sleep) = &hook.sleep {
        return Duration::from_secs(u64::try_from(sleep.seconds).unwrap_or(0));
    }
    let words = hook.exec.as_ref().and_then(|exec| exec.command.clone()).unwrap_or_default();
    let Some(Command::Steps(steps)) = command::parse(&words) else {
        return Duration::ZERO;
    };
    steps.iter().map(|step| if let Step::Sleep(time) = step { *time } else { Duration::ZERO }).sum()
}

impl Probe {
    fn of(probe: &ApiProbe, container: &Container) -> Option<Self> {
        let http = probe.http_get.as_ref()?;
        Some(Self {
            path: http.path.clone().unwrap_or_else(|| "/".to_owned()),
            port: port_number(&http.port, container)?,
            initial_delay: seconds(probe.initial_delay_seconds, 0),
            period: seconds(probe.period_seconds, 10),
            timeout: seconds(probe.timeout_seconds, 1),
            successes: count(probe.success_threshold, 1),
            failures: count(probe.failure_threshold, 3),
        })
    }
}

fn port_number(port: &IntOrString, container: &Container) -> Option<u16> {
    match port {
        IntOrString::Int(number) => u16::try_from(*number).ok(),
        IntOrString::String(name) => {
            let ports = container.ports.iter().flatten();
            let mut named = ports.filter(|port| port.name.as_ref() == Some(name)).map(|port| port.container_port);
            named.find_map(|port| u16::try_from(port).ok())
        }
    }
}

fn seconds(value: Option<i32>, default: u32) -> Duration {
    Duration::from_secs(count(value, default).into())
}

fn count(value: Option<i32>, default: u32) -> u32 {
    value.and_then(|value| u32::try_from(value).ok()).unwrap_or(default)
}
