//! Who is told what of a release, with the whole controller, and with processes that die.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::format_collect,
    clippy::needless_pass_by_value
)]

use std::time::Duration;

use expect_test::{Expect, expect};
use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::process::Process;
use sluice_world::actors::Settings;
use sluice_world::actors::slack::{CHANNEL, Posted, Trouble};
use sluice_world::api::{Store, Sub, catalog};
use sluice_world::cluster::{self, Cluster};
use sluice_world::rng::Rng;
use sluice_world::scenario::{Deed, NAME, NAMESPACE, Scenario, pause, weight};

struct World {
    cluster: Cluster,
    process: Option<Process>,
}

/// A Rollout whose first version is out, and people in Slack who hear of what follows.
async fn given() -> World {
    let clock = Clock::starting_at(cluster::beginning());
    let cluster = Cluster::start(Store::new(clock.clone()), clock, Rng(1), Settings::default());
    let mut world = World { cluster, process: None };
    world.start();
    let scenario = Scenario::canary("", 2, [weight(50), pause(), weight(80)]);
    for object in [cluster::namespace()].iter().chain(&scenario.around).chain([&scenario.rollout]) {
        world.cluster.create(object, "kubectl").unwrap();
    }
    world.configure("service.slack", "token: $slack-token");
    // So long that nobody takes it for new.
    world.sleep(900).await;
    let subscribed = json!({"metadata": {"annotations": {"notifications.argoproj.io/subscribe.slack": CHANNEL}}});
    world.merge(&subscribed, Sub::Object);
    world.sleep(60).await;
    world
}

impl World {
    fn start(&mut self) {
        let client = Client::new(self.cluster.store.service("sluice"), NAMESPACE);
        let surroundings = self.cluster.surroundings(client, "sluice".to_owned());
        self.process = Some(Process::start(surroundings, cluster::options(), None));
    }

    /// Kills the process, and starts another one.
    fn restart(&mut self) {
        self.process.take().unwrap().kill();
        self.start();
    }

    fn configure(&self, key: &str, text: &str) {
        let name = |name: &str| json!({"name": name, "namespace": NAMESPACE});
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": name("argo-rollouts-notification-configmap"), "data": {key: text}});
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": name("argo-rollouts-notification-secret"), "data": {"slack-token": "eG94Yi0xMjM0NTY3ODk="}});
        for object in [map, secret] {
            self.cluster.create(&object, "kubectl").unwrap();
        }
    }

    fn merge(&self, patch: &Value, sub: Sub) {
        self.cluster.store.merge(&catalog::ROLLOUT, NAMESPACE, NAME, sub, patch, "kubectl").unwrap();
    }

    fn does(&self, deed: &Deed) {
        let rollout = self.cluster.store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap();
        deed.order(&rollout).iter().for_each(|patch| self.merge(patch, Sub::Status));
        deed.edit(&rollout).iter().for_each(|patch| self.merge(patch, Sub::Object));
    }

    async fn sleep(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// What people read: the first message of each thread, with its replies below it.
    fn read(&self) -> String {
        let messages = self.cluster.actors.slack().messages();
        let line = |one: &Posted| {
            let shown = if one.broadcast { " (to the channel)" } else { "" };
            format!("{}{shown}\n", one.text())
        };
        let threads = messages.iter().filter(|one| one.thread.is_none());
        let whole = threads.map(|top| {
            let replies = messages.iter().filter(|one| one.thread.as_ref() == Some(&top.ts));
            let replies: String = replies.map(|one| format!("  {}", line(one))).collect();
            line(top) + &replies
        });
        whole.collect()
    }

    /// No message is there twice.
    fn once(&self) {
        let messages = self.cluster.actors.slack().messages();
        let mut ids: Vec<&str> = messages.iter().map(Posted::id).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "{}", self.read());
    }
}

fn check(world: &World, expected: Expect) {
    world.once();
    expected.assert_eq(&world.read());
}

