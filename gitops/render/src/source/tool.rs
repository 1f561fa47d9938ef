//! Which tool renders a folder.

use std::fmt;

use sluice_crds::ApplicationSource;

use crate::error::RenderError;
use crate::tree::Tree;

/// What renders a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Plain manifests and jsonnet.
    Directory,
    /// Helm.
    Helm,
    /// Kustomize.
    Kustomize,
}

impl fmt::Display for Tool {
    /// As `status.sourceType` names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "Directory",
            Self::Helm => "Helm",
            Self::Kustomize => "Kustomize",
        })
    }
}

/// The names that a kustomization goes by.
pub(crate) const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The tool that the source names; if it names none, the one whose file lies in the folder.
pub(crate) fn of(source: &ApplicationSource, tree: &Tree, folder: &str) -> Result<Tool, RenderError> {
    let named = [
        (source.helm.is_some() || source.chart.is_some(), "helm", Tool::Helm),
        (source.kustomize.is_some(), "kustomize", Tool::Kustomize),
        (source.directory.is_some(), "directory", Tool::Directory),
    ];
    if source.plugin.is_some() {
        return Err(RenderError::spec(
            "source.plugin: plugins are not supported; render in CI, and name the result here",
        ));
    }
    let named: Vec<_> = named.into_iter().filter(|(is_named, _, _)| *is_named).collect();
    match named.as_slice() {
        [] => by_files(tree, folder),
        [(_, _, tool)] => Ok(*tool),
        several => {
            let list: Vec<&str> = several.iter().map(|(_, name, _)| *name).collect();
            Err(RenderError::spec(format!("source: {} exclude each other: keep one", list.join(" and "))))
        }
    }
}

fn by_files(tree: &Tree, folder: &str) -> Result<Tool, RenderError> {
    let has = |name: &str| Ok::<_, RenderError>(tree.file(&format!("{folder}/{name}"))?.is_some());
    if has("Chart.yaml")? {
        return Ok(Tool::Helm);
    }
    for name in KUSTOMIZATIONS {
        if has(name)? {
            return Ok(Tool::Kustomize);
        }
    }
    Ok(Tool::Directory)
}

#[cfg(test)]
mod tests {
    use sluice_crds::{DirectorySource, HelmSource, PluginSource};

    use super::*;
    use crate::tree::tests::tree;

    #[test]
    fn the_named_tool_counts_then_the_files() {
        let tree =
            tree("chart/Chart.yaml\nbase/kustomization.yml\nplain/a.yaml\nboth/Chart.yaml\nboth/kustomization.yaml");
        let none = ApplicationSource::default();
        for (folder, tool) in
            [("chart", Tool::Helm), ("base", Tool::Kustomize), ("plain", Tool::Directory), ("both", Tool::Helm)]
        {
            assert_eq!(of(&none, &tree, folder).unwrap(), tool, "{folder}");
        }
        let mut source = ApplicationSource { directory: Some(DirectorySource::default()), ..none };
        assert_eq!(of(&source, &tree, "chart").unwrap(), Tool::Directory);
        source.helm = Some(HelmSource::default());
        assert_eq!(
            of(&source, &tree, "chart").unwrap_err().text,
            "source: helm and directory exclude each other: keep one"
        );
        source.plugin = Some(PluginSource::default());
        assert!(of(&source, &tree, "chart").unwrap_err().text.starts_with("source.plugin: "));
    }
}
