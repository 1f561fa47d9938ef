//! Hooks: made once a run, and let go.

use http::Method;
use serde_json::json;
use sluice_crds::names::application::{FIELD_MANAGER, HOOK_RUN};
use sluice_gitops::application::change::Manner;
use sluice_gitops::{Key, Object};

use super::{JSON_PATCH, TRIES, answered, prepared, said};
use crate::cluster::Cluster;
use crate::error::WriteError;
use crate::live::As;
use crate::server::Ask;

impl Cluster {
    /// Makes a hook.
    pub(crate) async fn make(&self, hook: &Object, by: &As) -> Result<Object, WriteError> {
        let resource = self.look_up(hook).await?;
        let hook = prepared(hook, &resource)?;
        let key = hook.key();
        let created = match self.create(&resource, &hook, Manner::default(), by).await {
            Ok(created) => created,
            Err(why) if said::is_there_already(&why) => {
                let there = self.read_as(&resource, hook.version(), &key, by).await?;
                there.filter(|there| is_of_same_run(there, &hook)).ok_or_else(|| {
                    WriteError::Conflict(format!("hook {key} is there already, from another run; it has to go first"))
                })?
            }
            Err(why) => return Err(said::refusal(&why, &key, "create", by)),
        };
        self.put(&created);
        Ok(created)
    }

    /// Takes a finalizer off an object.
    pub(crate) async fn release(&self, key: &Key, finalizer: &str, by: &As) -> Result<(), WriteError> {
        let resource = self.known(&key.group, &key.kind)?;
        for _ in 0..TRIES {
            let Some(live) = self.read_as(&resource, resource.version(), key, by).await? else { return Ok(()) };
            let at = live.list("/metadata/finalizers").iter().position(|one| one.as_str() == Some(finalizer));
            let Some(at) = at else { return Ok(()) };
            let place = format!("/metadata/finalizers/{at}");
            let removal = json!([
                {"op": "test", "path": &place, "value": finalizer},
                {"op": "remove", "path": &place},
            ]);
            let path = resource.path_of(resource.version(), &key.namespace, &key.name)?;
            let ask = Ask::new(Method::PATCH, path).query("fieldManager", FIELD_MANAGER);
            let ask = ask.content(JSON_PATCH, removal.to_string().into_bytes()).by(by);
            match self.server.ask(ask).await.and_then(|answer| answered(&answer)) {
                // What was being deleted and held by this alone is gone now.
                Ok(left) if left.is_deleting() && left.list("/metadata/finalizers").is_empty() => {
                    let told = self.store().bury(key, left.text("/metadata/uid"));
                    self.tell(told);
                    return Ok(());
                }
                Ok(left) => {
                    self.put(&left);
                    return Ok(());
                }
                Err(why) if why.code() == 404 => {
                    self.absent(key);
                    return Ok(());
                }
                // Somebody else changed the finalizers.
                Err(why) if matches!(why.code(), 409 | 422) => {}
                Err(why) => return Err(said::refusal(&why, key, "patch", by)),
            }
        }
        Err(WriteError::Conflict(format!("the finalizers of {key} change all the time")))
    }
}

/// Whether a hook that is there is the one that is to be made.
fn is_of_same_run(there: &Object, hook: &Object) -> bool {
    !there.is_deleting() && there.annotation(HOOK_RUN) == hook.annotation(HOOK_RUN)
}
