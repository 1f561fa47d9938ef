//! Which paths of a repository an Application reads, as git takes them.

use std::collections::BTreeSet;

use serde_json::Value;
use sluice_gitops::application::revert::Revert;

use super::branch::Clone;
use crate::error::RenderError;
use crate::git::of_git;
use crate::path;
use crate::source::KUSTOMIZATIONS;
use crate::yaml;

/// The most folders that are looked into.
const FOLDERS: usize = 500;
/// What says which other folders a folder needs.
const CHARTS: [&str; 2] = ["Chart.yaml", "requirements.yaml"];

impl Clone<'_> {
    /// What the Application reads at the commit and at the one before; empty: all of the repository.
    pub(super) async fn paths(&self, before: &str, revert: &Revert) -> Result<Vec<String>, RenderError> {
        let mut paths = BTreeSet::new();
        for commit in [before, revert.commit.as_str()] {
            let listed = self.git(&["ls-tree", "-r", "--name-only", "-z", commit]).await;
            let listed = listed.map_err(|error| of_git("list its files", &error))?;
            let files: BTreeSet<&str> = listed.split('\0').filter(|file| !file.is_empty()).collect();
            self.gather(commit, &files, revert, &mut paths).await;
        }
        let is_all = paths.contains(&literal(""));
        Ok(if is_all { Vec::new() } else { paths.into_iter().collect() })
    }

    async fn gather(&self, commit: &str, files: &BTreeSet<&str>, revert: &Revert, paths: &mut BTreeSet<String>) {
        paths.extend(revert.reads.others.iter().map(|path| literal(path)));
        let mut open = revert.reads.folders.clone();
        let mut seen = BTreeSet::new();
        while let Some(folder) = open.pop() {
            if seen.len() > FOLDERS || !seen.insert(folder.clone()) {
                continue;
            }
            let inside = |name: &&str| path::join(&folder, name, name).is_ok_and(|file| files.contains(file.as_str()));
            let said: Vec<&str> = KUSTOMIZATIONS.into_iter().chain(CHARTS).filter(inside).collect();
            let is_flat = said.is_empty() && revert.reads.flat.contains(&folder);
            paths.insert(if is_flat { of_one_folder(&folder) } else { literal(&folder) });
            for name in said {
                for named in self.named(commit, &folder, name).await {
                    if is_folder(files, &named) {
                        open.push(named);
                    } else if files.contains(named.as_str()) {
                        paths.insert(literal(&named));
                    }
                }
            }
        }
    }

    /// The paths that texts in a file may mean. A file that cannot be read names none: it is not what was deployed.
    async fn named(&self, commit: &str, folder: &str, name: &str) -> Vec<String> {
        let Ok(file) = path::join(folder, name, name) else { return Vec::new() };
        let Ok(text) = self.git(&["cat-file", "blob", &format!("{commit}:{file}")]).await else { return Vec::new() };
        let mut texts = Vec::new();
        if let Ok(value) = yaml::one(&text) {
            gather_texts(&value, &mut texts);
        }
        let each = texts.iter().map(|text| text.strip_prefix("file://").unwrap_or(text));
        let relative = each.filter(|text| !text.is_empty() && !text.starts_with('/'));
        relative.filter_map(|text| path::join(folder, text, name).ok()).filter(|path| !path.is_empty()).collect()
    }
}

fn gather_texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            // Generators name a key and its file.
            into.extend(text.split_once('=').map(|(_, file)| file.to_owned()));
            into.push(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| gather_texts(item, into)),
        Value::Object(fields) => fields.values().for_each(|field| gather_texts(field, into)),
        _ => {}
    }
}

fn is_folder(files: &BTreeSet<&str>, path: &str) -> bool {
    let prefix = format!("{path}/");
    files.range(prefix.as_str()..).next().is_some_and(|file| file.starts_with(&prefix))
}

/// A file, or a folder with all below.
fn literal(path: &str) -> String {
    format!(":(top,literal){path}")
}

/// The files of a folder, without those in folders below it.
fn of_one_folder(folder: &str) -> String {
    let mut escaped = String::new();
    for letter in folder.chars() {
        if matches!(letter, '*' | '?' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    let slash = if folder.is_empty() { "" } else { "/" };
    format!(":(top,glob){escaped}{slash}*")
}
