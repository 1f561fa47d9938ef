//! Breaks parts of the cluster as a plan has it.

use std::sync::Mutex;

use anyhow::{Context, Result};
use sluice_e2e::chaos::Tally;
use sluice_e2e::chaos::plan::{Breakage, Step};
use tokio::time::sleep;

use crate::stage::Stage;

/// Carries the plan out, one step after the other.
pub(crate) async fn carry_out(stage: &Stage, plan: &[Step], done: &Mutex<Tally>) -> Result<()> {
    for step in plan {
        sleep(step.after).await;
        stage.say(&step.breakage.to_string());
        broken(stage, step.breakage).await.with_context(|| step.breakage.to_string())?;
        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).count(step.breakage.name());
    }
    Ok(())
}

async fn broken(stage: &Stage, breakage: Breakage) -> Result<()> {
    let world = &stage.scene.world;
    match breakage {
        Breakage::KillController(down) => stage.controller.lock().await.restart_after(down).await,
        Breakage::FreezeController(time) => stage.controller.lock().await.freeze(time).await,
        Breakage::RestartTraefik(index) => restart_traefik(stage, index).await,
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
    let world = &stage.scene.world;
    let mut traefik = if index == 0 { world.traefik.lock().await } else { world.bare_traefik.lock().await };
    stage.balance.rest(index).await;
    traefik.restart().await?;
    stage.answered(&traefik.web_url()).await?;
    stage.balance.all();
    Ok(())
}
