//! When the Applications of a project may be synced.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Unknown, omit};

/// A time in which syncs may run, or may not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncWindow {
    /// allow or deny.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// When it opens, as five fields of cron: minute, hour, day of the month, month, day of the week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// How long it stays open, such as 1h30m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// The time zone of the schedule, such as Europe/Berlin. Default UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Applications it is for, as patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<String>,
    /// Destination namespaces it is for, as patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Destination clusters it is for, by name or server, as patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<String>,
    /// It is for Applications that all of the lists have, not any. Default false.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub and_operator: bool,
    /// A person may sync all the same. Default false.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub manual_sync: bool,
    /// A sync that began when it was allowed may end when it no longer is. Default false.
    #[serde(default, skip_serializing_if = "omit::off")]
    pub sync_overrun: bool,
    /// For people.
    #[schemars(length(max = 255))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Fields no version of this API names: kept, so that they can be reported.
    #[serde(flatten)]
    pub unknown: Unknown,
}
