//! A release as its Rollout shows it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sluice_crds::names::annotation;
use sluice_crds::{PauseCondition, Rollout, RolloutPhase, RolloutStatus, Time};

use super::{Commit, Image, Link, Phase, Release, Steps};
use crate::story;

/// On Rollouts: who asked for the release. A pipeline writes it.
pub const BY: &str = "sluice/by";
/// On Rollouts: the commit that is released.
pub const COMMIT: &str = "sluice/commit";
/// On Rollouts: the first line of the commit.
pub const COMMIT_TITLE: &str = "sluice/commit-title";
/// On Rollouts: where the commit can be read.
pub const COMMIT_URL: &str = "sluice/commit-url";

/// Images by container.
pub type Images = BTreeMap<String, String>;

/// What is known beside the Rollout itself.
#[derive(Clone, Debug, Default)]
pub struct Beside<'b> {
    /// What the stable version runs, or ran before the new one took over.
    pub before: Images,
    /// What the new version runs.
    pub after: Images,
    /// `context` of the ConfigMap: `cluster` is the cluster's name, `link.TITLE` an address with `{namespace}` and `{name}` in it.
    pub context: Option<&'b BTreeMap<String, String>>,
    /// It was promoted before it was taken back.
    pub was_promoted: bool,
}

/// Reads it. A status that says nothing yet is of a release that goes on.
pub fn read(rollout: &Rollout, beside: &Beside<'_>) -> Release {
    let status = rollout.status.clone().unwrap_or_default();
    let phase = phase(&status, beside.was_promoted);
    let text = |name: &str| annotated(rollout, name).unwrap_or_default().to_owned();
    let duration = status.duration.clone().unwrap_or_default();
    let meta = rollout.metadata.clone();
    let (namespace, name) = (meta.namespace.unwrap_or_default(), meta.name.unwrap_or_default());
    let commit = annotated(rollout, COMMIT).map(|hash| Commit {
        hash: hash.to_owned(),
        title: text(COMMIT_TITLE),
        url: text(COMMIT_URL),
    });
    let said = |name: &str| beside.context.and_then(|context| context.get(name)).cloned().unwrap_or_default();
    Release {
        cluster: said("cluster"),
        revision: annotated(rollout, annotation::REVISION).and_then(|number| number.parse().ok()).unwrap_or_default(),
        phase,
        weight: weight(&status, phase),
        steps: steps(rollout, &status, phase),
        images: images(beside),
        who: text(BY),
        commit,
        why: why(&status, phase),
        links: links(beside, &namespace, &name),
        began: time(duration.rollout_started_at.as_ref()).unwrap_or(Timestamp::UNIX_EPOCH),
        ended: time(duration.finished_at.as_ref()).filter(|_| phase.is_over()),
        namespace,
        name,
    }
}

fn annotated<'r>(rollout: &'r Rollout, name: &str) -> Option<&'r str> {
    let text = rollout.metadata.annotations.as_ref()?.get(name)?.trim();
    (!text.is_empty()).then_some(text)
}

fn time(time: Option<&Time>) -> Option<Timestamp> {
    time.map(|time| time.0)
}

fn phase(status: &RolloutStatus, was_promoted: bool) -> Phase {
    let for_a_person = |pause: &PauseCondition| pause.reason.starts_with("Inconclusive");
    let ends_by_itself = status.message.as_deref().is_some_and(|message| message.contains(" until "));
    match status.phase {
        _ if status.abort && was_promoted => Phase::RolledBack,
        _ if status.abort => Phase::Aborted,
        RolloutPhase::Healthy => Phase::Completed,
        RolloutPhase::Degraded => Phase::Stuck,
        RolloutPhase::Paused if ends_by_itself && !status.pause_conditions.iter().any(for_a_person) => Phase::Waiting,
        RolloutPhase::Paused => Phase::Held,
        RolloutPhase::Progressing if waits(status) => Phase::Waiting,
        _ => Phase::Progressing,
    }
}

/// Whether it waits for something to be measured.
fn waits(status: &RolloutStatus) -> bool {
    status.message.as_deref().is_some_and(|message| message.starts_with("waiting for"))
}

/// The share of the new version. Once it is the stable one, that is all there is.
fn weight(status: &RolloutStatus, phase: Phase) -> Option<u8> {
    if phase == Phase::Completed {
        return None;
    }
    u8::try_from(status.canary.weights.as_ref()?.canary.weight).ok()
}

