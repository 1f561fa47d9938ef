//! Keeps the controller running, and has it killed.

use std::sync::PoisonError;
use std::time::Duration;

use sluice_controller::process::Process;
use tokio::time::sleep;

use super::concerns;
use super::stage::Stage;
use crate::fault::Fault;

/// Starts a controller process, and another one whenever it dies.
pub(super) async fn keep(stage: Stage) {
    for number in 1.. {
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
        sleep(Duration::from_secs(below(&stage, 5))).await;
    }
}

/// A process that ends with its keeper.
struct Dies(Process);

impl Drop for Dies {
    fn drop(&mut self) {
        self.0.kill();
    }
}

/// Does mischief to the process and its clock again and again.
pub(super) async fn mischief(stage: Stage) {
    loop {
        sleep(Duration::from_millis(500 + below(&stage, 20_000))).await;
        let fault = stage.script.lock().unwrap_or_else(PoisonError::into_inner).surroundings();
        let Some(fault) = fault.filter(|fault| concerns(*fault)) else { continue };
        stage.say(&format!("** {fault}"));
        match fault {
            Fault::Killed => stage.kill(),
            Fault::ClockAhead => stage.machine.set_ahead(3600),
            _ => stage.machine.set_ahead(-3600),
        }
        sleep(Duration::from_secs(1 + below(&stage, 60))).await;
        stage.machine.set_ahead(0);
    }
}

fn below(stage: &Stage, bound: u64) -> u64 {
    stage.script.lock().unwrap_or_else(PoisonError::into_inner).below(bound)
}
