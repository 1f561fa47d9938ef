//! What an object was like when something happened: a notice that comes late, or together with others, tells of that and not of the
//! present.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::note::Owed;
use crate::release::Happening;
use crate::story::Occurrence;
use crate::text::cut;

/// The most letters of a message that are kept: what is owed is noted in the cluster.
const LONGEST: usize = 300;
/// The most containers whose images are kept.
const MOST_CONTAINERS: usize = 20;

/// What is kept of an object's moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moment {
    /// What its status said, as a patch over the present one (RFC 7386).
    #[serde(skip_serializing_if = "Value::is_null")]
    status: Value,
    /// What its release ran, by container.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    images: BTreeMap<String, String>,
}

impl Moment {
    /// Whether nothing is known of it, as in notes of earlier versions.
    pub(crate) fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// That of a Rollout at something that happened to it. What happened before other things that are seen now too was not said by the
    /// status as it is now.
    pub(crate) fn of_rollout(
        variables: &Map<String, Value>,
        images: &BTreeMap<String, String>,
        of: &Occurrence,
        done: usize,
    ) -> Self {
        let status = variables.get("rollout").and_then(|rollout| rollout.get("status")).unwrap_or(&Value::Null);
        let step = of.id.strip_prefix("step/").and_then(|step| step.parse::<usize>().ok());
        let is_aborted = status.get("abort") == Some(&Value::Bool(true));
        let is_done = of.what == Some(Happening::Completed);
        let earlier = match step {
            Some(step) => (step < done).then_some("Progressing"),
            None if of.id == "updated" => (done > 0 || is_aborted).then_some("Progressing"),
            None => (is_done && is_aborted).then_some("Healthy"),
        };
        let mut kept = parts(status, &["phase", "message", "currentPodHash", "currentStepIndex"]);
        if let Some(phase) = earlier {
            kept.insert("phase".to_owned(), phase.into());
            kept.insert("message".to_owned(), Value::Null);
        }
        if let Some(step) = step.filter(|_| earlier.is_some()) {
            kept.insert("currentStepIndex".to_owned(), step.into());
        }
        let images = images.iter().take(MOST_CONTAINERS).map(|(name, image)| (name.clone(), image.clone())).collect();
        Self { status: kept.into(), images }
    }

    /// That of an Application.
    pub(crate) fn of_application(variables: &Map<String, Value>) -> Self {
        let status = variables.get("app").and_then(|app| app.get("status")).unwrap_or(&Value::Null);
        let part = |name: &str, fields: &[&str]| status.get(name).map(|part| parts(part, fields));
        let mut operation = part("operationState", &["phase", "message", "startedAt", "finishedAt"]);
        let synced =
            status.pointer("/operationState/syncResult").map(|result| parts(result, &["revision", "revisions"]));
        if let Some(operation) = &mut operation {
            operation.insert("syncResult".to_owned(), synced.into());
        }
        let sync = part("sync", &["status", "revision", "revisions"]);
        let health = part("health", &["status", "message"]);
        Self { status: json!({"sync": sync, "health": health, "operationState": operation}), ..Self::default() }
    }

    /// The object as it was. Of an earlier release it has the images, and nothing of the present one's.
    fn over(&self, object: &mut Value, is_earlier: bool) {
        if self.is_unknown() {
            return;
        }
        json_patch::merge(object, &json!({"status": self.status}));
        let pods = object.pointer_mut("/spec/template/spec").and_then(Value::as_object_mut);
        if let Some(pods) = pods.filter(|_| is_earlier) {
            let image = |(name, image): (&String, &String)| json!({"name": name, "image": image});
            pods.insert("containers".to_owned(), self.images.iter().map(image).collect());
        }
    }
}

/// Those parts of a value: null where there is none, which takes away what is there now.
fn parts(of: &Value, names: &[&str]) -> Map<String, Value> {
    let part = |name: &&str| {
        let kept = match of.get(*name) {
            Some(Value::String(text)) => cut(text, LONGEST).into(),
            other => other.cloned().unwrap_or_default(),
        };
        ((*name).to_owned(), kept)
    };
    names.iter().map(part).collect()
}

/// What templates find for a notice, given what they would find of the present and the release that the object is at now. Of what
/// happened, why it did, and the evidence. A notice of an earlier release says so.
pub fn variables(present: &Map<String, Value>, owed: &Owed, release: &str) -> Map<String, Value> {
    let mut all = present.clone();
    let is_earlier = owed.release != release;
    for name in ["rollout", "app"] {
        all.get_mut(name).into_iter().for_each(|object| owed.moment.over(object, is_earlier));
    }
    let (why, evidence) = owed.of.what.as_ref().and_then(Happening::why).unwrap_or_default();
    let mut why = why.to_owned();
    let status = all.get_mut("rollout").and_then(|rollout| rollout.get_mut("status")).and_then(Value::as_object_mut);
    if let Some(status) = status.filter(|_| is_earlier) {
        let message = status.get("message").and_then(Value::as_str).unwrap_or_default();
        let message = of_earlier(message, &owed.release);
        why = if why.is_empty() { message.clone() } else { of_earlier(&why, &owed.release) };
        status.insert("message".to_owned(), message.into());
    }
    all.insert("why".to_owned(), why.into());
    all.insert("evidence".to_owned(), evidence.into());
    all
}

