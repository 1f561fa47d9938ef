//! Helm, built by Go: what it renders is compared letter by letter, so that a version found elsewhere will not do.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::store::Store;
use super::{go, package_dir};

/// As `e2e/go/helm/go.mod` has it.
const VERSION: &str = "4.3.2";

/// The path of the binary.
pub(super) fn ensure(store: &Store) -> Result<PathBuf> {
    Ok(store.provide(&format!("helm-{VERSION}"), |dir| build(store, dir))?.join("helm"))
}

fn build(store: &Store, dir: &Path) -> Result<()> {
    let what = "building Helm with Go (some minutes, once)";
    go::build(what, &package_dir().join("go/helm"), &store.cache("go-helm"), |go| {
        go.args(["-ldflags=-s -w", "-o"]).arg(dir.join("helm")).arg("helm.sh/helm/v4/cmd/helm")
    })
    .context("get Helm")
}
