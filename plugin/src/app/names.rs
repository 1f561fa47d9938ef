//! Which Applications a command is about: names as they were typed, or a label selector.

use std::fmt;

use anyhow::{Context, Error, Result, anyhow, bail};
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::Value;
use sluice_crds::Application;
use sluice_read::Objects;

use crate::args::{AppNames, AppWhich};
use crate::client::Cluster;
use crate::each::Done;
use crate::near;
use crate::report::Report;
use crate::trouble::explain;

/// The most Applications that are looked through for near names.
const LOOKED_THROUGH: u32 = 1000;

/// An Application by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl Named {
    /// The name of an Application that was read.
    pub(crate) fn of(app: &Application) -> Self {
        Self { namespace: app.namespace().unwrap_or_default(), name: app.name_any() }
    }
}

/// The Applications of a namespace.
pub(crate) fn objects(cluster: &Cluster, namespace: &str) -> Objects<Application> {
    Objects::namespaced(cluster.client.clone(), namespace)
}

/// The namespace that Applications are looked for in, unless their name says another.
pub(crate) fn home<'a>(cluster: &'a Cluster, which: &'a AppWhich) -> &'a str {
    which.app_namespace.as_deref().unwrap_or(&cluster.namespace)
}

/// The Applications named, in the order in which they were; selected ones by name.
pub(crate) async fn of(cluster: &Cluster, names: &AppNames) -> Result<Vec<Named>> {
    let home = home(cluster, &names.which);
    match &names.which.selector {
        Some(_) if !names.words.is_empty() => bail!("give names or --selector, not both"),
        Some(selector) => labelled(cluster, home, selector).await,
        None if names.words.is_empty() => bail!("name an application, or select some with -l"),
        None => names.words.iter().map(|word| named(word, home)).collect(),
    }
}

fn named(word: &str, home: &str) -> Result<Named> {
    let (namespace, name) = word.split_once('/').unwrap_or((home, word));
    if namespace.is_empty() || name.is_empty() || name.contains('/') {
        bail!("\"{word}\" names no application; write NAME or NAMESPACE/NAME");
    }
    Ok(Named { namespace: namespace.to_owned(), name: name.to_owned() })
}

async fn labelled(cluster: &Cluster, home: &str, selector: &str) -> Result<Vec<Named>> {
    let found = objects(cluster, home).list_metadata(&ListParams::default().labels(selector)).await;
    let found = found.context("list Applications")?;
    if found.items.is_empty() {
        bail!("no application in namespace \"{home}\" has the labels {selector}");
    }
    Ok(found.iter().map(|one| Named { namespace: home.to_owned(), name: one.name_any() }).collect())
}

/// Reads one; that there is none is an error that says which one may have been meant.
pub(crate) async fn read(cluster: &Cluster, named: &Named) -> Result<Application> {
    let found = objects(cluster, &named.namespace).get_opt(&named.name).await;
    match found.with_context(|| format!("read application '{named}'"))? {
        Some(app) => Ok(app),
        None => Err(missing(cluster, named).await),
    }
}

async fn missing(cluster: &Cluster, named: &Named) -> Error {
    let params = ListParams::default().limit(LOOKED_THROUGH);
    let everywhere: Objects<Application> = Objects::all(cluster.client.clone());
    let found = match everywhere.list_metadata(&params).await {
        // Whoever may look into one namespace only is helped with that one.
        Err(kube::Error::Api(refusal)) if refusal.code == 403 => {
            objects(cluster, &named.namespace).list_metadata(&params).await.map(|found| found.items).unwrap_or_default()
        }
        Err(error) => return error.into(),
        Ok(found) => found.items,
    };
    let all: Vec<(String, String)> =
        found.iter().map(|one| (one.namespace().unwrap_or_default(), one.name_any())).collect();
    let hint = hint(named, &all).map(|hint| format!("; {hint}")).unwrap_or_default();
    anyhow!("applications.argoproj.io \"{}\" not found in namespace \"{}\"{hint}", named.name, named.namespace)
}

fn hint(named: &Named, all: &[(String, String)]) -> Option<String> {
    if let Some((namespace, name)) = all.iter().find(|(_, name)| *name == named.name) {
        return Some(format!("there is {namespace}/{name}: write it so, or add -N {namespace}"));
    }
    let here: Vec<String> =
        all.iter().filter(|(namespace, _)| *namespace == named.namespace).map(|(_, name)| name.clone()).collect();
    near::question(&named.name, &here)
}

/// Does the same to every Application named; one that fails does not stop the others. The document is that of the one that was
/// named, or a list.
pub(crate) async fn each(
    cluster: &Cluster,
    names: &AppNames,
    work: impl AsyncFn(&Named) -> Result<Done>,
) -> Result<Report> {
    let mut report = Report::default();
    let mut documents = Vec::new();
    for named in of(cluster, names).await? {
        match work(&named).await {
            Ok(done) => {
                report.lines.extend(done.lines);
                documents.push(done.document);
            }
            Err(error) => report.errors.push(explain(&error)),
        }
    }
    report.document = document(names, documents);
    Ok(report)
}

/// One document for one name, as the established command line has it; else a list.
pub(crate) fn document(names: &AppNames, mut documents: Vec<Value>) -> Value {
    match (names.words.len(), documents.pop()) {
        (1, Some(document)) => document,
        (_, last) => {
            documents.extend(last);
            Value::Array(documents)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_carry_its_namespace() {
        let told = |word| named(word, "argocd").map_or_else(|error| error.to_string(), |named| named.to_string());
        assert_eq!(told("shop"), "argocd/shop");
        assert_eq!(told("team/shop"), "team/shop");
        assert_eq!(told("a/b/c"), "\"a/b/c\" names no application; write NAME or NAMESPACE/NAME");
        assert_eq!(told("/shop"), "\"/shop\" names no application; write NAME or NAMESPACE/NAME");
    }

    #[test]
    fn a_name_that_is_in_another_namespace_is_found_there() {
        let all = [("argocd", "shop"), ("argocd", "cart")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let asked = |word| hint(&named(word, "default").unwrap(), &all);
        assert_eq!(asked("shop").unwrap(), "there is argocd/shop: write it so, or add -N argocd");
        assert_eq!(asked("argocd/shpo").unwrap(), "did you mean \"shop\"?");
        assert_eq!(asked("shpo"), None);
    }
}
