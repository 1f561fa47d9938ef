//! Reading manifests and putting them into the cluster.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use futures::future::try_join_all;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, ResourceExt};
use kube_runtime::wait::{await_condition, conditions};
use serde::de::DeserializeOwned;

use crate::tools::package_dir;

/// Every document of a YAML text.
pub fn parse<T: DeserializeOwned>(yaml: &str) -> Result<Vec<T>> {
    serde_saphyr::from_multiple(yaml).context("read YAML")
}

/// Applies every CustomResourceDefinition of the files, and waits until the API serves them.
pub async fn apply_crds(client: &Client, files: &[PathBuf]) -> Result<()> {
    let mut all = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
        all.extend(parse::<CustomResourceDefinition>(&text).with_context(|| format!("in {}", file.display()))?);
    }
    try_join_all(all.iter().map(|crd| apply_crd(client, crd))).await.map(drop)
}

/// The kinds of `traefik.io`, without the thousands of lines of their schemas.
pub fn traefik_crds() -> PathBuf {
    package_dir().join("manifests/traefik-crds.yaml")
}

/// The kinds of routers that are tested by the objects they read.
pub fn router_crds() -> PathBuf {
    package_dir().join("manifests/router-crds.yaml")
}

/// The kinds of `argoproj.io` that the workspace generates.
pub fn own_crds() -> Result<Vec<PathBuf>> {
    yaml_files(&package_dir().join("../crds/yaml"))
}

/// The YAML files of a folder, in the order of their names.
pub fn yaml_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).with_context(|| format!("list {}", dir.display()))?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|ext| ext == "yaml")).collect();
    files.sort();
    Ok(files)
}

/// Applies the namespace, ServiceAccount and roles that Sluice is installed with.
pub async fn apply_role(client: &Client) -> Result<()> {
    let file = package_dir().join("../deploy/sluice.yaml");
    let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
    apply_rights(client, &text).await
}

/// Applies the namespace, ServiceAccount and roles of what Sluice is installed with. The rest is only checked by the API
/// server: here the controller runs as a process.
pub async fn apply_rights(client: &Client, yaml: &str) -> Result<()> {
    for object in parse::<DynamicObject>(yaml)? {
        let types = object.types.clone().context("an object without a kind")?;
        let resource = ApiResource::from_gvk(&GroupVersionKind::try_from(&types).context("read the object's kind")?);
        let api: Api<DynamicObject> = match object.namespace() {
            Some(namespace) => Api::namespaced_with(client.clone(), &namespace, &resource),
            None => Api::all_with(client.clone(), &resource),
        };
        let params = PatchParams { dry_run: !of_rights(&types.kind), ..PatchParams::apply("sluice-e2e") };
        let name = object.name_any();
        api.patch(&name, &params, &Patch::Apply(&object))
            .await
            .with_context(|| format!("apply {} {name}", types.kind))?;
    }
    Ok(())
}

fn of_rights(kind: &str) -> bool {
    matches!(kind, "Namespace" | "ServiceAccount") || kind.contains("Role")
}

/// Applies one, and waits until the API serves it.
pub async fn apply_crd(client: &Client, crd: &CustomResourceDefinition) -> Result<()> {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    let name = crd.name_any();
    let params = PatchParams::apply("sluice-e2e").force();
    api.patch(&name, &params, &Patch::Apply(crd)).await.with_context(|| format!("apply {name}"))?;
    let established = await_condition(api, &name, conditions::is_crd_established());
    established.await.with_context(|| format!("wait for {name} to be served")).map(drop)
}
