//! One object: as git says it, beside what is there.

use anyhow::{Context, Result, anyhow};
use kube::api::{ApiResource, Patch, PatchParams};
use kube::core::{DynamicObject, GroupVersionKind};
use kube::{Api, Client};
use serde_json::Value;
use sluice_crds::names::application::{FIELD_MANAGER, SYNC_OPTIONS};
use sluice_gitops::diff;
use sluice_gitops::project::{Place, Project};
use sluice_gitops::spec::{Leave, Spec};
use sluice_gitops::tracking::Tracking;
use sluice_gitops::waves::hook::{Role, role};
use sluice_gitops::{Key, Object};

use super::super::kinds::{self, Kinds};
use crate::trouble::explain;

/// How one object compares.
#[derive(Debug)]
pub(crate) struct Finding {
    /// The object.
    pub(crate) key: Key,
    /// How it compares.
    pub(crate) what: What,
}

/// How an object compares. Values are as people may see them.
#[derive(Debug, PartialEq)]
pub(crate) enum What {
    /// It is as git says.
    Same,
    /// A sync would change it.
    Changed {
        /// As it is.
        live: Value,
        /// As it would be.
        wanted: Value,
        /// Another Application that has it too.
        other: Option<String>,
    },
    /// A sync would make it.
    New(Value),
    /// Git has it no more.
    Gone {
        /// As it is.
        live: Value,
        /// Why it stays, if it does even where a sync may prune.
        stays: Option<&'static str>,
    },
    /// The project keeps it from being written.
    Blocked(String),
    /// It cannot be told.
    Unknown(String),
}

/// What objects are compared on.
pub(crate) struct Ground<'a> {
    pub(crate) client: &'a Client,
    pub(crate) kinds: &'a Kinds,
    pub(crate) project: Option<&'a Project>,
    pub(crate) place: Place,
    /// What the Application is called in its marks.
    pub(crate) instance: &'a str,
    pub(crate) tracking: &'a Tracking,
    pub(crate) spec: &'a Spec,
}

impl Ground<'_> {
    /// An object that git has.
    pub(crate) async fn wanted(&self, object: &Object) -> Finding {
        let key = object.key();
        if let Some(refusal) = self.project.and_then(|project| project.permits(&key, &self.place).err()) {
            return Finding { key, what: What::Blocked(refusal.to_string()) };
        }
        let what =
            self.tried(object).await.unwrap_or_else(|error| What::Unknown(without_secrets(&explain(&error), object)));
        Finding { key, what }
    }

    async fn tried(&self, object: &Object) -> Result<What> {
        let key = object.key();
        let desired = self.tracking.marked(object, self.instance, &self.spec.destination.namespace);
        let Some(resource) = self.kinds.resource(&kinds::gvk(object)) else {
            // The sync that brings the definition makes it.
            return Ok(What::New(diff::sides(&desired, &desired, &[]).0));
        };
        let api = api(self.client, &resource, &key);
        let Some(live) = read(&api, &key).await? else {
            return Ok(What::New(diff::sides(&desired, &desired, &[]).0));
        };
        // Asked under the name that syncs write under, the API server says what a sync would do, which leaves a release what it says.
        let params = PatchParams::apply(FIELD_MANAGER).force().dry_run();
        let desired = diff::released::kept(&desired, &live);
        let tried = api.patch(&key.name, &params, &Patch::Apply(desired.value())).await;
        let tried = object_of(&tried.context("have the API server try it")?)?;
        let (wanted, found) = diff::sides(&tried, &live, &self.spec.ignore);
        if diff::compare(&tried, &live, &self.spec.ignore).is_none() {
            return Ok(What::Same);
        }
        let other = self.tracking.owner(&live).filter(|owner| *owner != self.instance).map(str::to_owned);
        Ok(What::Changed { live: found, wanted, other })
    }

    /// An object that git has no more, as far as it is this Application's, and there.
    pub(crate) async fn extra(&self, key: Key, version: &str) -> Option<Finding> {
        let what = match self.live(&key, version).await {
            Err(error) => What::Unknown(explain(&error)),
            Ok(live) => {
                let live = live.filter(|live| self.is_own(live))?;
                let options = self.spec.options.of(live.listed(SYNC_OPTIONS));
                let stays = match options.prune {
                    Leave::Given => None,
                    Leave::Refused => Some("it stays: its options say Prune=false"),
                    Leave::Asked => Some("it stays until somebody confirms it: its options say Prune=confirm"),
                };
                What::Gone { live: diff::sides(&live, &live, &[]).1, stays }
            }
        };
        Some(Finding { key, what })
    }

    async fn live(&self, key: &Key, version: &str) -> Result<Option<Object>> {
        let Some(resource) = self.kinds.resource(&GroupVersionKind::gvk(&key.group, version, &key.kind)) else {
            return Ok(None);
        };
        read(&api(self.client, &resource, key), key).await
    }

    /// Whether pruning it is this Application's to do.
    fn is_own(&self, live: &Object) -> bool {
        let permitted = self.project.is_none_or(|project| project.permits(&live.key(), &self.place).is_ok());
        self.tracking.owner(live) == Some(self.instance)
            && !live.is_owned()
            && role(live) == Role::Ordinary
            && permitted
    }
}

/// The shortest value that is looked for: shorter ones would be found in any text.
const SHORTEST: usize = 4;

/// An API server may quote what it refuses.
fn without_secrets(text: &str, object: &Object) -> String {
    if !object.key().is("", "Secret") {
        return text.to_owned();
    }
    let fields = ["/data", "/stringData"].into_iter().filter_map(|field| object.value().pointer(field)?.as_object());
    let values = fields.flat_map(|values| values.values()).filter_map(Value::as_str);
    let long = values.filter(|value| value.len() >= SHORTEST);
    long.fold(text.to_owned(), |text, value| text.replace(value, "(secret)"))
}

fn api(client: &Client, resource: &ApiResource, key: &Key) -> Api<DynamicObject> {
    if key.namespace.is_empty() {
        Api::all_with(client.clone(), resource)
    } else {
        Api::namespaced_with(client.clone(), &key.namespace, resource)
    }
}

async fn read(api: &Api<DynamicObject>, key: &Key) -> Result<Option<Object>> {
    let found = api.get_opt(&key.name).await.context("read it")?;
    found.map(|found| object_of(&found)).transpose()
}

fn object_of(object: &DynamicObject) -> Result<Object> {
    let value = serde_json::to_value(object).map_err(|error| anyhow!("read what the API server said: {error}"))?;
    Ok(Object::from(value))
}
