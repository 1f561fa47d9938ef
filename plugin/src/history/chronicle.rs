//! What is known of releases: from ReplicaSets, the status, and the events that are still there. Pure.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Event;
use kube::ResourceExt;
use serde::Serialize;
use serde_json::{Value, json};
use sluice_crds::names::{annotation, event, reason};
use sluice_crds::{Rollout, RolloutDuration};
use sluice_orders::own::{hash, number};
use sluice_orders::standing::{newest, stable};

use crate::age;
use crate::table::{self, Column};

/// One release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Release {
    revision: u64,
    hash: String,
    images: Vec<String>,
    began: Option<Timestamp>,
    ended: Option<Timestamp>,
    /// How much of it people were waited for.
    waited_seconds: Option<i64>,
    outcome: String,
    /// Who or what ended it, and why.
    why: Option<String>,
}

const COLUMNS: [Column; 8] =
    [("REVISION", 8), ("HASH", 10), ("OUTCOME", 10), ("AGE", 4), ("TOOK", 5), ("WAITED", 6), ("IMAGE", 5), ("WHY", 3)];

/// The releases, newest first.
pub(super) fn releases(rollout: &Rollout, own: &[ReplicaSet], events: &[Event]) -> Vec<Release> {
    let told = told(events);
    let mut releases: Vec<Release> = own.iter().map(|one| release(rollout, one, &told)).collect();
    releases.sort_by_key(|release| std::cmp::Reverse(release.revision));
    releases
}

/// How the release of a revision ended, as an event told.
#[derive(Clone, Debug, Default)]
struct Told {
    began: Option<Timestamp>,
    ended: Option<Timestamp>,
    why: Option<String>,
}

/// What events tell of each revision's last release, by its hash.
fn told(events: &[Event]) -> BTreeMap<String, Told> {
    let mut sorted: Vec<(Timestamp, &Event)> = events.iter().filter_map(|one| Some((at(one)?, one))).collect();
    sorted.sort_by_key(|(at, _)| *at);
    let (mut told, mut current) = (BTreeMap::<String, Told>::new(), None::<String>);
    for (at, one) in sorted {
        let (reason, text) = (one.reason.as_deref().unwrap_or_default(), one.message.as_deref().unwrap_or_default());
        if let (event::UPDATED, Some(hash)) = (reason, text.strip_prefix("new revision ")) {
            told.insert(hash.to_owned(), Told { began: Some(at), ..Told::default() });
            current = Some(hash.to_owned());
        }
        let ended = match reason {
            reason::COMPLETED => text.strip_prefix("promoted ").map(|hash| (hash.to_owned(), None)),
            reason::ABORTED => current.clone().zip(Some(text.strip_prefix("aborted: ").map(str::to_owned))),
            _ => None,
        };
        if let Some((hash, why)) = ended {
            let release = told.entry(hash).or_default();
            (release.ended, release.why) = (Some(at), why);
        }
    }
    told
}

fn at(event: &Event) -> Option<Timestamp> {
    let times = [event.event_time.as_ref().map(|time| time.0), event.last_timestamp.as_ref().map(|time| time.0)];
    times.into_iter().flatten().next()
}

fn release(rollout: &Rollout, one: &ReplicaSet, told: &BTreeMap<String, Told>) -> Release {
    let of = hash(one).unwrap_or_default();
    let template =
        one.spec.as_ref().and_then(|spec| spec.template.as_ref()).and_then(|template| template.spec.as_ref());
    let images = template.into_iter().flat_map(|pod| &pod.containers).filter_map(|container| container.image.clone());
    let told = told.get(of).cloned().unwrap_or_default();
    let release = Release {
        revision: number(one).unwrap_or(0),
        hash: of.to_owned(),
        images: images.collect(),
        began: told.began.or_else(|| one.metadata.creation_timestamp.as_ref().map(|time| time.0)),
        ended: told.ended,
        waited_seconds: None,
        outcome: one.annotations().get(annotation::PAST).cloned().unwrap_or_else(|| "unknown".to_owned()),
        why: told.why,
    };
    if newest(rollout) == Some(of) { with_status(release, rollout) } else { release }
}

/// Of the newest revision the status knows more.
fn with_status(mut release: Release, rollout: &Rollout) -> Release {
    let status = rollout.status.clone().unwrap_or_default();
    if status.abort {
        "aborted".clone_into(&mut release.outcome);
        release.why = release.why.or(status.message);
    } else if stable(rollout) != newest(rollout) {
        "under way".clone_into(&mut release.outcome);
    }
    let Some(RolloutDuration {
        rollout_started_at,
        finished_at,
        completion_status,
        total_manual_pause_duration_seconds,
        ..
    }) = status.duration
    else {
        return release;
    };
    release.began = rollout_started_at.map(|time| time.0).or(release.began);
    release.ended = finished_at.map(|time| time.0).or(release.ended);
    release.waited_seconds = total_manual_pause_duration_seconds;
    release.outcome = completion_status.map_or(release.outcome, |how| how.to_lowercase());
    release
}

