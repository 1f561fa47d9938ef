//! What becomes of a Rollout's notices where something is wrong: a template, a service, what is configured.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::format_push_string, clippy::needless_pass_by_value)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::http::{Request, Response, StatusCode};
use bytes::Bytes;
use expect_test::{Expect, expect};
use kube_runtime::watcher::Event;
use serde_json::{Value, json};
use sluice_analysis::provider::Http;
use sluice_crds::Rollout;
use sluice_notify::config::Config;
use sluice_notify::send::Clients;
use tokio::time::sleep;

use super::*;
use crate::caches::{Caches, Guarded, Writers};
use crate::options::Options;
use crate::testing::{Asked, Log, empty, surroundings};

/// What a server answers to a text; `None`: nothing, ever.
type Answers = fn(&str) -> Option<u16>;

/// A Rollout in a cluster that keeps what is written, with servers that hear of it.
struct Story {
    ctx: Arc<Context>,
    writers: Writers,
    log: Log,
    heard: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Answers>>,
    object: Value,
    told: String,
}

fn cluster(asked: &Asked) -> (StatusCode, Value) {
    let metadata = json!({"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "2"});
    match asked.0.as_str() {
        "PATCH" => {
            (StatusCode::OK, json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": metadata}))
        }
        _ => empty(asked),
    }
}

/// Servers that note what they are told: the host, and the text.
fn servers(heard: Arc<Mutex<Vec<String>>>, answers: Arc<Mutex<Answers>>) -> Http {
    Http::new(tower::service_fn(move |request: Request<Bytes>| {
        let text = String::from_utf8_lossy(request.body()).into_owned();
        let answer = answers.lock().unwrap()(&text);
        let host = request.uri().host().unwrap_or_default().to_owned();
        let how = answer.map_or("silence".to_owned(), |status| status.to_string());
        heard.lock().unwrap().push(format!("{host} {how}: {}", text.replace('\n', " ")));
        async move {
            let Some(status) = answer else { return std::future::pending().await };
            let response = Response::builder().status(status).body("").unwrap();
            Ok::<_, tower::BoxError>(reqwest::Response::from(response))
        }
    }))
}

/// A Rollout of an hour ago at its first version, of which people hear by a webhook.
async fn given(data: &str, annotations: Value) -> Story {
    given_to(data, annotations, Arc::new(AtomicBool::new(true))).await
}

/// The same, minded by a process that may tell people while that holds.
async fn given_to(data: &str, annotations: Value, leads: Arc<AtomicBool>) -> Story {
    let (caches, writers) = Caches::new(&Options::default());
    let (mut around, log) = surroundings(cluster);
    let (heard, answers) = (Arc::default(), Arc::new(Mutex::new((|_| Some(200)) as Answers)));
    let services = Clients::over(servers(Arc::clone(&heard), Arc::clone(&answers)));
    around.notify = services.behind(move || leads.load(Ordering::Relaxed));
    let ctx = Arc::new(Context::new(around, caches, Options::default()));
    ctx.metrics.leads("lease".to_owned());
    let steps = json!([{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {}}]);
    let containers = json!([{"name": "web", "image": "web:1"}]);
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "1", "annotations": annotations,
                     "creationTimestamp": "2025-12-31T23:00:00Z"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "strategy": {"canary": {"steps": steps}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}}},
        "status": {"currentPodHash": "v1", "stableRS": "v1", "phase": "Healthy"},
    });
    let story = Story { ctx, writers, log, heard, answers, object, told: String::new() };
    story.configured(data, &[]).pass().await
}

impl Story {
    /// A ConfigMap in YAML, and keys of the Secret.
    fn configured(self, data: &str, secret: &[(&str, &str)]) -> Self {
        let data: BTreeMap<String, String> = serde_saphyr::from_str(data).unwrap();
        let secret = secret.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect();
        let config = Config::read(Subject::Rollout, &data, &secret).0;
        configured::put(&self.ctx, Subject::Rollout, Some(config));
        self
    }

    fn answering(self, answers: Answers) -> Self {
        *self.answers.lock().unwrap() = answers;
        self
    }

