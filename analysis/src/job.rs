//! A Job as a measurement: good when it succeeds. What it looks like, what it is called, what it comes to; all pure.

use serde_json::{Map, Value, json};
use sluice_crds::{JobMetric, Violation};

use crate::judge::{Outcome, Verdict};

/// The label, on a Job and on its pods, with the uid of its run.
pub const UID: &str = "analysisrun.argoproj.io/uid";
/// The annotation with the name of its run.
pub const RUN: &str = "analysisrun.argoproj.io/name";
/// The annotation with the name of its metric.
pub const METRIC: &str = "analysisrun.argoproj.io/metric-name";
/// Where a measurement's metadata says what its Job is called.
pub const NAME: &str = "job-name";
/// Where a measurement's metadata says where its Job is.
pub const NAMESPACE: &str = "job-namespace";

/// A Job that can be made.
#[derive(Debug, Clone)]
pub struct JobSource {
    labels: Map<String, Value>,
    annotations: Map<String, Value>,
    spec: Value,
}

/// Which measurement a Job is made for.
#[derive(Debug, Clone, Copy)]
pub struct Which<'a> {
    /// The run's name.
    pub run: &'a str,
    /// The run's uid.
    pub uid: &'a str,
    /// The metric.
    pub metric: &'a str,
    /// The number of the measurement, from 1.
    pub number: u64,
}

impl JobSource {
    /// Checks a Job as far as its own rules go; the API server checks the rest. Any violation is added to `violations`,
    /// with its field seen from the metric.
    pub(crate) fn parse(metric: &JobMetric, violations: &mut Vec<Violation>) -> Option<Self> {
        let before = violations.len();
        let mut note = |field: &str, message: &str| {
            violations.push(Violation::new(format!("provider.job.{field}"), message));
        };
        for name in metric.unknown.keys() {
            note(name, "there is no such field");
        }
        let metadata = metric.metadata.as_ref().and_then(|metadata| metadata.0.as_object());
        let mut texts = |field: &str| match metadata.and_then(|metadata| metadata.get(field)) {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(texts)) if texts.values().all(Value::is_string) => texts.clone(),
            Some(_) => {
                note(&format!("metadata.{field}"), "must be names and texts");
                Map::new()
            }
        };
        let (labels, annotations) = (texts("labels"), texts("annotations"));
        let taken = ["labels", "annotations", "creationTimestamp"];
        let others = metadata.into_iter().flat_map(Map::keys).filter(|name| !taken.contains(&name.as_str()));
        for name in others {
            note(&format!("metadata.{name}"), "is not taken over; only labels and annotations are");
        }
        let spec = &metric.spec.0;
        let containers = spec.pointer("/template/spec/containers").and_then(Value::as_array);
        if containers.is_none_or(Vec::is_empty) {
            note("spec.template.spec.containers", "are missing");
        }
        let restart = spec.pointer("/template/spec/restartPolicy").and_then(Value::as_str);
        if !matches!(restart, Some("Never" | "OnFailure")) {
            note("spec.template.spec.restartPolicy", "must be Never or OnFailure");
        }
        (violations.len() == before).then(|| Self { labels, annotations, spec: spec.clone() })
    }

    /// The Job to make. Its name tells it from that of any other measurement: made twice, it is there once.
    pub fn object(&self, which: Which<'_>) -> Value {
        let mut labels = self.labels.clone();
        labels.insert(UID.to_owned(), which.uid.into());
        let mut annotations = self.annotations.clone();
        annotations.insert(RUN.to_owned(), which.run.into());
        annotations.insert(METRIC.to_owned(), which.metric.into());
        let owner = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun", "name": which.run,
                           "uid": which.uid, "controller": true, "blockOwnerDeletion": true});
        let metadata =
            json!({"name": name(which), "labels": labels, "annotations": annotations, "ownerReferences": [owner]});
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": self.labelled(which.uid)})
    }

    /// The spec, with the run's uid on the pods.
    fn labelled(&self, uid: &str) -> Value {
        let mut spec = self.spec.clone();
        let template = spec.get_mut("template").and_then(Value::as_object_mut);
        let metadata = template.map(|template| template.entry("metadata").or_insert_with(|| json!({})));
        let labels =
            metadata.and_then(Value::as_object_mut).map(|all| all.entry("labels").or_insert_with(|| json!({})));
        if let Some(labels) = labels.and_then(Value::as_object_mut) {
            labels.insert(UID.to_owned(), uid.into());
        }
        spec
    }

    /// Whether the Job ends by itself, however long it takes.
    pub fn has_deadline(&self) -> bool {
        self.spec.get("activeDeadlineSeconds").is_some_and(Value::is_number)
    }
}

