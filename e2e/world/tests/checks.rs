//! What is looked at after a rollback by policy, by a Job, with the whole controller: whoever is told to page is told how it ended.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::time::Duration;

use expect_test::{Expect, expect};
use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_controller::process::Process;
use sluice_world::actors::Settings;
use sluice_world::actors::prometheus::{Answer, always};
use sluice_world::actors::slack::Posted;
use sluice_world::api::{Store, Sub, catalog};
use sluice_world::cluster::{self, Cluster};
use sluice_world::rng::Rng;
use sluice_world::scenario::{Deed, NAME, NAMESPACE, Scenario, WATCHED, weight};

struct World {
    cluster: Cluster,
    process: Option<Process>,
}

/// A version that was promoted, and fails its users from now on; what is looked at once it was taken back is that check.
async fn went_bad(check: &str) -> World {
    let clock = Clock::starting_at(cluster::beginning());
    let cluster = Cluster::start(Store::new(clock.clone()), clock, Rng(1), Settings::default());
    let mut world = World { cluster, process: None };
    world.start();
    let scenario = Scenario::canary("", 2, [weight(50)]).guarded("10m", "immediate").told();
    let checked =
        |object: &Value| serde_json::from_str::<Value>(&object.to_string().replace("health_check", check)).unwrap();
    let around: Vec<Value> = scenario.around.iter().map(checked).collect();
    for object in [cluster::namespace(), smoke()].iter().chain(&around).chain([&scenario.rollout]) {
        world.cluster.create(object, "kubectl").unwrap();
    }
    world.fails(0.01);
    world.sleep(900).await;
    let image = Deed::Image("v2").edit(&world.rollout()).unwrap();
    world.cluster.store.merge(&catalog::ROLLOUT, NAMESPACE, NAME, Sub::Object, &image, "kubectl").unwrap();
    world.sleep(120).await;
    assert_eq!(world.rollout()["status"]["phase"], "Healthy");
    world.fails(0.2);
    world.sleep(20).await;
    world
}

