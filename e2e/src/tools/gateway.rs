//! The definitions of the Gateway API's kinds, taken out of its Go module.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::store::Store;
use super::{go, package_dir};

/// As `e2e/go/gateway-api/go.mod` has it: what Traefik is built with.
const VERSION: &str = "v1.6.3";
const MODULE: &str = "sigs.k8s.io/gateway-api";

/// A folder with a file for each kind.
pub(super) fn ensure(store: &Store) -> Result<PathBuf> {
    store.provide(&format!("gateway-api-{VERSION}"), |dir| download(store, dir))
}

fn download(store: &Store, dir: &Path) -> Result<()> {
    let cache = store.cache("go-gateway-api");
    go::download("downloading the Gateway API", &package_dir().join("go/gateway-api"), &cache, MODULE)?;
    let definitions = cache.join("mod").join(format!("{MODULE}@{VERSION}")).join("config/crd/standard");
    let entries = fs::read_dir(&definitions).with_context(|| format!("list {}", definitions.display()))?;
    for entry in entries {
        let (file, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        // What is no definition is a policy that guards the others.
        if !name.to_string_lossy().contains("_vap_") {
            fs::copy(&file, dir.join(name)).with_context(|| format!("copy {}", file.display()))?;
        }
    }
    fs::remove_dir_all(&cache).with_context(|| format!("remove {}", cache.display()))
}