/// The most letters of a Job's name: its pods carry it as a label.
const NAME_LIMIT: usize = 63;

/// What the Job of a measurement is called: `<uid>.<metric>.<number>`, as ever, where that is a name.
pub fn name(which: Which<'_>) -> String {
    let Which { uid, metric, number, .. } = which;
    let plain = format!("{uid}.{metric}.{number}");
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let is_label = |part: &str| !part.is_empty() && !part.starts_with('-') && !part.ends_with('-');
    if plain.len() <= NAME_LIMIT && metric.chars().all(fits) && is_label(metric) {
        return plain;
    }
    let hash = fnv(metric);
    let room = NAME_LIMIT.saturating_sub(format!("{uid}.m-{hash:08x}.{number}").len());
    let short: String = metric.to_ascii_lowercase().chars().filter(|letter| fits(*letter)).take(room).collect();
    format!("{uid}.m{short}-{hash:08x}.{number}")
}

/// FNV-1a: tells two metrics apart whose names are the same in the letters that a Job's name has.
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// What a Job came to; `None` while it runs.
pub fn verdict(job: &Value) -> Option<Verdict> {
    let conditions = job.pointer("/status/conditions").and_then(Value::as_array);
    let text =
        |condition: &Value, field: &str| condition.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let true_ones = || conditions.into_iter().flatten().filter(|condition| text(condition, "status") == "True");
    if let Some(failed) = true_ones().find(|condition| text(condition, "type") == "Failed") {
        let (reason, message) = (text(failed, "reason"), text(failed, "message"));
        let message = format!("the Job failed: {reason}: {message}");
        return Some(Verdict { outcome: Outcome::Failed, message });
    }
    let complete = true_ones().any(|condition| text(condition, "type") == "Complete");
    complete.then(|| Verdict { outcome: Outcome::Successful, message: String::new() })
}

