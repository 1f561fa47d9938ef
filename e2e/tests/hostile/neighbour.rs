//! A Rollout that is nobody's victim: its releases must go on whatever happens beside it.

use std::cell::Cell;

use anyhow::{Result, ensure};
use kube::api::{Api, DynamicObject};
use serde_json::json;
use sluice_e2e::harness::Scene;

use crate::board::Board;
use crate::{home, rollouts, stage};

const NAME: &str = "neighbour";

/// Runs `abuse` while the neighbour gets one release after the other.
pub(crate) async fn beside(scene: &Scene, board: &Board, abuse: impl Future<Output = Result<()>>) -> Result<()> {
    let done = Cell::new(false);
    let abuse = async {
        let ended = abuse.await;
        done.set(true);
        ended
    };
    let (abused, released) = futures::join!(abuse, releases(scene, board, &done));
    let released = released?;
    abused?;
    ensure!(released > 2, "a healthy neighbour got only {released} releases done");
    Ok(())
}

async fn releases(scene: &Scene, board: &Board, done: &Cell<bool>) -> Result<usize> {
    let api: Api<DynamicObject> = stage::api(scene, "Rollout");
    let mut spec = home::plain(NAME).spec;
    let mut hash = rollouts::install(&api, board, NAME, &spec).await?;
    let mut released = 0;
    while !done.get() {
        released += 1;
        spec["template"]["spec"]["containers"][0]["image"] = json!(format!("sluice-demo/app:n{released}"));
        hash = rollouts::release(&api, board, NAME, &spec, &hash).await?;
    }
    Ok(released)
}
