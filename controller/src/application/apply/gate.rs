//! Whether an Application as a whole may still write: asked for each write, since its project and its windows may be others than at the
//! beginning of the pass.

use sluice_gitops::application::change::{Change, Why};
use sluice_gitops::application::is_held;
use sluice_gitops::application::observed::Observed;

use crate::application::home;
use crate::context::Context;
use crate::key::Key;

/// Whether a change may be made now. What may not is left to the next pass, which says why.
pub(super) fn is_open(ctx: &Context, key: &Key, seen: &Observed, change: &Change) -> bool {
    let Ok(spec) = &seen.spec else { return true };
    if seen.deleting.is_some() || !deploys(change) {
        return true;
    }
    home::find(ctx, &ctx.gitops.config(), key, spec).is_ok_and(|(home, ..)| !is_held(seen, &home, ctx.clock.now()))
}

/// Whether it brings the cluster nearer to git. Hooks are cleared away all the same.
fn deploys(change: &Change) -> bool {
    match change {
        Change::Apply { .. } | Change::Run { .. } | Change::Prune { why: Why::NotInGit, .. } => true,
        Change::Prune { .. }
        | Change::DeleteHook { .. }
        | Change::ReleaseHook { .. }
        | Change::ClearOperation
        | Change::ClearRefresh
        | Change::Revert(_)
        | Change::Hold { .. }
        | Change::Release { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::StatusCode;
    use kube_runtime::watcher::Event;
    use serde_json::{Value, json};
    use sluice_crds::{AppProject, ApplicationSpec, ApplicationStatus};
    use sluice_gitops::application::change::Manner;
    use sluice_gitops::application::observed::{Homeless, Seen, Words};
    use sluice_gitops::{Object, validate};

    use super::*;
    use crate::caches::Guarded;
    use crate::gitops;
    use crate::testing::context;

    /// An Application in the middle of a sync that began by itself.
    fn seen() -> Observed {
        let spec: ApplicationSpec = serde_json::from_value(json!({
            "project": "team", "source": {"repoURL": "https://git/shop", "path": "."},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
        }))
        .unwrap();
        let status: ApplicationStatus = serde_json::from_value(json!({"operationState": {
            "phase": "Running", "startedAt": "2025-12-31T23:59:00Z",
            "operation": {"sync": {}, "initiatedBy": {"automated": true}},
        }}))
        .unwrap();
        Observed {
            name: "web".to_owned(),
            called: "sluice/web".to_owned(),
            spec: validate::spec(&spec).map(|(spec, _)| spec),
            status,
            operation: None,
            deleting: None,
            finalizers: Vec::new(),
            words: Words::default(),
            denied: None,
            home: Err(Homeless::default()),
            target: Seen::Pending,
            pinned: None,
            namespace: None,
            tracked: Vec::new(),
            orphans: Vec::new(),
            rejections: Vec::new(),
        }
    }

    fn project(version: usize, change: &Value) -> Guarded<AppProject> {
        let mut spec = json!({"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]});
        json_patch::merge(&mut spec, change);
        let metadata = json!({"name": "team", "namespace": "sluice", "resourceVersion": version.to_string()});
        serde_json::from_value(json!({"metadata": metadata, "spec": spec})).unwrap()
    }

    #[tokio::test]
    async fn each_write_asks_the_project_and_its_windows_as_they_are_then() {
        let (ctx, mut writers, _) = context(|_| (StatusCode::NOT_FOUND, json!({})));
        gitops::configure(&ctx);
        let (key, seen) = (Key::new("sluice", "web"), seen());
        let object = Object::from(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}));
        let phase = sluice_gitops::waves::Phase::Sync;
        let apply = Change::Apply { phase, wave: 0, object: object.clone(), manner: Manner::default() };
        let cleared = Change::DeleteHook { key: object.key(), why: Why::Succeeded };
        let shut = json!([{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}]);
        let steps = [
            (json!({}), true),
            (json!({"destinations": [{"server": "*", "namespace": "elsewhere"}]}), false),
            (json!({"sourceRepos": ["https://git/other"]}), false),
            (json!({"syncWindows": shut}), false),
            (json!({}), true),
        ];
        for (version, (change, may)) in steps.into_iter().enumerate() {
            writers.projects.apply_watcher_event(&Event::Apply(project(version, &change)));
            assert_eq!(is_open(&ctx, &key, &seen, &apply), may, "{change}");
            assert!(is_open(&ctx, &key, &seen, &cleared), "{change}");
        }
        writers.projects.apply_watcher_event(&Event::Delete(project(9, &json!({}))));
        assert!(!is_open(&ctx, &key, &seen, &apply), "the project is gone");
    }
}
