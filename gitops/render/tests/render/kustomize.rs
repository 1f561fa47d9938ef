//! Kustomizations, built by Kustomize itself.

use expect_test::expect;
use serde_json::json;
use sluice_render::{Kind, Tool};

use crate::bench::{Bench, Repo, config, shown};

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: nginx:1}]}\n";

fn overlay(repo: &Repo) {
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\nconfigMapGenerator:\n- {name: files, files: [note=../notes/note.txt], options: {disableNameSuffixHash: true}}\n");
    repo.write("base/web.yaml", DEPLOYMENT)
        .write("notes/note.txt", "hello")
        .write("base/../elsewhere/x.yaml", config("x", "1"));
    repo.write("prod/kustomization.yaml", "resources: [../base]\n");
    repo.write(
        "extra/kustomization.yaml",
        format!("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [{}]\n", "extra.yaml"),
    );
    repo.write("extra/extra.yaml", config("extra", "1"));
}

#[tokio::test]
async fn an_overlay_is_built_with_what_the_application_adds() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    overlay(&repo);
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n").commit();
    let source = |kustomize: serde_json::Value| {
        let mut source = json!({"repoURL": repo.url(), "path": "prod"});
        if !kustomize.is_null() {
            source["kustomize"] = kustomize;
        }
        source
    };
    let plain = bench.render(source(json!(null))).await;
    assert_eq!(shown(&plain), "Deployment web\n");
    assert_eq!(plain.unwrap().sources[0].tool, Some(Tool::Kustomize));
    let all = json!({
        "namePrefix": "a-", "nameSuffix": "-b", "namespace": "there", "images": ["nginx=mine/nginx:2"],
        "replicas": [{"name": "web", "count": 3}], "commonLabels": {"team": "x"}, "components": ["../extra"],
        "commonAnnotations": {"app": "$ARGOCD_APP_NAME"}, "commonAnnotationsEnvsubst": true,
        "patches": [{"target": {"kind": "Deployment"}, "patch": "- {op: add, path: /spec/paused, value: true}"}],
    });
    let rendered = bench.render(source(all)).await.unwrap();
    let deployment = rendered.objects.iter().find(|object| object["kind"] == "Deployment").unwrap();
    let text = |pointer: &str| deployment.pointer(pointer).cloned().unwrap_or_default();
    let seen: Vec<_> = [
        "/metadata/name",
        "/metadata/namespace",
        "/metadata/labels",
        "/metadata/annotations",
        "/spec/replicas",
        "/spec/paused",
        "/spec/template/spec/containers/0/image",
    ]
    .map(|pointer| text(pointer).to_string())
    .into();
    expect![[r#"
        "a-web-b"
        "there"
        {"team":"x"}
        {"app":"shop"}
        3
        true
        "mine/nginx:2""#]]
    .assert_eq(&seen.join("\n"));
    assert_eq!(rendered.objects.len(), 2, "the component too");
    // A base alone changes.
    repo.write("base/web.yaml", DEPLOYMENT.replace("replicas: 1", "replicas: 7")).commit();
    bench.later(100);
    assert_eq!(bench.render(source(json!(null))).await.unwrap().objects[0]["spec"]["replicas"], 7);
}

#[tokio::test]
async fn what_kustomize_may_not_reach_is_told() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    overlay(&repo);
    repo.write("remote/kustomization.yaml", "resources: ['https://github.com/org/repo//base?ref=v1']\n");
    repo.write("out/kustomization.yaml", "resources: [../../../etc]\n");
    repo.write("gone/kustomization.yaml", "resources: [nope.yaml]\n");
    repo.write("self/kustomization.yaml", "resources: [../self]\n");
    repo.write("none/a.yaml", config("a", "1"));
    repo.write("chart/kustomization.yaml", "helmCharts: [{name: x, repo: 'https://host/charts', version: 1.0.0}]\n");
    repo.commit();
    for (path, kind) in [
        ("prod", Some(Kind::Tool)),
        ("remote", Some(Kind::Spec)),
        ("out", Some(Kind::Escape)),
        ("gone", Some(Kind::Tool)),
        ("self", Some(Kind::Tool)),
        ("none", Some(Kind::NotFound)),
        ("chart", Some(Kind::Tool)),
    ] {
        let rendered = bench.render(json!({"repoURL": repo.url(), "path": path, "kustomize": {}})).await;
        eprintln!("{path}: {}", shown(&rendered));
        assert_eq!(rendered.err().map(|error| error.kind), kind, "{path}");
    }
}
