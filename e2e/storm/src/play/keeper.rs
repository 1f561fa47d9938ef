//! Keeps the controller running, as a Deployment would: a process that dies is started again.

use std::time::Duration;

use sluice_controller::process::Process;
use sluice_world::scenario::Scenario;
use tokio::time::sleep;

use super::stage::Stage;
use crate::law;

/// Starts a controller process, and another one whenever it dies. With several keepers, each has a first number of its own.
pub(super) async fn keep(stage: Stage, first: u32) {
    for number in (first..).step_by(2) {
        stage.say(&format!("sluice {number} starts"));
        let (process, life) = stage.start(number);
        let dies = Dies(process);
        tokio::select! {
            biased;
            () = life.ended() => {}
            () = stage.killed() => {}
            why = dies.0.deposed() => stage.say(&format!("sluice {number}: {why}")),
        }
        life.end();
        stage.say(&format!("sluice {number} dies"));
        drop(dies);
        let wait = stage.script().below(5);
        sleep(Duration::from_secs(wait)).await;
    }
}

/// A process that ends with its keeper.
struct Dies(Process);

impl Drop for Dies {
    fn drop(&mut self) {
        self.0.kill();
    }
}

/// Looks at where requests go whenever anything is written, and a moment later, when routers have followed.
pub(super) async fn watch_traffic(stage: Stage, scenario: Scenario) {
    let mut changed = stage.written();
    until_answered(&stage).await;
    loop {
        changed.changed().await;
        for moment in [0, 150, 2500] {
            sleep(Duration::from_millis(moment)).await;
            if !stage.is_fair(&scenario) {
                return;
            }
            if let Some(lost) = law::unanswered(&stage.actors.traffic()) {
                stage.record().broke(lost);
                return;
            }
        }
    }
}

/// Before the first version is out nobody is there to answer, but for a Deployment that a Rollout is to take over.
async fn until_answered(stage: &Stage) {
    while !(is_healthy(stage) || stage.has_lender_alone()) || law::unanswered(&stage.actors.traffic()).is_some() {
        sleep(Duration::from_millis(500)).await;
    }
}

fn is_healthy(stage: &Stage) -> bool {
    stage.rollout().is_some_and(|rollout| rollout.pointer("/status/phase").is_some_and(|phase| phase == "Healthy"))
}