    async fn pass(mut self) -> Self {
        let object: Guarded<Rollout> = serde_json::from_value(self.object.clone()).unwrap();
        self.writers.rollouts.apply_watcher_event(&Event::Apply(object));
        let next = reconcile(&self.ctx, &Key::new("shop", "web")).await.unwrap();
        sleep(Duration::from_millis(10)).await;
        for heard in std::mem::take(&mut *self.heard.lock().unwrap()) {
            self.told += &format!("{heard}\n");
        }
        for (method, path, body) in self.log.all() {
            if let Some(note) = body["note"].as_str().filter(|_| path.contains("/events")) {
                self.told += &format!("!! {note}\n");
            } else if method == "PATCH" && path.contains("/rollouts/") {
                json_patch::merge(&mut self.object, &body);
            }
        }
        if let Next::At(at) = next {
            let wait = at.duration_since(self.ctx.clock.now());
            self.told += &format!("(again in {} s)\n", wait.as_secs());
        }
        self
    }

    /// The status, or all of the Rollout, becomes that.
    async fn then(mut self, what: &str, patch: Value) -> Self {
        self.told += &format!("— {what}\n");
        json_patch::merge(&mut self.object, &patch);
        self.pass().await
    }

    /// So long after.
    async fn after(mut self, what: &str, seconds: u64) -> Self {
        sleep(Duration::from_secs(seconds)).await;
        self.told += &format!("— {what}\n");
        self.pass().await
    }

    /// So many attempts, each when it is time; gives the seconds that were waited for them, with the next. None of them gets through.
    async fn tries(mut self, times: usize) -> (Self, Vec<u64>) {
        let next = |story: &Self| story.told.rsplit(' ').nth(1).unwrap().parse::<u64>().unwrap();
        let (begun, mut waits) = (self.told.len(), vec![next(&self)]);
        for _ in 0..times {
            self = Box::pin(self.after("when it is time", waits[waits.len() - 1] + 1)).await;
            waits.push(next(&self));
        }
        let told = self.told.split_off(begun);
        assert_eq!((told.matches("hook.test").count(), told.matches("hook.test 200").count()), (times, 0), "{told}");
        (self, waits)
    }

    async fn begins(self, hash: &str, at: &str) -> Self {
        let duration = json!({"rolloutStartedAt": at, "finishedAt": null, "completionStatus": null});
        let containers = json!([{"name": "web", "image": format!("web:{hash}")}]);
        let status = json!({"currentPodHash": hash, "currentStepIndex": 0, "phase": "Progressing", "message": "more replicas",
                            "duration": duration, "abort": null, "abortedAt": null});
        let spec = json!({"template": {"spec": {"containers": containers}}});
        self.then(&format!("{hash} begins"), json!({"spec": spec, "status": status})).await
    }

