//! A folder of this machine in the place of a repository: it is copied into a repository of one commit, so that what is rendered
//! is what git would hold of it, and by the same code. What `.gitignore` names is left out.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sluice_crds::ApplicationSource;
use sluice_gitops::repo_url;

use crate::args::LocalFlags;

/// The branch that the copy is on.
const BRANCH: &str = "local";

/// The sources, with those of git taken from the folder that flags name. `into` is where the copy goes.
pub(crate) fn sources(
    flags: &LocalFlags,
    sources: &[ApplicationSource],
    into: &Path,
) -> Result<Vec<ApplicationSource>> {
    let Some(folder) = &flags.local else { return Ok(sources.to_vec()) };
    let folder = canonical(folder, "--local")?;
    let root = match &flags.local_repo_root {
        Some(root) => canonical(root, "--local-repo-root")?,
        None => folder.ancestors().find(|one| one.join(".git").exists()).unwrap_or(&folder).to_owned(),
    };
    let Ok(below) = folder.strip_prefix(&root) else {
        bail!("--local {} is not within --local-repo-root {}", folder.display(), root.display());
    };
    of_one_repository(sources)?;
    let paths = sources.iter().filter(|source| is_git(source) && has_path(source)).count();
    let url = format!("file://{}", copy(&root, into)?.display());
    let taken = |source: &ApplicationSource| {
        if !is_git(source) {
            return Ok(source.clone());
        }
        let path = match source.path.as_deref().filter(|path| !path.is_empty()) {
            Some(path) => Some(folder_of(path, below, &root, paths == 1)?),
            None => None,
        };
        Ok(ApplicationSource {
            repo_url: url.clone(),
            target_revision: Some(BRANCH.to_owned()),
            path,
            ..source.clone()
        })
    };
    sources.iter().map(taken).collect()
}

fn is_git(source: &ApplicationSource) -> bool {
    source.chart.as_deref().is_none_or(str::is_empty)
}

fn has_path(source: &ApplicationSource) -> bool {
    source.path.as_deref().is_some_and(|path| !path.is_empty())
}

fn canonical(folder: &Path, flag: &str) -> Result<PathBuf> {
    let found = folder.canonicalize().with_context(|| format!("{flag} {}", folder.display()))?;
    if !found.is_dir() {
        bail!("{flag} {} is no folder", folder.display());
    }
    Ok(found)
}

/// One folder stands for one repository.
fn of_one_repository(sources: &[ApplicationSource]) -> Result<()> {
    let mut urls: Vec<String> =
        sources.iter().filter(|source| is_git(source)).map(|source| repo_url::normal(&source.repo_url)).collect();
    urls.sort();
    urls.dedup();
    match urls.as_slice() {
        [] => bail!("--local: its sources are charts; there is no folder of a repository to take the place of"),
        [_] => Ok(()),
        several => bail!("--local stands for one repository, and its sources are in {}", several.join(" and ")),
    }
}

/// Where, below the root, a source's folder is. `below` is the folder that was named: the source's own, or the top of a checkout
/// that has it at the source's path.
fn folder_of(path: &str, below: &Path, root: &Path, alone: bool) -> Result<String> {
    let plain = |path: &Path| path.components().filter(|part| !matches!(part, Component::CurDir)).collect::<PathBuf>();
    let path = plain(Path::new(path));
    let found = if below == path {
        path
    } else if root.join(below).join(&path).is_dir() {
        below.join(&path)
    } else if alone && !below.as_os_str().is_empty() {
        below.to_owned()
    } else {
        bail!("--local {} has no folder {}", root.join(below).display(), path.display());
    };
    let text = found.to_str().context("--local: the folder's name is no text")?;
    Ok(if text.is_empty() { ".".to_owned() } else { text.to_owned() })
}

/// Makes the repository. Nothing of this machine's settings of git has a say in what gets into it.
fn copy(root: &Path, into: &Path) -> Result<PathBuf> {
    let copy = into.join("local");
    fs::create_dir_all(&copy).with_context(|| format!("make the folder {}", copy.display()))?;
    git(root, &copy, ["init", "--quiet", "--template=", "--initial-branch", BRANCH].map(OsStr::new))?;
    git(root, &copy, ["add", "--all", "--", "."].map(OsStr::new))?;
    let commit = ["commit", "--quiet", "--allow-empty", "--no-verify", "--no-gpg-sign", "--message", BRANCH];
    git(root, &copy, commit.map(OsStr::new))?;
    Ok(copy)
}

