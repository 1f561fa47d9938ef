//! Analyses of a step's Experiment, on the page of its Rollout.

use reqwest::Method;
use sluice_world::scenario::{Scenario, analysed_experiment, pause, weight};

use crate::events::told;
use crate::http::Visitor;
use crate::stage::Stage;

#[tokio::test]
async fn what_a_steps_experiment_measures_is_on_the_page_of_the_release() {
    let stage = Stage::local(&Scenario::canary("tried", 2, [weight(20), analysed_experiment(), pause()])).await;
    stage.phase("Healthy").await;
    let mut owner = Visitor::at_home(&stage).await;
    let events = owner.request(Method::GET, "/rollouts/shop/web/events").send().await.unwrap();
    stage.release("v2");
    // An open page is told of it, and one that is opened later has it from the start.
    told(events, "[0.012]").await;
    let page = owner.get("/rollouts/shop/web").await.text;
    let runs = page.split_once("id=\"runs\"").unwrap().1;
    for text in ["step 2, experiment web-", "revision 2", "<code>[0.012]</code>", "good: result[0] &lt; 0.05"] {
        assert!(runs.contains(text), "no {text} in {runs}");
    }
    let charts = page.split_once("id=\"charts\"").unwrap().1.split_once("id=\"revisions\"").unwrap().0;
    assert!(charts.contains("errors"), "its metric is drawn against its threshold: {charts}");
}
