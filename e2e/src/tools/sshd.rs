//! A server of git repositories by ssh, built by Go out of the program beside this package.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::store::Store;
use super::{go, package_dir};

/// Counted up with each change of `e2e/go/sshd`.
const VERSION: &str = "2";

/// The path of the binary.
pub(super) fn ensure(store: &Store) -> Result<PathBuf> {
    Ok(store.provide(&format!("sshd-{VERSION}"), |dir| build(store, dir))?.join("sshd"))
}

fn build(store: &Store, dir: &Path) -> Result<()> {
    let what = "building the ssh server with Go (a minute, once)";
    go::build(what, &package_dir().join("go/sshd"), &store.cache("go-sshd"), |go| {
        go.args(["-ldflags=-s -w", "-o"]).arg(dir.join("sshd")).arg(".")
    })
    .context("get the ssh server")
}
