//! etcd, kube-apiserver and kube-controller-manager: found, or built from the Go module beside this package.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::store::Store;
use super::{go, in_path, package_dir};

const VERSION: &str = "1.36.3";
const PARTS: [&str; 3] = ["etcd", "kube-apiserver", "kube-controller-manager"];

const MISSING: &str = "get the Kubernetes programs (KUBEBUILDER_ASSETS may name a folder that has them):";

/// The folder that has all three parts.
pub(super) fn ensure(store: &Store) -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    store.provide(&built_name(), |dir| build(store, dir))
}

/// A folder with all three: that of the test assets, or the one PATH has kube-apiserver in.
fn installed() -> Option<PathBuf> {
    let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
    let path = in_path("kube-apiserver").and_then(|file| file.parent().map(Path::to_owned));
    [assets, path].into_iter().flatten().find(|dir| PARTS.iter().all(|part| dir.join(part).is_file()))
}

/// Carries a hash of the sources, so that a changed module is built anew.
fn built_name() -> String {
    let mut hasher = DefaultHasher::new();
    include_str!("../../go/main.go").hash(&mut hasher);
    include_str!("../../go/go.mod").hash(&mut hasher);
    format!("kubernetes-{VERSION}-{:016x}", hasher.finish())
}

fn build(store: &Store, dir: &Path) -> Result<()> {
    let what = "building kube-apiserver, etcd and kube-controller-manager with Go (about 4 minutes, once)";
    let cache = store.cache("go-kubernetes");
    go::build(what, &package_dir().join("go"), &cache, |go| {
        go.arg(format!("-ldflags={}", linker_flags())).arg("-o").arg(dir.join("kubernetes")).arg(".")
    })
    .with_context(|| format!("{MISSING} {}", PARTS.join(", ")))?;
    for part in PARTS {
        symlink("kubernetes", dir.join(part)).with_context(|| format!("name the binary {part}"))?;
    }
    Ok(())
}

fn linker_flags() -> String {
    let version = "k8s.io/component-base/version";
    format!("-s -w -X {version}.gitVersion=v{VERSION} -X {version}.gitMajor=1 -X {version}.gitMinor=36")
}
