//! What makes one pass's writes: it knows whose they are, and which version each object has after the last of them.

use std::collections::HashMap;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams, Preconditions};
use kube::core::ApiResource;
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};
use sluice_crds::{AnalysisRun, Experiment, Rollout, decode, names};

use crate::apply::Cause;
use crate::context::Context;
use crate::key::{Key, Kind, ObjectId};
use crate::observe::Seen;

/// Who the API server says wrote a field.
pub(crate) const MANAGER: &str = "sluice";

/// Makes the writes of one pass.
pub(crate) struct Hand<'a, S = Seen> {
    pub(crate) ctx: &'a Context,
    pub(crate) seen: &'a S,
    pub(crate) key: Key,
    owner: ObjectId,
    /// The object whose pass it is, as it was seen.
    object: &'a ObjectMeta,
    /// Versions of objects written in this pass: the caches do not have them yet.
    versions: HashMap<(Kind, String), String>,
}

impl<'a> Hand<'a> {
    pub(crate) fn new(ctx: &'a Context, seen: &'a Seen) -> Self {
        Self::of(ctx, seen, Kind::Rollout, &seen.rollout.metadata)
    }
}

impl<'a, S> Hand<'a, S> {
    /// The hand of a pass over that object.
    pub(crate) fn of(ctx: &'a Context, seen: &'a S, kind: Kind, object: &'a ObjectMeta) -> Self {
        let key = Key::new(object.namespace.clone().unwrap_or_default(), object.name.clone().unwrap_or_default());
        let owner = ObjectId { kind, key: key.clone() };
        Self { ctx, seen, key, owner, object, versions: HashMap::new() }
    }

    /// The owner's version after this pass's writes.
    pub(crate) fn owner_version(&self) -> Option<String> {
        let written = self.versions.get(&(self.owner.kind, self.key.name.clone())).cloned();
        written.or_else(|| self.object.resource_version.clone())
    }

    /// The version of an object after this pass's writes; before any, the one that the pass saw.
    pub(crate) fn version(&self, kind: Kind, name: &str, cached: &impl Resource) -> Option<String> {
        self.versions.get(&(kind, name.to_owned())).cloned().or_else(|| cached.resource_version())
    }

    /// The uid by which children name their owner.
    pub(crate) fn uid(&self) -> &str {
        self.object.uid.as_deref().unwrap_or_default()
    }

    /// The reference that makes an object the owner's, and lets it go with it.
    pub(crate) fn controller_reference(&self) -> Value {
        json!([{
            "apiVersion": names::API_VERSION,
            "kind": self.owner.kind.to_string(),
            "name": self.key.name,
            "uid": self.uid(),
            "controller": true,
            "blockOwnerDeletion": true,
        }])
    }

    /// The objects of that kind in the owner's namespace, kept as they are: fields of a newer Kubernetes too.
    pub(crate) fn api(&self, kind: Kind) -> Api<DynamicObject> {
        self.api_in(kind, &self.key.namespace)
    }

    /// The same in another namespace.
    pub(crate) fn api_in(&self, kind: Kind, namespace: &str) -> Api<DynamicObject> {
        let resource = match kind {
            Kind::ReplicaSet => ApiResource::erase::<ReplicaSet>(&()),
            Kind::AnalysisRun => ApiResource::erase::<AnalysisRun>(&()),
            Kind::Pod => ApiResource::erase::<Pod>(&()),
            Kind::Route(kind) => self.ctx.caches.routes.resource(kind),
            Kind::Lender(kind) => self.ctx.caches.lenders.resource(kind),
            Kind::Experiment => ApiResource::erase::<Experiment>(&()),
            Kind::Rollout => ApiResource::erase::<Rollout>(&()),
            _ => ApiResource::erase::<Service>(&()),
        };
        Api::namespaced_with(self.ctx.client.clone(), namespace, &resource)
    }