    /// How many attempts failed, and notices were lost, as the page of metrics says.
    fn failed(&self) -> f64 {
        let page = self.ctx.metrics.page();
        let series = page.lines().filter(|line| line.starts_with("notification_send_error"));
        series.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

fn check(story: &Story, expected: Expect) {
    expected.assert_eq(&story.told);
}

const HOOK: &str = "service.webhook: 'url: http://hook.test/'";
const SUBSCRIBED: &str = "notifications.argoproj.io/subscribe.webhook";

fn subscribed() -> Value {
    json!({SUBSCRIBED: ""})
}

fn steps_done(step: u32, message: &str) -> Value {
    json!({"status": {"currentStepIndex": step, "message": message}})
}

fn aborted(at: &str) -> Value {
    json!({"status": {"abort": true, "abortedAt": at, "phase": "Degraded", "message": "RolloutAborted: errors"}})
}

#[tokio::test(start_paused = true)]
async fn a_mistake_in_a_template_keeps_nobody_from_hearing_what_happened() {
    let data = format!(
        "{HOOK}\ntemplate.rollout-aborted: \"message: '{{{{fail `no`}}}}'\"\n\
         trigger.on-rollout-step-completed: '[{{send: [lacking]}}]'"
    );
    let story = given(&data, subscribed()).await.begins("v2", "2026-01-01T00:00:00Z").await;
    let story = story.then("a step is done", steps_done(1, "more replicas")).await;
    let story = story.then("it is aborted", aborted("2026-01-01T00:00:01Z")).await;
    check(
        &story,
        expect![[r#"
        — v2 begins
        hook.test 200: shop/web gets a new version. more replicas
        — a step is done
        hook.test 200: shop/web has done step 1 of 4. more replicas
        !! on-rollout-step-completed is told in the built-in words: there is no template lacking; add template.lacking to the ConfigMap
        — it is aborted
        hook.test 200: shop/web was aborted: users are back on the version before. RolloutAborted: errors
        !! on-rollout-aborted is told in the built-in words: write template.rollout-aborted message: render template at line 1, character 3: fail: no
    "#]],
    );
}

/// Quotes of a message end a text in JSON where nobody escapes them.
#[tokio::test(start_paused = true)]
async fn what_a_service_cannot_read_is_told_in_words_that_it_can() {
    let template = r#"{message: x, discord: {embeds: '[{"title": "{{.rollout.status.message}}"}]'}}"#;
    let data =
        format!("service.discord: 'webhooks: {{ops: http://hook.test/}}'\ntemplate.rollout-aborted: |\n  {template}");
    let only = json!({"notifications.argoproj.io/subscribe.on-rollout-aborted.discord": "ops"});
    let story = given(&data, only).await.begins("v2", "2026-01-01T00:00:00Z").await;
    let mut patch = aborted("2026-01-01T00:00:01Z");
    patch["status"]["message"] = json!("metric \"errors\" failed");
    check(
        &story.then("it is aborted", patch).await,
        expect![[r#"
        — v2 begins
        — it is aborted
        hook.test 200: {"allowed_mentions":{"parse":[]},"content":"","embeds":[{"color":14687834,"description":"metric \"errors\" failed","fields":[{"name":"Phase","value":"Degraded"},{"name":"web","value":"web:v2"}],"title":"shop/web was aborted: users are back on the version before"}]}
        !! on-rollout-aborted is told in the built-in words: discord.embeds of the template gives no JSON: expected `,` or `}` at line 1 column 21; correct it
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_nobody_takes_is_given_up_after_a_day_and_what_waits_behind_it_is_told() {
    let story = given(HOOK, subscribed()).await.begins("v2", "2026-01-01T00:00:00Z").await;
    let story = story.answering(|text| Some(if text.contains("step 1") { 500 } else { 200 }));
    let story = story.then("a step is done", steps_done(1, "more replicas")).await;
    let story = story.then("another one is", steps_done(2, "more replicas")).await;
    let story = story.after("almost a day later", 86_000).await;
    let story = story.after("more than a day later", 500).await;
    let story = story.after("the next attempt", 600).await;
    check(
        &story,
        expect![[r#"
            — v2 begins
            hook.test 200: shop/web gets a new version. more replicas
            — a step is done
            hook.test 500: shop/web has done step 1 of 4. more replicas
            !! on-rollout-step-completed for webhook: the webhook webhook answered 500
            (again in 1 s)
            — another one is
            (again in 1 s)
            — almost a day later
            hook.test 500: shop/web has done step 1 of 4. more replicas
            (again in 3 s)
            — more than a day later
            hook.test 500: shop/web has done step 1 of 4. more replicas
            !! on-rollout-step-completed for webhook: it is lost, as it could not be sent for 24 h
            (again in 7 s)
            — the next attempt
            hook.test 200: shop/web has done step 2 of 4. more replicas
        "#]],
    );
    // Three attempts, and the one that is lost.
    assert!((story.failed() - 4.0).abs() < 0.1, "{}", story.failed());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_may_have_heard_is_asked_again_less_and_less() {
    let story = given(HOOK, subscribed()).await.answering(|_| None);
    let (story, waits) = story.begins("v2", "2026-01-01T00:00:00Z").await.tries(14).await;
    assert_eq!(waits, [1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047, 3599, 3599, 3599, 3599]);
    let story = story.answering(|_| Some(200)).configured(HOOK, &[]).after("the ConfigMap changes", 1).await;
    check(
        &story,
        expect![[r#"
            — v2 begins
            hook.test silence: shop/web gets a new version. more replicas
            !! on-rollout-updated for webhook: the webhook webhook did not answer within 20s
            (again in 1 s)
            — the ConfigMap changes
            hook.test 200: shop/web gets a new version. more replicas
        "#]],
    );
}

/// A token is revoked before the new one is in the Secret.
#[tokio::test(start_paused = true)]
async fn who_does_not_take_the_credentials_gets_what_it_missed_once_they_are_changed() {
    let story = given(HOOK, subscribed()).await.answering(|_| Some(401));
    let story = story.begins("v2", "2026-01-01T00:00:00Z").await;
    let (story, waits) = story.then("it is aborted", aborted("2026-01-01T00:00:01Z")).await.tries(7).await;
    assert_eq!(waits, [59, 119, 239, 479, 959, 1919, 3599, 3599]);
    assert!((story.failed() - 8.0).abs() < 0.1, "{}", story.failed());
    let story = story.answering(|_| Some(200)).configured(HOOK, &[]).after("the Secret changes", 1).await;
    check(
        &story,
        expect![[r#"
            — v2 begins
            hook.test 401: shop/web gets a new version. more replicas
            !! on-rollout-updated for webhook: the webhook webhook answered 401
            (again in 59 s)
            — it is aborted
            (again in 59 s)
            — the Secret changes
            hook.test 200: shop/web gets a new version. more replicas
            hook.test 200: shop/web was aborted: users are back on the version before. RolloutAborted: errors
        "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_process_may_not_send_stays_owed_and_is_no_failure() {
    let leads = Arc::new(AtomicBool::new(true));
    let story = given_to(HOOK, subscribed(), leads.clone()).await.begins("v2", "2026-01-01T00:00:00Z").await;
    leads.store(false, Ordering::Relaxed);
    let story = story.then("it is deposed, and a step is done", steps_done(1, "more replicas")).await;
    leads.store(true, Ordering::Relaxed);
    check(
        &story.after("it leads", 1).await,
        expect![[r#"
            — v2 begins
            hook.test 200: shop/web gets a new version. more replicas
            — it is deposed, and a step is done
            (again in 1 s)
            — it leads
            hook.test 200: shop/web has done step 1 of 4. more replicas
        "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_that_says_when_is_asked_then() {
    let now = Instant::now();
    for (asked, waits) in [(None, 4), (Some(0), 1), (Some(1800), 1800)] {
        let before = Some(desk::Wait::after(None, None, now));
        let wait = desk::Wait::after(before.as_ref(), asked.map(Duration::from_secs), now);
        assert_eq!(wait.until, now + Duration::from_secs(waits), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_owed_tells_of_its_moment_and_never_mixes_two_releases() {
    let story = given(HOOK, subscribed()).await.answering(|_| Some(503));
    let story = story.begins("v2", "2026-01-01T00:00:00Z").await;
    let story = story.then("three steps are done", steps_done(3, "more replicas")).await;
    let completed = json!({"stableRS": "v2", "currentStepIndex": 4, "phase": "Healthy", "message": null,
                           "duration": {"finishedAt": "2026-01-01T00:00:30Z", "completionStatus": "Promoted"}});
    let story = story.then("it is over", json!({"status": completed})).await;
    let story = story.begins("v3", "2026-01-01T00:01:00Z").await;
    let story = story.then("it is aborted", aborted("2026-01-01T00:01:01Z")).await;
    check(
        &story.answering(|_| Some(200)).after("the server is back", 10).await,
        expect![[r#"
        — v2 begins
        hook.test 503: shop/web gets a new version. more replicas
        !! on-rollout-updated for webhook: the webhook webhook answered 503
        (again in 1 s)
        — three steps are done
        (again in 1 s)
        — it is over
        (again in 1 s)
        — v3 begins
        (again in 1 s)
        — it is aborted
        (again in 1 s)
        — the server is back
        hook.test 200: shop/web gets a new version. more replicas (This is the release v2 of 2026-01-01T00:00:00Z; a newer one has begun since.)
        hook.test 200: shop/web has done step 1 of 4. (This is the release v2 of 2026-01-01T00:00:00Z; a newer one has begun since.)
        hook.test 200: shop/web has done step 2 of 4. (This is the release v2 of 2026-01-01T00:00:00Z; a newer one has begun since.)
        hook.test 200: shop/web has done step 3 of 4. more replicas (This is the release v2 of 2026-01-01T00:00:00Z; a newer one has begun since.)
        hook.test 200: shop/web has done step 4 of 4. (This is the release v2 of 2026-01-01T00:00:00Z; a newer one has begun since.)
        hook.test 200: shop/web has its new version. (This is the release v2 of 2026-01-01T00:00:00Z; a newer one has begun since.)
        hook.test 200: shop/web gets a new version. more replicas
        hook.test 200: shop/web was aborted: users are back on the version before. RolloutAborted: errors
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_wrong_for_a_moment_gets_what_it_missed() {
    let data = "service.webhook: 'url: $hook'";
    let secret = [("hook", "http://hook.test/")];
    let story = given("{}", subscribed()).await.configured(data, &secret).pass().await;
    let story = story.begins("v2", "2026-01-01T00:00:00Z").await;
    let story = story.configured(data, &[]).then("the Secret is away", steps_done(1, "more replicas")).await;
    let story = story.then("it is aborted", aborted("2026-01-01T00:00:02Z")).await;
    let story = story.configured(data, &secret).after("the Secret is back", 5).await;
    check(
        &story,
        expect![[r#"
        !! notifications.argoproj.io/subscribe.webhook: the service webhook is not there, or wrong; see service.webhook of the ConfigMap
        — v2 begins
        hook.test 200: shop/web gets a new version. more replicas
        — the Secret is away
        (again in 3599 s)
        — it is aborted
        (again in 3599 s)
        — the Secret is back
        hook.test 200: shop/web has done step 1 of 4. more replicas
        hook.test 200: shop/web was aborted: users are back on the version before. RolloutAborted: errors
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_subscribes_later_has_missed_what_is_over() {
    let story = given(HOOK, subscribed()).await.begins("v2", "2026-01-01T00:00:00Z").await;
    let story = story.then("nobody subscribes", json!({"metadata": {"annotations": {SUBSCRIBED: null}}})).await;
    let story = story.begins("v3", "2026-01-01T00:01:00Z").await;
    let story = story.then("it is aborted", aborted("2026-01-01T00:01:01Z")).await;
    let story = story.then("somebody subscribes", json!({"metadata": {"annotations": {SUBSCRIBED: ""}}})).await;
    check(
        &story.begins("v4", "2026-01-01T00:02:00Z").await,
        expect![[r#"
        — v2 begins
        hook.test 200: shop/web gets a new version. more replicas
        — nobody subscribes
        — v3 begins
        — it is aborted
        — somebody subscribes
        — v4 begins
        hook.test 200: shop/web gets a new version. more replicas
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn all_recipients_of_a_trigger_are_told_however_many_there_are() {
    let names: Vec<String> = (0..60).map(|at| format!("r{at}")).collect();
    let addresses: Vec<_> = names.iter().map(|name| format!("{name}: 'http://{name}.test/'")).collect();
    let data = format!("service.googlechat: \"webhooks: {{{}}}\"", addresses.join(", "));
    let subscribed = json!({"notifications.argoproj.io/subscribe.on-rollout-updated.googlechat": names.join(";")});
    let story = given(&data, subscribed).await.begins("v2", "2026-01-01T00:00:00Z").await;
    assert_eq!(story.told.matches(" 200: ").count(), 60, "{}", story.told);
    let story = story.answering(|_| Some(503)).begins("v3", "2026-01-01T00:00:00Z").await;
    assert!(story.told.contains("!! 20 notices are lost: 40 others wait to be sent already"), "{}", story.told);
}

#[tokio::test(start_paused = true)]
async fn a_trigger_tells_once_for_what_its_once_per_gives() {
    let trigger = "[{send: [rollout-step-completed], oncePer: rollout.status.currentPodHash}]";
    let data = format!("{HOOK}\ntrigger.on-rollout-step-completed: '{trigger}'");
    let only = json!({"notifications.argoproj.io/subscribe.on-rollout-step-completed.webhook": ""});
    let story = given(&data, only).await.begins("v2", "2026-01-01T00:00:00Z").await;
    let story = story.then("a step is done", steps_done(1, "")).await;
    let story = story.then("two more are", steps_done(3, "")).await;
    let story = story.begins("v3", "2026-01-01T00:01:00Z").await;
    check(
        &story.then("a step is done", steps_done(1, "")).await,
        expect![[r#"
        — v2 begins
        — a step is done
        hook.test 200: shop/web has done step 1 of 4.
        — two more are
        — v3 begins
        — a step is done
        hook.test 200: shop/web has done step 1 of 4.
    "#]],
    );
}
