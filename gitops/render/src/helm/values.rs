//! Which files of values a chart is rendered with.

use std::collections::BTreeMap;

use sluice_crds::HelmSource;
use sluice_gitops::glob::Glob;

use crate::environment::Environment;
use crate::error::{Kind, RenderError};
use crate::path;
use crate::source::Reader;
use crate::tree::{Found, Tree};

/// Another source of the same Application, by the name behind the dollar sign.
pub(crate) type Reference<'a> = BTreeMap<&'a str, &'a Reader<'a>>;

/// A file of values: where it is, and whose it is.
pub(crate) struct ValueFile<'a> {
    pub reader: &'a Reader<'a>,
    pub file: Found,
}

impl ValueFile<'_> {
    pub(crate) async fn content(&self) -> Result<Vec<u8>, RenderError> {
        let files = self.reader.read(std::slice::from_ref(&self.file)).await?;
        let content = files.get(&self.file.path).unwrap_or_default();
        crate::objects::not_lfs(&self.file.path, content)?;
        Ok(content.to_vec())
    }
}

/// The files that `valueFiles` names, in order. A pattern stands for all that it fits, but for those that are named one by one:
/// these keep their own place.
pub(crate) fn value_files<'a>(
    helm: &HelmSource,
    own: &'a Reader<'a>,
    folder: &str,
    others: &Reference<'a>,
    environment: &Environment,
) -> Result<Vec<ValueFile<'a>>, RenderError> {
    let mut named = Vec::new();
    for (index, written) in helm.value_files.iter().enumerate() {
        let field = format!("helm.valueFiles[{index}]");
        named.push((place(written, own, folder, others, environment, &field)?, field));
    }
    let plain: Vec<String> =
        named.iter().filter(|(place, _)| !is_pattern(&place.path)).map(|(place, _)| place.path.clone()).collect();
    let mut files = Vec::new();
    for (place, field) in named {
        let found = if is_pattern(&place.path) {
            let fitting = fitting(place.reader.tree(), &place.path, &field)?;
            fitting.into_iter().filter(|file| !plain.contains(&file.path)).collect()
        } else {
            Vec::from_iter(place.reader.tree().file(&place.path)?)
        };
        if found.is_empty() && !helm.ignore_missing_value_files {
            let text =
                format!("{field}: there is no file {:?} (ignoreMissingValueFiles lets it be missing)", place.path);
            return Err(RenderError::new(Kind::NotFound, text));
        }
        files.extend(found.into_iter().map(|file| ValueFile { reader: place.reader, file }));
    }
    Ok(files)
}

struct Place<'a> {
    reader: &'a Reader<'a>,
    path: String,
}

fn place<'a>(
    written: &str,
    own: &'a Reader<'a>,
    folder: &str,
    others: &Reference<'a>,
    environment: &Environment,
    field: &str,
) -> Result<Place<'a>, RenderError> {
    let referenced = written.strip_prefix('$').and_then(|rest| {
        let (name, path) = rest.split_once('/')?;
        Some((*others.get(name)?, path))
    });
    if let Some((reader, path)) = referenced {
        let path = path::join("", &environment.fill(path, field)?, field)?;
        return Ok(Place { reader, path });
    }
    let written = environment.fill(written, field)?;
    if written.contains("://") {
        let text =
            format!("{field}: {written:?}: values are not fetched from addresses; name a file of a source with ref");
        return Err(RenderError::spec(text));
    }
    Ok(Place { reader: own, path: path::join(folder, &written, field)? })
}

/// One file that a parameter names.
pub(crate) fn parameter_file<'a>(
    written: &str,
    own: &'a Reader<'a>,
    folder: &str,
    others: &Reference<'a>,
    environment: &Environment,
    field: &str,
) -> Result<ValueFile<'a>, RenderError> {
    let place = place(written, own, folder, others, environment, field)?;
    let missing = || RenderError::new(Kind::NotFound, format!("{field}: there is no file {:?}", place.path));
    let file = place.reader.tree().file(&place.path)?.ok_or_else(missing)?;
    Ok(ValueFile { reader: place.reader, file })
}

fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

fn fitting(tree: &Tree, pattern: &str, field: &str) -> Result<Vec<Found>, RenderError> {
    let glob = Glob::of_paths(pattern).map_err(|error| RenderError::spec(format!("{field}: {pattern:?} {error}")))?;
    let fixed = pattern.split(['*', '?', '[', '{']).next().unwrap_or_default();
    let listed = tree.listed(path::parent(fixed), crate::tree::Depth::All)?;
    Ok(listed.into_iter().filter(|file| glob.is_match(&file.path)).collect())
}
