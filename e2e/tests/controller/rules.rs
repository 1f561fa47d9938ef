//! What the API server itself refuses, before any controller sees it.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sluice_e2e::harness::Scene;
use sluice_e2e::manifests;

#[derive(Deserialize)]
struct Table {
    like: BTreeMap<String, Value>,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    like: String,
    #[serde(default)]
    with: Map<String, Value>,
    says: Option<String>,
}

/// Every line of `rules.yaml`.
pub(crate) async fn plainly_wrong(scene: Scene) -> Result<()> {
    let table: Table = serde_saphyr::from_str(include_str!("rules.yaml")).context("read rules.yaml")?;
    let mut misses = Vec::new();
    for rule in &table.rules {
        let mut object = table.like.get(&rule.like).with_context(|| format!("{} is in no list", rule.like))?.clone();
        json_patch::merge(&mut object, &json!({"spec": rule.with}));
        let refusal = try_out(&scene, &object).await?;
        if !fits(rule.says.as_deref(), refusal.as_deref()) {
            misses.push(format!("{} with {}: wanted {:?}, got {refusal:?}", rule.like, json!(rule.with), rule.says));
        }
    }
    ensure!(misses.is_empty(), "{}", misses.join("\n"));
    Ok(())
}

fn fits(says: Option<&str>, refusal: Option<&str>) -> bool {
    match (says, refusal) {
        (None, None) => true,
        (Some(says), Some(refusal)) => refusal.contains(says),
        _ => false,
    }
}

/// Every manifest that this repository shows to people.
pub(crate) async fn examples(scene: Scene) -> Result<()> {
    for file in shown()? {
        let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
        for mut object in manifests::parse::<Value>(&text)? {
            if object.get("apiVersion").and_then(Value::as_str) != Some("argoproj.io/v1alpha1") {
                continue;
            }
            json_patch::merge(&mut object, &json!({"metadata": {"namespace": null}}));
            if let Some(refusal) = try_out(&scene, &object).await? {
                bail!("{}: {refusal}", file.display());
            }
        }
    }
    Ok(())
}

fn shown() -> Result<Vec<PathBuf>> {
    let top = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["docs/simulate", "e2e/manifests/demo", "e2e/tests/controller", "crds/tests/fixtures"] {
        files.extend(manifests::yaml_files(&top.join(folder))?);
    }
    // One of everything is no Rollout that could run, and a table is no manifest.
    files.retain(|file| !file.ends_with("rules.yaml") && !file.to_string_lossy().contains("all_fields"));
    ensure!(files.len() > 5, "found only {files:?}");
    Ok(files)
}

/// Has the object checked, without making it; the refusal, if it is one.
async fn try_out(scene: &Scene, object: &Value) -> Result<Option<String>> {
    let object: DynamicObject = serde_json::from_value(object.clone()).context("read an object")?;
    let kind = object.types.as_ref().context("an object has a kind")?.kind.clone();
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", &kind));
    let api: Api<DynamicObject> = if kind.starts_with("Cluster") {
        Api::all_with(scene.client.clone(), &resource)
    } else {
        Api::namespaced_with(scene.client.clone(), &scene.namespace, &resource)
    };
    match api.create(&PostParams { dry_run: true, ..PostParams::default() }, &object).await {
        Ok(_) => Ok(None),
        Err(kube::Error::Api(status)) if status.code == 422 => Ok(Some(status.message)),
        Err(error) => Err(error).context("try an object"),
    }
}

/// An object from before the rules, in a group of its own: a change elsewhere in it is taken.
pub(crate) async fn older_objects(scene: Scene) -> Result<()> {
    let [rollout, ..] = sluice_crds::definitions();
    let with_rules = moved(serde_json::to_value(&rollout)?)?;
    manifests::apply_crd(&scene.client, &without_rules(with_rules.clone())?).await?;
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("older.test", "v1alpha1", "Rollout"));
    let api: Api<DynamicObject> = Api::namespaced_with(scene.client.clone(), &scene.namespace, &resource);
    let object = json!({"apiVersion": "older.test/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"}, "spec": {
        "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}},
        "strategy": {"canary": {"maxSurge": 0, "maxUnavailable": 0, "steps": [{"setWeight": 20}, {}]}},
    }});
    api.create(&PostParams::default(), &serde_json::from_value(object.clone())?).await.context("before the rules")?;
    manifests::apply_crd(&scene.client, &with_rules).await?;
    let fresh = || async {
        let mut fresh = object.clone();
        fresh["metadata"]["name"] = json!("fresh");
        let fresh = serde_json::from_value(fresh).ok()?;
        api.create(&PostParams { dry_run: true, ..PostParams::default() }, &fresh).await.is_err().then_some(())
    };
    sluice_e2e::wait::until("the rules hold", fresh).await?;
    for change in [json!({"metadata": {"labels": {"team": "a"}}}), json!({"spec": {"paused": true, "replicas": 3}})] {
        api.patch("web", &PatchParams::default(), &Patch::Merge(&change)).await.with_context(|| change.to_string())?;
    }
    let status = json!({"status": {"phase": "Degraded", "message": "InvalidSpec"}});
    api.patch_status("web", &PatchParams::default(), &Patch::Merge(&status)).await.context("write the status")?;
    Ok(())
}

/// The definition in the group `older.test`.
fn moved(mut definition: Value) -> Result<CustomResourceDefinition> {
    definition["metadata"]["name"] = json!("rollouts.older.test");
    definition["spec"]["group"] = json!("older.test");
    definition["spec"]["names"]["shortNames"] = json!([]);
    serde_json::from_value(definition).context("read the definition")
}

fn without_rules(definition: CustomResourceDefinition) -> Result<CustomResourceDefinition> {
    let mut definition = serde_json::to_value(definition)?;
    forget(&mut definition);
    serde_json::from_value(definition).context("read the definition")
}

fn forget(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.retain(|key, _| key != "x-kubernetes-validations");
            fields.values_mut().for_each(forget);
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}
