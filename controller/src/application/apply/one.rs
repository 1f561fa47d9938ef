//! One write.

use std::borrow::Cow;

use serde_json::{Value, json};
use sluice_crds::names::application::{HOOK_FINALIZER, RESOURCES_FINALIZER, SYNC_OPTIONS};
use sluice_gitops::application::change::Change;
use sluice_gitops::application::prune;
use sluice_gitops::spec::Propagation;
use sluice_gitops::{Key, Object};
use sluice_live::WriteError;

use super::left;
use crate::application::observe::{Seen, Way};
use crate::application::{claims, target};
use crate::context::Context;
use crate::gitops::rules;

/// What makes one pass's writes.
pub(super) struct Hand<'a> {
    pub ctx: &'a Context,
    pub seen: &'a Seen,
    pub way: &'a Way,
}

impl Hand<'_> {
    /// Makes one change in the Application's cluster.
    pub(super) async fn make(&self, change: &Change) -> Result<(), WriteError> {
        let (live, by) = (&self.way.live, &self.way.by);
        match change {
            Change::Apply { object, manner, .. } => {
                self.permits(&object.key())?;
                let object = self.respecting(object).await?;
                live.write(&object, *manner, by).await.map(drop)
            }
            Change::Run { object, .. } => {
                let hook = self.hook(object);
                self.permits(&hook.key())?;
                live.make(&hook, by).await.map(drop)
            }
            Change::Prune { key, propagation, why } => {
                self.permits(key)?;
                let wanted_by = claims::of_one(self.ctx, self.way, key);
                let stays = |fresh: &Object| prune::stays(&self.seen.observed, *why, fresh, &wanted_by);
                live.prune(key, *propagation, (&self.way.instance, &stays), by).await
            }
            Change::DeleteHook { key, .. } => {
                self.permits(key)?;
                live.release(key, HOOK_FINALIZER, by).await?;
                live.delete(key, Propagation::Background, by).await
            }
            Change::ReleaseHook { key } => live.release(key, HOOK_FINALIZER, by).await,
            Change::Release { finalizer } if finalizer.starts_with(RESOURCES_FINALIZER) => {
                left::nothing(self.ctx, self.seen, self.way).await
            }
            // These are no writes in the cluster.
            Change::ClearOperation
            | Change::ClearRefresh
            | Change::Hold { .. }
            | Change::Release { .. }
            | Change::Revert(_) => Ok(()),
        }
    }

    /// With what is there in the fields of managers whose changes count as no difference, where the options want that kept.
    async fn respecting<'a>(&self, object: &'a Object) -> Result<Cow<'a, Object>, WriteError> {
        let Ok(spec) = &self.seen.observed.spec else { return Ok(Cow::Borrowed(object)) };
        let options = target::options(&self.seen.application, spec).of(object.listed(SYNC_OPTIONS));
        let key = object.key();
        if !options.respect_ignore || !spec.ignore.iter().any(|rule| rule.names_managers(&key)) {
            return Ok(Cow::Borrowed(object));
        }
        self.way.live.respecting(object, &spec.ignore, &self.way.by).await.map(Cow::Owned)
    }

    /// Asks the project as it is at this moment.
    fn permits(&self, key: &Key) -> Result<(), WriteError> {
        let Ok(home) = &self.seen.observed.home else { return Ok(()) };
        let refused = |why: String| Err(WriteError::Refused(why));
        match rules::form(self.ctx, &self.ctx.gitops.config(), &home.project.name).as_deref() {
            Ok(Ok((project, _))) => project.permits(key, &home.place).or_else(|refusal| refused(refusal.to_string())),
            Ok(Err(_)) => refused(format!("AppProject {} has mistakes", home.project.name)),
            Err(why) => refused(why.clone()),
        }
    }

    /// A hook as it is made: where its kind belongs, with the Application's marks, and with the finalizer that keeps it there until
    /// its end was seen.
    fn hook(&self, object: &Object) -> Object {
        let (api, config) = (&self.way.api, &self.way.config);
        let is_namespaced = api.is_namespaced(object.group(), object.kind()).unwrap_or(true);
        let placed = if is_namespaced { object.clone() } else { object.in_namespace(None) };
        let namespace = self.seen.observed.home.as_ref().map(|home| home.place.namespace.as_str()).unwrap_or_default();
        let mut value = config.tracking.marked(&placed, &self.way.instance, namespace).to_value();
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            let finalizers = metadata.entry("finalizers").or_insert_with(|| json!([]));
            if let Some(finalizers) = finalizers.as_array_mut()
                && finalizers.iter().all(|one| one != HOOK_FINALIZER)
            {
                finalizers.push(json!(HOOK_FINALIZER));
            }
        }
        value.into()
    }
}
