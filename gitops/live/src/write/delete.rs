//! Deleting: what was just read, and no other object of its name.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use sluice_gitops::spec::Propagation;
use sluice_gitops::{Key, Object};
use tokio::time::{Instant, sleep};

use super::{answered, said};
use crate::api::Resource;
use crate::cluster::Cluster;
use crate::error::WriteError;
use crate::live::{As, Stays};
use crate::server::{Ask, Failure};

/// The first wait until what was deleted is gone.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// The longest.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How long it may take to be gone before it is made anew.
const PATIENCE: Duration = Duration::from_mins(1);

impl Cluster {
    /// Deletes an object.
    pub(crate) async fn delete(&self, key: &Key, propagation: Propagation, by: &As) -> Result<(), WriteError> {
        match self.to_delete(key, by).await? {
            Some((resource, live)) => self.delete_as_read(&resource, &live, propagation, by).await,
            None => Ok(()),
        }
    }

    /// Deletes an object of an Application, if nothing it says now keeps it.
    pub(crate) async fn prune(
        &self,
        key: &Key,
        propagation: Propagation,
        (instance, stays): (&str, &Stays<'_>),
        by: &As,
    ) -> Result<(), WriteError> {
        let Some((resource, live)) = self.to_delete(key, by).await? else { return Ok(()) };
        // What is stored may be of a write a moment ago, by which another Application took it over.
        let owner = self.settings.tracking.owner(&live);
        if owner != Some(instance) {
            let owner = owner.map_or("nobody".to_owned(), |owner| format!("application {owner}"));
            return Err(WriteError::Conflict(format!("{key} is not deleted: it belongs to {owner} now")));
        }
        if let Some(why) = stays(&live) {
            return Err(WriteError::Conflict(format!("{key} is not deleted: {why}")));
        }
        self.delete_as_read(&resource, &live, propagation, by).await
    }

    /// What is there to be deleted, read anew; `None`: nothing, or it is going already.
    async fn to_delete(&self, key: &Key, by: &As) -> Result<Option<(Resource, Object)>, WriteError> {
        let resource = match self.known(&key.group, &key.kind) {
            Ok(resource) => resource,
            // With its kind went all its objects.
            Err(WriteError::UnknownKind(_)) => return Ok(None),
            Err(why) => return Err(why),
        };
        let meant = self.store().get(key).map(|kept| (kept.uid().to_owned(), kept.owner().map(str::to_owned)));
        let Some(live) = self.read_as(&resource, resource.version(), key, by).await? else { return Ok(None) };
        if live.is_deleting() {
            return Ok(None);
        }
        if let Some((uid, owner)) = meant
            && (uid != live.text("/metadata/uid") || owner.as_deref() != self.settings.tracking.owner(&live))
        {
            return Err(WriteError::Conflict(format!(
                "{key} is not what it was: it was made anew, or belongs to another"
            )));
        }
        Ok(Some((resource, live)))
    }

    async fn delete_as_read(
        &self,
        resource: &Resource,
        live: &Object,
        propagation: Propagation,
        by: &As,
    ) -> Result<(), WriteError> {
        let key = live.key();
        let (uid, version) = (live.text("/metadata/uid"), live.text("/metadata/resourceVersion"));
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy(propagation),
            "preconditions": {"uid": uid, "resourceVersion": version},
        });
        let path = resource.path_of(resource.version(), &key.namespace, &key.name)?;
        let ask = Ask::new(Method::DELETE, path).content("application/json", options.to_string().into_bytes()).by(by);
        match self.server.ask(ask).await.and_then(|answer| answered(&answer)) {
            Ok(answer) => {
                self.note_deleted(&key, uid, &answer);
                Ok(())
            }
            Err(why) if why.code() == 404 => {
                self.absent(&key);
                Ok(())
            }
            Err(why) => Err(said::refusal(&why, &key, "delete", by)),
        }
    }

    /// The answer is the object where it stays a while, and says only that it succeeded where it does not.
    fn note_deleted(&self, key: &Key, uid: &str, answer: &Object) {
        let stays = answer.is_deleting() && answer.text("/metadata/uid") == uid;
        self.memory().forget(key);
        if stays {
            self.put(answer);
        } else if answer.kind() == "Status" || answer.value().get("status").and_then(Value::as_str) == Some("Success") {
            let told = self.store().bury(key, uid);
            self.tell(told);
        }
        if matches!(key.kind.as_str(), "CustomResourceDefinition" | "APIService") {
            self.discovery.changed();
        }
    }

    /// Deletes what is there, dependents first, and waits until it is gone.
    pub(super) async fn clear(&self, resource: &Resource, key: &Key, by: &As) -> Result<(), WriteError> {
        let began = Instant::now();
        let mut wait = FIRST_WAIT;
        while let Some(live) = self.read_as(resource, resource.version(), key, by).await? {
            if !live.is_deleting() {
                self.delete_as_read(resource, &live, Propagation::Foreground, by).await?;
                continue;
            }
            if began.elapsed() > PATIENCE {
                return Err(WriteError::Conflict(format!(
                    "{key} is being deleted, to be made anew, and is not gone yet"
                )));
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        Ok(())
    }
}

fn policy(propagation: Propagation) -> &'static str {
    match propagation {
        Propagation::Foreground => "Foreground",
        Propagation::Background => "Background",
        Propagation::Orphan => "Orphan",
    }
}

/// Whether a failure says that something changed in between.
pub(super) fn is_conflict(failure: &Failure) -> bool {
    failure.code() == 409
}
