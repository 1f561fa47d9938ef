#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use std::time::Duration;

use ::http::StatusCode;
use kube_runtime::watcher::Event;
use serde_json::{Value, json};
use sluice_analysis::provider::prometheus::Defaults;
use sluice_crds::AnalysisRun;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::*;
use crate::caches::Guarded;
use crate::caches::Writers;
use crate::expectations::Readiness;
use crate::key::{Kind, ObjectId};
use crate::testing::{Asked, Log, context};

/// A run in a cluster that keeps what is written to it, and a Prometheus that always answers the same.
struct Story {
    ctx: Arc<Context>,
    writers: Writers,
    log: Log,
    measuring: Arc<Measuring>,
    object: Value,
}

fn key() -> Key {
    Key::new("ns", "run")
}

impl Story {
    /// A run of that spec; Prometheus answers `value`, or never answers.
    async fn new(spec: Value, value: Option<&'static str>) -> Self {
        Self::with(spec, value, accept).await
    }

    async fn with(spec: Value, value: Option<&'static str>, answer: fn(&Asked) -> (StatusCode, Value)) -> Self {
        let (ctx, writers, log) = context(answer);
        let defaults = Defaults { prometheus_address: Some(prometheus(value).await) };
        let measuring = Arc::new(Measuring::new(ctx.measure.clone(), defaults));
        let owner = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "shop", "uid": "u", "controller": true});
        let metadata =
            json!({"name": "run", "namespace": "ns", "uid": "1", "resourceVersion": "1", "ownerReferences": [owner]});
        let mut story = Self { ctx, writers, log, measuring, object: json!({"metadata": metadata, "spec": spec}) };
        story.show();
        story
    }

    /// Lets the cache have the run as it is stored.
    fn show(&mut self) {
        let object: Guarded<AnalysisRun> = serde_json::from_value(self.object.clone()).unwrap();
        self.writers.analysis_runs.apply_watcher_event(&Event::Apply(object));
    }

    /// One pass; what it wrote is stored, and the cache has it.
    async fn pass(&mut self) -> Result<Next, Error> {
        let next = reconcile(self.ctx.clone(), self.measuring.clone(), key()).await;
        for (method, _, body) in self.log.take() {
            if method == "PATCH" {
                json_patch::merge(&mut self.object, &body);
                self.object["metadata"]["resourceVersion"] = json!("2");
            }
        }
        self.show();
        next
    }

    /// Waits until a measurement has its answer.
    async fn measured(&self) {
        let key = timeout(Duration::from_mins(1), self.ctx.queues.analysis_runs.next()).await.unwrap();
        self.ctx.queues.analysis_runs.done(&key);
    }

    fn status(&self, path: &str) -> &Value {
        self.object.pointer(&format!("/status{path}")).unwrap_or(&Value::Null)
    }
}

/// An API server that takes every patch, and has no Secrets.
fn accept((method, ..): &Asked) -> (StatusCode, Value) {
    match method.as_str() {
        "PATCH" => (StatusCode::OK, json!({"metadata": {"name": "run", "namespace": "ns", "resourceVersion": "2"}})),
        _ => crate::testing::nothing(&Asked::default()),
    }
}

fn refuse((method, ..): &Asked) -> (StatusCode, Value) {
    let conflict = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "modified", "reason": "Conflict", "code": 409});
    assert_eq!(method, "PATCH");
    (StatusCode::CONFLICT, conflict)
}

/// A Prometheus that answers every query with one value, or never. Gives its address.
async fn prometheus(value: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let Some(value) = value else {
                silent.push(stream);
                continue;
            };
            let result = json!([{"metric": {}, "value": [0, value]}]);
            let body = json!({"status": "success", "data": {"resultType": "vector", "result": result}}).to_string();
            let _ = stream.read(&mut [0; 4096]).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
    // The provider has a crypto provider asked of the process, even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    format!("http://{address}")
}

fn errors_below_five_percent() -> Value {
    json!({"metrics": [{"name": "errors", "successCondition": "result[0] < 0.05", "provider": {"prometheus": {"query": "q"}}}]})
}

