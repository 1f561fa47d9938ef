//! What is configured: the ConfigMap and the Secret of the controller, or of files.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sluice_crds::decode;
use sluice_notify::config::{Config, Subject};
use sluice_read::Objects;

use crate::args::Configured as Flags;
use crate::clean::clean;
use crate::client::Cluster;
use crate::near;
use crate::simulate::read;
use crate::trouble::explain;

const SUBJECT: Subject = Subject::Rollout;
/// Where the controller is, where nobody says.
const USUAL: &str = "argo-rollouts";
/// In the place of a file: there is no Secret.
const EMPTY: &str = ":empty";

/// The name of the service that stands for the terminal.
pub(super) const CONSOLE: &str = "console";

/// What is configured, and what is wrong with it.
pub(super) struct Configured {
    pub(super) config: Config,
    pub(super) problems: Vec<String>,
    /// As it is written.
    pub(super) data: BTreeMap<String, String>,
    /// What is in the Secret.
    hidden: Vec<String>,
}

/// The shortest value of a Secret that is looked for: shorter ones would be found in any text.
const SHORTEST: usize = 4;

impl Configured {
    /// Reads it.
    pub(super) async fn read(cluster: &Cluster, flags: &Flags) -> Result<Self> {
        let mut data = match &flags.config_map {
            Some(file) => of_file::<ConfigMap>(file, "ConfigMap")?.data.unwrap_or_default(),
            None => config_map(cluster, flags).await?.data.unwrap_or_default(),
        };
        let (secret, missing) = match &flags.secret {
            Some(file) if file == Path::new(EMPTY) => (Secret::default(), None),
            Some(file) => (of_file::<Secret>(file, "Secret")?, None),
            None => secret(cluster, flags).await,
        };
        let bytes = secret.data.unwrap_or_default().into_iter().map(|(key, value)| (key, value.0));
        let texts = secret.string_data.unwrap_or_default().into_iter().map(|(key, value)| (key, value.into_bytes()));
        let secret: BTreeMap<String, Vec<u8>> = bytes.chain(texts).collect();
        let hidden = secret.values().filter_map(|value| std::str::from_utf8(value).ok()).map(str::trim);
        let mut hidden: Vec<String> = hidden.filter(|value| value.len() >= SHORTEST).map(str::to_owned).collect();
        // The longest first: one that is part of another must not leave the rest of it in sight.
        hidden.sort_by_key(|value| std::cmp::Reverse(value.len()));
        // A service that has no form of its own: what is left of a notice is its message.
        data.entry(format!("service.webhook.{CONSOLE}")).or_insert_with(|| "url: http://localhost".to_owned());
        let (config, wrong) = Config::read(SUBJECT, &data, &secret);
        let problems = wrong.iter().map(ToString::to_string).chain(missing).collect();
        Ok(Self { config, problems, data, hidden })
    }

    /// A text without what is in the Secret: whoever may use it need not show it to who stands behind them.
    pub(super) fn masked(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "*****"))
    }

    /// Tells what is wrong with it, beside what was asked for.
    pub(super) fn warn(&self) {
        for problem in &self.problems {
            anstream::eprintln!("warning: {}", clean(problem));
        }
    }
}

/// There is none of that name: which one may have been meant.
pub(super) fn missing<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a String>) -> anyhow::Error {
    let known: Vec<String> = known.cloned().collect();
    let hint = near::question(name, &known).map(|hint| format!("; {hint}")).unwrap_or_default();
    anyhow!("there is no {what} \"{name}\"{hint}")
}

/// Looks where flags say; else in the namespace at hand, and where the controller usually is.
async fn config_map(cluster: &Cluster, flags: &Flags) -> Result<ConfigMap> {
    let name = SUBJECT.config_map();
    let places = places(cluster, flags.controller_namespace.as_deref());
    for namespace in &places {
        let api: Objects<ConfigMap> = Objects::namespaced(cluster.client.clone(), namespace);
        let found = api.get_opt(name).await.with_context(|| format!("read ConfigMap '{namespace}/{name}'"))?;
        if let Some(found) = found {
            return Ok(found);
        }
    }
    bail!(
        "there is no ConfigMap {name} in namespace {}; say where the controller is with --controller-namespace",
        places.join(" or ")
    )
}

/// The namespaces in which it is looked for, in that order: the one that is named, or the one at hand and the usual one.
pub(crate) fn places(cluster: &Cluster, named: Option<&str>) -> Vec<String> {
    match named {
        Some(namespace) => vec![namespace.to_owned()],
        None if cluster.namespace == USUAL => vec![USUAL.to_owned()],
        None => vec![cluster.namespace.clone(), USUAL.to_owned()],
    }
}

/// Most people may not read it: what needs nothing of it can be tried all the same.
async fn secret(cluster: &Cluster, flags: &Flags) -> (Secret, Option<String>) {
    let name = SUBJECT.secret();
    for namespace in places(cluster, flags.controller_namespace.as_deref()) {
        let api: Objects<Secret> = Objects::namespaced(cluster.client.clone(), &namespace);
        match api.get_opt(name).await {
            Ok(Some(found)) => return (found, None),
            Ok(None) => {}
            Err(error) => {
                let error = anyhow::Error::new(error).context(format!("read Secret '{namespace}/{name}'"));
                return (Secret::default(), Some(format!("without the Secret: {}", explain(&error))));
            }
        }
    }
    (Secret::default(), None)
}

fn of_file<K: DeserializeOwned>(file: &Path, kind: &str) -> Result<K> {
    let objects = read::objects(&[file.to_owned()])?;
    let mut fitting = objects.into_iter().filter(|object| object.get("kind").and_then(Value::as_str) == Some(kind));
    match (fitting.next(), fitting.next()) {
        (Some(object), None) => decode(object).with_context(|| format!("read the {kind} of {}", file.display())),
        (None, _) => bail!("{} holds no {kind}", file.display()),
        (Some(_), Some(_)) => bail!("{} holds more than one {kind}", file.display()),
    }
}
