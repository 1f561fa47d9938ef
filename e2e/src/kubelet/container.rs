//! One container's life: pulled, started, ended, started again.

use std::convert::Infallible;
use std::future::pending;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::select;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::app::{App, Settings};
use super::command::{Command, Step};
use super::logs::Log;
use super::plan::{Behaviour, ContainerPlan, Restart};
use super::{now, probe, server};
use crate::http::Http;

const PULL_RETRY: Duration = Duration::from_secs(5);
/// A real kubelet begins with 10 s and goes up to 5 min; tests have no such time.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
const LAST_BACK_OFF: Duration = Duration::from_secs(8);
/// How long a state that is about to change stays, so that others can see it.
const SEEN_ENDED: Duration = Duration::from_millis(500);
/// The exit code of a program that SIGTERM ended.
const TERMINATED: i32 = 143;

/// What is known of a container.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ContainerState {
    pub(super) phase: Phase,
    pub(super) ready: bool,
    pub(super) restarts: i32,
    /// How it ended the time before.
    pub(super) last: Option<Ended>,
}

/// Where a container is in its life.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Phase {
    Waiting { reason: &'static str, message: String },
    Running { since: Timestamp },
    Ended(Ended),
}

impl Default for Phase {
    fn default() -> Self {
        Self::Waiting { reason: "ContainerCreating", message: String::new() }
    }
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) started: Timestamp,
    pub(super) finished: Timestamp,
}

/// The states of all containers of a pod, and which of them is meant.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) states: watch::Sender<Vec<ContainerState>>,
    pub(super) index: usize,
}

impl Slot {
    /// Changes the container's state; the pod's worker is told.
    pub(super) fn update(&self, change: impl FnOnce(&mut ContainerState)) {
        self.states.send_modify(|states| {
            if let Some(state) = states.get_mut(self.index) {
                change(state);
            }
        });
    }
}

/// A wish that containers end, as SIGTERM carries it.
#[derive(Clone, Debug)]
pub(super) struct Stop(pub(super) watch::Receiver<bool>);

impl Stop {
    /// Returns once it is asked for.
    pub(super) async fn asked(&mut self) {
        // The other end being gone means that the pod is: that is the same wish.
        let _ = self.0.wait_for(|asked| *asked).await;
    }
}

/// What a container runs with.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) ip: IpAddr,
    pub(super) restart: Restart,
    pub(super) slot: Slot,
    pub(super) probes: Http,
    pub(super) stop: Stop,
    pub(super) log: Log,
}

/// Runs the container to its final end: until it is stopped, or has ended and is not started again.
pub(super) async fn run(plan: ContainerPlan, mut around: Surroundings) {
    let mut back_off = FIRST_BACK_OFF;
    loop {
        around.log.say(&format!("{} begins", plan.image));
        let ended = once(&plan, &around).await;
        around.log.say(&format!("ended with {}", ended.code));
        let again = restarts(around.restart, ended.code);
        around.slot.update(|state| state.end(ended));
        if !again || around.stopped_within(SEEN_ENDED).await {
            return;
        }
        around.slot.update(|state| state.wait_to_restart(&plan.name, back_off));
        if around.stopped_within(back_off).await {
            return;
        }
        back_off = (back_off * 2).min(LAST_BACK_OFF);
    }
}

fn restarts(restart: Restart, code: i32) -> bool {
    match restart {
        Restart::Always => true,
        Restart::OnFailure => code != 0,
        Restart::Never => false,
    }
}

impl Surroundings {
    async fn stopped_within(&mut self, time: Duration) -> bool {
        timeout(time, self.stop.asked()).await.is_ok()
    }
}

/// Starts the container once. A server ends in order when it is stopped; everything else breaks off at once.
async fn once(plan: &ContainerPlan, around: &Surroundings) -> Ended {
    let started = now();
    let mut stop = around.stop.clone();
    let end = match &plan.behaviour {
        Behaviour::Serve { ports, settings } => serve(plan, ports, settings.clone(), around).await,
        Behaviour::Run(Command::Missing(program)) => End::no_such(program),
        Behaviour::Run(Command::Steps(steps)) => select! {
            code = run_steps(plan, steps, around) => End::with(code),
            () = stop.asked() => End::with(TERMINATED),
        },
        Behaviour::Idle => {
            let code = probed(plan, around, async {
                stop.asked().await;
                TERMINATED
            })
            .await;
            End::with(code)
        }
        Behaviour::Unpullable => select! {
            never = pull_in_vain(plan, &around.slot) => match never {},
            () = stop.asked() => End::with(TERMINATED),
        },
    };
    Ended { code: end.code, reason: end.reason, message: end.message, started, finished: now() }
}

async fn serve(plan: &ContainerPlan, ports: &[u16], settings: Settings, around: &Surroundings) -> End {
    let app = Arc::new(App::start(settings));
    let work = async { server::serve(app, around.ip, ports, &around.stop).await };
    match probed(plan, around, work).await {
        Ok(()) => End::with(0),
        Err(error) => End { code: 1, reason: "Error", message: format!("{error:#}") },
    }
}

async fn run_steps(plan: &ContainerPlan, steps: &[Step], around: &Surroundings) -> i32 {
    let work = async {
        for step in steps {
            match step {
                Step::Sleep(time) => sleep(*time).await,
                Step::Exit(code) => return *code,
            }
        }
        0
    };
    probed(plan, around, work).await
}

/// Does the work of a container that is now running, with its probe beside it. Without a probe it is ready at once.
async fn probed<T>(plan: &ContainerPlan, around: &Surroundings, work: impl Future<Output = T>) -> T {
    around.slot.update(|state| state.start(plan.probe.is_none()));
    let probing = async {
        match &plan.probe {
            Some(probe) => probe::run(probe, around.ip, &around.probes, &around.slot).await,
            None => pending().await,
        }
    };
    select! {
        done = work => done,
        never = probing => match never {},
    }
}

async fn pull_in_vain(plan: &ContainerPlan, slot: &Slot) -> Infallible {
    loop {
        let message = format!("failed to pull image \"{}\": not found", plan.image);
        slot.update(|state| state.phase = Phase::Waiting { reason: "ErrImagePull", message });
        sleep(SEEN_ENDED).await;
        let message = format!("Back-off pulling image \"{}\"", plan.image);
        slot.update(|state| state.phase = Phase::Waiting { reason: "ImagePullBackOff", message });
        sleep(PULL_RETRY).await;
    }
}

/// An end, before its times are known.
struct End {
    code: i32,
    reason: &'static str,
    message: String,
}

impl End {
    fn with(code: i32) -> Self {
        let reason = if code == 0 { "Completed" } else { "Error" };
        Self { code, reason, message: String::new() }
    }

    fn no_such(program: &str) -> Self {
        let message = format!("exec: \"{program}\": executable file not found in $PATH");
        Self { code: 128, reason: "StartError", message }
    }
}

impl ContainerState {
    fn start(&mut self, ready: bool) {
        self.phase = Phase::Running { since: now() };
        self.ready = ready;
    }

    fn end(&mut self, ended: Ended) {
        self.phase = Phase::Ended(ended);
        self.ready = false;
    }

    fn wait_to_restart(&mut self, name: &str, back_off: Duration) {
        let message = format!("back-off {}s restarting failed container={name}", back_off.as_secs());
        let before = std::mem::replace(&mut self.phase, Phase::Waiting { reason: "CrashLoopBackOff", message });
        if let Phase::Ended(ended) = before {
            self.last = Some(ended);
        }
        self.restarts += 1;
    }
}
