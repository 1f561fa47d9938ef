//! A leader whose caches are behind moves no Service that what it cannot see yet forbids.

use super::*;

/// A second version goes out by that strategy; its pods are there at once.
async fn released(strategy: &Value) -> Story {
    let mut story = Story::new(strategy.clone());
    Box::pin(story.passes(50)).await;
    let image = json!([{"name": "web", "image": "web:2"}]);
    let edit = json!({"metadata": {"generation": 2}, "spec": {"template": {"spec": {"containers": image}}}});
    story.edit(&format!("{ROLLOUTS}/web"), edit);
    story.transcript.clear();
    story
}

/// The story, shown as it is just before the pass that writes that.
async fn before(strategy: &Value, write: &str) -> Story {
    let mut ahead = released(strategy).await;
    let mut passes = 0;
    while !ahead.transcript.contains(write) {
        assert!(passes < 50, "nothing writes {write}:\n{}", ahead.transcript);
        Box::pin(ahead.passes(1)).await;
        passes += 1;
    }
    let mut story = released(strategy).await;
    for _ in 1..passes {
        Box::pin(story.passes(1)).await;
    }
    story.cluster();
    story.show();
    story.log.take();
    story
}

/// What the next pass writes, which is shown nothing new.
async fn next(story: &Story) -> String {
    let _ = Box::pin(reconcile(&story.ctx, &key())).await;
    let writes: Vec<String> = story.log.take().iter().filter(|(method, ..)| method != "GET").map(line).collect();
    writes.join("\n")
}

fn new_set(story: &Story) -> String {
    let set =
        story.list(SETS).into_iter().find(|set| set["metadata"]["annotations"]["rollout.argoproj.io/revision"] == "2");
    set.unwrap()["metadata"]["uid"].as_str().unwrap().to_owned()
}

/// Somebody gives the canary Service that weight.
fn share(story: &mut Story, canary: u32) {
    let entry = |name: &str, weight: u32| json!({"name": name, "port": 80, "weight": weight});
    let shared = json!([entry("web-canary", canary), entry("web-stable", 100 - canary)]);
    story.edit(&format!("{ROUTES}/web"), json!({"spec": {"weighted": {"services": shared}}}));
}

fn stepping(weight: u32) -> Value {
    canary(&json!([{"setWeight": weight}, {"pause": {}}]))
}

fn blue_green() -> Value {
    json!({"blueGreen": {"activeService": "web-stable"}})
}

#[tokio::test(start_paused = true)]
async fn users_do_not_get_a_version_whose_abort_was_not_seen_yet() {
    let mut story = before(&blue_green(), "PATCH services/web-stable").await;
    story.edit(&format!("{ROLLOUTS}/web"), json!({"status": {"abort": true}}));
    assert_eq!(next(&story).await, "");
    story.passes(1).await;
    assert!(!story.transcript.contains("services/web-stable"), "{}", story.transcript);
}

#[tokio::test(start_paused = true)]
async fn users_do_not_get_a_version_that_lost_pods_unseen() {
    let mut story = before(&blue_green(), "PATCH services/web-stable").await;
    let set = new_set(&story);
    story.edit(&set, json!({"status": {"readyReplicas": 1}}));
    assert_eq!(next(&story).await, "");
}

#[tokio::test(start_paused = true)]
async fn the_canary_service_does_not_move_under_traffic_that_was_not_seen_yet() {
    let mut story = before(&stepping(20), "PATCH services/web-canary").await;
    share(&mut story, 60);
    assert_eq!(next(&story).await, "");
}

#[tokio::test(start_paused = true)]
async fn stable_pods_do_not_go_while_they_have_traffic_that_was_not_seen_yet() {
    let mut strategy = stepping(50);
    strategy["canary"]["dynamicStableScale"] = json!(true);
    let mut story = before(&strategy, "PATCH replicasets/web-794686fc5b 1").await;
    share(&mut story, 0);
    assert!(!next(&story).await.contains("replicasets"));
}

#[tokio::test(start_paused = true)]
async fn a_service_does_not_leave_pods_that_were_not_seen_yet() {
    let mut story = released(&stepping(20)).await;
    story.passes(50).await;
    let set = new_set(&story);
    story.edit(&set, json!({"status": {"readyReplicas": 0, "availableReplicas": 0}}));
    story.show();
    story.log.take();
    story.edit(&set, json!({"status": {"readyReplicas": 1, "availableReplicas": 1}}));
    assert!(!next(&story).await.contains("services/"));
    story.edit(&set, json!({"status": {"readyReplicas": 0, "availableReplicas": 0}}));
    story.show();
    assert!(next(&story).await.contains("PATCH services/web-canary"), "once nobody is there, it does");
}
