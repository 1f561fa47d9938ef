//! What is known of releases: from their records on ReplicaSets, and from the status. Pure.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use serde::Serialize;
use serde_json::{Value, json};
use sluice_crds::names::annotation;
use sluice_crds::{ReleaseRecord, Rollout};
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
    /// Who promoted, aborted or retried it by hand.
    ordered_by: Vec<String>,
    /// Why it was taken back.
    why: Option<String>,
}

const COLUMNS: [Column; 9] = [
    ("REVISION", 8),
    ("HASH", 10),
    ("OUTCOME", 10),
    ("AGE", 4),
    ("TOOK", 5),
    ("WAITED", 6),
    ("IMAGE", 5),
    ("BY", 2),
    ("WHY", 3),
];

/// The releases, newest first.
pub(super) fn releases(rollout: &Rollout, own: &[ReplicaSet]) -> Vec<Release> {
    let mut releases: Vec<Release> = own.iter().map(|one| release(rollout, one)).collect();
    releases.sort_by_key(|release| std::cmp::Reverse(release.revision));
    releases
}

fn release(rollout: &Rollout, one: &ReplicaSet) -> Release {
    let of = hash(one).unwrap_or_default();
    let template =
        one.spec.as_ref().and_then(|spec| spec.template.as_ref()).and_then(|template| template.spec.as_ref());
    let images = template.into_iter().flat_map(|pod| &pod.containers).filter_map(|container| container.image.clone());
    let note = |key: &str| one.annotations().get(key);
    let release = Release {
        revision: number(one).unwrap_or(0),
        hash: of.to_owned(),
        images: images.collect(),
        began: one.metadata.creation_timestamp.as_ref().map(|time| time.0),
        outcome: note(annotation::PAST).cloned().unwrap_or_else(|| "unknown".to_owned()),
        ..Release::default()
    };
    let record = note(annotation::RECORD).and_then(|text| serde_json::from_str(text).ok());
    let release = if let Some(record) = record { recorded(release, record) } else { release };
    if newest(rollout) == Some(of) { with_status(release, rollout) } else { release }
}

fn recorded(release: Release, record: ReleaseRecord) -> Release {
    let ReleaseRecord { began, ended, how, waited_seconds, ordered_by, why } = record;
    Release {
        began: Some(began.0),
        ended: Some(ended.0),
        outcome: how.to_lowercase(),
        waited_seconds: Some(waited_seconds).filter(|seconds| *seconds > 0),
        ordered_by,
        why: Some(why).filter(|why| !why.is_empty()),
        ..release
    }
}

