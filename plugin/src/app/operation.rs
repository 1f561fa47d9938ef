//! From flags to the operation that is written. Pure.

use anyhow::{Result, bail};
use sluice_crds::{
    Application, Force, Info, InitiatedBy, IntOrString, Operation, ResourceStatus, Retry, RevisionHistory,
    SyncOperation, SyncResource, SyncStrategy,
};
use sluice_orders::application::{Prune, again};

use super::{chosen, standing};
use crate::args::{ResourceFlag, RollbackArgs, Strategy, SyncArgs};

/// The sync that flags ask for.
pub(crate) fn sync(app: &Application, wanted: &SyncArgs, by: Option<&str>) -> Result<Operation> {
    allowed_revision(app, wanted)?;
    let resources = resources(app, &wanted.resource)?;
    let force = Some(Force { force: wanted.force });
    let sync_strategy = match wanted.strategy {
        Some(Strategy::Apply) => Some(SyncStrategy { apply: force, hook: None }),
        Some(Strategy::Hook) => Some(SyncStrategy { apply: None, hook: force }),
        None => wanted.force.then_some(SyncStrategy { apply: None, hook: force }),
    };
    let retry = wanted.retry_limit.map(|limit| Retry { limit: Some(IntOrString::Int(limit)), ..Retry::default() });
    let own = app.spec.sync_policy.clone().unwrap_or_default();
    let switches = [
        ("Replace=true", wanted.replace),
        ("ServerSideApply=true", wanted.server_side),
        ("ApplyOutOfSyncOnly=true", wanted.apply_out_of_sync_only),
    ];
    let switches = switches.into_iter().filter(|(_, on)| *on).map(|(word, _)| word.to_owned());
    Ok(Operation {
        sync: Some(SyncOperation {
            revision: wanted.revision.clone(),
            revisions: wanted.revisions.clone(),
            prune: wanted.prune,
            dry_run: wanted.dry_run,
            sync_strategy,
            resources,
            sync_options: own.sync_options.into_iter().chain(switches).collect(),
            ..SyncOperation::default()
        }),
        initiated_by: Some(person(by)),
        info: wanted.info.iter().map(|(name, value)| Info { name: name.clone(), value: value.clone() }).collect(),
        retry: retry.or(own.retry),
        ..Operation::default()
    })
}

fn person(by: Option<&str>) -> InitiatedBy {
    InitiatedBy { username: by.map(str::to_owned), automated: false }
}

/// What syncs by itself goes back to its own revision at once: another one is refused, as it is with the established API.
fn allowed_revision(app: &Application, wanted: &SyncArgs) -> Result<()> {
    let sources = standing::sources(app);
    if wanted.revision.is_some() && sources.len() > 1 {
        bail!("has {} sources; give --revisions once for each of them", sources.len());
    }
    if !wanted.revisions.is_empty() && wanted.revisions.len() != sources.len() {
        bail!("has {} sources, and {} --revisions are given", sources.len(), wanted.revisions.len());
    }
    if !standing::is_automated(app) || wanted.dry_run {
        return Ok(());
    }
    let asked = wanted.revision.iter().chain(&wanted.revisions).zip(sources);
    let other = asked.map(|(asked, source)| (asked, standing::target(source))).find(|(asked, own)| asked != own);
    match other {
        None => Ok(()),
        Some((asked, own)) => bail!(
            "cannot sync to {asked}: auto-sync currently set to {own}. Change targetRevision, or switch auto-sync off first"
        ),
    }
}

/// The objects that are meant. One that the Application does not have is a mistake.
fn resources(app: &Application, wanted: &[ResourceFlag]) -> Result<Vec<SyncResource>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(why) = chosen::lacks(app, wanted) {
        bail!(why);
    }
    let resource = |one: &ResourceStatus| SyncResource {
        group: one.group.clone(),
        kind: one.kind.clone(),
        name: one.name.clone(),
        namespace: Some(one.namespace.clone()).filter(|namespace| !namespace.is_empty()),
    };
    let meant: Vec<SyncResource> = chosen::of(app, wanted).into_iter().map(resource).collect();
    if meant.is_empty() {
        // An operation that names no objects is one of all.
        bail!("has no object that --resource does not leave out");
    }
    Ok(meant)
}

/// The sync that goes back to a past deployment: to its sources as they were, without hooks.
pub(crate) fn rollback(app: &Application, wanted: &RollbackArgs, by: Option<&str>) -> Result<Operation> {
    if standing::is_automated(app) {
        bail!(
            "rollback cannot be initiated when auto-sync is enabled: it would go forward again at once. Set spec.syncPolicy.automated.enabled to false first, or revert the commit in git"
        );
    }
    let entry = past(app, wanted.id)?;
    if entry.source.is_none() && entry.sources.is_empty() {
        bail!("history number {} does not say what was deployed then", entry.id);
    }
    let options = app.spec.sync_policy.clone().unwrap_or_default().sync_options;
    Ok(Operation {
        sync: Some(SyncOperation {
            dry_run: wanted.dry_run,
            sync_options: options,
            ..again(entry, if wanted.prune { Prune::Delete } else { Prune::Keep })
        }),
        initiated_by: Some(person(by)),
        ..Operation::default()
    })
}

/// A past deployment by its number; the one before the last where none is given.
fn past(app: &Application, id: Option<i64>) -> Result<&RevisionHistory> {
    let history = app.status.as_ref().map(|status| status.history.as_slice()).unwrap_or_default();
    let found = match id {
        Some(id) => history.iter().find(|entry| entry.id == id),
        None => history.iter().rev().nth(1),
    };
    if let Some(found) = found {
        return Ok(found);
    }
    let ids: Vec<String> = history.iter().map(|entry| entry.id.to_string()).collect();
    match id {
        _ if ids.is_empty() => {
            bail!("has no history: it was never deployed, or keeps none (spec.revisionHistoryLimit)")
        }
        Some(id) => bail!("has no history number {id}; it has {}", ids.join(", ")),
        None => bail!("was deployed once only: there is nothing to go back to"),
    }
}
