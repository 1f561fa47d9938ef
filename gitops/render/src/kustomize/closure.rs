//! Which files a kustomization needs: its own folder, and all that it names, and that these name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::charts::{self, Inflated};
use crate::error::{Kind, RenderError};
use crate::path;
use crate::source::{KUSTOMIZATIONS, Reader};
use crate::tree::{Found, Tree};
use crate::witness::Witness;
use crate::yaml;

/// The most folders of one kustomization.
const FOLDERS: usize = 500;
/// Longer texts are no names of files.
const NAME: usize = 500;

/// What a kustomization needs.
#[derive(Debug, Default)]
pub(crate) struct Closure {
    pub files: Vec<Found>,
    pub witnesses: Vec<Witness>,
    /// Charts of other repositories that it has rendered.
    pub charts: Vec<Inflated>,
}

/// The name of the kustomization in a folder.
pub(crate) fn kustomization(tree: &Tree, folder: &str) -> Result<Option<Found>, RenderError> {
    for name in KUSTOMIZATIONS {
        let file = tree.file(&path::join(folder, name, name)?)?;
        if file.is_some() {
            return Ok(file);
        }
    }
    Ok(None)
}

/// Gathers what the kustomization in a folder needs; `more` are folders that the Application adds.
pub(crate) async fn gather(reader: &Reader<'_>, folder: &str, more: &[String]) -> Result<Closure, RenderError> {
    let tree = reader.tree();
    let mut files: BTreeMap<String, Found> = BTreeMap::new();
    let mut closure = Closure::default();
    let mut open: Vec<String> = std::iter::once(folder.to_owned()).chain(more.iter().cloned()).collect();
    let mut seen = BTreeSet::new();
    while let Some(at) = open.pop() {
        if !seen.insert(at.clone()) {
            continue;
        }
        if seen.len() > FOLDERS {
            return Err(RenderError::new(Kind::Limit, format!("the kustomization needs more than {FOLDERS} folders")));
        }
        let exported = tree.exported(&at)?;
        closure.witnesses.push(Witness::folder(&at, &exported));
        files.extend(exported.into_iter().map(|file| (file.path.clone(), file)));
        let Some(kustomization) = read(reader, &at).await? else { continue };
        closure.charts.extend(charts::of(&kustomization, &at)?);
        for name in named(&kustomization, &at)? {
            let path = path::join(&at, &name, &format!("{at}: kustomization"))?;
            if let Some(file) = tree.file(&path)? {
                closure.witnesses.push(Witness::file(tree, &path)?);
                files.insert(path, file);
            } else if !path.is_empty() && tree.is_folder(&path)? {
                open.push(path);
            }
        }
    }
    closure.files = files.into_values().collect();
    Ok(closure)
}

/// The kustomization in a folder, if there is one.
async fn read(reader: &Reader<'_>, folder: &str) -> Result<Option<Value>, RenderError> {
    let Some(file) = kustomization(reader.tree(), folder)? else { return Ok(None) };
    let path = file.path.clone();
    let text = reader.text(file).await?;
    yaml::one(&text).map(Some).map_err(|why| RenderError::new(Kind::Manifest, format!("{path}: {why}")))
}

/// All texts in the kustomization of a folder that may be names of files or folders.
fn named(value: &Value, folder: &str) -> Result<Vec<String>, RenderError> {
    for list in ["resources", "bases", "components"] {
        let entries = value.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        if let Some(remote) = entries.into_iter().find(|entry| is_remote(entry)) {
            let text = format!(
                "{folder}: kustomization: {list}: {remote:?} is in another repository, and kustomizations are built without a network: copy it \
                 here, or make it a source of its own"
            );
            return Err(RenderError::spec(text));
        }
    }
    let mut names = Vec::new();
    texts(value, &mut names);
    Ok(names)
}

fn is_remote(entry: &str) -> bool {
    entry.contains("://") || entry.contains("?ref=") || entry.starts_with("git@") || entry.starts_with("github.com/")
}

/// Texts that lead up, or are no paths at all, are none of the files that we gather; a resource that leads out fails the build.
fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            // Generators name a key and its file.
            let file = text.split_once('=').map_or(text.as_str(), |(_, file)| file);
            let fits = |text: &str| {
                !text.is_empty() && text.len() <= NAME && !text.contains(['\n', '\0']) && !text.starts_with('/')
            };
            into.extend([text.as_str(), file].into_iter().filter(|text| fits(text)).map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, into)),
        _ => {}
    }
}
