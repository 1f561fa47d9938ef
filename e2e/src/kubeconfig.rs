//! Kubeconfigs: who talks to the API server, and where it is.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

/// The file that the API server writes its certificate and the signing one to.
pub(crate) fn certificate_authority(dir: &Path) -> PathBuf {
    dir.join("certs/apiserver.crt")
}

/// A kubeconfig for whoever holds `token`, of the API server at `url`. Fails until the server has written its certificate.
pub(crate) fn text(dir: &Path, url: &str, token: &str) -> Result<String> {
    let authority = certificate_authority(dir);
    authority.metadata().with_context(|| format!("find {}", authority.display()))?;
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "sluice-e2e",
        "clusters": [{"name": "sluice-e2e", "cluster": {"server": url, "certificate-authority": authority}}],
        "users": [{"name": "user", "user": {"token": token}}],
        "contexts": [{"name": "sluice-e2e", "context": {"cluster": "sluice-e2e", "user": "user"}}],
    });
    serde_json::to_string_pretty(&config).context("write the kubeconfig")
}

/// Writes it to `file`.
pub(crate) fn write(dir: &Path, file: &Path, url: &str, token: &str) -> Result<()> {
    fs::write(file, text(dir, url, token)?).with_context(|| format!("write {}", file.display()))
}
