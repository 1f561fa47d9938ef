//! Writes: server-side apply as `sluice-gitops`, and what cannot be done by it.

mod delete;
mod hook;
mod nulls;
mod replace;
pub(crate) mod said;
mod shape;
mod unknown;

use http::Method;
use serde_json::Value;
use sluice_crds::names::application::FIELD_MANAGER;
use sluice_gitops::application::change::Manner;
use sluice_gitops::diff::released;
use sluice_gitops::{Key, Object};

pub(crate) use self::replace::never_anew;
pub(crate) use self::shape::{prepared, sent};
use crate::adopt;
use crate::api::Resource;
use crate::cluster::Cluster;
use crate::error::WriteError;
use crate::live::As;
use crate::server::{Ask, Failure};
use crate::store::Kept;

const APPLY: &str = "application/apply-patch+yaml";
const JSON: &str = "application/json";
const JSON_PATCH: &str = "application/json-patch+json";
/// How often an object is looked at anew because it changed in between.
const TRIES: usize = 3;
/// How often fields are left out that the API server names.
const ROUNDS: usize = 5;

impl Cluster {
    /// Writes an object, and notes the answer.
    pub(crate) async fn write(&self, object: &Object, manner: Manner, by: &As) -> Result<Object, WriteError> {
        let (resource, object) = self.ready(object).await?;
        let written = if self.may_be_released(&object.key()) {
            self.write_beside(&resource, &object, manner, by).await?
        } else {
            self.write_as_is(&resource, &object, manner, by).await?
        };
        if !manner.dry_run {
            self.note_written(&object, &written, manner, by);
        }
        Ok(written)
    }

    /// Whether a release says something in it.
    pub(crate) fn is_released(&self, key: &Key) -> bool {
        self.store().get(key).is_some_and(Kept::is_released)
    }

    /// Whether a release may say something in it by now.
    fn may_be_released(&self, key: &Key) -> bool {
        self.store().get(key).is_some_and(|kept| kept.is_released() || released::may_be_said(key))
    }

    /// Writes an object in which a release may say something, which stays as it is at that moment.
    async fn write_beside(
        &self,
        resource: &Resource,
        object: &Object,
        manner: Manner,
        by: &As,
    ) -> Result<Object, WriteError> {
        let mut refused = None;
        for _ in 0..TRIES {
            let live = self.read_as(resource, object.version(), &object.key(), &As::Itself).await?;
            let wanted =
                live.map_or_else(|| object.clone(), |live| of_this_version(&released::kept(object, &live), &live));
            match self.write_as_is(resource, &wanted, manner, by).await {
                Err(why @ WriteError::Conflict(_)) => refused = Some(why),
                written => return written,
            }
        }
        Err(refused.unwrap_or_else(|| WriteError::Conflict(format!("{} changes all the time", object.key()))))
    }

    async fn write_as_is(
        &self,
        resource: &Resource,
        object: &Object,
        manner: Manner,
        by: &As,
    ) -> Result<Object, WriteError> {
        match (manner.dry_run, manner.replace) {
            (true, false) => {
                let tried = self.apply(resource, object, manner, by).await;
                tried.map_err(|why| said::refusal(&why, &object.key(), "patch", by))
            }
            (_, true) => self.replace(resource, object, manner, by).await,
            (false, false) => self.apply_for_good(resource, object, manner, by).await,
        }
    }

    /// The kind of an object, and the object as it is sent.
    async fn ready(&self, object: &Object) -> Result<(Resource, Object), WriteError> {
        let key = object.key();
        if key.name.is_empty() {
            return Err(WriteError::Refused(format!(
                "{} has no metadata.name; only a hook may have generateName",
                key.kind
            )));
        }
        let resource = self.look_up(object).await?;
        let object = prepared(object, &resource)?;
        Ok((resource, object))
    }

    pub(crate) fn note_written(&self, desired: &Object, written: &Object, manner: Manner, by: &As) {
        let key = desired.key();
        self.put(written);
        self.memory().written(&key, desired, written, manner, by);
        if matches!(key.kind.as_str(), "CustomResourceDefinition" | "APIService") {
            self.discovery.changed();
        }
    }

    /// Applies an object, once the fields of deployers before us are ours.
    async fn apply_for_good(
        &self,
        resource: &Resource,
        object: &Object,
        manner: Manner,
        by: &As,
    ) -> Result<Object, WriteError> {
        let key = object.key();
        let refused = |why: &Failure| said::refusal(why, &key, "patch", by);
        if self.store().get(&key).is_some_and(Kept::to_adopt) {
            self.take_over(resource, object, by).await?;
        }
        match self.apply(resource, object, manner, by).await {
            Ok(written) if !adopt::is_needed(written.value(), &self.settings.tracking) => Ok(written),
            Ok(_) => {
                // Another deployer wrote in between, or it was not known to be there.
                self.take_over(resource, object, by).await?;
                self.apply(resource, object, manner, by).await.map_err(|why| refused(&why))
            }
            Err(why) if manner.force && said::is_immutable(&why) => self.make_anew(resource, object, manner, by).await,
            Err(why) => Err(refused(&why)),
        }
    }

