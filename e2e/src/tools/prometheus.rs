//! Prometheus and promtool: from PATH, else out of Debian's package, else built by Go.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::store::Store;
use super::{go, in_path, package_dir, step};

const PROGRAMS: [&str; 2] = ["prometheus", "promtool"];

/// The path of Prometheus; promtool is beside it.
pub(super) fn ensure(store: &Store) -> Result<PathBuf> {
    match in_path("prometheus").filter(|found| found.with_file_name("promtool").is_file()) {
        Some(found) => Ok(found),
        None => Ok(store.provide("prometheus-and-promtool", |dir| make(store, dir))?.join("prometheus")),
    }
}

fn make(store: &Store, dir: &Path) -> Result<()> {
    let Err(no_package) = from_debian(dir) else {
        return Ok(());
    };
    eprintln!("Debian has no Prometheus for us, building it instead ({no_package:#})");
    build(store, dir)
}

/// Takes the programs out of the package without installing it, which needs no root.
fn from_debian(dir: &Path) -> Result<()> {
    if in_path("apt-get").is_none() || in_path("dpkg-deb").is_none() {
        bail!("this is no Debian");
    }
    let mut download = Command::new("apt-get");
    download.current_dir(dir).args(["download", "prometheus"]);
    step::run("downloading Prometheus from Debian", &mut download, &dir.join("apt.log"))?;
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("-x").arg(package_in(dir)?).arg(dir.join("package"));
    step::run("unpacking Prometheus", &mut unpack, &dir.join("unpack.log"))?;
    install(dir)
}

fn package_in(dir: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(dir).context("list the download")?;
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files.find(|file| file.extension().is_some_and(|ext| ext == "deb")).context("find the package among the download")
}

/// Keeps the programs alone, once Prometheus is seen to run here.
fn install(dir: &Path) -> Result<()> {
    for name in PROGRAMS {
        let program = dir.join("package/usr/bin").join(name);
        fs::rename(program, dir.join(name)).with_context(|| format!("take {name} out of its package"))?;
    }
    let binary = dir.join("prometheus");
    fs::remove_dir_all(dir.join("package")).context("remove the rest of the package")?;
    fs::remove_file(package_in(dir)?).context("remove the package")?;
    step::run("asking Prometheus for its version", Command::new(binary).arg("--version"), &dir.join("version.log"))
}

fn build(store: &Store, dir: &Path) -> Result<()> {
    let what = "building Prometheus with Go (some minutes, once)";
    go::build(what, &package_dir().join("go/prometheus"), &store.cache("go-prometheus"), |go| {
        let programs = PROGRAMS.map(|name| format!("github.com/prometheus/prometheus/cmd/{name}"));
        // A folder takes both.
        go.args(["-ldflags=-s -w", "-o"]).arg(dir.join("")).args(programs)
    })
    .context("get Prometheus (one in PATH is taken as it is)")
}