#[tokio::test(start_paused = true)]
async fn a_release_is_one_thread_whose_first_message_is_edited() {
    let world = given().await;
    assert_eq!(world.read(), "", "what was before the subscription is past");
    world.does(&Deed::Image("v2"));
    world.sleep(60).await;
    let held = world.read();
    world.does(&Deed::Promote);
    world.sleep(120).await;
    check(
        &world,
        expect![[r#"
        web is rolled out in shop
          web in shop: step 1 of 3 done: setWeight 50
          web in shop: waits
          web in shop: step 2 of 3 done: pause
          web in shop: step 3 of 3 done: setWeight 80
          web in shop: all users have the new version
    "#]],
    );
    expect![[r#"
        web is held and needs you in shop, 50 %
          web in shop: step 1 of 3 done: setWeight 50
          web in shop: waits
    "#]]
    .assert_eq(&held);
    let top = &world.cluster.actors.slack().messages()[0];
    assert!((1..=8).contains(&top.edits), "{} edits", top.edits);
    world.sleep(3600).await;
    assert_eq!(world.cluster.actors.slack().messages()[0].edits, top.edits, "a release that is over is left alone");
}

#[tokio::test(start_paused = true)]
async fn an_abort_is_shown_in_the_channel_too() {
    let world = given().await;
    world.does(&Deed::Image("v2"));
    world.sleep(60).await;
    world.does(&Deed::Abort);
    world.sleep(60).await;
    check(
        &world,
        expect![[r#"
        web was aborted in shop, 0 %
          web in shop: step 1 of 3 done: setWeight 50
          web in shop: waits
          web in shop: aborted, users go back to the version before (to the channel)
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn whenever_the_process_dies_everything_is_told_once() {
    let mut whole = None;
    for seconds in (0..39).step_by(3) {
        let mut world = given().await;
        world.does(&Deed::Image("v2"));
        world.sleep(seconds).await;
        world.restart();
        world.sleep(60).await;
        world.does(&Deed::Promote);
        world.sleep(seconds).await;
        world.restart();
        world.sleep(120).await;
        world.once();
        assert_eq!(*whole.get_or_insert(world.read()), world.read(), "died after {seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn what_slack_does_not_take_waits_and_comes_in_its_order() {
    let mut told = Vec::new();
    for trouble in [Trouble::Limited(30), Trouble::Unreachable] {
        let mut world = given().await;
        world.does(&Deed::Image("v2"));
        world.sleep(5).await;
        world.cluster.actors.slack().trouble(Some(trouble));
        world.sleep(60).await;
        world.does(&Deed::Promote);
        world.sleep(60).await;
        // What is owed is known to the next process too.
        world.restart();
        world.sleep(60).await;
        world.cluster.actors.slack().trouble(None);
        world.sleep(400).await;
        world.once();
        told.push(world.read());
    }
    assert_eq!(told[0], told[1]);
    expect![[r#"
        web is rolled out in shop
          web in shop: step 1 of 3 done: setWeight 50
          web in shop: waits
          web in shop: step 2 of 3 done: pause
          web in shop: step 3 of 3 done: setWeight 80
          web in shop: all users have the new version
    "#]]
    .assert_eq(&told[0]);
}

#[tokio::test(start_paused = true)]
async fn a_thread_says_how_its_release_ended_though_the_next_one_has_begun() {
    let world = given().await;
    world.does(&Deed::Image("v2"));
    world.sleep(60).await;
    world.does(&Deed::Promote);
    // The moment after the end, in which the first message must not be edited yet.
    while !world.read().contains("all users have the new version") {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.does(&Deed::Image("v3"));
    world.sleep(60).await;
    // This one never ends: the next takes its place.
    world.does(&Deed::Image("v4"));
    world.sleep(60).await;
    check(
        &world,
        expect![[r#"
        web is rolled out in shop
          web in shop: step 1 of 3 done: setWeight 50
          web in shop: waits
          web in shop: step 2 of 3 done: pause
          web in shop: step 3 of 3 done: setWeight 80
          web in shop: all users have the new version
        web was superseded by a newer version in shop
          web in shop: step 1 of 3 done: setWeight 50
          web in shop: waits
        web is held and needs you in shop, 50 %
          web in shop: step 1 of 3 done: setWeight 50
          web in shop: waits
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn what_slack_does_not_take_comes_in_the_thread_of_its_release() {
    let mut world = given().await;
    world.does(&Deed::Image("v2"));
    world.sleep(60).await;
    world.cluster.actors.slack().trouble(Some(Trouble::Limited(30)));
    world.does(&Deed::Promote);
    world.sleep(120).await;
    world.does(&Deed::Image("v3"));
    world.sleep(60).await;
    world.restart();
    world.sleep(60).await;
    world.cluster.actors.slack().trouble(None);
    world.sleep(400).await;
    check(
        &world,
        expect![[r#"
        web is rolled out in shop
          web in shop: step 1 of 3 done: setWeight 50
          web in shop: waits
          web in shop: step 2 of 3 done: pause
          web in shop: step 3 of 3 done: setWeight 80
          web in shop: all users have the new version
        web is held and needs you in shop, 50 %
          web in shop: step 1 of 3 done: setWeight 50
          web in shop: waits
    "#]],
    );
    let note = world.cluster.store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap();
    let note = note["metadata"]["annotations"]["sluice/notices"].as_str().unwrap();
    assert!(!note.contains("\"left\""), "nothing waits any more: {note}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_no_second_message() {
    for restarts in [true, false] {
        let mut world = given().await;
        world.cluster.actors.slack().trouble(Some(Trouble::AnswerLost));
        world.does(&Deed::Image("v2"));
        world.sleep(1).await;
        if restarts {
            world.restart();
        }
        world.cluster.actors.slack().trouble(None);
        world.sleep(60).await;
        world.once();
        assert!(world.read().contains("step 1 of 3 done"), "{}", world.read());
    }
}
