//! Reads manifests: any number of YAML or JSON documents, in files or from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The most bytes that all files may have together.
const MOST_BYTES: u64 = 4 << 20;
/// The most objects in them.
const MOST_OBJECTS: usize = 1000;

/// The objects in these files, in their order. Lists are taken apart.
pub(crate) fn objects(files: &[PathBuf]) -> Result<Vec<Value>> {
    let (mut objects, mut room) = (Vec::new(), MOST_BYTES);
    for file in files {
        let text = text(file, room)?;
        room -= text.len() as u64;
        let found = parse(&text).with_context(|| format!("read {}", name(file)))?;
        objects.extend(found);
        if objects.len() > MOST_OBJECTS {
            bail!("the files hold more than {MOST_OBJECTS} objects; give only what is needed");
        }
    }
    Ok(objects)
}

/// The text of a file that has no more than `room` bytes.
pub(crate) fn text(file: &Path, room: u64) -> Result<String> {
    let source: Box<dyn Read> = match file.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(File::open(file).with_context(|| format!("open {}", name(file)))?),
    };
    let mut text = String::new();
    source.take(room + 1).read_to_string(&mut text).with_context(|| format!("read {}", name(file)))?;
    if text.len() as u64 > room {
        bail!("read {}: the files have more than {} MiB; give only what is needed", name(file), MOST_BYTES >> 20);
    }
    Ok(text)
}

fn name(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

/// The objects in a text.
pub(crate) fn parse(text: &str) -> Result<Vec<Value>> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text)?;
    let mut objects = Vec::new();
    for (index, document) in documents.into_iter().enumerate() {
        take(document, &mut objects).with_context(|| format!("in document {}", index + 1))?;
    }
    Ok(objects)
}

fn take(document: Value, objects: &mut Vec<Value>) -> Result<()> {
    if document.is_null() {
        return Ok(());
    }
    let says = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if !says("/kind") || !says("/apiVersion") {
        bail!("it has no apiVersion and kind: it is no Kubernetes object");
    }
    if let Some(items) = document.get("items").and_then(Value::as_array) {
        return items.iter().try_for_each(|item| take(item.clone(), objects));
    }
    if !says("/metadata/name") && !says("/metadata/generateName") {
        bail!("it has no metadata.name");
    }
    objects.push(document);
    Ok(())
}

#[cfg(test)]
mod tests;