fn steps(rollout: &Rollout, status: &RolloutStatus, phase: Phase) -> Option<Steps> {
    let all = rollout.spec.strategy.canary.as_ref()?.steps.len();
    let done = if phase == Phase::Completed { all } else { story::step(status).min(all) };
    (all > 0).then_some(Steps { done, all })
}

fn why(status: &RolloutStatus, phase: Phase) -> String {
    let told = phase != Phase::Completed && phase != Phase::Progressing;
    status.message.clone().filter(|_| told).unwrap_or_default()
}

fn images(beside: &Beside<'_>) -> Vec<Image> {
    let image = |(container, new): (&String, &String)| Image {
        container: container.clone(),
        old: beside.before.get(container).cloned(),
        new: new.clone(),
    };
    beside.after.iter().map(image).collect()
}

fn links(beside: &Beside<'_>, namespace: &str, name: &str) -> Vec<Link> {
    let all = beside.context.into_iter().flatten();
    let titled = all.filter_map(|(key, url)| Some((key.strip_prefix("link.")?, url)));
    let filled = |url: &String| url.replace("{namespace}", namespace).replace("{name}", name);
    titled.map(|(title, url)| Link { title: title.to_owned(), url: filled(url) }).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use super::*;

    fn seen(status: Value) -> Release {
        let rollout = json!({
            "metadata": {
                "name": "web", "namespace": "shop",
                "annotations": {annotation::REVISION: "7", COMMIT: "3f9c1e7", BY: "jane@example.com"},
            },
            "spec": {"strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}}},
            "status": status,
        });
        let context = BTreeMap::from([
            ("cluster".to_owned(), "prod-eu".to_owned()),
            ("link.Board".to_owned(), "https://board.example.com/{namespace}/{name}".to_owned()),
        ]);
        let image = |image: &str| Images::from([("web".to_owned(), image.to_owned())]);
        let beside =
            Beside { before: image("web:1"), after: image("web:2"), context: Some(&context), was_promoted: false };
        read(&serde_json::from_value(rollout).unwrap(), &beside)
    }

    #[test]
    fn all_that_a_rollout_says_of_its_release_is_read() {
        let release = seen(json!({
            "phase": "Paused", "message": "CanaryPauseStep: waits for promote or abort", "currentStepIndex": 1,
            "pauseConditions": [{"reason": "CanaryPauseStep"}],
            "canary": {"weights": {"canary": {"weight": 20}, "stable": {"weight": 80}}},
            "duration": {"rolloutStartedAt": "2026-01-01T10:00:00Z"},
        }));
        expect![[r#"
            Release {
                namespace: "shop",
                name: "web",
                cluster: "prod-eu",
                revision: 7,
                phase: Held,
                weight: Some(
                    20,
                ),
                steps: Some(
                    Steps {
                        done: 1,
                        all: 2,
                    },
                ),
                images: [
                    Image {
                        container: "web",
                        old: Some(
                            "web:1",
                        ),
                        new: "web:2",
                    },
                ],
                who: "jane@example.com",
                commit: Some(
                    Commit {
                        hash: "3f9c1e7",
                        title: "",
                        url: "",
                    },
                ),
                why: "CanaryPauseStep: waits for promote or abort",
                links: [
                    Link {
                        title: "Board",
                        url: "https://board.example.com/shop/web",
                    },
                ],
                began: 2026-01-01T10:00:00Z,
                ended: None,
            }
        "#]]
        .assert_debug_eq(&release);
    }

    #[test]
    fn how_a_release_stands_follows_from_phase_abort_and_message() {
        let aborted = json!({"phase": "Degraded", "abort": true, "message": "RolloutAborted: errors"});
        for (status, phase, why) in [
            (json!({}), Phase::Progressing, ""),
            (json!({"phase": "Progressing", "message": "more replicas"}), Phase::Progressing, ""),
            (
                json!({"phase": "Progressing", "message": "waiting for analysis a"}),
                Phase::Waiting,
                "waiting for analysis a",
            ),
            (
                json!({"phase": "Paused", "message": "CanaryPauseStep: until 10:05"}),
                Phase::Waiting,
                "CanaryPauseStep: until 10:05",
            ),
            (json!({"phase": "Paused", "message": "spec.paused"}), Phase::Held, "spec.paused"),
            (json!({"phase": "Healthy", "message": "x"}), Phase::Completed, ""),
            (json!({"phase": "Degraded", "message": "no progress"}), Phase::Stuck, "no progress"),
            (aborted, Phase::Aborted, "RolloutAborted: errors"),
        ] {
            let release = seen(status);
            assert_eq!((release.phase, release.why.as_str()), (phase, why));
        }
    }
}
