//! Breaks parts of the cluster as a plan has it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use sluice_e2e::chaos::Tally;
use sluice_e2e::chaos::plan::{Breakage, Step};
use sluice_e2e::traefik::Traefik;
use tokio::sync::MutexGuard;
use tokio::time::{sleep, timeout};

use crate::stage::Stage;

/// How long the controller is given to write something before it is killed.
const NEXT_WRITE: Duration = Duration::from_secs(5);

/// Carries the plan out, one step after the other.
pub(crate) async fn carry_out(stage: &Stage, plan: &[Step], done: &Mutex<Tally>) -> Result<()> {
    for step in plan {
        sleep(step.after).await;
        stage.say(&step.breakage.to_string());
        broken(stage, step.breakage).await.with_context(|| step.breakage.to_string())?;
        done.lock().unwrap_or_else(PoisonError::into_inner).count(step.breakage.name());
    }
    Ok(())
}

async fn broken(stage: &Stage, breakage: Breakage) -> Result<()> {
    let world = &stage.scene.world;
    match breakage {
        Breakage::KillController(down) => stage.controller.lock().await.restart_after(down).await,
        Breakage::KillAtWrite(down) => {
            let mut controller = stage.controller.lock().await;
            // With nothing to write it is killed all the same.
            let _ = timeout(NEXT_WRITE, stage.proxy.next_write()).await;
            controller.restart_after(down).await
        }
        Breakage::FreezeController(time) => stage.controller.lock().await.freeze(time).await,
        Breakage::RestartTraefik(index) => restart_traefik(stage, index).await,
        Breakage::FreezeTraefik(index, time) => freeze_traefik(stage, index, time).await,
        Breakage::FreezeManager(time) => world.cluster.lock().await.freeze_controllers(time).await,
        Breakage::RestartPrometheus(down) => {
            let mut prometheus = world.prometheus.lock().await;
            prometheus.stop().await?;
            sleep(down).await;
            prometheus.resume().await
        }
        Breakage::RestartEtcd(down) => world.cluster.lock().await.restart_etcd(down).await,
        Breakage::RestartApiServer => world.cluster.lock().await.restart_api_server().await,
    }
}

/// Requests go by the other one until this one answers again: what fails then is nobody's restart.
async fn restart_traefik(stage: &Stage, index: usize) -> Result<()> {
    let mut traefik = traefik(stage, index).await;
    stage.balance.rest(index).await;
    traefik.restart().await?;
    stage.answered(&traefik.web_url()).await?;
    stage.balance.all();
    Ok(())
}

/// It comes back with what it knew, and must not be asked for what is gone meanwhile.
async fn freeze_traefik(stage: &Stage, index: usize, time: Duration) -> Result<()> {
    let traefik = traefik(stage, index).await;
    stage.balance.rest(index).await;
    traefik.freeze(time).await?;
    stage.balance.all();
    Ok(())
}

async fn traefik(stage: &Stage, index: usize) -> MutexGuard<'_, Traefik> {
    let world = &stage.scene.world;
    if index == 0 { world.traefik.lock().await } else { world.bare_traefik.lock().await }
}
