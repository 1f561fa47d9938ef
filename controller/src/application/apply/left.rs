//! A fresh look for what a deleted Application would leave behind: once it is gone nobody deletes that any more.

use std::collections::HashSet;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use sluice_gitops::{Key, Object};
use sluice_live::WriteError;

use crate::application::items;
use crate::application::observe::{Seen, Way};
use crate::context::Context;

/// Reads what the Application's status names and was not seen: a list may have lacked it, or a watch may not have shown it yet.
///
/// An object that is there all the same is a conflict, and known from then on: the next pass deletes it, or leaves it for a reason.
pub(super) async fn nothing(ctx: &Context, seen: &Seen, way: &Way) -> Result<(), WriteError> {
    let at_once = usize::from(ctx.options.gitops.application_writes);
    let tracked: HashSet<Key> = seen.observed.tracked.iter().map(Object::key).collect();
    let unseen: HashSet<Key> = items::recorded(&seen.observed.status).filter(|key| !tracked.contains(key)).collect();
    let looks = unseen.into_iter().filter(|key| !way.live.excludes(key)).map(|key| is_gone(way, key).boxed());
    let looks: Vec<BoxFuture<'_, Result<(), WriteError>>> = looks.collect();
    futures::stream::iter(looks).buffer_unordered(at_once).try_collect().await
}

async fn is_gone(way: &Way, key: Key) -> Result<(), WriteError> {
    let there = way.live.read(&key).await?;
    let is_ours = |one: &Object| !one.is_owned() && way.live.owner(one).as_ref() == Some(&way.instance);
    match there.filter(is_ours) {
        None => Ok(()),
        Some(_) => Err(WriteError::Conflict(format!("{key} is there, and was not seen before"))),
    }
}
