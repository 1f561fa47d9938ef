//! What the controller asked of the API server, as the API server's own audit log has it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

/// Whom the log follows: the ServiceAccount that Sluice is installed with.
pub(crate) const CONTROLLER: &str = "system:serviceaccount:sluice:sluice";

/// The audit log of a cluster.
#[derive(Clone, Debug)]
pub struct Audit {
    file: PathBuf,
}

/// One request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// get, list, watch, create, update, patch, delete, …
    pub verb: String,
    /// The resource, with its subresource if there is one: `rollouts/status`.
    pub resource: String,
    /// Empty for what belongs to no namespace.
    pub namespace: String,
    /// Empty for lists.
    pub name: String,
}

impl Request {
    /// Whether it asked for a change.
    pub fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }
}

impl Audit {
    /// The log of the cluster whose data are in `dir`.
    pub(crate) fn of(dir: &Path) -> Self {
        Self { file: dir.join("audit.log") }
    }

    /// Has an API server keep it.
    pub(crate) fn keep(&self, api_server: &mut Command) -> Result<()> {
        let policy = self.file.with_file_name("audit-policy.json");
        let text = json!({
            "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived", "ResponseStarted"],
            "rules": [{"level": "Metadata", "users": [CONTROLLER]}, {"level": "None"}],
        });
        fs::write(&policy, text.to_string()).context("write the API server's audit policy")?;
        api_server.arg("--audit-policy-file").arg(policy).arg("--audit-log-path").arg(&self.file);
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
    #[serde(rename = "objectRef", default)]
    object: Object,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Object {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

impl From<Event> for Request {
    fn from(Event { verb, object }: Event) -> Self {
        let Object { resource, subresource, namespace, name } = object;
        let resource = if subresource.is_empty() { resource } else { format!("{resource}/{subresource}") };
        Self { verb, resource, namespace, name }
    }
}
