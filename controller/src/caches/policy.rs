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
    /// What is wrong with the newest form.
    pub broken: Option<String>,
    /// The newest form, else the last good one that is noted. Which is in force, [`Good`](crate::policy::Good) knows.
    pub form: Option<Form>,
}

/// A form of a policy that has no mistakes.
#[derive(Clone, Debug)]
pub struct Form {
    /// As it stands in the ConfigMap.
    pub text: Arc<str>,
    /// What it means.
    pub policy: Arc<Policy>,
}

impl Form {
    fn new(text: &str, policy: Policy) -> Self {
        Self { text: text.into(), policy: Arc::new(policy) }
    }
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
            Some(text) => sluice_policy::read(text)
                .map(|policy| Form::new(text, policy))
                .map_err(|found| violation::in_one_line(&found)),
            None => Err(format!("has no key {KEY}")),
        };
        match newest {
            Ok(form) => Self { metadata, broken: None, form: Some(form) },
            Err(why) => {
                let noted = metadata.annotations.as_ref().and_then(|notes| notes.get(annotation::LAST_GOOD));
                let form = noted.and_then(|text| Some(Form::new(text, sluice_policy::read(text).ok()?)));
                Self { metadata, broken: Some(why), form }
            }
        }
    }
}

impl PolicyMap {
    /// Whether that form is the one that is noted as the last good one.
    pub fn notes(&self, form: &Form) -> bool {
        self.annotations().get(annotation::LAST_GOOD).is_some_and(|noted| **noted == *form.text)
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
