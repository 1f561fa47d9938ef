//! How much is kept of a cluster. Printed, and held to bounds that are far above what is measured.

use std::fs;

use anyhow::{Context, Result, ensure};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::json;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_gitops::tracking::Tracking;
use sluice_live::As;
use tokio::time::Instant;

use crate::rig::Rig;

const OBJECTS: usize = 3_000;

pub(crate) async fn thousands(rig: Rig) -> Result<()> {
    let maps: Vec<_> =
        (0..OBJECTS).map(|number| rig.config_map(&format!("map-{number}"), &json!({"key": "value"}))).collect();
    let made = stream::iter(&maps).map(|map| rig.apply_as(map, "sluice-gitops")).buffer_unordered(16);
    made.try_for_each(|_| async { Ok(()) }).await?;

    // Nobody's: nothing is kept of them.
    let before = resident()?;
    let (stranger, _) = rig.anew(|settings| settings.tracking = Tracking::Label("nobody".to_owned()));
    stranger.want(rig.app(), [rig.config_map("none", &json!({})).key()].into());
    rig.view_of(&stranger).await?;
    ensure!(stranger.size() == (0, 0), "{:?}", stranger.size());
    let listed = resident()?;

    let (live, asked) = rig.anew(|_| ());
    let began = Instant::now();
    live.want(rig.app(), maps.iter().map(sluice_gitops::Object::key).collect());
    let seen = rig.view_of(&live).await?;
    let took = began.elapsed();
    ensure!(seen.tracked.len() == OBJECTS && seen.named.len() == OBJECTS);
    drop(seen);
    let (count, bytes) = live.size();
    let kept = resident()?;
    eprintln!(
        "{OBJECTS} ConfigMaps: {} KiB resident while nobody's were listed, {} KiB while all were kept, of these {} bytes of text \
         each; {took:?} until they were seen, {} pages",
        listed.saturating_sub(before),
        kept.saturating_sub(listed),
        bytes / count.max(1),
        asked.count(&["/api/v1/configmaps?limit"]),
    );
    ensure!(bytes / count.max(1) < 1_000, "{bytes} bytes of {count}");

    let began = Instant::now();
    let seen = rig.view_of(&live).await?;
    let looked = began.elapsed();
    let began = Instant::now();
    let same = stream::iter(&maps).map(|map| {
        let (live, there) = (&live, &seen.named[&map.key()]);
        async move { live.tried(map, there, &[], Manner::default(), &As::Itself).await.0 == Tried::Same }
    });
    ensure!(same.buffer_unordered(16).all(|same| async move { same }).await);
    eprintln!("{OBJECTS} dry runs in {:?}, one look at all of them in {looked:?}", began.elapsed());
    let before = asked.count(&[""]);
    let began = Instant::now();
    for map in &maps {
        live.tried(map, &seen.named[&map.key()], &[], Manner::default(), &As::Itself).await;
    }
    eprintln!("compared again in {:?}", began.elapsed());
    ensure!(asked.count(&["dryRun"]) == OBJECTS && asked.count(&[""]) - before < 5, "{}", asked.count(&["dryRun"]));
    Ok(())
}

/// Of this process, in KiB. The tests beside it are in it, too: it is printed, and nothing hangs on it.
fn resident() -> Result<usize> {
    let status = fs::read_to_string("/proc/self/status").context("read the process's status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("find VmRSS")?;
    line.trim().trim_end_matches(" kB").parse().context("read VmRSS")
}
