//! Building with Go, out of caches that are thrown away once the build is done.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{in_path, step};

/// Runs `go build` in `module`, with the arguments that `arguments` adds. `what` says what is built.
///
/// The caches, some gigabytes, are in `cache`: kept when the build breaks off, so that the next one goes on from there.
pub(super) fn build(
    what: &str,
    module: &Path,
    cache: &Path,
    arguments: impl FnOnce(&mut Command) -> &mut Command,
) -> Result<()> {
    let mut command = go(module, cache)?;
    command.args(["build", "-trimpath", "-buildvcs=false"]).env("CGO_ENABLED", "0");
    step::run(what, arguments(&mut command), &cache.join("build.log"))?;
    fs::remove_dir_all(cache).with_context(|| format!("remove {}", cache.display()))
}

/// Downloads what `module` requires of that name into `cache`, below `mod`, if it is what its go.sum says.
pub(super) fn download(what: &str, module: &Path, cache: &Path, name: &str) -> Result<()> {
    let mut command = go(module, cache)?;
    step::run(what, command.args(["mod", "download", name]), &cache.join("download.log"))
}

/// Go in that module, with its caches in `cache`.
fn go(module: &Path, cache: &Path) -> Result<Command> {
    let Some(go) = in_path("go") else { bail!("Go is missing: install Go 1.26 or later") };
    fs::create_dir_all(cache).with_context(|| format!("create {}", cache.display()))?;
    let mut command = Command::new(go);
    command.current_dir(module).env("GOCACHE", cache.join("build")).env("GOMODCACHE", cache.join("mod"));
    // A fifth less to do for the compiler, which collects its garbage more rarely, and takes some hundred megabytes more.
    command.env("GOGC", "400");
    // Go would write its modules so that `rm` could not remove them.
    command.env("GOFLAGS", "-modcacherw");
    Ok(command)
}