#[tokio::test]
async fn a_breach_is_stored_in_one_write_from_its_answer() {
    let mut story = Story::new(errors_below_five_percent(), Some("0.08")).await;
    story.pass().await.unwrap();
    assert_eq!(story.status("/phase"), "Running");
    story.measured().await;
    reconcile(story.ctx.clone(), story.measuring.clone(), key()).await.unwrap();
    let asked = story.log.take();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let (method, path, sent) = &asked[0];
    assert!(
        method == "PATCH" && path.starts_with("/apis/argoproj.io/v1alpha1/namespaces/ns/analysisruns/run?"),
        "{path}"
    );
    assert_eq!(sent["metadata"]["resourceVersion"], "2");
    assert_eq!(sent["status"]["phase"], "Failed");
    assert!(sent["status"]["message"].as_str().unwrap().contains("0.08"), "{sent}");
    assert!(story.ctx.breaches.answered(&Key::new("ns", "shop")).is_some());
}

#[tokio::test]
async fn the_next_pass_waits_for_the_write_to_be_seen() {
    let mut story = Story::new(errors_below_five_percent(), Some("0.01")).await;
    story.pass().await.unwrap();
    let id = ObjectId { kind: Kind::AnalysisRun, key: key() };
    let readiness = story.ctx.expectations().readiness(&id, tokio::time::Instant::now());
    assert!(matches!(readiness, Readiness::Wait(_)), "{readiness:?}");
}

#[tokio::test]
async fn a_good_answer_ends_a_run_of_one_measurement_and_then_nothing_is_written() {
    let mut story = Story::new(errors_below_five_percent(), Some("0.01")).await;
    story.pass().await.unwrap();
    story.measured().await;
    story.pass().await.unwrap();
    assert_eq!(story.status("/phase"), "Successful");
    assert_eq!(story.status("/metricResults/0/measurements/0/value"), "[0.01]");
    let before = story.object.clone();
    story.pass().await.unwrap();
    assert_eq!(story.object, before);
}

#[tokio::test]
async fn a_silent_provider_holds_no_pass_up() {
    let mut story = Story::new(errors_below_five_percent(), None).await;
    for _ in 0..3 {
        story.pass().await.unwrap();
    }
    assert_eq!(story.status("/phase"), "Running");
    assert_eq!(story.measuring.under_way(&key()).len(), 1, "and is asked only once");
}

#[tokio::test]
async fn a_run_that_is_gone_ends_its_measurements() {
    let mut story = Story::new(errors_below_five_percent(), None).await;
    story.pass().await.unwrap();
    let gone: Guarded<AnalysisRun> = serde_json::from_value(story.object.clone()).unwrap();
    story.writers.analysis_runs.apply_watcher_event(&Event::Delete(gone));
    reconcile(story.ctx.clone(), story.measuring.clone(), key()).await.unwrap();
    assert!(story.measuring.under_way(&key()).is_empty());
}

#[tokio::test]
async fn an_answer_outlives_a_write_that_is_refused() {
    let mut story = Story::with(errors_below_five_percent(), Some("0.08"), refuse).await;
    story.object["status"] =
        json!({"phase": "Running", "startedAt": "2026-01-01T00:00:00Z", "runSummary": {"count": 1}});
    story.show();
    story.pass().await.unwrap();
    story.measured().await;
    let error = reconcile(story.ctx.clone(), story.measuring.clone(), key()).await.unwrap_err();
    assert!(matches!(error, Error::Status(_)), "{error}");
    assert_eq!(story.measuring.readings(&key(), "1").len(), 1);
    assert!(story.ctx.breaches.answered(&Key::new("ns", "shop")).is_none(), "nothing is told that is not stored");
}

#[tokio::test]
async fn a_run_of_the_same_name_inherits_nothing() {
    let mut story = Story::new(errors_below_five_percent(), Some("0.08")).await;
    story.pass().await.unwrap();
    story.measured().await;
    assert_eq!(story.measuring.readings(&key(), "1").len(), 1);
    assert!(story.measuring.readings(&key(), "2").is_empty());
}

