//! What the controller asked of the API server, as the API server's own audit log has it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use tokio::process::Command;

/// Whom the log follows: the ServiceAccount that Sluice is installed with.
pub(crate) const CONTROLLER: &str = "system:serviceaccount:sluice:sluice";

/// The audit log of a cluster.
#[derive(Clone, Debug)]
pub struct Audit {
    file: PathBuf,
    policy: PathBuf,
}

/// One request that was answered; a watch from when it begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// get, list, watch, create, update, patch, delete, …
    pub verb: String,
    /// The resource's API group; empty for the core.
    pub group: String,
    /// The resource, with its subresource if there is one: `rollouts/status`.
    pub resource: String,
    /// Empty for what belongs to no namespace.
    pub namespace: String,
    /// Empty for lists.
    pub name: String,
    /// Whether no role allows it.
    pub is_forbidden: bool,
    /// Whether it only asks what would come of it.
    pub is_dry_run: bool,
    /// Whether it was made in the name of another account, by whose rights it was allowed or refused.
    pub is_impersonated: bool,
}

impl Request {
    /// Whether it asked for a change.
    pub fn is_write(&self) -> bool {
        !self.is_dry_run && !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }
}

impl Audit {
    /// The log of the cluster whose data are in `dir`.
    pub(crate) fn of(dir: &Path) -> Self {
        Self { file: dir.join("logs/audit.log"), policy: dir.join("audit-policy.json") }
    }

    /// Has an API server keep it.
    pub(crate) fn keep(&self, api_server: &mut Command) -> Result<()> {
        // The end of a watch may come after the end of the run.
        let text = json!({
            "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
            "rules": [
                {"level": "Metadata", "users": [CONTROLLER], "verbs": ["watch"], "omitStages": ["ResponseComplete"]},
                {"level": "Metadata", "users": [CONTROLLER], "omitStages": ["ResponseStarted"]},
                {"level": "None"},
            ],
        });
        fs::write(&self.policy, text.to_string()).context("write the API server's audit policy")?;
        api_server.arg("--audit-policy-file").arg(&self.policy).arg("--audit-log-path").arg(&self.file);
        // In megabytes. A file that is full would be put aside, and what it has be missing.
        api_server.arg("--audit-log-maxsize=4096");
        Ok(())
    }

    /// All requests that the controller made and that were answered, in the order of their answers.
    pub fn requests(&self) -> Result<Vec<Request>> {
        let text = fs::read_to_string(&self.file).context("read the audit log")?;
        let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let events = lines.map(|line| serde_json::from_str::<Event>(line).context("read a line of the audit log"));
        events.map(|event| Ok(event?.into())).collect()
    }
}

#[derive(Deserialize)]
struct Event {
    verb: String,
    #[serde(rename = "requestURI", default)]
    uri: String,
    #[serde(rename = "objectRef", default)]
    object: Object,
    #[serde(rename = "impersonatedUser")]
    impersonated: Option<IgnoredAny>,
    #[serde(default)]
    annotations: Annotations,
}

#[derive(Default, Deserialize)]
struct Annotations {
    #[serde(rename = "authorization.k8s.io/decision", default)]
    decision: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Object {
    #[serde(rename = "apiGroup")]
    group: String,
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

impl From<Event> for Request {
    fn from(Event { verb, uri, object, impersonated, annotations }: Event) -> Self {
        let Object { group, resource, subresource, namespace, name } = object;
        let resource = if subresource.is_empty() { resource } else { format!("{resource}/{subresource}") };
        let (is_forbidden, is_dry_run) = (annotations.decision == "forbid", uri.contains("dryRun="));
        let is_impersonated = impersonated.is_some();
        Self { verb, group, resource, namespace, name, is_forbidden, is_dry_run, is_impersonated }
    }
}
