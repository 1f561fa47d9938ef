//! Objects that other Applications name too.

use std::collections::HashMap;

use sluice_crds::{Application, ResourceResult};
use sluice_gitops::Key;
use sluice_live::Claim;

use super::items;
use super::observe::Way;
use crate::context::Context;
use crate::key::Key as CacheKey;

/// Who else wants each object of an Application in its cluster, by instance.
pub(super) fn of(ctx: &Context, way: &Way) -> HashMap<Key, Vec<String>> {
    let shared = way.live.shared(&way.instance).into_iter();
    shared.map(|(key, claims)| (wanted_by(ctx, &key, claims), key)).map(|(by, key)| (key, by)).collect()
}

/// Who else wants one object, asked at the moment it would go.
///
/// An Application that this process has not looked at yet, or cannot (it is to be left alone, its spec has mistakes), counts by what
/// its status says, and is known from then on.
pub(super) fn of_one(ctx: &Context, way: &Way, key: &Key) -> Vec<String> {
    for application in ctx.caches.applications.state() {
        let instance = ctx.gitops.instance(&CacheKey::of(&*application));
        if let Ok(known) = &application.0
            && instance != way.instance
            && !way.live.has_wants(&instance)
            && is_recorded(known, key)
            && was_in(ctx, known).as_deref() == Some(way.live.server())
        {
            way.live.want(&instance, known.status.iter().flat_map(items::recorded).collect());
        }
    }
    wanted_by(ctx, key, way.live.claims(&way.instance, key))
}

/// The address of the cluster that an Application was last compared with.
fn was_in(ctx: &Context, application: &Application) -> Option<String> {
    let sync = application.status.as_ref()?.sync.as_ref()?;
    ctx.gitops.destinations.address(sync.compared_to.as_ref()?.destination.as_ref()?)
}

fn wanted_by(ctx: &Context, key: &Key, claims: Vec<Claim>) -> Vec<String> {
    let recorded = |instance: &str| {
        let cached = ctx.caches.application(&ctx.gitops.named(instance));
        cached.is_some_and(|cached| cached.0.as_ref().is_ok_and(|known| is_recorded(known, key)))
    };
    let wants = |claim: &Claim| claim.described.unwrap_or_else(|| recorded(&claim.instance));
    claims.into_iter().filter(wants).map(|claim| claim.instance).collect()
}

/// Whether an Application's git had the object when it was last compared, or at the commit that is being synced: while
/// a sync runs, what it writes may be named by its results alone.
fn is_recorded(application: &Application, key: &Key) -> bool {
    let Some(status) = &application.status else { return false };
    let compared = status.resources.iter().any(|one| {
        key.is(&one.group, &one.kind) && key.namespace == one.namespace && key.name == one.name && !one.requires_pruning
    });
    let running = status.operation_state.iter().filter(|state| state.runs());
    let results = running.flat_map(|state| &state.sync_result).flat_map(|result| &result.resources);
    let mut written = results.filter(|one| one.status.as_deref() == Some("Synced"));
    compared || written.any(|one| is(one, key))
}

fn is(one: &ResourceResult, key: &Key) -> bool {
    key.is(&one.group, &one.kind) && key.namespace == one.namespace && key.name == one.name
}
