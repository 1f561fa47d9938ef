use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response, StatusCode};
use serde_json::json;
use sluice_analysis::provider::Http;
use sluice_gitops::application::revert::{Manner, Reads, Revert};
use sluice_notify::Id;
use sluice_notify::config::{Config, Notice, Subject};
use sluice_notify::send::{Clients, Delivery, Failure, SendError, send};
use tokio::time::{Instant, sleep};

use super::*;
use crate::key::{Key, Kind, ObjectId};
use crate::sources::{Hands, Taken, none};
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

/// What people were told and git servers were sent.
type Outside = Arc<Mutex<Vec<&'static str>>>;

/// A process of an election that it wins, and what leaves it.
async fn leader() -> (Process, Outside) {
    let (mut around, _) = surroundings(|asked| match (asked.0.as_str(), asked.1.contains("/leases")) {
        ("POST", true) => (StatusCode::CREATED, json!({"metadata": {"resourceVersion": "1"}})),
        (_, true) => crate::testing::nothing(asked),
        _ => empty(asked),
    });
    let outside = Outside::default();
    let (heard, pushed) = (outside.clone(), outside.clone());
    around.notify = Clients::over(Http::new(tower::service_fn(move |_: Request<Bytes>| {
        heard.lock().unwrap().push("notice");
        std::future::ready(Ok::<_, tower::BoxError>(reqwest::Response::from(Response::new(""))))
    })));
    let take_back: crate::sources::TakeBack = Arc::new(move |_| {
        let pushed = pushed.clone();
        async move {
            // It fetches first.
            sleep(Duration::from_secs(1)).await;
            pushed.lock().unwrap().push("push");
            Ok(())
        }
        .boxed()
    });
    around.sources = Hands { take_back, ..none() };
    let times = Times::new(Duration::from_secs(15), Duration::from_secs(10), Duration::from_secs(2));
    let process = Process::start(around, Options::default(), times.ok());
    sleep(Duration::from_secs(1)).await;
    (process, outside)
}

async fn tell(ctx: &Context) -> Result<(), SendError> {
    let data = BTreeMap::from([("service.webhook".to_owned(), "url: http://hook.test/".to_owned())]);
    let config = Config::read(Subject::Rollout, &data, &BTreeMap::new()).0;
    let (id, notice) = (Id::of(&["one"]), Notice { message: "aborted".to_owned(), ..Notice::default() });
    let delivery = Delivery { id: &id, recipient: "", notice: &notice, at: ctx.clock.now(), before: None };
    send(&ctx.notify, &config.services["webhook"], &delivery).await.map(drop)
}

fn revert(ctx: &Context, commit: &str) -> Taken {
    let revert = Revert {
        repository: format!("https://git/{commit}"),
        revision: "main".to_owned(),
        commit: commit.to_owned(),
        before: None,
        reads: Reads::default(),
        manner: Manner::Push,
        why: "bad".to_owned(),
    };
    ctx.gitops.reverts.look(&Key::new("ns", "shop"), &revert, "team", &Arc::default())
}

#[tokio::test(start_paused = true)]
async fn a_deposed_leader_tells_nobody_and_pushes_nothing_not_even_what_it_has_begun() {
    let (process, outside) = leader().await;
    let ctx = process.context();
    tell(ctx).await.unwrap();
    revert(ctx, "r1");
    sleep(Duration::from_secs(2)).await;
    assert_eq!((revert(ctx, "r1"), outside.lock().unwrap().as_slice()), (Taken::Done, &["notice", "push"][..]));
    revert(ctx, "r2");
    sleep(Duration::from_millis(500)).await;
    // The machine was suspended: another one leads.
    ctx.clock.set_ahead(60);
    assert_eq!(tell(ctx).await.unwrap_err().kind, Failure::Withheld);
    sleep(Duration::from_secs(1)).await;
    let Taken::Failed { why, .. } = revert(ctx, "r2") else { panic!("nothing was said of it") };
    assert!(why.text.contains("does not lead"), "{why}");
    assert_eq!(outside.lock().unwrap().as_slice(), ["notice", "push"]);
    process.kill();
}
