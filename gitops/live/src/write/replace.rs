//! Putting an object in the place of what is there.

use http::Method;
use serde_json::Value;
use sluice_gitops::application::change::Manner;
use sluice_gitops::{Key, Object};

use super::delete::is_conflict;
use super::{TRIES, answered, said, sent, shape};
use crate::api::Resource;
use crate::cluster::Cluster;
use crate::error::WriteError;
use crate::live::As;
use crate::server::{Ask, Failure};

impl Cluster {
    /// Puts an object in the place of what is there, or makes it.
    pub(super) async fn replace(
        &self,
        resource: &Resource,
        object: &Object,
        manner: Manner,
        by: &As,
    ) -> Result<Object, WriteError> {
        let key = object.key();
        for _ in 0..TRIES {
            let live = self.read_as(resource, object.version(), &key, by).await?;
            let (verb, answer) = match &live {
                Some(live) => ("update", self.put_over(resource, object, live, manner, by).await),
                None => ("create", self.create(resource, object, manner, by).await),
            };
            match answer {
                Ok(written) => return Ok(written),
                Err(why) if is_conflict(&why) => {}
                Err(why) if manner.force && !manner.dry_run && live.is_some() && said::is_immutable(&why) => {
                    return self.make_anew(resource, object, manner, by).await;
                }
                Err(why) => return Err(said::refusal(&why, &key, verb, by)),
            }
        }
        Err(WriteError::Conflict(format!("{key} changes all the time; it cannot be replaced")))
    }

    /// Puts an object in the place of one that is there, and of no other version of it.
    pub(crate) async fn put_over(
        &self,
        resource: &Resource,
        object: &Object,
        live: &Object,
        manner: Manner,
        by: &As,
    ) -> Result<Object, Failure> {
        let mut value = object.to_value();
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            for field in ["resourceVersion", "uid"] {
                let found = live.value().pointer(&format!("/metadata/{field}")).cloned().unwrap_or_default();
                metadata.insert(field.to_owned(), found);
            }
        }
        let path =
            resource.path_of(object.version(), object.namespace(), object.name()).map_err(|why| super::odd(&why))?;
        let ask = sent(Ask::new(Method::PUT, path), shape::manager(object, &self.settings.tracking), manner);
        answered(&self.server.ask(ask.content("application/json", value.to_string().into_bytes()).by(by)).await?)
    }

    /// Deletes what is there, waits until it is gone, and makes it as it should be. What others' objects go with is not deleted.
    pub(super) async fn make_anew(
        &self,
        resource: &Resource,
        object: &Object,
        manner: Manner,
        by: &As,
    ) -> Result<Object, WriteError> {
        let key = object.key();
        if let Some(why) = never_anew(&key) {
            return Err(WriteError::Refused(why));
        }
        self.clear(resource, &key, by).await?;
        let made = self.apply(resource, object, manner, by).await;
        made.map_err(|why| match said::refusal(&why, &key, "create", by) {
            WriteError::Refused(why) => {
                WriteError::Refused(format!("{key} was deleted, and cannot be made anew as it is in git: {why}"))
            }
            other => other,
        })
    }
}

/// Why an object is not deleted to be made anew, whatever `Force` says: with it would go what it holds, whoever made that.
pub(crate) fn never_anew(key: &Key) -> Option<String> {
    let held = if key.is("", "Namespace") {
        "all objects in it"
    } else if key.is("apiextensions.k8s.io", "CustomResourceDefinition") {
        "all objects of its kind"
    } else {
        return None;
    };
    Some(format!(
        "{key} cannot be changed to what git says, and Force does not delete it: {held} would go. Leave in git what is immutable as it is, \
         or delete it by hand"
    ))
}