/// Why a container of these pods cannot start and never will by itself, in the kubelet's words.
///
/// `ErrImagePull` alone is not enough: the first try may fail where the second does not.
pub fn stuck(pods: &[Value]) -> Option<String> {
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let statuses = pods.iter().flat_map(|pod| lists.iter().filter_map(|list| pod.pointer(list)?.as_array()));
    let mut waiting = statuses.flatten().filter_map(|container| container.pointer("/state/waiting"));
    waiting.find_map(|waiting| {
        let text = |field: &str| waiting.get(field).and_then(Value::as_str).unwrap_or_default();
        let reason = text("reason");
        ["ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"]
            .contains(&reason)
            .then(|| format!("the Job cannot start: {reason}: {}", text("message")))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const UID_OF_RUN: &str = "3c4ef2b1-0000-4000-8000-5a7d6e9f0a1b";

    fn which(metric: &str) -> Which<'_> {
        Which { run: "web-1", uid: UID_OF_RUN, metric, number: 2 }
    }

    fn parse(metric: Value) -> Result<JobSource, String> {
        let mut violations = Vec::new();
        let job = JobSource::parse(&serde_json::from_value(metric).unwrap(), &mut violations);
        job.ok_or_else(|| sluice_crds::violation::in_lines(&violations))
    }

    #[test]
    fn a_job_is_its_runs_own_and_says_so_on_its_pods() {
        let template = json!({"spec": {"containers": [{"name": "a"}], "restartPolicy": "Never"}});
        let metadata = json!({"labels": {"team": "web"}, "annotations": {"note": "x"}});
        let job = parse(json!({"metadata": metadata, "spec": {"backoffLimit": 1, "template": template}})).unwrap();
        expect![[r#"
            {
              "apiVersion": "batch/v1",
              "kind": "Job",
              "metadata": {
                "annotations": {
                  "analysisrun.argoproj.io/metric-name": "smoke-test",
                  "analysisrun.argoproj.io/name": "web-1",
                  "note": "x"
                },
                "labels": {
                  "analysisrun.argoproj.io/uid": "3c4ef2b1-0000-4000-8000-5a7d6e9f0a1b",
                  "team": "web"
                },
                "name": "3c4ef2b1-0000-4000-8000-5a7d6e9f0a1b.smoke-test.2",
                "ownerReferences": [
                  {
                    "apiVersion": "argoproj.io/v1alpha1",
                    "blockOwnerDeletion": true,
                    "controller": true,
                    "kind": "AnalysisRun",
                    "name": "web-1",
                    "uid": "3c4ef2b1-0000-4000-8000-5a7d6e9f0a1b"
                  }
                ]
              },
              "spec": {
                "backoffLimit": 1,
                "template": {
                  "metadata": {
                    "labels": {
                      "analysisrun.argoproj.io/uid": "3c4ef2b1-0000-4000-8000-5a7d6e9f0a1b"
                    }
                  },
                  "spec": {
                    "containers": [
                      {
                        "name": "a"
                      }
                    ],
                    "restartPolicy": "Never"
                  }
                }
              }
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&job.object(which("smoke-test"))).unwrap());
        assert!(!job.has_deadline());
    }

    #[test]
    fn a_name_is_a_label_however_the_metric_is_called() {
        let long = "a-metric-with-quite-a-long-name-that-goes-on";
        let names: Vec<String> =
            ["smoke", "Smoke Test", long, "-", &format!("{long}!")].map(|metric| name(which(metric))).into();
        assert!(names.iter().all(|name| name.len() <= NAME_LIMIT), "{names:?}");
        expect![[r#"
            3c4ef2b1-0000-4000-8000-5a7d6e9f0a1b.smoke.2
            3c4ef2b1-0000-4000-8000-5a7d6e9f0a1b.msmoketest-ab4d9392.2
            3c4ef2b1-0000-4000-8000-5a7d6e9f0a1b.ma-metric-with--2422763b.2
            3c4ef2b1-0000-4000-8000-5a7d6e9f0a1b.m--280c9438.2
            3c4ef2b1-0000-4000-8000-5a7d6e9f0a1b.ma-metric-with--fc3feaee.2"#]]
        .assert_eq(&names.join("\n"));
    }

    #[test]
    fn a_job_is_judged_by_its_conditions() {
        let judged = |conditions: Value| {
            verdict(&json!({"status": {"conditions": conditions}})).map(|it| (it.outcome, it.message))
        };
        assert_eq!(judged(json!([])), None);
        assert_eq!(judged(json!([{"type": "Complete", "status": "False"}])), None);
        assert_eq!(judged(json!([{"type": "SuccessCriteriaMet", "status": "True"}])), None);
        assert_eq!(judged(json!([{"type": "Complete", "status": "True"}])), Some((Outcome::Successful, String::new())));
        let failed = json!([{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"}]);
        let words = "the Job failed: BackoffLimitExceeded: Job has reached the specified backoff limit".to_owned();
        assert_eq!(judged(failed), Some((Outcome::Failed, words)));
    }

    #[test]
    fn an_image_that_cannot_be_pulled_is_told_by_the_pods() {
        let pod = |reason: &str| json!({"status": {"containerStatuses": [{"state": {"waiting": {"reason": reason, "message": "no such image"}}}]}});
        assert_eq!(stuck(&[]), None);
        assert_eq!(stuck(&[pod("ContainerCreating"), pod("ErrImagePull")]), None);
        assert_eq!(
            stuck(&[pod("ImagePullBackOff")]).as_deref(),
            Some("the Job cannot start: ImagePullBackOff: no such image")
        );
    }

    #[test]
    fn every_mistake_is_named_with_its_field() {
        let metadata = json!({"labels": {"a": 1}, "name": "mine"});
        expect![[r#"
            provider.job.timeout: there is no such field
            provider.job.metadata.labels: must be names and texts
            provider.job.metadata.name: is not taken over; only labels and annotations are
            provider.job.spec.template.spec.containers: are missing
            provider.job.spec.template.spec.restartPolicy: must be Never or OnFailure
        "#]]
        .assert_eq(&parse(json!({"metadata": metadata, "spec": {}, "timeout": 1})).unwrap_err());
    }
}
