//! Kustomizations, built by Kustomize itself.

use expect_test::expect;
use serde_json::json;
use sluice_render::{Builds, Kind, Tool};

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

fn options(text: &str) -> Builds {
    Builds::take(&mut [("kustomize.buildOptions".to_owned(), text.to_owned())].into()).0
}

#[tokio::test]
async fn charts_are_rendered_where_the_options_say_so() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write(
        "app/kustomization.yaml",
        "helmCharts: [{name: web, releaseName: shop, namespace: team, valuesInline: {says: hello}}]\n",
    );
    repo.write("app/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    let template = config("{{ .Release.Name }}", "{{ .Values.says }} {{ .Capabilities.KubeVersion.Version }}");
    repo.write("app/charts/web/values.yaml", "says: nothing\n").write("app/charts/web/templates/a.yaml", template);
    repo.commit();
    let source = json!({"repoURL": repo.url(), "path": "app"});
    let without = bench.render(source.clone()).await;
    expect![[r#"
        tool: kustomize build: trouble configuring builtin HelmChartInflationGenerator with config: `; namespace: team; releaseName: shop; valuesInline:;   says: hello; `: must specify --enable-helm
    "#]].assert_eq(&shown(&without));
    bench.builds = options("--enable-helm");
    expect![[r#"
        ConfigMap shop {"value":"hello v1.33.1"}
    "#]]
    .assert_eq(&shown(&bench.render(source.clone()).await));
    // Another cluster is another render.
    bench.cluster.kube_version = "1.34.0".to_owned();
    expect![[r#"
        ConfigMap shop {"value":"hello v1.34.0"}
    "#]]
    .assert_eq(&shown(&bench.render(source).await));
}

/// A plugin of Helm is a program, and a kustomization may say where Helm looks for them.
#[tokio::test]
async fn no_program_of_a_repository_runs_by_way_of_helm() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    let chart = "helmGlobals: {configHome: ./own}\nhelmCharts: [{name: web, version: 1.0.0, repo: 'evil://host'}]\n";
    repo.write("app/kustomization.yaml", chart);
    let ran = bench.dir().join("ran");
    let plugin = format!(
        "name: evil\nversion: 1.0.0\ndownloaders: [{{command: \"sh -c 'touch {}'\", protocols: [evil]}}]\n",
        ran.display()
    );
    repo.write("app/own/.data/plugins/evil/plugin.yaml", plugin);
    repo.write("out/kustomization.yaml", "helmGlobals: {chartHome: /etc}\nhelmCharts: [{name: web}]\n");
    repo.commit();
    bench.builds = options("--enable-helm");
    let rendered = bench.render(json!({"repoURL": repo.url(), "path": "app"})).await;
    assert!(rendered.is_err(), "{}", shown(&rendered));
    assert!(!ran.exists());
    let elsewhere = bench.render(json!({"repoURL": repo.url(), "path": "out", "kustomize": {}})).await;
    assert_eq!(elsewhere.err().map(|error| error.kind), Some(Kind::Escape));
}

#[tokio::test]
async fn an_option_that_is_refused_is_named_where_it_is_lacking() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    overlay(&repo);
    repo.commit();
    bench.builds = options("--load-restrictor LoadRestrictionsNone");
    let error = bench.render(json!({"repoURL": repo.url(), "path": "prod"})).await.unwrap_err();
    let named =
        "kustomize.buildOptions: --load-restrictor LoadRestrictionsNone is refused: it lets a repository read files";
    assert!(error.text.contains(named), "{}", error.text);
    bench.builds = options("--new");
    let error = bench.render(json!({"repoURL": repo.url(), "path": "prod"})).await.unwrap_err();
    assert_eq!(
        error.text,
        "argocd-cm: kustomize.buildOptions: --new is not known to this version of Sluice: take it out"
    );
}

#[tokio::test]
async fn a_version_is_built_by_its_own_program() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("app/kustomization.yaml", "resources: [a.yaml]\n").write("app/a.yaml", config("a", "1")).commit();
    let source = |version: &str| json!({"repoURL": repo.url(), "path": "app", "kustomize": {"version": version}});
    let error = bench.render(source("v9")).await.unwrap_err();
    assert!(error.text.contains("name its program by kustomize.path.v9 in argocd-cm"), "{}", error.text);
    let program = bench.dir().join("kustomize-9");
    std::fs::write(&program, format!("#!/bin/sh\ncat <<'END'\n{}\nEND\n", config("by-nine", "1"))).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    bench.builds = Builds::take(&mut [("kustomize.path.v9".to_owned(), program.display().to_string())].into()).0;
    assert_eq!(shown(&bench.render(source("v9")).await), "ConfigMap by-nine {\"value\":\"1\"}\n");
}
