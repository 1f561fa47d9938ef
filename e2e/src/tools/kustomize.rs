//! Kustomize, built by Go: what it renders is compared letter by letter, so that a version found elsewhere will not do.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::store::Store;
use super::{go, package_dir};

/// As `e2e/go/kustomize/go.mod` has it.
const VERSION: &str = "5.8.2";

/// The path of the binary.
pub(super) fn ensure(store: &Store) -> Result<PathBuf> {
    Ok(store.provide(&format!("kustomize-{VERSION}"), |dir| build(store, dir))?.join("kustomize"))
}

fn build(store: &Store, dir: &Path) -> Result<()> {
    let what = "building Kustomize with Go (a minute, once)";
    go::build(what, &package_dir().join("go/kustomize"), &store.cache("go-kustomize"), |go| {
        go.args(["-ldflags=-s -w", "-o"]).arg(dir.join("kustomize")).arg("sigs.k8s.io/kustomize/kustomize/v5")
    })
    .context("get Kustomize")
}
