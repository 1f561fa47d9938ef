//! Whether changed files can be of any matter to an Application (`argocd.argoproj.io/manifest-generate-paths`).

use crate::glob::Glob;

/// Whether one of the changed files is among those that an Application says its manifests are made of.
///
/// `said` is its annotation: files, folders and patterns (Go's `filepath.Match`) with semicolons between, from the root of the
/// repository if they begin with a slash, else from `folder`, the path of its source. Saying nothing, or nothing that leads
/// anywhere, means all files.
pub fn concern(said: &str, folder: &str, changed: &[String]) -> bool {
    let wanted: Vec<String> = said.split(';').filter_map(|path| resolved(folder, path.trim())).collect();
    wanted.is_empty() || changed.iter().any(|file| wanted.iter().any(|wanted| covers(wanted, file)))
}

/// A path from the root, without its dots; `None` of an empty one, and of one that leads out of the repository.
pub(crate) fn resolved(folder: &str, path: &str) -> Option<String> {
    let whole = match path.strip_prefix('/') {
        _ if path.is_empty() => return None,
        Some(path) => path.to_owned(),
        None => format!("{folder}/{path}"),
    };
    let mut parts = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether the file is that one, below it, or as it says.
fn covers(wanted: &str, file: &str) -> bool {
    let below = file.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    wanted.is_empty() || below || Glob::of_kinds(wanted).is_ok_and(|glob| glob.is_match(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_concern_who_is_made_of_them() {
        for (said, file, concerns) in [
            ("", "other/a.yaml", true),
            (" ; ", "other/a.yaml", true),
            ("../../..", "other/a.yaml", true),
            (".", "apps/web/a.yaml", true),
            (".", "apps/web-2/a.yaml", false),
            (".;/charts/web", "charts/web/Chart.yaml", true),
            (".;/charts/web", "charts/webhook/Chart.yaml", false),
            ("../base", "apps/base/x/y.yaml", true),
            ("/charts/values.yaml", "charts/values.yaml", true),
            ("/charts/*.yaml", "charts/values.yaml", true),
            ("/charts/*.yaml", "charts/web/values.yaml", false),
            ("/", "anything", true),
        ] {
            assert_eq!(concern(said, "apps/web", &[file.to_owned()]), concerns, "{said} {file}");
        }
        assert!(!concern(".", "apps/web", &[]));
    }
}
