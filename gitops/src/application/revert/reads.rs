//! What an Application reads of a repository: of a commit that is taken back, no more than that is undone.

use sluice_crds::ApplicationSource;

use crate::paths;

/// Paths of a repository that an Application reads, from its root, the root itself being empty. What these lead to in turn (the bases
/// of a kustomization, the charts of a chart) is for whoever has the files to find.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reads {
    /// Folders of sources.
    pub folders: Vec<String>,
    /// Those of them of which, if they are plain manifests, the folders below are not read.
    pub flat: Vec<String>,
    /// Other files and folders: values, libraries.
    pub others: Vec<String>,
}

impl Reads {
    /// What is read of the repository of the source at this place among all of its Application's.
    pub(super) fn of(sources: &[ApplicationSource], at: usize) -> Self {
        let mut reads = Self::default();
        let Some(source) = sources.get(at) else { return reads };
        let folder = source.path.as_deref().unwrap_or_default();
        if let Some(resolved) = paths::resolved("", folder).or_else(|| renders(source).then(String::new)) {
            let directory = source.directory.as_ref();
            if directory.is_none_or(|directory| !directory.recurse && directory.jsonnet.is_none()) {
                reads.flat.push(resolved.clone());
            }
            reads.folders.push(resolved);
        }
        let libraries = source.directory.iter().filter_map(|directory| directory.jsonnet.as_ref());
        let libraries = libraries.flat_map(|jsonnet| &jsonnet.libs).filter_map(|path| paths::resolved("", path));
        let own = files(source).filter(|file| !file.starts_with('$'));
        let own = own.filter_map(|file| paths::resolved(folder, fixed(file)));
        reads.others.extend(libraries.chain(own));
        if let Some(name) = &source.reference {
            let lent = sources.iter().flat_map(files);
            let lent = lent.filter_map(|file| file.strip_prefix('$')?.strip_prefix(name.as_str())?.strip_prefix('/'));
            reads.others.extend(lent.filter_map(|file| paths::resolved("", fixed(file))));
        }
        reads
    }

    /// Joins what another source reads of the same repository.
    pub(super) fn add(&mut self, other: Self) {
        self.folders.extend(other.folders);
        self.flat.extend(other.flat);
        self.others.extend(other.others);
    }
}

/// Whether a source without a path is rendered: one that only lends its files has none.
fn renders(source: &ApplicationSource) -> bool {
    source.reference.as_deref().is_none_or(str::is_empty)
}

/// The files that a source's charts are given, as they are written.
fn files(source: &ApplicationSource) -> impl Iterator<Item = &str> {
    let helm = source.helm.iter();
    helm.flat_map(|helm| {
        let parameters = helm.file_parameters.iter().map(|one| one.path.as_str());
        helm.value_files.iter().map(String::as_str).chain(parameters)
    })
}

/// The folder in which a pattern, or a name with a variable, looks for files; of a plain name, that.
fn fixed(file: &str) -> &str {
    match file.find(['*', '?', '[', '{', '$']) {
        Some(at) => file.get(..at).and_then(|known| known.rfind('/').map(|end| &known[..=end])).unwrap_or("."),
        None => file,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(sources: Value, at: usize) -> [String; 3] {
        let sources: Vec<ApplicationSource> = serde_json::from_value(sources).unwrap();
        let Reads { folders, flat, others } = Reads::of(&sources, at);
        [folders, flat, others].map(|paths| paths.join(" "))
    }

    #[test]
    fn what_is_read_is_the_folder_and_what_the_source_names_beside_it() {
        assert_eq!(of(json!([{"path": "./apps/web/"}]), 0), ["apps/web", "apps/web", ""]);
        assert_eq!(of(json!([{}]), 0), ["", "", ""]);
        assert_eq!(of(json!([{"path": "web", "directory": {"recurse": true}}]), 0), ["web", "", ""]);
        let jsonnet = json!([{"path": "web", "directory": {"jsonnet": {"libs": ["lib", "/vendor"]}}}]);
        assert_eq!(of(jsonnet, 0), ["web", "", "lib vendor"]);
        let files = ["v.yaml", "../envs/prod.yaml", "/all.yaml", "envs/*.yaml", "$ARGOCD_APP_NAME.yaml", "../../../x"];
        let helm = json!([{"path": "charts/web", "helm": {"valueFiles": files, "fileParameters": [{"path": "f"}]}}]);
        assert_eq!(of(helm, 0)[2], "charts/web/v.yaml charts/envs/prod.yaml all.yaml charts/web/envs charts/web/f");
    }

    #[test]
    fn of_a_source_that_lends_its_files_those_are_read_that_are_lent() {
        let chart = json!({"chart": "web", "helm": {"valueFiles": ["$values/envs/prod.yaml", "$valuesmore/x"]}});
        let values = json!({"ref": "values"});
        assert_eq!(of(json!([chart, values]), 1), ["", "", "envs/prod.yaml"]);
        let Reads { folders, .. } = Reads::of(&serde_json::from_value::<Vec<_>>(json!([chart, values])).unwrap(), 1);
        assert!(folders.is_empty());
    }
}
