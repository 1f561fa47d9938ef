use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::*;
use crate::key::{Key, Kind, ObjectId};
use crate::testing::{Asked, Log, empty, is_watch, surroundings};

/// A process in an empty cluster whose watches are silent, once its caches are filled.
async fn process() -> (Process, Log) {
    let (surroundings, log) = surroundings(empty);
    let process = Process::start(surroundings, Options::default(), None);
    sleep(Duration::from_secs(1)).await;
    assert!(process.context().caches.is_settled());
    (process, log)
}

fn of_replica_sets(asked: &[Asked]) -> (usize, usize) {
    let (watches, lists): (Vec<_>, Vec<_>) = asked
        .iter()
        .filter(|(_, path, _)| path.starts_with("/apis/apps/v1/replicasets"))
        .partition(|one| is_watch(one));
    (lists.len(), watches.len())
}

#[tokio::test(start_paused = true)]
async fn a_killed_process_leaves_nothing_that_runs_or_asks() {
    let (process, log) = process().await;
    let ctx = process.context().clone();
    assert!(!log.take().is_empty());
    process.kill();
    ctx.caches.distrust(Kind::ReplicaSet);
    ctx.queues.rollouts.add(Key::new("ns", "shop"));
    drop(process);
    sleep(Duration::from_hours(1)).await;
    assert_eq!(log.take(), []);
    assert_eq!(Arc::strong_count(&ctx), 1, "no task has it any more");
}

#[tokio::test(start_paused = true)]
async fn one_process_begins_where_another_was_killed() {
    let (first, _) = process().await;
    let (second, log) = process().await;
    first.kill();
    log.take();
    sleep(Duration::from_mins(5)).await;
    assert!(log.take().iter().all(is_watch), "the second one goes on in a settled world");
    second.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stopped_process_leaves_nothing_behind() {
    let (process, log) = process().await;
    let ctx = process.context().clone();
    let began = Instant::now();
    process.stop().await;
    assert!(began.elapsed() <= Duration::from_secs(5));
    log.take();
    sleep(Duration::from_hours(1)).await;
    assert_eq!(log.take(), []);
    assert_eq!(Arc::strong_count(&ctx), 1);
}

#[tokio::test(start_paused = true)]
async fn a_silent_watch_is_noticed_by_our_own_write() {
    let (process, log) = process().await;
    let ctx = process.context();
    assert_eq!(of_replica_sets(&log.take()), (1, 1));
    let shop = ObjectId { kind: Kind::Rollout, key: Key::new("ns", "shop") };
    ctx.expectations().wrote(&shop, Kind::ReplicaSet, "7", Instant::now());
    ctx.queues.rollouts.add(shop.key.clone());
    sleep(Duration::from_secs(11)).await;
    assert_eq!(of_replica_sets(&log.take()), (1, 1), "listed and watched anew");
}

/// kube's watcher does this, by the time after which the API server would have ended the watch.
#[tokio::test(start_paused = true)]
async fn a_silent_watch_is_asked_anew_within_five_minutes_though_nothing_was_written() {
    let (process, log) = process().await;
    log.take();
    sleep(Duration::from_mins(5)).await;
    assert_eq!(of_replica_sets(&log.take()), (0, 1));
    process.kill();
}

#[tokio::test(start_paused = true)]
async fn the_events_of_a_killed_process_are_not_written() {
    let (process, log) = process().await;
    let ctx = process.context().clone();
    process.kill();
    let rollout: Result<sluice_crds::Rollout, _> =
        serde_json::from_value(json!({"metadata": {"name": "shop", "namespace": "ns", "uid": "1"}, "spec": {}}));
    ctx.events.normal(&rollout.unwrap_or_else(|error| unreachable!("{error}")), "RolloutPaused", "Rollout is paused");
    sleep(Duration::from_mins(1)).await;
    assert_eq!(log.events(), []);
}
