//! The one door of these tests: lines in, transcript out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use expect_test::Expect;
use http::Request;
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use tokio::runtime::Builder;
use tower::ServiceExt;

use super::super::{ApiService, Store};

/// Where most requests go.
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// Plays the lines and compares what was answered.
///
/// A line is a request (`POST path body`; a path that begins with `maps` is that of the default namespace's ConfigMaps,
/// `{continue}` is the last page's token), or a deed of the world: `COMPACT`, `LAG n`, `SLEEP seconds`.
pub(super) fn check(lines: &[&str], expected: &Expect) {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    expected.assert_eq(&runtime.block_on(played(lines)));
}

async fn played(lines: &[&str]) -> String {
    let store = Store::new(Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap()));
    let lag = Arc::new(AtomicU64::new(0));
    let behind = lag.clone();
    let service = store.service("admin").lagging(move || behind.load(Ordering::Relaxed));
    let mut told = String::new();
    let mut page = String::new();
    for line in lines {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("COMPACT", _) => store.compact(store.version()),
            ("LAG", versions) => lag.store(versions.parse().unwrap(), Ordering::Relaxed),
            ("SLEEP", seconds) => tokio::time::sleep(Duration::from_secs(seconds.parse().unwrap())).await,
            (method, rest) => {
                let rest = rest.replace("{continue}", &page);
                let rest = rest.strip_prefix("maps").map_or(rest.clone(), |rest| format!("{MAPS}{rest}"));
                let (status, bodies) = asked(&service, method, &rest).await;
                for body in &bodies {
                    page = body["metadata"]["continue"].as_str().map_or(page, str::to_owned);
                }
                let bodies: Vec<String> = bodies.iter().map(shown).collect();
                told.extend([*line, "\n  ", &status.to_string(), " ", &bodies.join("\n      "), "\n"]);
            }
        }
    }
    told
}

/// The status, and each line of the answer.
pub(super) async fn asked(service: &ApiService, method: &str, rest: &str) -> (u16, Vec<Value>) {
    let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
    let media = match method {
        "PATCH" => "application/merge-patch+json",
        "APPLY" => "application/apply-patch+yaml",
        _ => "application/json",
    };
    let method = if method == "APPLY" { "PATCH" } else { method };
    let request = Request::builder().method(method).uri(path).header("content-type", media);
    let answer = service.clone().oneshot(request.body(Body::from(body.as_bytes().to_vec())).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    (status, lines.map(|line| serde_json::from_slice(line).unwrap_or_else(|_| json!({}))).collect())
}

/// The words that matter of an answer.
fn shown(body: &Value) -> String {
    if let Some(kind) = body["type"].as_str().filter(|_| body["object"].is_object()) {
        return format!("{kind} {}", shown(&body["object"]));
    }
    if body["kind"] == "Status" {
        let reason = body["reason"].as_str().unwrap_or("Success");
        return format!("{reason}: {}", body["message"].as_str().unwrap_or_default());
    }
    if let Some(items) = body["items"].as_array() {
        let more = if body["metadata"]["continue"].as_str().unwrap_or_default().is_empty() { "" } else { " and more" };
        return format!("[{}]{more}", items.iter().map(shown).collect::<Vec<_>>().join(", "));
    }
    let metadata = &body["metadata"];
    let name = metadata["name"].as_str().unwrap_or("-");
    let data = body.get("data").map(|data| format!(" {data}")).unwrap_or_default();
    format!("{name}@{}{data}", metadata["resourceVersion"].as_str().unwrap_or("none"))
}