/// For people.
pub(super) fn lines(releases: &[Release], now: Timestamp) -> Vec<String> {
    let cells = |release: &Release| {
        let began = release.began.map(|began| age::text(now.duration_since(began)));
        let took = release.began.zip(release.ended).map(|(began, ended)| age::text(ended.duration_since(began)));
        let waited = release.waited_seconds.map(|seconds| age::text(SignedDuration::from_secs(seconds)));
        let dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        vec![
            release.revision.to_string(),
            release.hash.clone(),
            release.outcome.clone(),
            dash(began),
            dash(took),
            dash(waited),
            dash(release.images.first().cloned()),
            release.why.clone().unwrap_or_default(),
        ]
    };
    table::table(&COLUMNS, &releases.iter().map(cells).collect::<Vec<_>>())
}

/// For programs.
pub(super) fn document(name: &str, releases: &[Release]) -> Result<Value> {
    let releases = serde_json::to_value(releases).context("write the document")?;
    Ok(json!({"name": name, "releases": releases}))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const NOW: &str = "2026-01-01T12:00:00Z";

    fn check(status: &Value, events: &[(&str, &str, &str)], expected: &Expect) {
        let rollout =
            serde_json::from_value(json!({"metadata": {"name": "shop"}, "spec": {}, "status": status})).unwrap();
        let revision = |number: &str, hash: &str, past: &str| -> ReplicaSet {
            let object = json!({"metadata": {"name": hash, "labels": {"rollouts-pod-template-hash": hash},
                    "creationTimestamp": format!("2026-01-01T0{number}:00:00Z"),
                    "annotations": {"rollout.argoproj.io/revision": number, "sluice/release": past}},
                "spec": {"selector": {}, "template": {"spec": {"containers": [{"name": "web", "image": format!("web:{number}")}]}}}});
            serde_json::from_value(object).unwrap()
        };
        let own =
            [revision("1", "aaa", "completed"), revision("2", "bbb", "aborted"), revision("3", "ccc", "unfinished")];
        let event = |(reason, text, at): &(&str, &str, &str)| -> Event {
            let object =
                json!({"metadata": {}, "involvedObject": {}, "reason": reason, "message": text, "lastTimestamp": at});
            serde_json::from_value(object).unwrap()
        };
        let events: Vec<Event> = events.iter().map(event).collect();
        let releases = releases(&rollout, &own, &events);
        expected.assert_eq(&(lines(&releases, NOW.parse().unwrap()).join("\n") + "\n"));
    }

    #[test]
    fn events_tell_how_long_releases_took_and_why_they_were_taken_back() {
        let status = json!({"stableRS": "aaa", "currentPodHash": "ccc",
            "duration": {"rolloutStartedAt": "2026-01-01T11:50:00Z", "totalManualPauseDurationSeconds": 90}});
        let events = [
            ("RolloutAborted", "aborted: analysis errors Failed: 0.2 is not < 0.01", "2026-01-01T11:30:00Z"),
            ("RolloutUpdated", "new revision bbb", "2026-01-01T11:20:00Z"),
            ("RolloutCompleted", "promoted aaa", "2026-01-01T11:10:00Z"),
            ("RolloutUpdated", "new revision aaa", "2026-01-01T11:00:00Z"),
        ];
        check(
            &status,
            &events,
            &expect![[r#"
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  WHY
            3         ccc         under way   10m   -      90s     web:3
            2         bbb         aborted     40m   10m    -       web:2  analysis errors Failed: 0.2 is not < 0.01
            1         aaa         completed   60m   10m    -       web:1
        "#]],
        );
    }

    #[test]
    fn without_events_the_revisions_and_the_status_tell() {
        let status = json!({"stableRS": "ccc", "currentPodHash": "ccc", "duration": {
            "rolloutStartedAt": "2026-01-01T11:50:00Z", "finishedAt": "2026-01-01T11:56:00Z", "completionStatus": "Promoted"}});
        check(
            &status,
            &[],
            &expect![[r#"
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  WHY
            3         ccc         promoted    10m   6m     -       web:3
            2         bbb         aborted     10h   -      -       web:2
            1         aaa         completed   11h   -      -       web:1
        "#]],
        );
        let status = json!({"stableRS": "aaa", "currentPodHash": "ccc", "abort": true,
            "message": "RolloutAborted: aborted by hand: p99 is up (alice)"});
        check(
            &status,
            &[],
            &expect![[r#"
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  WHY
            3         ccc         aborted     9h    -      -       web:3  RolloutAborted: aborted by hand: p99 is up (alice)
            2         bbb         aborted     10h   -      -       web:2
            1         aaa         completed   11h   -      -       web:1
        "#]],
        );
    }
}
