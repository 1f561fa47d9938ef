//! Charts, rendered by Helm itself.

use expect_test::expect;
use serde_json::json;
use sluice_render::Tool;

use crate::bench::{Bench, Repo, shown};

const TEMPLATE: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  value: {{ printf "%v %T" .Values.a .Values.a | quote }}
  stages: {{ .Values.stages | quote }}
  list: {{ .Values.list | join "+" | quote }}
  file: {{ .Values.file | quote }}
  on: {{ printf "%s %s %v" .Release.Namespace .Capabilities.KubeVersion.Version (.Capabilities.APIVersions.Has "apps/v1") | quote }}
"#;

fn chart(repo: &Repo, path: &str, name: &str) {
    repo.write(&format!("{path}/Chart.yaml"), format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n"));
    repo.write(&format!("{path}/values.yaml"), "a: chart\nstages: none\nlist: []\nfile: none\n");
    repo.write(&format!("{path}/templates/a.yaml"), TEMPLATE);
}

#[tokio::test]
async fn later_values_win() {
    let bench = Bench::new().await;
    let repo = bench.repository("charts");
    chart(&repo, "web", "web");
    repo.write("web/one.yaml", "a: one").write("env/prod/two.yaml", "a: two").write("web/file.txt", "a,b\nc");
    repo.commit();
    let files = json!(["one.yaml", "/env/*/two.yaml"]);
    let mut seen = String::new();
    for helm in [
        json!({}),
        json!({"valueFiles": files}),
        json!({"valueFiles": ["/env/prod/two.yaml", "one.yaml"]}),
        json!({"valueFiles": files, "values": "a: text"}),
        json!({"valueFiles": files, "values": "a: text", "valuesObject": {"a": {"deep": 1}}}),
        json!({"valueFiles": files, "values": "a: text", "parameters": [
            {"name": "a", "value": "true"}, {"name": "stages", "value": "5,25,50,100"}, {"name": "list", "value": "{x,y}"}]}),
        json!({"parameters": [{"name": "a", "value": "1.10", "forceString": true}]}),
        json!({"parameters": [{"name": "a", "value": "$ARGOCD_APP_NAMESPACE"}], "fileParameters": [{"name": "file", "path": "file.txt"}]}),
        json!({"releaseName": "other", "namespace": "elsewhere", "kubeVersion": "1.29.0", "apiVersions": ["x/v1"]}),
    ] {
        let rendered = bench.render(json!({"repoURL": repo.url(), "path": "web", "helm": helm})).await;
        seen += &shown(&rendered);
        assert_eq!(rendered.unwrap().sources[0].tool, Some(Tool::Helm));
    }
    expect![[r#"
        ConfigMap shop {"file":"none","list":"","on":"shop-prod v1.33.1 true","stages":"none","value":"chart string"}
        ConfigMap shop {"file":"none","list":"","on":"shop-prod v1.33.1 true","stages":"none","value":"two string"}
        ConfigMap shop {"file":"none","list":"","on":"shop-prod v1.33.1 true","stages":"none","value":"one string"}
        ConfigMap shop {"file":"none","list":"","on":"shop-prod v1.33.1 true","stages":"none","value":"text string"}
        ConfigMap shop {"file":"none","list":"","on":"shop-prod v1.33.1 true","stages":"none","value":"map[deep:1] map[string]interface {}"}
        ConfigMap shop {"file":"none","list":"x+y","on":"shop-prod v1.33.1 true","stages":"5,25,50,100","value":"true bool"}
        ConfigMap shop {"file":"none","list":"","on":"shop-prod v1.33.1 true","stages":"none","value":"1.10 string"}
        ConfigMap shop {"file":"a,b\nc","list":"","on":"shop-prod v1.33.1 true","stages":"none","value":"shop-prod string"}
        ConfigMap other {"file":"none","list":"","on":"elsewhere v1.29.0 true","stages":"none","value":"chart string"}
    "#]].assert_eq(&seen);
}

#[tokio::test]
async fn values_come_from_other_sources() {
    let bench = Bench::new().await;
    let charts = bench.repository("charts");
    chart(&charts, "web", "web");
    charts.commit();
    let values = bench.repository("values");
    let commit = values.write("env/prod.yaml", "a: from elsewhere").commit();
    let sources = |file: &str| {
        json!([
            {"repoURL": charts.url(), "path": "web", "helm": {"valueFiles": [file]}},
            {"repoURL": values.url(), "ref": "values", "targetRevision": "main"},
        ])
    };
    let rendered = bench.render(sources("$values/env/prod.yaml")).await.unwrap();
    assert_eq!(rendered.objects[0]["data"]["value"], "from elsewhere string");
    assert_eq!((rendered.sources[1].revision.as_str(), rendered.sources[1].tool), (commit.as_str(), None));
    for (file, said) in [
        (
            "$values/nope.yaml",
            r#"not_found: sources[0]: helm.valueFiles[0]: there is no file "nope.yaml" (ignoreMissingValueFiles lets it be missing)"#,
        ),
        ("$values/../x.yaml", r#"escape: sources[0]: helm.valueFiles[0]: "../x.yaml" leads out of the repository"#),
        ("$other/x.yaml", "spec: sources[0]: helm.valueFiles[0]: $other is not known"),
        (
            "https://host/x.yaml",
            "spec: sources[0]: helm.valueFiles[0]: \"https://host/x.yaml\": values are not fetched from addresses",
        ),
    ] {
        let now = shown(&bench.render(sources(file)).await);
        assert!(now.starts_with(said), "{file}: {now}");
    }
}

#[tokio::test]
async fn a_missing_file_of_values_may_be_allowed() {
    let bench = Bench::new().await;
    let repo = bench.repository("charts");
    chart(&repo, "web", "web");
    repo.commit();
    let helm = json!({"valueFiles": ["nope.yaml", "no/*.yaml"], "ignoreMissingValueFiles": true});
    assert!(bench.render(json!({"repoURL": repo.url(), "path": "web", "helm": helm})).await.is_ok());
}

#[tokio::test]
async fn definitions_and_tests_are_rendered_as_asked() {
    let bench = Bench::new().await;
    let repo = bench.repository("charts");
    chart(&repo, "web", "web");
    repo.write(
        "web/crds/x.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n",
    );
    repo.write(
        "web/templates/test.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n",
    );
    repo.write(
        "web/templates/hook.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: h, annotations: {helm.sh/hook: pre-install}}\n",
    );
    repo.commit();
    let mut seen = String::new();
    for helm in [json!({}), json!({"skipCrds": true, "skipTests": true})] {
        let rendered = bench.render(json!({"repoURL": repo.url(), "path": "web", "helm": helm})).await.unwrap();
        let names = rendered.objects.iter().map(|object| format!("{} ", object["metadata"]["name"].as_str().unwrap()));
        seen += &format!("{}\n", names.collect::<String>());
    }
    expect![[r#"
        x shop h t 
        shop h 
    "#]]
    .assert_eq(&seen);
}

#[tokio::test]
async fn charts_of_the_repository_are_dependencies() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("charts");
    chart(&repo, "web", "web");
    let needs = |name: &str, of: &str| {
        format!(
            "apiVersion: v2\nname: {of}\nversion: 0.1.0\ndependencies:\n- {{name: {name}, version: 0.1.0, repository: 'file://../{name}'}}\n"
        )
    };
    repo.write("web/Chart.yaml", needs("common", "web"));
    repo.write("common/Chart.yaml", needs("base", "common"));
    repo.write("common/templates/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: common}\n");
    repo.write("base/Chart.yaml", "apiVersion: v2\nname: base\nversion: 0.1.0\n");
    repo.write("base/templates/c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\n");
    repo.commit();
    let source = json!({"repoURL": repo.url(), "path": "web"});
    let names = |rendered: &sluice_render::Rendered| {
        rendered
            .objects
            .iter()
            .map(|object| object["metadata"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let before = bench.render(source.clone()).await.unwrap();
    assert_eq!(names(&before), ["base", "common", "shop"]);
    // The dependency alone changes.
    repo.write("base/templates/c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: changed}\n").commit();
    bench.later(100);
    let after = bench.render(source).await.unwrap();
    assert_eq!(names(&after), ["changed", "common", "shop"]);
    assert_ne!(before.key, after.key);
}

#[tokio::test]
async fn what_helm_says_is_told_in_short() {
    let bench = Bench::new().await;
    let repo = bench.repository("charts");
    for (name, template) in [
        ("fails", "{{ fail \"stages are needed\" }}"),
        ("unclosed", "{{ if }}"),
        ("nokind", "apiVersion: v1\nmetadata: {name: a}\n"),
        ("noyaml", "apiVersion: v1\nkind: Pod\n  bad: ["),
        ("nil", "a: {{ .Values.no.where }}"),
    ] {
        chart(&repo, name, name);
        repo.write(&format!("{name}/templates/b.yaml"), template);
    }
    chart(&repo, "needs", "needs");
    repo.write("needs/Chart.yaml", "apiVersion: v2\nname: needs\nversion: 0.1.0\ndependencies: [{name: far, version: 1.0.0, repository: '@mine'}, {name: nowhere, version: 1.0.0}]\n");
    repo.write("nochart/values.yaml", "a: 1");
    repo.commit();
    let mut seen = String::new();
    for path in ["fails", "unclosed", "nokind", "noyaml", "nil", "needs", "nochart"] {
        seen += &shown(&bench.render(json!({"repoURL": repo.url(), "path": path, "helm": {}})).await);
    }
    expect![[r#"
        tool: helm template: execution error at (fails/templates/b.yaml:1:3): stages are needed
        tool: helm template: parse error at (unclosed/templates/b.yaml:1): missing value for if
        manifest: nokind/templates/b.yaml: kind is missing
        tool: helm template: YAML parse error on noyaml/templates/b.yaml: error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context
        tool: helm template: nil/templates/b.yaml:1:13; executing "nil/templates/b.yaml" at <.Values.no.where>:; nil pointer evaluating interface {}.where
        spec: needs/Chart.yaml: dependency far: its repository is known by a name on somebody's machine: write its address
        not_found: there is no Chart.yaml in "nochart": it is no chart
    "#]].assert_eq(&seen);
}