/// A Job that tries what users do.
fn smoke() -> Value {
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "it", "image": "smoke"}]});
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate",
        "metadata": {"name": "smoke", "namespace": NAMESPACE},
        "spec": {"metrics": [{"name": "smoke_test", "provider": {"job": {"spec": {"backoffLimit": 0, "template": {"spec": pod}}}}}]},
    })
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

    /// What share of the requests to the new version fails from now on.
    fn fails(&self, share: f64) {
        let both = Answer::Arms(vec![("canary value", share), ("stable value", 0.01)]);
        self.cluster.actors.prometheus().set(WATCHED, always(both));
    }

    async fn sleep(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    fn rollout(&self) -> Value {
        (*self.cluster.store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap()).clone()
    }

    /// The Jobs that were made, by name.
    fn jobs(&self) -> Vec<String> {
        let jobs = self.cluster.store.list(&catalog::JOB, NAMESPACE);
        jobs.iter().map(|job| job["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The one Job ends.
    fn ends(&self, condition: &Value) {
        let jobs = self.jobs();
        let [name] = jobs.as_slice() else { panic!("{jobs:?}") };
        let status = json!({"status": {"conditions": [condition]}});
        self.cluster.store.merge(&catalog::JOB, NAMESPACE, name, Sub::Status, &status, "job-controller").unwrap();
    }

    /// What the policy says, warnings of it, and what people read in the channel itself.
    fn told(&self) -> String {
        let rollout = self.rollout();
        let conditions = rollout["status"]["conditions"].as_array().unwrap();
        let word = conditions.iter().find(|one| one["type"] == "RollbackPolicy");
        let word =
            word.map(|one| format!("{} {}: {}\n", text(one, "status"), text(one, "reason"), text(one, "message")));
        let events = self.cluster.store.list(&catalog::EVENT, NAMESPACE);
        let ours = events.iter().filter(|one| text(one, "reason").starts_with("Rollback"));
        let events: Vec<String> =
            ours.map(|one| format!("event {} {}\n", text(one, "type"), text(one, "reason"))).collect();
        let messages = self.cluster.actors.slack().messages();
        let shown =
            messages.iter().filter(|one| one.broadcast).map(|one: &Posted| format!("channel: {}\n", one.text()));
        word.into_iter().chain(events).chain(shown).collect()
    }
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap()
}

fn check(world: &World, expected: &Expect) {
    expected.assert_eq(&world.told());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_finds_users_unwell_is_paged_for() {
    let mut world = went_bad("{template: smoke}").await;
    assert_eq!(world.rollout()["status"]["phase"], "Degraded");
    check(
        &world,
        &expect![[r#"
            True RollbackChecking: analysis web-ffb6cf565-2-checks looks whether users are well again
            channel: web in shop: rolled back: the version went bad after all users had it
        "#]],
    );
    world.restart();
    world.sleep(60).await;
    world.ends(&json!({"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "the basket is empty"}),
    );
    world.sleep(60).await;
    check(
        &world,
        &expect![[r#"
            False RollbackCheckFailed: users may not be well after the rollback: analysis web-ffb6cf565-2-checks Failed: metric "smoke_test" assessed Failed: 1 measurement failed (limit 0): the Job failed: BackoffLimitExceeded: the basket is empty
            event Warning RollbackCheckFailed
            channel: web in shop: rolled back: the version went bad after all users had it
            channel: web in shop: users may still not be well after the rollback
        "#]],
    );
    world.restart();
    world.sleep(3600).await;
    assert_eq!(world.jobs().len(), 1, "it is looked at once");
    check(
        &world,
        &expect![[r#"
            False RollbackCheckFailed: users may not be well after the rollback: analysis web-ffb6cf565-2-checks Failed: metric "smoke_test" assessed Failed: 1 measurement failed (limit 0): the Job failed: BackoffLimitExceeded: the basket is empty
            event Warning RollbackCheckFailed
            channel: web in shop: rolled back: the version went bad after all users had it
            channel: web in shop: users may still not be well after the rollback
        "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_job_that_finds_users_well_pages_nobody() {
    let world = went_bad("{template: smoke}").await;
    world.ends(&json!({"type": "Complete", "status": "True"}));
    world.sleep(60).await;
    check(
        &world,
        &expect![[r#"
            True RollbackChecked: users are well again, by analysis web-ffb6cf565-2-checks
            event Normal RollbackChecked
            channel: web in shop: rolled back: the version went bad after all users had it
        "#]],
    );
}

/// Nobody knows how users are: that is paged for too, and looked at as soon as it can be.
#[tokio::test(start_paused = true)]
async fn a_job_that_nobody_has_described_is_paged_for() {
    let mut world = went_bad("{template: basket}").await;
    world.sleep(60).await;
    world.restart();
    world.sleep(600).await;
    check(
        &world,
        &expect![[r#"
        False RollbackCheckFailed: users may not be well after the rollback: the checks cannot begin: validation_checks.templates[0]: there is no AnalysisTemplate basket
        event Warning RollbackCheckFailed
        channel: web in shop: rolled back: the version went bad after all users had it
        channel: web in shop: users may still not be well after the rollback
    "#]],
    );
    let mut basket = smoke();
    basket["metadata"]["name"] = json!("basket");
    world.cluster.create(&basket, "kubectl").unwrap();
    world.sleep(70).await;
    world.ends(&json!({"type": "Complete", "status": "True"}));
    world.sleep(60).await;
    check(
        &world,
        &expect![[r#"
        True RollbackChecked: users are well again, by analysis web-ffb6cf565-2-checks
        event Warning RollbackCheckFailed
        event Normal RollbackChecked
        channel: web in shop: rolled back: the version went bad after all users had it
        channel: web in shop: users may still not be well after the rollback
    "#]],
    );
}
