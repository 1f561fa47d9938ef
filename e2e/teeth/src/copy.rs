//! A copy of the sources in which every bug is planted, each behind a switch.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::bug::{Bug, Edit};

/// Tells in the copy which bug is at work.
const PLANTED: &str = include_str!("../planted.rs");

/// Sources by their path.
type Sources = BTreeMap<PathBuf, Vec<u8>>;

/// Copies the sources under `root` to `to`, with all bugs planted. What is there already and the same is left alone, so that
/// it is not built again.
pub(crate) fn plant(root: &Path, to: &Path, bugs: &[Bug]) -> Result<()> {
    let mut sources = read(root)?;
    let edits = bugs.iter().flat_map(|bug| bug.edits.iter().map(move |edit| (bug, edit)));
    for (bug, edit) in edits {
        apply(&mut sources, bug, edit).with_context(|| format!("plant \"{}\" in {}", bug.name, edit.file))?;
    }
    let crates: BTreeSet<PathBuf> = bugs.iter().flat_map(|bug| bug.edits).map(|edit| source_of(edit.file)).collect();
    for source in crates {
        let library = sources.get_mut(&source.join("lib.rs")).context("find lib.rs beside the file")?;
        library.extend_from_slice(b"\nmod planted;\n");
        sources.insert(source.join("planted.rs"), PLANTED.as_bytes().to_vec());
    }
    rename(&mut sources)?;
    write(to, &sources)
}

/// Gives the copy's crates a version of their own: what is built of them must never be taken for the workspace's.
fn rename(sources: &mut Sources) -> Result<()> {
    let manifest = sources.get_mut(Path::new("Cargo.toml")).context("find the workspace's Cargo.toml")?;
    let text = std::str::from_utf8(manifest)?;
    let (own, other) = ("version = \"0.1.0\"", "version = \"0.1.0-planted\"");
    ensure!(text.matches(own).count() == 1, "the workspace's version is not {own}: name the one that it became");
    *manifest = text.replace(own, other).into_bytes();
    Ok(())
}

/// Every file that git knows or could know, as it is in the working tree.
fn read(root: &Path) -> Result<Sources> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("list the sources with git")?;
    ensure!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).context("read what git ls-files says")?;
    let there = listed.split_terminator('\0').map(PathBuf::from).filter(|path| root.join(path).is_file());
    there.map(|path| Ok((path.clone(), fs::read(root.join(&path))?))).collect()
}

fn apply(sources: &mut Sources, bug: &Bug, edit: &Edit) -> Result<()> {
    let source = sources.get_mut(Path::new(edit.file)).context("the file is not there; name the one that it became")?;
    let text = std::str::from_utf8(source)?;
    let found = text.matches(edit.find).count();
    if found != 1 {
        bail!("this is there {found} times; make it a text that is there once and means the same:\n{}", edit.find);
    }
    let switch = format!("crate::planted::planted({:?})", bug.name);
    *source = text.replace(edit.find, &edit.put.replace("planted()", &switch)).into_bytes();
    Ok(())
}

/// The folder of a crate's sources.
fn source_of(file: &str) -> PathBuf {
    Path::new(file).ancestors().find(|path| path.ends_with("src")).unwrap_or(Path::new("src")).to_owned()
}

fn write(to: &Path, sources: &Sources) -> Result<()> {
    clear(to, to, sources)?;
    for (path, content) in sources {
        let path = to.join(path);
        if fs::read(&path).is_ok_and(|there| there == *content) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap_or(to))?;
        fs::write(&path, content).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// Removes what an earlier copy had and this one has not.
fn clear(to: &Path, folder: &Path, sources: &Sources) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            clear(to, &path, sources)?;
        } else if !sources.contains_key(path.strip_prefix(to)?) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
