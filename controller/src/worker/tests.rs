#![allow(clippy::unwrap_used, clippy::panic)]
use std::sync::Mutex;

use jiff::SignedDuration;
use tokio::time::sleep;

use super::*;
use crate::testing::{context, nothing};

/// What happened in a story, in order.
type Told = Arc<Mutex<Vec<String>>>;

#[derive(Debug, thiserror::Error)]
#[error("no")]
struct No;

/// Runs a loop over Rollouts for an hour of paused time; each pass is told, then does what its name says.
async fn play(ctx: &Arc<Context>, threads: u16, keys: &[&str]) -> Told {
    let told = Told::default();
    for key in keys {
        ctx.queues.rollouts.add(Key::new("ns", *key));
    }
    let (order, stop) = watch::channel(false);
    let pass = {
        let told = told.clone();
        move |ctx: Arc<Context>, key: Key| {
            let told = told.clone();
            async move {
                told.lock().unwrap().push(key.name.clone());
                match key.name.as_str() {
                    "panics" => panic!("a mistake"),
                    "fails" => Err(No),
                    "hangs" => std::future::pending().await,
                    "slow" => {
                        sleep(Duration::from_secs(2)).await;
                        told.lock().unwrap().push("slow ended".to_owned());
                        Ok(Next::OnChange)
                    }
                    "once more" if told.lock().unwrap().len() == 1 => {
                        Ok(Next::At(ctx.clock.now() + SignedDuration::from_mins(5)))
                    }
                    _ => Ok(Next::OnChange),
                }
            }
        }
    };
    let one = Loop { threads, ..Loop::rollouts(ctx) };
    let runs = tokio::spawn(one.run(ctx.clone(), pass, stop));
    sleep(Duration::from_secs(1)).await;
    if !keys.contains(&"slow") {
        sleep(Duration::from_hours(1)).await;
    }
    order.send_replace(true);
    runs.await.unwrap();
    told
}

fn count(told: &Told, name: &str) -> usize {
    told.lock().unwrap().iter().filter(|one| *one == name).count()
}

#[tokio::test(start_paused = true)]
async fn a_panic_waits_like_a_failure_and_harms_no_other() {
    let (ctx, ..) = context(nothing);
    let told = play(&ctx, 1, &["panics", "fine", "fails"]).await;
    assert_eq!(count(&told, "fine"), 1);
    assert!(count(&told, "panics") > 100 && count(&told, "fails") > 100);
    assert!(!ctx.metrics.page().contains("sluice_panics_total{loop=\"rollout\"} 0"));
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_gets_no_answer_is_tried_again_and_does_not_block_the_others() {
    let (ctx, ..) = context(nothing);
    let told = play(&ctx, 1, &["hangs", "fine"]).await;
    assert_eq!(count(&told, "fine"), 1);
    assert!((30..=60).contains(&count(&told, "hangs")), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn however_the_clock_is_set_no_pass_is_late_by_more_than_a_minute() {
    for ahead in [3600, 0, -3600] {
        let (ctx, ..) = context(nothing);
        let key = Key::new("ns", "shop");
        Loop::rollouts(&ctx).went_well(&ctx, &key, Next::At(ctx.clock.now() + SignedDuration::from_hours(1)));
        ctx.clock.set_ahead(ahead);
        let next = timeout(Duration::from_mins(1), ctx.queues.rollouts.next()).await;
        assert_eq!(next.ok(), Some(key), "{ahead}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pass_says_when_the_next_one_is() {
    let (ctx, ..) = context(nothing);
    let told = play(&ctx, 1, &["once more"]).await;
    assert_eq!(count(&told, "once more"), 2);
}

#[tokio::test(start_paused = true)]
async fn passes_under_way_end_before_the_process_does() {
    let (ctx, ..) = context(nothing);
    let told = play(&ctx, 2, &["slow"]).await;
    assert_eq!(*told.lock().unwrap(), ["slow", "slow ended"]);
}

#[tokio::test(start_paused = true)]
async fn a_pass_waits_until_the_cache_shows_its_last_write() {
    let (ctx, ..) = context(nothing);
    let id = ObjectId { kind: Kind::Rollout, key: Key::new("ns", "fine") };
    ctx.expectations().wrote(&id, Kind::ReplicaSet, "7", Instant::now());
    let shown = tokio::spawn({
        let ctx = ctx.clone();
        async move {
            sleep(Duration::from_millis(500)).await;
            assert_eq!(ctx.expectations().seen(Kind::ReplicaSet, "7"), [id]);
        }
    });
    let told = play(&ctx, 1, &["fine", "slow"]).await;
    shown.await.unwrap();
    assert_eq!(
        *told.lock().unwrap(),
        ["slow", "slow ended"],
        "and its next turn comes at the watch's wake, or after ten seconds"
    );
}

#[tokio::test(start_paused = true)]
async fn a_write_that_no_watch_shows_does_not_block_for_ever() {
    let (ctx, ..) = context(nothing);
    let id = ObjectId { kind: Kind::Rollout, key: Key::new("ns", "fine") };
    ctx.expectations().wrote(&id, Kind::Service, "7", Instant::now());
    let told = play(&ctx, 1, &["fine"]).await;
    assert_eq!(count(&told, "fine"), 1);
    assert!(ctx.metrics.page().contains("sluice_stale_caches_total{kind=\"Service\"} 1"));
}
