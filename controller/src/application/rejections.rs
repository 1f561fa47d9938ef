//! Releases of an Application's Rollouts that were taken back, and the commits that had brought them.
//!
//! A Rollout whose newest template was taken back says so by `status.abort`: by analysis, by the rollback policy, which makes the
//! revision before the stable one again, or by a person.

use sluice_crds::ApplicationStatus;
use sluice_gitops::Object;
use sluice_gitops::application::observed::Rejection;
use sluice_gitops::application::release;

/// All of them.
pub(super) fn of(status: &ApplicationStatus, tracked: &[Object]) -> Vec<Rejection> {
    let rollouts = tracked.iter().filter(|object| object.key().is("argoproj.io", "Rollout"));
    rollouts.filter_map(|rollout| rejection(status, rollout)).collect()
}

fn rejection(status: &ApplicationStatus, rollout: &Object) -> Option<Rejection> {
    let aborted = rollout.value().pointer("/status/abort").and_then(serde_json::Value::as_bool) == Some(true);
    // Its controller has acted on it, and says why.
    let aborted = aborted && !rollout.text("/status/abortedAt").is_empty();
    let (newest, stable) = (rollout.text("/status/currentPodHash"), rollout.text("/status/stableRS"));
    if !aborted || newest == stable || !is_seen(rollout) {
        return None;
    }
    let key = rollout.key();
    let revision = release::brought_by(status, &key)?.revision.clone();
    let said = [rollout.text("/status/abortReason"), rollout.text("/status/message")];
    let why = said.into_iter().find(|text| !text.is_empty()).unwrap_or("its release was aborted").to_owned();
    Some(Rejection { rollout: release::named(&key), revision, why })
}

/// Whether its controller has seen its newest form: an abort of the form before says nothing about a new commit.
fn is_seen(rollout: &Object) -> bool {
    let generation = rollout.number("/metadata/generation");
    let observed = rollout.text("/status/observedGeneration").parse::<i64>().ok();
    observed.is_some() && generation <= observed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn status() -> ApplicationStatus {
        serde_json::from_value(json!({
            "history": [{"id": 0, "revision": "r1"}, {"id": 1, "revision": "r2"}],
            "releases": [{"rollout": "shop/web", "revision": "r1", "template": "0"}],
        }))
        .unwrap()
    }

    fn rollout(abort: bool, observed: &str) -> Object {
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"namespace": "shop", "name": "web", "generation": 3},
            "status": {"abort": abort, "message": "metric error-rate failed", "observedGeneration": observed, "abortedAt": "2026-01-01T00:00:00Z",
                       "currentPodHash": "new", "stableRS": "old"},
        })
        .into()
    }

    #[test]
    fn a_release_that_was_taken_back_names_the_commit_that_brought_it() {
        let found = of(&status(), &[rollout(true, "3")]);
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.rollout.as_str(), one.revision.as_str()), ("shop/web", "r1"));
        assert_eq!(of(&ApplicationStatus::default(), &[rollout(true, "3")]), [], "nobody knows who brought it");
    }

    #[test]
    fn an_abort_of_the_form_before_says_nothing_about_a_new_commit() {
        for (abort, observed) in [(true, "2"), (true, ""), (false, "3")] {
            assert!(of(&status(), &[rollout(abort, observed)]).is_empty());
        }
    }
}