fn of_earlier(text: &str, release: &str) -> String {
    let (hash, began) = release.split_once('@').unwrap_or((release, ""));
    let began = began.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
    let began = began.map(|began| format!(" of {began}")).unwrap_or_default();
    format!("{text} (This is the release {hash}{began}; a newer one has begun since.)").trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::subscribe::Subscription;

    fn owed(id: &str, what: Option<Happening>, then: &Map<String, Value>, done: usize) -> Owed {
        let of = Occurrence { id: id.to_owned(), trigger: "on-any".to_owned(), what };
        let images = BTreeMap::from([("web".to_owned(), "web:2".to_owned())]);
        Owed {
            release: "v2@1767261600".to_owned(),
            moment: Moment::of_rollout(then, &images, &of, done),
            of,
            to: Subscription { trigger: String::new(), service: String::new(), recipient: String::new() },
            templates: Vec::new(),
            since: None,
        }
    }

    fn rollout(hash: &str, status: &Value) -> Map<String, Value> {
        let containers = json!([{"name": "web", "image": format!("web:{hash}"), "args": ["x"]}]);
        let spec = json!({"template": {"spec": {"containers": containers}}});
        Map::from_iter([("rollout".to_owned(), json!({"spec": spec, "status": status}))])
    }

    /// What a template finds of it later, and of which release the Rollout is then.
    fn found(one: &Owed, now: &Map<String, Value>, release: &str) -> String {
        // As it comes back from the cluster.
        let one: Owed = serde_json::from_value(json!(one)).unwrap();
        let all = variables(now, &one, release);
        format!(
            "{}: {} {} {}",
            one.of.id, all["rollout"]["status"], all["rollout"]["spec"]["template"]["spec"], all["why"]
        )
    }

    #[test]
    fn a_notice_tells_of_its_moment_and_says_so_if_its_release_is_not_the_last() {
        let then = rollout("2", &json!({"phase": "Progressing", "message": "more replicas", "currentStepIndex": 3}));
        let aborted =
            json!({"phase": "Degraded", "message": "RolloutAborted: errors", "abort": true, "currentStepIndex": 0});
        let (same, newer) = (rollout("2", &aborted), rollout("3", &aborted));
        let step = Some(Happening::Step { step: 2, what: "pause".to_owned() });
        let told = [
            found(&owed("step/2", step, &then, 3), &then, "v2@1767261600"),
            found(&owed("step/3", None, &then, 3), &same, "v2@1767261600"),
            found(&owed("completed", Some(Happening::Completed), &same, 3), &same, "v2@1767261600"),
            found(&owed("completed", Some(Happening::Completed), &then, 3), &newer, "v3@1767265200"),
            found(&owed("aborted@1", Some(Happening::Aborted("errors".to_owned())), &then, 3), &newer, "v3@1767265200"),
        ];
        expect![[r#"
            step/2: {"currentStepIndex":2,"phase":"Progressing"} {"containers":[{"args":["x"],"image":"web:2","name":"web"}]} ""
            step/3: {"abort":true,"currentStepIndex":3,"message":"more replicas","phase":"Progressing"} {"containers":[{"args":["x"],"image":"web:2","name":"web"}]} ""
            completed: {"abort":true,"currentStepIndex":0,"phase":"Healthy"} {"containers":[{"args":["x"],"image":"web:2","name":"web"}]} ""
            completed: {"abort":true,"currentStepIndex":3,"message":"more replicas (This is the release v2 of 2026-01-01T10:00:00Z; a newer one has begun since.)","phase":"Progressing"} {"containers":[{"image":"web:2","name":"web"}]} "more replicas (This is the release v2 of 2026-01-01T10:00:00Z; a newer one has begun since.)"
            aborted@1: {"abort":true,"currentStepIndex":3,"message":"more replicas (This is the release v2 of 2026-01-01T10:00:00Z; a newer one has begun since.)","phase":"Progressing"} {"containers":[{"image":"web:2","name":"web"}]} "errors (This is the release v2 of 2026-01-01T10:00:00Z; a newer one has begun since.)""#]].assert_eq(&told.join("\n"));
    }

    #[test]
    fn an_application_is_told_of_as_it_was() {
        let app = |revision: &str, operation: &Value| {
            let status =
                json!({"sync": {"status": "Synced", "revision": revision}, "health": {}, "operationState": operation});
            Map::from_iter([("app".to_owned(), json!({"status": status}))])
        };
        let failed = json!({"phase": "Failed", "message": "no", "syncResult": {"revision": "a"}});
        let moment = Moment::of_application(&app("a", &failed));
        let one = Owed { moment, ..owed("when/x", None, &Map::new(), 0) };
        let now = app("b", &json!({"phase": "Succeeded", "message": "fine", "syncResult": {"revision": "b"}}));
        expect![[r#"{"status":{"health":{},"operationState":{"message":"no","phase":"Failed","syncResult":{"revision":"a"}},"sync":{"revision":"a","status":"Synced"}}}"#]].assert_eq(&variables(&now, &one, "b")["app"].to_string());
    }
}
