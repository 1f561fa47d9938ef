//! ConfigMaps of the rollback policy, read as they come: nobody reads one twice.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::NamespaceResourceScope;
use kube::{Resource, ResourceExt};
use serde::Deserialize;
use sluice_crds::names::annotation;
use sluice_crds::violation;
use sluice_policy::{KEY, Policy};

/// A rollback policy: its newest form, and the last good one.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Stored")]
pub struct PolicyMap {
    /// Its name, namespace and annotations.
    pub metadata: ObjectMeta,
    /// The newest form as it stands there, if it is good.
    pub good: Option<String>,
    /// What is wrong with the newest form.
    pub broken: Option<String>,
    /// What is in force: the newest form, else the last good one that is noted.
    pub in_force: Option<Arc<Policy>>,
}

#[derive(Deserialize)]
struct Stored {
    metadata: ObjectMeta,
    #[serde(default)]
    data: BTreeMap<String, String>,
}

impl From<Stored> for PolicyMap {
    fn from(stored: Stored) -> Self {
        let Stored { metadata, mut data } = stored;
        let text = data.remove(KEY);
        let newest = match &text {
            Some(text) => sluice_policy::read(text).map_err(|found| violation::in_one_line(&found)),
            None => Err(format!("has no key {KEY}")),
        };
        match newest {
            Ok(policy) => Self { metadata, good: text, broken: None, in_force: Some(Arc::new(policy)) },
            Err(why) => {
                let noted = metadata.annotations.as_ref().and_then(|notes| notes.get(annotation::LAST_GOOD));
                let in_force = noted.and_then(|text| sluice_policy::read(text).ok()).map(Arc::new);
                Self { metadata, good: None, broken: Some(why), in_force }
            }
        }
    }
}

impl PolicyMap {
    /// The newest form, where it is good and not noted yet.
    pub fn unnoted(&self) -> Option<&str> {
        self.good
            .as_deref()
            .filter(|good| self.annotations().get(annotation::LAST_GOOD).is_none_or(|noted| noted != good))
    }
}

impl Resource for PolicyMap {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        "ConfigMap".into()
    }

    fn group((): &()) -> Cow<'_, str> {
        "".into()
    }

    fn version((): &()) -> Cow<'_, str> {
        "v1".into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        "configmaps".into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}
