//! Releases of an Application's Rollouts that were taken back, and the commits that had brought them.
//!
//! A Rollout whose newest template was taken back says so by `status.abort`: by analysis, by the rollback policy, which makes the
//! revision before the stable one again, or by a person.

use sluice_crds::{ApplicationStatus, ResourceResult};
use sluice_gitops::application::observed::Rejection;
use sluice_gitops::application::revision::Revision;
use sluice_gitops::{Key, Object};

/// All of them.
pub(super) fn of(status: &ApplicationStatus, tracked: &[Object]) -> Vec<Rejection> {
    let rollouts = tracked.iter().filter(|object| object.key().is("argoproj.io", "Rollout"));
    rollouts.filter_map(|rollout| rejection(status, rollout)).collect()
}

fn rejection(status: &ApplicationStatus, rollout: &Object) -> Option<Rejection> {
    let aborted = rollout.value().pointer("/status/abort").and_then(serde_json::Value::as_bool) == Some(true);
    let (newest, stable) = (rollout.text("/status/currentPodHash"), rollout.text("/status/stableRS"));
    if !aborted || newest == stable || !is_seen(rollout) {
        return None;
    }
    let key = rollout.key();
    let revision = brought_by(status, &key)?.to_string();
    let said = [rollout.text("/status/abortReason"), rollout.text("/status/message")];
    let why = said.into_iter().find(|text| !text.is_empty()).unwrap_or("its release was aborted").to_owned();
    Some(Rejection { rollout: format!("{}/{}", key.namespace, key.name), revision, why })
}

/// Whether its controller has seen its newest form: an abort of the form before says nothing about a new commit.
fn is_seen(rollout: &Object) -> bool {
    let generation = rollout.number("/metadata/generation");
    let observed = rollout.text("/status/observedGeneration").parse::<i64>().ok();
    observed.is_some() && generation <= observed
}

/// The commit that wrote it last: of the operation that runs or ran last, if that wrote it, else of the last deployment.
fn brought_by(status: &ApplicationStatus, key: &Key) -> Option<Revision> {
    let of_operation = status.operation_state.as_ref().and_then(|state| {
        let result = state.sync_result.as_ref()?;
        let wrote = |one: &&ResourceResult| {
            key.is(&one.group, &one.kind) && one.namespace == key.namespace && one.name == key.name
        };
        let written = result.resources.iter().find(wrote)?.status.as_deref() == Some("Synced");
        let tried = state.operation.sync.as_ref().is_some_and(|sync| sync.dry_run);
        (written && !tried).then(|| Revision::done(result))?
    });
    of_operation.or_else(|| {
        let last = status.history.last()?;
        Some(if last.revisions.is_empty() {
            Revision(vec![last.revision.clone()])
        } else {
            Revision(last.revisions.clone())
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn status() -> ApplicationStatus {
        serde_json::from_value(json!({
            "history": [{"id": 0, "revision": "r1"}],
            "operationState": {"operation": {"sync": {}}, "phase": "Running", "syncResult": {"revision": "r2", "resources": []}},
        }))
        .unwrap()
    }

    fn rollout(abort: bool, observed: &str) -> Object {
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"namespace": "shop", "name": "web", "generation": 3},
            "status": {"abort": abort, "message": "metric error-rate failed", "observedGeneration": observed,
                       "currentPodHash": "new", "stableRS": "old"},
        })
        .into()
    }

    #[test]
    fn a_release_that_was_taken_back_names_the_commit_that_brought_it() {
        let found = of(&status(), &[rollout(true, "3")]);
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.rollout.as_str(), one.revision.as_str()), ("shop/web", "r1"));
        let mut wrote = status();
        let result = wrote.operation_state.as_mut().unwrap().sync_result.as_mut().unwrap();
        result.resources.push(
            serde_json::from_value(json!({
                "group": "argoproj.io", "kind": "Rollout", "namespace": "shop", "name": "web", "status": "Synced",
            }))
            .unwrap(),
        );
        assert_eq!(of(&wrote, &[rollout(true, "3")]).first().unwrap().revision, "r2");
    }

    #[test]
    fn an_abort_of_the_form_before_says_nothing_about_a_new_commit() {
        for (abort, observed) in [(true, "2"), (true, ""), (false, "3")] {
            assert!(of(&status(), &[rollout(abort, observed)]).is_empty());
        }
    }
}
