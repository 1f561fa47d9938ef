//! Every kind of source, from one repository.

use anyhow::Result;
use serde_json::{Value, json};
use sluice_e2e::harness::Scene;

use crate::stage::{Stage, map};

const JSONNET: &str = r"function(says='nothing') {
  apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'by-jsonnet'},
  data: {says: says + ' in ' + std.extVar('place')},
}";
const TEMPLATE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\ndata:\n  says: {{ .Values.says | quote }}\n";
const KUSTOMIZATION: &str = "resources: [../kustomize-base]\nnameSuffix: -kustomize\nconfigMapGenerator: []\npatches:\n  - target: {kind: ConfigMap}\n    patch: |-\n      - {op: replace, path: /data/says, value: an overlay}\n";

/// Deploys each, and reads what it says.
pub(crate) async fn each(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let repository = &stage.repository;
    repository.write("folder/top.yaml", map("by-folder", "a folder"))?;
    repository.write("ssh/top.yaml", map("by-ssh", "another way"))?;
    repository.write("folder/below/deep.yaml", map("by-recursion", "a folder below"))?;
    repository.write("jsonnet/all.jsonnet", JSONNET)?;
    repository.write("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n")?;
    repository.write("chart/values.yaml", "name: by-helm\nsays: nothing\n")?;
    repository.write("chart/values-more.yaml", "says: a file of values\n")?;
    repository.write("chart/templates/map.yaml", TEMPLATE)?;
    repository.write("kustomize-base/kustomization.yaml", "resources: [map.yaml]\n")?;
    repository.write("kustomize-base/map.yaml", map("by", "a base"))?;
    repository.write("kustomize/kustomization.yaml", KUSTOMIZATION)?;
    repository.write("values/elsewhere.yaml", "name: by-ref\nsays: values of another source\n")?;
    let commit = repository.commit("all")?;
    let ssh = stage.by_ssh();
    let cases = [
        ("folder", json!({"path": "folder", "directory": {"recurse": true}}), "by-recursion", "a folder below"),
        ("ssh", json!({"repoURL": ssh, "path": "ssh"}), "by-ssh", "another way"),
        ("jsonnet", json!({"path": "jsonnet", "directory": {"jsonnet": jsonnet()}}), "by-jsonnet", "something in dev"),
        ("helm", json!({"path": "chart", "helm": {"valueFiles": ["values-more.yaml"]}}), "by-helm", "a file of values"),
        ("kustomize", json!({"path": "kustomize"}), "by-kustomize", "an overlay"),
    ];
    for (name, source, map, says) in cases {
        let plain = json!({"syncPolicy": {"automated": {"prune": false}}, "source": source});
        stage.application(name, &plain).await?;
        stage.settled(name, &commit).await?;
        stage.until_says(map, Some(says)).await?;
    }
    several(&stage, &commit).await
}

fn jsonnet() -> Value {
    json!({"tlas": [{"name": "says", "value": "something"}], "extVars": [{"name": "place", "value": "dev"}]})
}

/// A chart with values out of another source.
async fn several(stage: &Stage, commit: &str) -> Result<()> {
    let sources = json!([
        {"repoURL": stage.url(), "path": "chart", "targetRevision": "main", "helm": {"valueFiles": ["$values/values/elsewhere.yaml"]}},
        {"repoURL": stage.url(), "targetRevision": commit, "ref": "values"},
    ]);
    stage.application("several", &json!({"source": null, "sources": sources})).await?;
    stage.settled("several", commit).await?;
    stage.until_says("by-ref", Some("values of another source")).await
}
