//! Analyses that cannot tell the new version from the stable one are warned of, once.

use super::*;

/// A release that an analysis at weight 20 judges by that query.
async fn judged(query: &str) -> Story {
    let step = json!({"analysis": {"templates": [{"templateName": "errors"}]}});
    let mut story = Story::new(canary(&json!([{"setWeight": 20}, step])));
    let metric =
        json!({"name": "errors", "provider": {"prometheus": {"address": "http://prometheus", "query": query}}});
    story.put(&format!("{TEMPLATES}/errors"), json!({"spec": {"metrics": [metric]}}));
    story.passes(50).await;
    let image = json!([{"name": "web", "image": "web:2"}]);
    let edit = json!({"metadata": {"generation": 2}, "spec": {"template": {"spec": {"containers": image}}}});
    story.edit(&format!("{ROLLOUTS}/web"), edit);
    story.passes(50).await;
    story.transcript.clear();
    story
}

/// What the Rollout's conditions and the run's annotation say of it.
fn told(story: &Story) -> [Value; 2] {
    let conditions = story.status("/conditions");
    let found = conditions.as_array().unwrap().iter().find(|condition| condition["type"] == "AnalysisCannotTell");
    let run = story.list(RUNS).remove(0);
    [
        found.map(|found| found["message"].clone()).unwrap_or_default(),
        run["metadata"]["annotations"]["sluice/cannot-tell"].clone(),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_query_that_names_no_version_is_warned_of_with_the_query_to_use() {
    let mut story = judged(r#"sum(rate(http_requests_total{job="web"}[5m]))"#).await;
    let [condition, annotation] = told(&story);
    expect![[r#"analysis web-849fb4b4d5-2-1 cannot tell the new version from the stable one: errors. A version with few of the requests may fail them all and still pass. Ask for the new version alone; with Traefik: sum(rate(traefik_service_requests_total{service=~"shop-web-canary-.+@kubernetescrd",code!~"5.."}[1m])) / sum(rate(traefik_service_requests_total{service=~"shop-web-canary-.+@kubernetescrd"}[1m]))"#]]
    .assert_eq(condition.as_str().unwrap());
    assert!(condition.as_str().unwrap().ends_with(annotation.as_str().unwrap()));
    story.passes(5).await;
    story.check(&expect![[""]]);
}

#[tokio::test(start_paused = true)]
async fn a_query_that_names_the_new_version_is_not_warned_of() {
    let story = judged(r#"sum(rate(http_requests_total{service="web-canary"}[5m]))"#).await;
    assert_eq!(told(&story), [Value::Null, Value::Null]);
}
