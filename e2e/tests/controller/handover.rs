//! The lead goes from one controller to the next.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::Healthy;
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, Instant, sleep};

use crate::release::{answers, canary, rollout, route, until_phase, until_weight};
use crate::twins;

/// How long nobody may lead once the leader is told to stop.
const BOUND: Duration = Duration::from_secs(2);

const HEIRS: &str = "heirs";

fn of_the_heirs(version: &str) -> Value {
    let steps = json!([{"setWeight": 25}, {"pause": {"duration": "6s"}}, {"setWeight": 75}]);
    twins::minded_by(HEIRS, rollout(version, &canary(&steps)))
}

/// Stopped in the middle of a release: the other one leads within two seconds and goes on, and no request fails.
pub(crate) async fn on_stop(scene: Scene) -> Result<()> {
    route(&scene).await?;
    let mut twins = twins::start(&scene, HEIRS, [3, 4]).await?;
    scene.apply(&of_the_heirs("v1")).await?;
    until_phase(&scene, Healthy).await?;
    answers(&scene).await?;
    let load = scene.load(100).await?;
    scene.apply(&of_the_heirs("v2")).await?;
    until_weight(&scene, 25).await?;
    let first = twins::leader(&twins).await?;
    let told = Instant::now();
    let [one, other] = &mut twins;
    let (stopped, other) = if first == 0 { (one, other) } else { (other, one) };
    let (ended, leads) = tokio::join!(stopped.stop(), async {
        while !other.leads().await.unwrap_or(false) && told.elapsed() < 5 * BOUND {
            sleep(Duration::from_millis(20)).await;
        }
        told.elapsed()
    });
    ended?;
    eprintln!("the lead is handed over within {leads:?}");
    ensure!(leads <= BOUND, "nobody led for {leads:?}");
    until_phase(&scene, Healthy).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0, "{sent:?}");
    Ok(())
}
