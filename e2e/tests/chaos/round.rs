//! Seed after seed: trouble, calm, and what must be so then.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use sluice_e2e::chaos::{Tally, plan};
use sluice_e2e::harness::Scene;
use sluice_e2e::load::Sample;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::app::{App, BAD};
use crate::breaker;
use crate::person::{Person, Trouble};
use crate::stage::Stage;
use crate::totals::Totals;
use crate::wish::Wish;
use crate::witness::Witness;

/// What is written after a release is at its end, such as the last events, comes within that time.
const SETTLE: Duration = Duration::from_secs(10);
/// How long nothing must be written after the last seed; after the others a sixth of it.
const QUIET: Duration = Duration::from_mins(1);
/// How many failed requests a failure tells of.
const QUOTED: usize = 12;

/// Plays all seeds that are wished for.
pub(crate) async fn all(scene: Scene) -> Result<()> {
    let wish = Wish::read()?;
    let stage = Stage::set(scene).await?;
    let began = Instant::now();
    let witness = Witness::start(&stage);
    let mut people: Vec<_> = App::ALL.into_iter().map(Person::of).collect();
    let mut totals = Totals::default();
    let played = play(&stage, &witness, &mut people, &wish, &mut totals).await;
    totals.took = began.elapsed();
    totals.releases = people.iter().map(|person| person.releases).sum();
    let (broken, refused) = (totals.faults.total(), stage.proxy.faults());
    totals.faults.add(&refused);
    totals.looks = witness.looks();
    count(&stage, &mut totals);
    println!("{totals}");
    played?;
    // A run in which nothing was broken, sent or judged has shown nothing.
    ensure!(refused.total() > 0, "the proxy let every request through");
    ensure!(broken > 0, "no part of the cluster was broken");
    ensure!(totals.requests.requests > 0, "no request was sent");
    ensure!(totals.looks > 0, "no route was looked at");
    ensure!(totals.releases > 0, "no release came to its end");
    Ok(())
}

async fn play(
    stage: &Arc<Stage>,
    witness: &Witness,
    people: &mut [Person],
    wish: &Wish,
    totals: &mut Totals,
) -> Result<()> {
    let began = Instant::now();
    for seed in wish.seeds.start.. {
        let last = seed + 1 >= wish.seeds.end && began.elapsed() >= wish.at_least.saturating_sub(QUIET);
        totals.seeds.push(seed);
        let played = one(stage, witness, people, seed, &mut totals.faults).await;
        played.with_context(|| format!("seed {seed} (SLUICE_CHAOS_SEEDS={seed} makes the same trouble again)"))?;
        quiet(stage, if last { QUIET } else { QUIET / 6 }).await.with_context(|| format!("after seed {seed}"))?;
        if last {
            break;
        }
    }
    Ok(())
}

/// Plays one seed.
async fn one(
    stage: &Arc<Stage>,
    witness: &Witness,
    people: &mut [Person],
    seed: u64,
    faults: &mut Tally,
) -> Result<()> {
    let (over, trouble) = watch::channel(None);
    let trouble = Trouble { seed, over: trouble };
    stage.say(&format!("seed {seed}"));
    stage.proxy.trouble(seed);
    let broken = Mutex::default();
    let releases = try_join_all(people.iter_mut().map(|person| person.play(stage, &trouble)));
    let breakages = async {
        breaker::carry_out(stage, &plan::of(seed), &broken).await?;
        stage.proxy.calm();
        stage.say("calm");
        over.send_replace(Some(Instant::now()));
        Ok(())
    };
    let played = tokio::try_join!(releases, breakages);
    faults.add(&broken.lock().unwrap_or_else(PoisonError::into_inner));
    // What failed on the way tells more than what came of it.
    witness.content()?;
    nothing_failed(stage)?;
    played?;
    stage.controller.lock().await.still_runs()
}

/// The controller writes nothing for that long.
async fn quiet(stage: &Stage, time: Duration) -> Result<()> {
    sleep(SETTLE).await;
    let before = stage.proxy.writes();
    sleep(time).await;
    let written = stage.proxy.writes() - before;
    ensure!(written == 0, "the controller wrote {written} times in {time:?} though there was nothing to do");
    nothing_failed(stage)
}

/// No request failed but by a bad version's own doing.
fn nothing_failed(stage: &Stage) -> Result<()> {
    let mut failed = Vec::new();
    for (app, load) in &stage.loads {
        let own = |sample: &&Sample| sample.failure.is_some() && !is_of_bad_version(sample);
        let describe = |sample: &Sample| {
            let at = sample.sent.duration_since(load.began()).as_secs_f64();
            let version = sample.version.as_deref().unwrap_or("nobody");
            format!("{} at {at:.2} s after {:?}, {version}: {:?}", app.name(), sample.took, sample.failure)
        };
        failed.extend(load.samples().iter().filter(own).map(describe));
    }
    let count = failed.len();
    failed.truncate(QUOTED);
    ensure!(count == 0, "{count} requests failed:\n{}", failed.join("\n"));
    Ok(())
}

fn is_of_bad_version(sample: &Sample) -> bool {
    sample.version.as_ref().is_some_and(|version| version.contains(BAD))
}

fn count(stage: &Stage, totals: &mut Totals) {
    for (_, load) in &stage.loads {
        for sample in load.samples() {
            let bad = u64::from(is_of_bad_version(&sample));
            let failed = u64::from(sample.failure.is_some());
            totals.requests.requests += 1;
            totals.requests.failed += failed * (1 - bad);
            totals.of_bad_versions += failed * bad;
        }
    }
}
