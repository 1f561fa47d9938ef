//! etcd, kube-apiserver and kube-controller-manager: found, or built from the Go module beside this package.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::store::Store;
use super::{in_path, package_dir, step};

const VERSION: &str = "1.36.3";
const PARTS: [&str; 3] = ["etcd", "kube-apiserver", "kube-controller-manager"];

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
    let Some(go) = in_path("go") else {
        bail!(
            "Go is missing: install Go 1.26 or later, or name a folder with {} in KUBEBUILDER_ASSETS",
            PARTS.join(", ")
        );
    };
    let what = "building kube-apiserver, etcd and kube-controller-manager with Go (about 4 minutes, once)";
    let mut command = Command::new(go);
    command.current_dir(package_dir().join("go")).args(["build", "-trimpath", "-buildvcs=false", "-ldflags"]);
    command.arg(linker_flags()).arg("-o").arg(dir.join("kubernetes")).arg(".");
    step::run(what, command.envs(go_env(store)), &dir.join("build.log"))?;
    for part in PARTS {
        symlink("kubernetes", dir.join(part)).with_context(|| format!("name the binary {part}"))?;
    }
    Ok(())
}

fn linker_flags() -> String {
    let version = "k8s.io/component-base/version";
    format!("-s -w -X {version}.gitVersion=v{VERSION} -X {version}.gitMajor=1 -X {version}.gitMinor=36")
}

/// Go's caches live in the store, writable, so that deleting the target folder leaves nothing behind.
pub(super) fn go_env(store: &Store) -> [(&'static str, OsString); 4] {
    [
        ("GOCACHE", store.cache("go/build").into()),
        ("GOMODCACHE", store.cache("go/mod").into()),
        ("GOFLAGS", "-modcacherw".into()),
        ("CGO_ENABLED", "0".into()),
    ]
}
