//! Objects that other Applications name too.

use std::collections::HashMap;

use sluice_gitops::Key;
use sluice_live::Claim;

use super::observe::Way;
use crate::context::Context;

/// Who else wants each object of an Application in its cluster, by instance.
pub(super) fn of(ctx: &Context, way: &Way) -> HashMap<Key, Vec<String>> {
    let shared = way.live.shared(&way.instance).into_iter();
    shared.map(|(key, claims)| (wanted_by(ctx, &key, claims), key)).map(|(by, key)| (key, by)).collect()
}

/// Who else wants one object, asked at the moment of a write.
pub(super) fn of_one(ctx: &Context, way: &Way, key: &Key) -> Vec<String> {
    wanted_by(ctx, key, way.live.claims(&way.instance, key))
}

fn wanted_by(ctx: &Context, key: &Key, claims: Vec<Claim>) -> Vec<String> {
    let wants = |claim: &Claim| claim.described.unwrap_or_else(|| is_recorded(ctx, &claim.instance, key));
    claims.into_iter().filter(wants).map(|claim| claim.instance).collect()
}

/// Whether an Application's git had the object when it was last compared.
fn is_recorded(ctx: &Context, instance: &str, key: &Key) -> bool {
    let Some(cached) = ctx.caches.application(&ctx.gitops.named(instance)) else { return false };
    let Ok(known) = &cached.0 else { return false };
    known.status.iter().flat_map(|status| &status.resources).any(|one| {
        key.is(&one.group, &one.kind) && key.namespace == one.namespace && key.name == one.name && !one.requires_pruning
    })
}