    /// A server-side apply. Nulls that may not be are left out, and, where that is allowed, fields that the schema does not know.
    pub(crate) async fn apply(
        &self,
        resource: &Resource,
        object: &Object,
        manner: Manner,
        by: &As,
    ) -> Result<Object, Failure> {
        let mut object = object.clone();
        // It may name them some at a time.
        for _ in 0..ROUNDS {
            match self.apply_as_is(resource, &object, manner, by).await {
                Err(why) => match lesser(&object, &why, manner) {
                    Some(less) => object = less,
                    None => return Err(why),
                },
                applied => return applied,
            }
        }
        self.apply_as_is(resource, &object, manner, by).await
    }

    async fn apply_as_is(
        &self,
        resource: &Resource,
        object: &Object,
        manner: Manner,
        by: &As,
    ) -> Result<Object, Failure> {
        let path = resource.path_of(object.version(), object.namespace(), object.name()).map_err(|why| odd(&why))?;
        let ask = sent(
            Ask::new(Method::PATCH, path).query("force", "true"),
            shape::manager(object, &self.settings.tracking),
            manner,
        );
        let ask = ask.content(APPLY, object.value().to_string().into_bytes()).by(by);
        answered(&self.server.ask(ask).await?)
    }

    /// Makes fields of deployers before us ours, where there are any.
    async fn take_over(&self, resource: &Resource, object: &Object, by: &As) -> Result<(), WriteError> {
        let key = object.key();
        let mut refused = String::new();
        for _ in 0..TRIES {
            let Some(live) = self.read_as(resource, object.version(), &key, by).await? else { return Ok(()) };
            let Some(transfer) = adopt::patch(live.value(), &self.settings.tracking) else { return Ok(()) };
            let path = resource.path_of(object.version(), &key.namespace, &key.name)?;
            let ask = Ask::new(Method::PATCH, path).query("fieldManager", FIELD_MANAGER);
            match self.server.ask(ask.content(JSON_PATCH, transfer.to_string().into_bytes()).by(by)).await {
                Ok(_) => return Ok(()),
                // It changed in between: a test of a patch that fails is an object that cannot be processed.
                Err(why) if matches!(why.code(), 409 | 422) => {
                    refused = said::refusal(&why, &key, "patch", by).to_string();
                }
                Err(why) => return Err(said::refusal(&why, &key, "patch", by)),
            }
        }
        Err(WriteError::Conflict(format!(
            "the fields of {key} cannot be taken over, it changes all the time: {refused}"
        )))
    }

    /// Makes an object that is not there.
    pub(crate) async fn create(
        &self,
        resource: &Resource,
        object: &Object,
        manner: Manner,
        by: &As,
    ) -> Result<Object, Failure> {
        let path = resource.path(object.version(), object.namespace()).map_err(|why| odd(&why))?;
        let ask = sent(Ask::new(Method::POST, path), shape::manager(object, &self.settings.tracking), manner);
        answered(&self.server.ask(ask.content(JSON, object.value().to_string().into_bytes()).by(by)).await?)
    }

    /// Reads an object anew, in the version that its kind is watched in, and notes it.
    pub(crate) async fn read(&self, key: &Key) -> Result<Option<Object>, WriteError> {
        let resource = match self.known(&key.group, &key.kind) {
            Ok(resource) => resource,
            Err(WriteError::UnknownKind(_)) if self.discovery.is_sure() => return Ok(None),
            Err(WriteError::UnknownKind(why)) => {
                return Err(WriteError::Unreachable(format!("{why}; it is asked once more")));
            }
            Err(why) => return Err(why),
        };
        self.read_as(&resource, resource.version(), key, &As::Itself).await
    }

    /// Reads an object anew, in a version, and notes it.
    pub(crate) async fn read_as(
        &self,
        resource: &Resource,
        version: &str,
        key: &Key,
        by: &As,
    ) -> Result<Option<Object>, WriteError> {
        let path = resource.path_of(version, &key.namespace, &key.name)?;
        let answer = self.server.ask(Ask::get(path).by(by)).await.and_then(|answer| answered(&answer));
        match answer {
            Ok(object) => {
                self.found(&object);
                Ok(Some(object))
            }
            Err(why) if why.code() == 404 => {
                self.absent(key);
                Ok(None)
            }
            Err(why) => Err(said::refusal(&why, key, "get", by)),
        }
    }
}

/// The object, to be written over that version of it and no other.
fn of_this_version(object: &Object, live: &Object) -> Object {
    let (mut value, version) = (object.to_value(), live.text("/metadata/resourceVersion"));
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("resourceVersion".to_owned(), version.into());
    }
    value.into()
}

/// The object without what a failure names, where that may be left out.
fn lesser(object: &Object, why: &Failure, manner: Manner) -> Option<Object> {
    nulls::without(object, why).or_else(|| unknown::without(object, why).filter(|_| manner.unchecked))
}

pub(crate) fn answered(answer: &[u8]) -> Result<Object, Failure> {
    let value: Value = serde_json::from_slice(answer).map_err(|error| Failure::Odd(error.to_string()))?;
    Ok(value.into())
}

/// A path that cannot be made is refused as such.
pub(crate) fn odd(why: &WriteError) -> Failure {
    Failure::Said(Box::new(kube::core::Status::failure(&why.to_string(), "Invalid").with_code(422)))
}
