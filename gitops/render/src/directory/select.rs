//! Which files of a folder are manifests.

use sluice_crds::DirectorySource;
use sluice_gitops::glob::Glob;

use crate::error::{Kind, RenderError};
use crate::limits::{Limits, bytes};
use crate::path;
use crate::tree::{Depth, Found, Tree};

/// What files of manifests end in.
const ENDINGS: [&str; 4] = [".yaml", ".yml", ".json", ".jsonnet"];

/// The files of a folder that the settings ask for, by path.
pub(crate) fn select(
    tree: &Tree,
    folder: &str,
    settings: &DirectorySource,
    limits: &Limits,
) -> Result<Vec<Found>, RenderError> {
    let include = glob(settings.include.as_deref(), "directory.include")?;
    let exclude = glob(settings.exclude.as_deref(), "directory.exclude")?;
    let deep = if settings.recurse { Depth::All } else { Depth::Top };
    let is_asked_for = |file: &Found| {
        let relative = path::below(&file.path, folder).unwrap_or(&file.path);
        ENDINGS.iter().any(|ending| relative.ends_with(ending))
            && include.as_ref().is_none_or(|glob| glob.is_match(relative))
            && !exclude.as_ref().is_some_and(|glob| glob.is_match(relative))
    };
    let files: Vec<Found> = tree.listed(folder, deep)?.into_iter().filter(is_asked_for).collect();
    let plain = files.iter().filter(|file| !file.path.ends_with(".jsonnet"));
    let sum: u64 = plain.map(|file| file.size).sum();
    if sum > limits.manifests {
        let text = format!(
            "the manifests in {folder:?} have {}; a folder may have {}: leave some out with directory.exclude, or take \
             several Applications",
            bytes(sum),
            bytes(limits.manifests)
        );
        return Err(RenderError::new(Kind::Limit, text));
    }
    Ok(files)
}

/// A pattern over paths, in which `*` passes slashes.
fn glob(pattern: Option<&str>, field: &str) -> Result<Option<Glob>, RenderError> {
    let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else { return Ok(None) };
    Glob::of_names(pattern).map(Some).map_err(|error| RenderError::spec(format!("{field}: {pattern:?} {error}")))
}