/// Of the newest revision the status knows more, while its release is under way.
fn with_status(mut release: Release, rollout: &Rollout) -> Release {
    let status = rollout.status.clone().unwrap_or_default();
    let duration = status.duration.unwrap_or_default();
    let is_of_other = duration.pod_hash.is_some_and(|of| of != release.hash);
    if let Some(began) = duration.rollout_started_at.filter(|_| !is_of_other) {
        release.began = Some(began.0);
        release.ended = duration.finished_at.map(|time| time.0);
        release.waited_seconds = duration.total_manual_pause_duration_seconds;
        release.outcome = duration.completion_status.map_or(release.outcome, |how| how.to_lowercase());
        release.ordered_by = status.ordered_by;
    }
    // Also after a promotion: a version that went bad then was taken back.
    if status.abort {
        "aborted".clone_into(&mut release.outcome);
        release.ended = status.aborted_at.map(|time| time.0).or(release.ended);
        release.why = release.why.or(status.message);
    } else if stable(rollout) != newest(rollout) {
        "under way".clone_into(&mut release.outcome);
        (release.ended, release.why) = (None, None);
    }
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
            dash(Some(release.ordered_by.join(", ")).filter(|who| !who.is_empty())),
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

    fn check(status: &Value, records: [&Value; 2], expected: &Expect) {
        let rollout =
            serde_json::from_value(json!({"metadata": {"name": "shop"}, "spec": {}, "status": status})).unwrap();
        let revision = |number: &str, hash: &str, past: &str, record: &Value| -> ReplicaSet {
            let mut object = json!({"metadata": {"name": hash, "labels": {"rollouts-pod-template-hash": hash},
                    "creationTimestamp": format!("2026-01-01T0{number}:00:00Z"),
                    "annotations": {"rollout.argoproj.io/revision": number, "sluice/release": past}},
                "spec": {"selector": {}, "template": {"spec": {"containers": [{"name": "web", "image": format!("web:{number}")}]}}}});
            if !record.is_null() {
                object["metadata"]["annotations"]["sluice/release-record"] = json!(record.to_string());
            }
            serde_json::from_value(object).unwrap()
        };
        let [one, two] = records;
        let own = [
            revision("1", "aaa", "completed", one),
            revision("2", "bbb", "aborted", two),
            revision("3", "ccc", "unfinished", &Value::Null),
        ];
        let releases = releases(&rollout, &own);
        expected.assert_eq(&(lines(&releases, NOW.parse().unwrap()).join("\n") + "\n"));
    }

    #[test]
    fn records_tell_how_long_releases_took_who_drove_them_and_why_they_were_taken_back() {
        let status = json!({"stableRS": "aaa", "currentPodHash": "ccc", "orderedBy": ["alice"], "duration": {
            "podHash": "ccc", "rolloutStartedAt": "2026-01-01T11:50:00Z", "totalManualPauseDurationSeconds": 90}});
        let promoted = json!({"began": "2026-01-01T11:00:00Z", "ended": "2026-01-01T11:10:00Z", "how": "Promoted",
            "waitedSeconds": 120, "orderedBy": ["alice", "bob"]});
        let aborted = json!({"began": "2026-01-01T11:20:00Z", "ended": "2026-01-01T11:30:00Z", "how": "Aborted",
            "why": "analysis errors Failed: 0.2 is not < 0.01"});
        check(
            &status,
            [&promoted, &aborted],
            &expect![[r#"
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  BY          WHY
            3         ccc         under way   10m   -      90s     web:3  alice
            2         bbb         aborted     40m   10m    -       web:2  -           analysis errors Failed: 0.2 is not < 0.01
            1         aaa         promoted    60m   10m    2m      web:1  alice, bob
        "#]],
        );
    }

    #[test]
    fn a_release_that_a_newer_one_took_the_place_of_is_told_as_such() {
        let status = json!({"stableRS": "aaa", "currentPodHash": "ccc", "duration": {"podHash": "ccc", "rolloutStartedAt": "2026-01-01T11:50:00Z"}});
        let superseded = json!({"began": "2026-01-01T11:20:00Z", "ended": "2026-01-01T11:50:00Z", "how": "Superseded",
            "waitedSeconds": 600, "orderedBy": ["alice"]});
        check(
            &status,
            [&Value::Null, &superseded],
            &expect![[r#"
                REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  BY     WHY
                3         ccc         under way   10m   -      -       web:3  -
                2         bbb         superseded  40m   30m    10m     web:2  alice
                1         aaa         completed   11h   -      -       web:1  -
            "#]],
        );
    }

    #[test]
    fn without_records_the_revisions_and_the_status_tell() {
        let status = json!({"stableRS": "ccc", "currentPodHash": "ccc", "duration": {
            "rolloutStartedAt": "2026-01-01T11:50:00Z", "finishedAt": "2026-01-01T11:56:00Z", "completionStatus": "Promoted"}});
        check(
            &status,
            [&Value::Null; 2],
            &expect![[r#"
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  BY  WHY
            3         ccc         promoted    10m   6m     -       web:3  -
            2         bbb         aborted     10h   -      -       web:2  -
            1         aaa         completed   11h   -      -       web:1  -
        "#]],
        );
        let status = json!({"stableRS": "aaa", "currentPodHash": "ccc", "abort": true,
            "message": "RolloutAborted: aborted by hand: p99 is up (alice)"});
        check(
            &status,
            [&Value::Null; 2],
            &expect![[r#"
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  BY  WHY
            3         ccc         aborted     9h    -      -       web:3  -   RolloutAborted: aborted by hand: p99 is up (alice)
            2         bbb         aborted     10h   -      -       web:2  -
            1         aaa         completed   11h   -      -       web:1  -
        "#]],
        );
    }

    #[test]
    fn a_status_that_still_tells_of_the_release_before_is_not_taken_for_this_one() {
        let status = json!({"stableRS": "ccc", "currentPodHash": "ccc", "duration": {"podHash": "bbb",
            "rolloutStartedAt": "2026-01-01T11:50:00Z", "finishedAt": "2026-01-01T11:56:00Z", "completionStatus": "RolledBack"}});
        check(
            &status,
            [&Value::Null; 2],
            &expect![[r#"
            REVISION  HASH        OUTCOME     AGE   TOOK   WAITED  IMAGE  BY  WHY
            3         ccc         unfinished  9h    -      -       web:3  -
            2         bbb         aborted     10h   -      -       web:2  -
            1         aaa         completed   11h   -      -       web:1  -
        "#]],
        );
    }
}