#[tokio::test]
async fn all_mistakes_of_a_run_are_said_at_once() {
    let spec = json!({"metrics": [
        {"name": "a", "interval": "nonsense", "provider": {"prometheus": {"query": "q"}}},
        {"name": "a", "successCondition": "result[", "provider": {"prometheus": {"query": "q"}}},
    ]});
    let mut story = Story::new(spec, None).await;
    story.pass().await.unwrap();
    assert_eq!(story.status("/phase"), "Error");
    let message = story.status("/message").as_str().unwrap().to_owned();
    for field in ["metrics[0].interval", "metrics[1].name", "metrics[1].successCondition"] {
        assert!(message.contains(field), "{field} in {message}");
    }
}

#[tokio::test]
async fn a_missing_secret_is_said_on_the_run() {
    let mut spec = errors_below_five_percent();
    spec["args"] = json!([{"name": "token", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]);
    let mut story = Story::new(spec, None).await;
    story.pass().await.unwrap();
    assert_eq!(story.status("/phase"), "Error");
    assert!(story.status("/message").as_str().unwrap().contains("Secret \"s\""));
}

#[tokio::test]
async fn a_secret_of_an_impossible_name_is_not_asked_for() {
    for name in ["", "../pods", "\u{202e}txt", "a b", "UPPER"] {
        let mut spec = errors_below_five_percent();
        spec["args"] = json!([{"name": "token", "valueFrom": {"secretKeyRef": {"name": name, "key": "k"}}}]);
        let mut story = Story::new(spec, None).await;
        story.pass().await.unwrap();
        assert_eq!(story.status("/phase"), "Error", "{name}");
        assert!(story.status("/message").as_str().unwrap().contains("args[0]: argument \"token\" needs key"), "{name}");
    }
}

#[tokio::test]
async fn a_half_typed_run_is_an_error_of_its_own_and_said_once() {
    let mut story = Story::with(json!({"metrics": "none"}), None, stored_half_typed).await;
    story.pass().await.unwrap();
    assert_eq!(story.status("/phase"), "Error");
    assert!(
        story.status("/message").as_str().unwrap().contains("spec.metrics: invalid type"),
        "{}",
        story.status("/message")
    );
    let before = story.object.clone();
    story.pass().await.unwrap();
    assert_eq!(story.object["status"], before["status"]);
}

fn stored_half_typed(asked: &Asked) -> (StatusCode, Value) {
    match asked.0.as_str() {
        "GET" => (
            StatusCode::OK,
            json!({"metadata": {"name": "run", "namespace": "ns", "resourceVersion": "1"}, "spec": {"metrics": "none"}}),
        ),
        _ => accept(asked),
    }
}

/// A Job as an API server stores it, of a run of that uid.
fn stored_job(uid: &str, status: &Value) -> Value {
    let owner = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun", "name": "run", "uid": uid, "controller": true});
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "1.smoke.1", "namespace": "ns", "ownerReferences": [owner]},
           "spec": {}, "status": status})
}

fn failure(code: u16, message: &str) -> (StatusCode, Value) {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": if code == 404 { "NotFound" } else { "" }, "code": code});
    (StatusCode::from_u16(code).unwrap(), status)
}

