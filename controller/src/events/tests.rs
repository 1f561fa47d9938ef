#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use http::StatusCode;
use serde_json::Value;
use sluice_crds::Rollout;
use tokio::time::sleep;

use super::*;
use crate::context::Context;
use crate::testing::{Asked, Log, context, nothing};

fn rollout() -> Rollout {
    let metadata = json!({"name": "shop", "namespace": "ns", "uid": "1"});
    serde_json::from_value(json!({"metadata": metadata, "spec": {}})).unwrap()
}

/// Says the same thing so often, a minute apart. Returns what the API server was told: method, name, count.
async fn say(times: usize, answer: fn(&Asked) -> (StatusCode, Value)) -> (Arc<Context>, Vec<(String, String, Value)>) {
    let (ctx, _, log) = context(answer);
    for _ in 0..times {
        ctx.events.normal(&rollout(), "RolloutPaused", "Rollout is paused");
        sleep(Duration::from_mins(1)).await;
    }
    (ctx, told(&log))
}

fn told(log: &Log) -> Vec<(String, String, Value)> {
    let of = |(method, path, body): Asked| {
        let path = path.split('?').next().unwrap().to_owned();
        let name = body["metadata"]["name"]
            .as_str()
            .map_or_else(|| path.rsplit('/').next().unwrap().to_owned(), str::to_owned);
        (method, name, body["series"]["count"].clone())
    };
    log.events().into_iter().map(of).collect()
}

fn takes((_, _, body): &Asked) -> (StatusCode, Value) {
    (StatusCode::OK, if body["metadata"]["name"].is_null() { json!({"metadata": {"name": "x"}}) } else { body.clone() })
}

fn knows_none(asked: &Asked) -> (StatusCode, Value) {
    if asked.0 == "POST" { takes(asked) } else { nothing(asked) }
}

#[tokio::test(start_paused = true)]
async fn what_is_said_again_is_counted_on_the_first_one() {
    let (ctx, told) = say(3, takes).await;
    let [(first, name, none), (second, again, two), (_, _, three)] = &told[..] else { unreachable!("{told:?}") };
    assert_eq!(
        (first.as_str(), none, second.as_str(), two, three),
        ("POST", &Value::Null, "PATCH", &json!(2), &json!(3))
    );
    assert_eq!(name, again);
    assert_eq!(ctx.metrics.events_lost.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_not_there_any_more_is_written_anew() {
    let (ctx, told) = say(2, knows_none).await;
    let methods: Vec<&str> = told.iter().map(|(method, ..)| method.as_str()).collect();
    assert_eq!(methods, ["POST", "PATCH", "POST"]);
    assert_ne!(told[0].1, told[2].1);
    assert_eq!(ctx.metrics.events_lost.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_the_api_server_does_not_take_is_counted_as_lost() {
    let (ctx, told) = say(2, nothing).await;
    assert_eq!(told.len(), 2);
    assert_eq!(ctx.metrics.events_lost.get(), 2);
}

#[test]
fn a_long_note_is_cut_between_characters() {
    assert_eq!(shorten("short"), "short");
    let cut = shorten(&"ä".repeat(1000));
    assert!(cut.len() <= LONGEST_NOTE && cut.ends_with("ä…"), "{}", cut.len());
}
