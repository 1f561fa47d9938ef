//! The controller's own language in annotations, in the spelling and order that the established controller writes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is done with a request.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Action {
    r#type: String,
    forward_config: Forward,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Forward {
    target_groups: Vec<Group>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_group_stickiness_config: Option<Stickiness>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Group {
    service_name: String,
    service_port: String,
    weight: u32,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Stickiness {
    enabled: bool,
    duration_seconds: i64,
}

impl Action {
    /// Shares requests out between Services.
    pub(super) fn forward(weights: impl IntoIterator<Item = (String, u32)>, port: i32, sticky: Option<i64>) -> Self {
        let group = |(service_name, weight)| Group { service_name, service_port: port.to_string(), weight };
        let stickiness = sticky.map(|duration_seconds| Stickiness { enabled: true, duration_seconds });
        let target_groups = weights.into_iter().map(group).collect();
        let forward_config = Forward { target_groups, target_group_stickiness_config: stickiness };
        Self { r#type: "forward".to_owned(), forward_config }
    }

    /// The Services' weights.
    pub(super) fn weights(self) -> BTreeMap<String, u32> {
        let groups = self.forward_config.target_groups.into_iter();
        groups.map(|group| (group.service_name, group.weight)).collect()
    }
}

/// What a request must be like for an action.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Condition {
    field: String,
    http_header_config: HeaderConfig,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct HeaderConfig {
    http_header_name: String,
    values: Vec<String>,
}

impl Condition {
    /// A header has this very value.
    pub(super) fn header(name: &str, value: &str) -> Self {
        let config = HeaderConfig { http_header_name: name.to_owned(), values: vec![value.to_owned()] };
        Self { field: "http-header".to_owned(), http_header_config: config }
    }

    /// The header and its value.
    pub(super) fn exact(self) -> Option<(String, String)> {
        let value = self.http_header_config.values.into_iter().next()?;
        Some((self.http_header_config.http_header_name, value))
    }
}
