//! How long users were on a version after it was found to be bad is timed.

use super::*;
use crate::caches::PolicyMap;

/// How many answers were timed.
fn timed(story: &Story) -> String {
    let page = story.ctx.metrics.page();
    let count = page.lines().find_map(|line| line.strip_prefix("sluice_breach_to_zero_seconds_count "));
    count.unwrap().to_owned()
}

/// A new version goes out by that strategy, and comes as far as it does with an analysis that goes on.
async fn released(strategy: Value) -> Story {
    let mut story = Story::new(strategy);
    let metric = json!({"name": "errors", "provider": {"prometheus": {"address": "http://prometheus", "query": "q"}}});
    story.put(&format!("{TEMPLATES}/errors"), json!({"spec": {"metrics": [metric]}}));
    story.passes(50).await;
    let image = json!([{"name": "web", "image": "web:2"}]);
    let edit = json!({"metadata": {"generation": 2}, "spec": {"template": {"spec": {"containers": image}}}});
    story.edit(&format!("{ROLLOUTS}/web"), edit);
    story.passes(50).await;
    story
}

/// Its one analysis is found to have failed.
fn fails(story: &mut Story) {
    story.ctx.breaches.broke(&key(), story.ctx.clock.now());
    edit_run(story, json!({"phase": "Failed", "message": "bad"}));
}

fn edit_run(story: &mut Story, status: Value) {
    let run = story.list(RUNS).remove(0);
    let run = format!("{RUNS}/{}", run["metadata"]["name"].as_str().unwrap());
    story.edit(&run, json!({"status": status}));
}

/// The same, while it has users.
async fn found_bad(strategy: Value) -> Story {
    let mut story = Box::pin(released(strategy)).await;
    fails(&mut story);
    assert_eq!(timed(&story), "0");
    story.passes(50).await;
    assert_eq!(story.status("/phase"), "Degraded");
    story
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_timed_until_it_has_no_weight() {
    let step = json!({"analysis": {"templates": [{"templateName": "errors"}]}});
    let story = found_bad(canary(&json!([{"setWeight": 20}, step]))).await;
    assert_eq!(timed(&story), "1");
}

#[tokio::test(start_paused = true)]
async fn blue_green_is_timed_until_the_active_service_is_switched_back() {
    let judged = json!({"templates": [{"templateName": "errors"}]});
    let strategy = json!({"blueGreen": {"activeService": "web-stable", "postPromotionAnalysis": judged}});
    let story = found_bad(strategy).await;
    assert_eq!(timed(&story), "1");
}

#[tokio::test(start_paused = true)]
async fn a_version_that_never_had_users_is_not_timed() {
    let judged = json!({"templates": [{"templateName": "errors"}]});
    let strategy = json!({"blueGreen": {"activeService": "web-stable", "prePromotionAnalysis": judged}});
    let story = found_bad(strategy).await;
    assert_eq!(timed(&story), "0");
    assert!(story.ctx.breaches.answered(&key()).is_none(), "nor is the next one by this one's clock");
}

/// One that failed at the last moment of a release was heard by nobody.
#[tokio::test(start_paused = true)]
async fn a_version_that_stays_is_not_timed_until_the_next_one_is_taken_back() {
    let background = json!({"templates": [{"templateName": "errors"}]});
    let mut strategy = canary(&json!([{"setWeight": 20}]));
    strategy["canary"]["analysis"] = background;
    let mut story = released(strategy).await;
    let result = json!({"name": "errors", "phase": "Running", "count": 1, "successful": 1});
    edit_run(&mut story, json!({"phase": "Running", "metricResults": [result], "runSummary": {"count": 1}}));
    story.passes(50).await;
    assert_eq!(story.status("/phase"), "Healthy");
    fails(&mut story);
    story.passes(50).await;
    assert_eq!((story.status("/phase"), timed(&story)), (json!("Healthy"), "0".to_owned()));
    assert!(story.ctx.breaches.answered(&key()).is_none());
}

#[tokio::test(start_paused = true)]
async fn another_rollout_of_that_name_is_not_timed_by_the_clock_of_one_that_is_gone() {
    let mut story = released(canary(&json!([{"setWeight": 20}]))).await;
    story.ctx.breaches.broke(&key(), story.ctx.clock.now());
    story.store.lock().unwrap().objects.remove(&format!("{ROLLOUTS}/web"));
    story.passes(5).await;
    assert!(story.ctx.breaches.answered(&key()).is_none());
}

/// With the template gone the spec is not valid, and yet nothing of it is needed to go back.
#[tokio::test(start_paused = true)]
async fn a_bad_version_goes_back_though_the_template_that_found_it_is_gone() {
    let step = json!({"analysis": {"templates": [{"templateName": "errors"}]}});
    let mut story = released(canary(&json!([{"setWeight": 20}, step]))).await;
    story.store.lock().unwrap().objects.remove(&format!("{TEMPLATES}/errors"));
    story.passes(5).await;
    assert_eq!(story.status("/phase"), "Degraded", "nobody has judged it yet: {}", story.status("/message"));
    assert_eq!(story.status("/abort"), json!(null));
    edit_run(&mut story, json!({"phase": "Failed", "message": "bad"}));
    story.passes(50).await;
    assert_eq!(story.status("/abort"), json!(true));
    assert_eq!(story.status("/canary/weights/canary/weight"), json!(0));
}

/// A target of a policy that is switched off by an empty list holds no step: there is nothing to measure.
#[tokio::test(start_paused = true)]
async fn a_policy_without_triggers_for_a_rollout_leaves_it_alone() {
    let mut story = Story::new(canary(&json!([{"setWeight": 20}, {"setWeight": 60}])));
    let policy = "triggers: [{type: health_check_failure, threshold: 3, duration: 5m}]\nrollback_targets: {shop: {triggers: []}}";
    let policy = json!({"metadata": {"name": "rollback-config", "namespace": "shop", "uid": "p", "resourceVersion": "1"},
                        "data": {"rollback-policy.yaml": policy}});
    let policy: PolicyMap = serde_json::from_value(policy).unwrap();
    story.ctx.policies_good.remember(&policy);
    story.writers.policies.apply_watcher_event(&Event::Apply(policy));
    story.passes(50).await;
    let image = json!([{"name": "web", "image": "web:2"}]);
    let edit = json!({"metadata": {"generation": 2}, "spec": {"template": {"spec": {"containers": image}}}});
    story.edit(&format!("{ROLLOUTS}/web"), edit);
    story.passes(50).await;
    assert_eq!(story.status("/phase"), "Healthy", "{}", story.status("/message"));
    assert_eq!(story.list(RUNS), Vec::<Value>::new());
}
