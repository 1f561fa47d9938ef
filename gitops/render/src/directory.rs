//! A folder of plain manifests: YAML, JSON and jsonnet.

mod manifests;
mod select;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use sluice_crds::{DirectorySource, JsonnetSource, JsonnetVar};

pub(crate) use self::manifests::Output;
pub(crate) use self::select::select;
use crate::environment::Environment;
use crate::error::{Kind, RenderError};
use crate::jsonnet::{self, Asked, Variable};
use crate::objects;
use crate::path;
use crate::source::Reader;
use crate::tree::{Depth, Files, Found};
use crate::witness::Witness;

/// Jsonnet's settings, ready to be used.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Program {
    folders: Vec<String>,
    external: BTreeMap<String, Variable>,
    arguments: BTreeMap<String, Variable>,
}

impl Program {
    /// Settings with the environment filled in.
    pub(crate) fn new(
        folder: &str,
        settings: Option<&JsonnetSource>,
        environment: &Environment,
        more: &BTreeMap<String, String>,
    ) -> Result<Self, RenderError> {
        let mut folders = vec![folder.to_owned()];
        let Some(settings) = settings else { return Ok(Self { folders, ..Self::default() }) };
        for library in &settings.libs {
            folders.push(path::join("", library, "directory.jsonnet.libs")?);
        }
        let variables = |given: &[JsonnetVar], field: &str| -> Result<BTreeMap<String, Variable>, RenderError> {
            let variable = |given: &JsonnetVar| {
                let field = format!("directory.jsonnet.{field}[{}]", given.name);
                let value = environment.call(&given.value, more, &field)?;
                let value = environment.fill(&value, &field)?;
                Ok((given.name.clone(), Variable { value, code: given.code }))
            };
            given.iter().map(variable).collect()
        };
        Ok(Self {
            folders,
            external: variables(&settings.ext_vars, "extVars")?,
            arguments: variables(&settings.tlas, "tlas")?,
        })
    }

    /// What goes into a render's key beside the files.
    pub(crate) fn said(&self) -> String {
        format!("{self:?}")
    }
}

/// The files that are read at once: manifests, and for jsonnet all that may well be imported.
pub(crate) fn wanted(
    reader: &Reader<'_>,
    folder: &str,
    settings: &DirectorySource,
    program: &Program,
) -> Result<(Vec<Found>, Vec<Found>), RenderError> {
    let manifests = select(reader.tree(), folder, settings, reader.limits())?;
    let mut libraries = Vec::new();
    if manifests.iter().any(|file| is_jsonnet(&file.path)) {
        for library in &program.folders {
            if !reader.tree().is_folder(library)? {
                let text = format!("directory.jsonnet.libs: there is no folder {library:?}");
                return Err(RenderError::new(Kind::NotFound, text));
            }
            let listed = reader.tree().listed(library, Depth::All)?;
            let importable = |file: &Found| is_jsonnet(&file.path) || file.path.ends_with(".libsonnet");
            libraries.extend(listed.into_iter().filter(importable));
        }
    }
    Ok((manifests, libraries))
}

fn is_jsonnet(path: &str) -> bool {
    path.ends_with(".jsonnet")
}

/// Reads the manifests, and evaluates the jsonnet among them.
pub(crate) async fn render(
    reader: &Reader<'_>,
    (manifests, libraries): (&[Found], &[Found]),
    program: &Program,
    evaluator: &[PathBuf],
) -> Result<Output, RenderError> {
    let mut files = reader.read(&[manifests, libraries].concat()).await?;
    let mut output = Output::default();
    for manifest in manifests {
        if is_jsonnet(&manifest.path) {
            evaluate(reader, &manifest.path, program, evaluator, &mut files, &mut output).await?;
        } else {
            let content = files.get(&manifest.path).unwrap_or_default();
            output.read(&manifest.path, content)?;
        }
        output.allowed(reader.limits())?;
    }
    Ok(output)
}

async fn evaluate(
    reader: &Reader<'_>,
    main: &str,
    program: &Program,
    evaluator: &[PathBuf],
    files: &mut Files,
    output: &mut Output,
) -> Result<(), RenderError> {
    let asked = Asked { main, folders: &program.folders, external: &program.external, arguments: &program.arguments };
    let home = reader.scratch()?;
    let run = (evaluator, home.path(), reader.limits());
    let looked_at = Mutex::new(Vec::new());
    let json = jsonnet::evaluate_in(reader.jail(), run, &asked, files, |path| {
        let looked_at = &looked_at;
        async move {
            let witness = Witness::file(reader.tree(), &path)?;
            looked_at.lock().unwrap_or_else(PoisonError::into_inner).push(witness);
            match reader.tree().file(&path)? {
                Some(file) => reader.read(&[file]).await.map(Some),
                None => Ok(None),
            }
        }
    });
    let json = json.await?;
    output.witnesses.extend(looked_at.into_inner().unwrap_or_else(PoisonError::into_inner));
    let value: Value =
        serde_json::from_str(&json).map_err(|error| RenderError::new(Kind::Manifest, format!("{main}: {error}")))?;
    match value {
        Value::Array(all) => all.into_iter().try_for_each(|one| objects::add(&mut output.objects, one, main)),
        one => objects::add(&mut output.objects, one, main),
    }
}

#[cfg(test)]
mod tests;