    /// Creates an object. One of that name that is the owner's already is as good.
    ///
    /// A fresh read comes first: what belongs to an owner that was deleted, and maybe created again, would go at once, and be
    /// made anew by each pass until the cache knows.
    pub(crate) async fn create(&mut self, kind: Kind, object: Value) -> Result<(), Cause> {
        self.still_as_seen().await?;
        let object: DynamicObject = decode(object).map_err(|misfit| kube::Error::SerdeError(misfit.into()))?;
        let name = object.name_any();
        let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        match self.api(kind).create(&params, &object).await {
            Ok(created) => self.note(kind, &created),
            Err(kube::Error::Api(status)) if status.is_already_exists() => {
                let there = self.fresh(kind, &name).await?;
                let ours = there
                    .owner_references()
                    .iter()
                    .any(|owner| owner.controller == Some(true) && owner.uid == self.uid());
                if !ours {
                    return Err(Cause::Taken { what: format!("{kind} {name}") });
                }
                self.note(kind, &there);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Merges a patch into an object. With a version, only if the object still has it.
    pub(crate) async fn merge(
        &mut self,
        kind: Kind,
        name: &str,
        version: Option<String>,
        mut patch: Value,
    ) -> Result<(), Cause> {
        if let Some(version) = version {
            json_patch::merge(&mut patch, &json!({"metadata": {"resourceVersion": version}}));
        }
        let patched = self.api(kind).patch(name, &params(), &Patch::Merge(&patch)).await?;
        self.note(kind, &patched);
        Ok(())
    }

    /// Merges a patch into an object that may be gone: then there is nothing to do.
    pub(crate) async fn merge_if_there(&mut self, kind: Kind, name: &str, patch: Value) -> Result<(), Cause> {
        match self.merge(kind, name, None, patch).await {
            Err(Cause::Api(kube::Error::Api(status))) if status.is_not_found() => Ok(()),
            merged => merged,
        }
    }

    /// Applies a JSON patch to an object.
    pub(crate) async fn patch(&mut self, kind: Kind, key: &Key, patch: json_patch::Patch) -> Result<(), Cause> {
        let api = self.api_in(kind, &key.namespace);
        let patched = api.patch(&key.name, &params(), &Patch::Json::<()>(patch)).await?;
        self.note(kind, &patched);
        Ok(())
    }

    /// Deletes an object, if it is still the one of that uid and, where given, of that version.
    pub(crate) async fn delete(
        &mut self,
        kind: Kind,
        name: &str,
        uid: &str,
        version: Option<String>,
    ) -> Result<(), Cause> {
        let preconditions = Preconditions { uid: Some(uid.to_owned()), resource_version: version };
        let params = DeleteParams::background().preconditions(preconditions);
        match self.api(kind).delete(name, &params).await {
            Ok(_) => {
                let object = ObjectId { kind, key: self.key.beside(name) };
                self.gone(object, uid);
                Ok(())
            }
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The object as it is now at the API server.
    pub(crate) async fn fresh(&self, kind: Kind, name: &str) -> Result<DynamicObject, Cause> {
        let live = self.api(kind).get_opt(name).await?;
        live.ok_or_else(|| Cause::Missing { what: format!("{kind} {name}") })
    }

    /// Fails when the owner, read afresh, is not the one that was looked at.
    pub(crate) async fn still_as_seen(&self) -> Result<(), Cause> {
        let live = self.fresh(self.owner.kind, &self.key.name).await?;
        if live.resource_version() == self.owner_version() { Ok(()) } else { Err(Cause::Outdated) }
    }

    /// Notes that an object is gone that the caches may still have.
    pub(crate) fn gone(&self, object: ObjectId, uid: &str) {
        self.ctx.deleted(&self.owner, object, uid);
    }

    /// Notes how an object is after a write.
    pub(super) fn note(&mut self, kind: Kind, object: &DynamicObject) {
        self.ctx.wrote(&self.owner, kind, object);
        if let Some(version) = object.resource_version() {
            self.versions.insert((kind, object.name_any()), version);
        }
    }
}

/// Whose patches these are.
pub(crate) fn params() -> PatchParams {
    PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() }
}
