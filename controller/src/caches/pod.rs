//! Pods, as far as a release looks at them. The rest of a pod is never decoded: there may be ten thousand.

use std::borrow::Cow;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::Resource;
use kube::core::NamespaceResourceScope;
use serde::Deserialize;

/// A pod: whose it is, what it is labelled with, whether it is ready.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Pod {
    /// Its name, owner, labels and annotations.
    pub metadata: ObjectMeta,
    #[serde(default)]
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Status {
    #[serde(default)]
    phase: String,
    #[serde(default)]
    conditions: Vec<Condition>,
    #[serde(default, rename = "containerStatuses")]
    containers: Vec<Container>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    #[serde(default)]
    restart_count: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    r#type: String,
    status: String,
    last_transition_time: Option<Time>,
}

impl Pod {
    /// Whether its ReplicaSet counts it no more: it was told to end, or ended by itself.
    pub fn leaves(&self) -> bool {
        self.metadata.deletion_timestamp.is_some() || matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    /// How often its containers have restarted.
    pub fn restarts(&self) -> u32 {
        self.status.containers.iter().fold(0, |sum, one| sum.saturating_add(one.restart_count))
    }

    /// Since when it is ready, if it is.
    pub fn ready_since(&self) -> Option<Timestamp> {
        let ready = self.status.conditions.iter().find(|one| one.r#type == "Ready" && one.status == "True")?;
        Some(ready.last_transition_time.as_ref().map_or(Timestamp::MIN, |time| time.0))
    }
}

impl Resource for Pod {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        "Pod".into()
    }

    fn group((): &()) -> Cow<'_, str> {
        "".into()
    }

    fn version((): &()) -> Cow<'_, str> {
        "v1".into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        "pods".into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}