/// What an API server answers about Jobs: that making one works, or not, and how the Job is from then on.
fn about_jobs(asked: &Asked, make: (StatusCode, Value), seen: (StatusCode, Value)) -> (StatusCode, Value) {
    match (asked.0.as_str(), asked.1.contains("/jobs")) {
        ("POST", true) => make,
        ("GET", true) => seen,
        ("DELETE", true) => (StatusCode::OK, stored_job("1", &json!({}))),
        ("GET", false) if asked.1.contains("/pods") => {
            let waiting = json!({"reason": "ImagePullBackOff", "message": "no such image"});
            let pod = json!({"metadata": {"name": "p"}, "status": {"containerStatuses": [
                {"name": "a", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": {"waiting": waiting}}]}});
            (StatusCode::OK, json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [pod]}))
        }
        _ => accept(asked),
    }
}

fn ok(status: &Value) -> (StatusCode, Value) {
    (StatusCode::OK, stored_job("1", status))
}

fn ended(kind: &str) -> Value {
    json!({"conditions": [{"type": kind, "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"}]})
}

fn smoke() -> Value {
    let template = json!({"spec": {"containers": [{"name": "a", "image": "a"}], "restartPolicy": "Never"}});
    json!({"metrics": [{"name": "smoke", "provider": {"job": {"spec": {"template": template}}}}]})
}

/// A run with one Job, to its end; gives its phase and the message of its measurement.
async fn with_job(answer: fn(&Asked) -> (StatusCode, Value)) -> (Story, String) {
    let mut story = Story::with(smoke(), None, answer).await;
    story.pass().await.unwrap();
    story.measured().await;
    story.pass().await.unwrap();
    let result = story.status("/metricResults/0");
    assert_eq!(result["measurements"][0]["metadata"], json!({"job-name": "1.smoke.1", "job-namespace": "ns"}));
    let said = format!("{} {}", result["phase"], result["measurements"][0]["message"]);
    (story, said)
}

#[tokio::test]
async fn a_job_that_succeeds_is_good_and_one_that_fails_is_bad() {
    let (story, said) = with_job(|asked| about_jobs(asked, ok(&json!({})), ok(&ended("Complete")))).await;
    assert_eq!((said.as_str(), story.status("/phase")), ("\"Successful\" null", &json!("Successful")));
    assert_eq!(story.status("/metricResults/0/measurements/0/value"), &Value::Null);
    let (story, said) = with_job(|asked| about_jobs(asked, ok(&json!({})), ok(&ended("Failed")))).await;
    assert_eq!(said, "\"Failed\" \"the Job failed: BackoffLimitExceeded: too often\"");
    assert_eq!(story.status("/phase"), "Failed");
}

/// The controller died after it had made the Job.
#[tokio::test]
async fn a_job_that_is_there_already_is_waited_for_when_it_is_the_runs_own() {
    let (_, said) = with_job(|asked| about_jobs(asked, failure(409, "exists"), ok(&ended("Complete")))).await;
    assert_eq!(said, "\"Successful\" null");
    let foreign = |asked: &Asked| {
        about_jobs(asked, failure(409, "exists"), (StatusCode::OK, stored_job("other", &ended("Complete"))))
    };
    let (_, said) = with_job(foreign).await;
    assert_eq!(said, "\"Running\" \"make the Job: 1.smoke.1 is there already and not of this run\"");
}

#[tokio::test]
async fn a_job_that_is_refused_or_deleted_is_an_error() {
    let (_, said) =
        with_job(|asked| about_jobs(asked, failure(422, "spec.template: Required value"), ok(&json!({})))).await;
    assert_eq!(said, "\"Running\" \"make the Job: spec.template: Required value\"");
    let (_, said) = with_job(|asked| about_jobs(asked, ok(&json!({})), failure(404, "not found"))).await;
    assert_eq!(said, "\"Running\" \"the Job 1.smoke.1 was deleted before it ended\"");
}

/// argo-rollouts#4602: such a Job waited for hours, and with it the release.
#[tokio::test]
async fn a_job_whose_image_cannot_be_pulled_is_inconclusive_and_goes() {
    let (mut story, said) =
        with_job(|asked| about_jobs(asked, ok(&json!({})), ok(&json!({"active": 1, "ready": 0})))).await;
    assert_eq!(said, "\"Inconclusive\" \"the Job cannot start: ImagePullBackOff: no such image\"");
    assert_eq!(story.status("/phase"), "Inconclusive");
    assert!(matches!(story.pass().await, Ok(Next::OnChange)));
}

#[tokio::test]
async fn a_job_under_way_ends_with_its_run() {
    let running = |asked: &Asked| about_jobs(asked, ok(&json!({})), ok(&json!({"active": 1, "ready": 1})));
    let mut story = Story::with(smoke(), None, running).await;
    story.pass().await.unwrap();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    story.object["spec"]["terminate"] = json!(true);
    story.show();
    let next = reconcile(story.ctx.clone(), story.measuring.clone(), key()).await;
    next.unwrap();
    let asked = story.log.take();
    let deleted: Vec<&str> =
        asked.iter().filter(|(method, ..)| method == "DELETE").map(|(_, path, _)| path.as_str()).collect();
    assert_eq!(deleted, ["/apis/batch/v1/namespaces/ns/jobs/1.smoke.1?"]);
    let written = asked.iter().find(|(method, ..)| method == "PATCH").unwrap();
    assert_eq!(written.2.pointer("/status/phase"), Some(&json!("Inconclusive")));
    let message = written.2.pointer("/status/metricResults/0/measurements/0/message");
    assert_eq!(message, Some(&json!("stopped with the run")));
}
