//! Deletes a run that ended and is past its `ttlStrategy`.

use jiff::{SignedDuration, Timestamp};
use kube::api::{DeleteParams, Preconditions};
use sluice_crds::{AnalysisPhase, AnalysisRun};
use sluice_read::Objects;

use crate::analysis_run::Error;
use crate::context::Context;
use crate::key::{Key, Kind, Next, ObjectId};

/// Deletes the run when its time has come, or says when that is.
pub(super) async fn expire(ctx: &Context, key: &Key, run: &AnalysisRun) -> Result<Next, Error> {
    match expires(run) {
        None => Ok(Next::OnChange),
        Some(at) if at > ctx.clock.now() => Ok(Next::At(at)),
        Some(_) => delete(ctx, key, run).await,
    }
}

/// When an ended run is to be deleted. An outcome's own time goes before that of any end.
fn expires(run: &AnalysisRun) -> Option<Timestamp> {
    let ttl = run.spec.ttl_strategy.as_ref()?;
    let status = run.status.as_ref()?;
    let own = match status.phase {
        AnalysisPhase::Successful => ttl.seconds_after_success,
        AnalysisPhase::Failed => ttl.seconds_after_failure,
        _ => None,
    };
    let seconds = own.or(ttl.seconds_after_completion)?;
    status.completed_at.as_ref()?.0.checked_add(SignedDuration::from_secs(i64::from(seconds))).ok()
}

async fn delete(ctx: &Context, key: &Key, run: &AnalysisRun) -> Result<Next, Error> {
    let api: Objects<AnalysisRun> = Objects::namespaced(ctx.client.clone(), &key.namespace);
    let seen = Preconditions { uid: run.metadata.uid.clone(), resource_version: run.metadata.resource_version.clone() };
    match api.delete(&key.name, &DeleteParams { preconditions: Some(seen), ..DeleteParams::default() }).await {
        Err(kube::Error::Api(status)) if status.code == 404 => {}
        deleted => drop(deleted.map_err(Error::Delete)?),
    }
    let id = ObjectId { kind: Kind::AnalysisRun, key: key.clone() };
    ctx.deleted(&id, id.clone(), run.metadata.uid.as_deref().unwrap_or_default());
    Ok(Next::OnChange)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn check(ttl: &Value, phase: &str, expected: Option<&str>) {
        let run = json!({
            "metadata": {"name": "run"},
            "spec": {"metrics": [], "ttlStrategy": ttl},
            "status": {"phase": phase, "completedAt": "2026-01-01T00:00:00Z"},
        });
        let at = expires(&serde_json::from_value(run).unwrap());
        assert_eq!(at.map(|at| at.to_string()).as_deref(), expected, "{ttl} {phase}");
    }

    #[test]
    fn an_outcomes_own_time_goes_before_that_of_any_end() {
        let ttl = json!({"secondsAfterCompletion": 60, "secondsAfterSuccess": 5, "secondsAfterFailure": 7});
        check(&ttl, "Successful", Some("2026-01-01T00:00:05Z"));
        check(&ttl, "Failed", Some("2026-01-01T00:00:07Z"));
        check(&ttl, "Error", Some("2026-01-01T00:01:00Z"));
        check(&ttl, "Inconclusive", Some("2026-01-01T00:01:00Z"));
    }

    #[test]
    fn without_a_time_a_run_stays() {
        check(&json!({"secondsAfterSuccess": 5}), "Failed", None);
        check(&json!(null), "Successful", None);
    }
}