/// Variables by which git, as the parent of a hook, tells its own children where they are.
const WHERE: [&str; 5] =
    ["GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"];

fn git<const N: usize>(root: &Path, copy: &Path, arguments: [&OsStr; N]) -> Result<()> {
    let mut command = Command::new("git");
    for name in WHERE {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(root).env("GIT_DIR", copy.join(".git")).env("GIT_WORK_TREE", root);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "local").env(format!("GIT_{who}_EMAIL"), "local@localhost");
        command.env(format!("GIT_{who}_DATE"), "2000-01-01T00:00:00Z");
    }
    let done = command.output().context("start git: it must be in PATH")?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr).trim().replace('\n', " ");
        bail!("copy {} with git: {said}", root.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A checkout with a folder `apps/shop`.
    fn checkout() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("repo/apps/shop")).unwrap();
        fs::create_dir(folder.path().join("repo/.git")).unwrap();
        fs::write(folder.path().join("repo/apps/shop/a.yaml"), "a: 1\n").unwrap();
        fs::write(folder.path().join("repo/apps/shop/ignored.yaml"), "a: 1\n").unwrap();
        fs::write(folder.path().join("repo/.gitignore"), "ignored.yaml\n").unwrap();
        folder
    }

    fn check(sources_of: &Value, local: &str, expected: &str) {
        let folder = checkout();
        let given: Vec<ApplicationSource> = serde_json::from_value(sources_of.clone()).unwrap();
        let flags = LocalFlags { local: Some(folder.path().join(local)), local_repo_root: None };
        let into = tempfile::tempdir().unwrap();
        let told = match sources(&flags, &given, into.path()) {
            Ok(taken) => {
                let told = |source: &ApplicationSource| {
                    format!(
                        "{} {}",
                        source.target_revision.as_deref().unwrap_or("-"),
                        source.path.as_deref().unwrap_or("-")
                    )
                };
                taken.iter().map(told).collect::<Vec<_>>().join(", ")
            }
            Err(error) => {
                format!("{error:#}").replace(&*folder.path().canonicalize().unwrap().to_string_lossy(), "TMP")
            }
        };
        assert_eq!(told, expected, "{sources_of} {local}");
    }

    #[test]
    fn a_folder_is_the_sources_own_or_the_top_of_a_checkout() {
        let shop = json!([{"repoURL": "https://git.example/a", "path": "apps/shop"}]);
        check(&shop, "repo", "local apps/shop");
        check(&shop, "repo/apps/shop", "local apps/shop");
        check(&json!([{"repoURL": "https://git.example/a", "path": "./old"}]), "repo/apps/shop", "local apps/shop");
        check(&json!([{"repoURL": "https://git.example/a", "path": "."}]), "repo", "local .");
        check(
            &json!([{"repoURL": "https://git.example/a", "path": "old"}]),
            "repo",
            "--local TMP/repo/ has no folder old",
        );
        let chart = json!([{"repoURL": "https://charts.example", "chart": "web", "targetRevision": "1.0.0"},
            {"repoURL": "https://git.example/a", "ref": "values"}]);
        check(&chart, "repo", "1.0.0 -, local -");
    }

    #[test]
    fn one_folder_stands_for_one_repository() {
        let two = json!([{"repoURL": "https://git.example/a", "path": "a"}, {"repoURL": "https://git.example/b", "path": "b"}]);
        let said =
            "--local stands for one repository, and its sources are in https://git.example/a and https://git.example/b";
        check(&two, "repo", said);
        let chart = json!([{"repoURL": "https://charts.example", "chart": "web"}]);
        check(
            &chart,
            "repo",
            "--local: its sources are charts; there is no folder of a repository to take the place of",
        );
        check(&chart, "repo/.gitignore", "--local TMP/repo/.gitignore is no folder");
    }

    #[test]
    fn the_copy_has_what_git_would_hold() {
        let (folder, into) = (checkout(), tempfile::tempdir().unwrap());
        let copy = copy(&folder.path().join("repo"), into.path()).unwrap();
        let listed = Command::new("git").arg("-C").arg(copy).args(["ls-tree", "-r", "--name-only", BRANCH]).output();
        assert_eq!(String::from_utf8(listed.unwrap().stdout).unwrap(), ".gitignore\napps/shop/a.yaml\n");
        assert!(fs::read_dir(folder.path().join("repo/.git")).unwrap().next().is_none());
    }
}
