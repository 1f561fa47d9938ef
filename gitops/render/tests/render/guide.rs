//! The Applications of the guide: four environments of one chart, pinned and from a range.

use serde_json::{Value, json};

use crate::bench::{Bench, Repo, shown};

/// A chart of the shape that the guide's values imply.
fn platform(repo: &Repo) {
    let chart = "charts/bookverse-platform";
    repo.write(&format!("{chart}/Chart.yaml"), "apiVersion: v2\nname: bookverse-platform\nversion: 1.2.3\n");
    repo.write(
        &format!("{chart}/values.yaml"),
        "global: {environment: none, domain: none, imageTag: none, database: {type: none, ha: false}}\nprogressive: {enabled: false, stages: '100'}\nreplicas: 1\n",
    );
    for (environment, replicas) in [("dev", 1), ("qa", 1), ("staging", 2), ("prod", 5)] {
        repo.write(&format!("{chart}/values-{environment}.yaml"), format!("replicas: {replicas}\n"));
    }
    repo.write(
        &format!("{chart}/templates/all.yaml"),
        r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: platform
  namespace: {{ .Release.Namespace }}
data:
  environment: {{ .Values.global.environment | quote }}
  domain: {{ .Values.global.domain | quote }}
  tag: {{ .Values.global.imageTag | quote }}
  database: {{ .Values.global.database.type | quote }}
  replicas: {{ .Values.replicas | quote }}
---
{{- if .Values.progressive.enabled }}
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: platform
spec:
  replicas: {{ .Values.replicas }}
  strategy:
    canary:
      steps:
{{- range splitList "," .Values.progressive.stages }}
      - setWeight: {{ . }}
{{- end }}
{{- end }}
{{- if .Values.global.database.ha }}
---
apiVersion: v1
kind: Service
metadata:
  name: database-ha
{{- end }}
"#,
    );
}

fn source(repo: &Repo, environment: &str, revision: &str, parameters: &[(&str, &str)]) -> Value {
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    json!({
        "repoURL": repo.url(), "path": "charts/bookverse-platform", "targetRevision": revision,
        "helm": {"valueFiles": ["values.yaml", format!("values-{environment}.yaml")], "parameters": parameters},
    })
}

#[tokio::test]
async fn all_environments_are_rendered() {
    let bench = Bench::new().await;
    let repo = bench.repository("helm-charts");
    platform(&repo);
    let pinned = repo.commit();
    repo.git(&["tag", "v1.2.3"]);
    let main = repo.write("README.md", "later").commit();
    let dev = [
        ("global.environment", "dev"),
        ("global.domain", "dev.bookverse.local"),
        ("global.imageTag", "latest"),
        ("global.database.type", "sqlite"),
    ];
    let prod = [
        ("global.environment", "prod"),
        ("global.domain", "bookverse.com"),
        ("global.imageTag", "1.2.3"),
        ("global.database.type", "postgresql"),
        ("global.database.ha", "true"),
    ];
    let progressive = [("progressive.enabled", "true"), ("progressive.stages", "5,25,50,100")];
    let mut seen = String::new();
    for (environment, revision, commit, parameters) in [
        ("dev", "main", &main, &dev[..]),
        ("qa", "main", &main, &[]),
        ("staging", "main", &main, &[]),
        ("prod", "v1.2.3", &pinned, &prod[..]),
        ("prod", "v1.2.3", &pinned, &progressive[..]),
    ] {
        let rendered = bench.render(source(&repo, environment, revision, parameters)).await;
        seen += &format!("{environment} at {revision}\n{}", shown(&rendered));
        let rendered = rendered.unwrap();
        assert_eq!(&rendered.sources[0].revision, commit);
        let rollout = rendered.objects.iter().find(|object| object["kind"] == "Rollout");
        if let Some(rollout) = rollout {
            let weights = [5, 25, 50, 100].map(|weight| json!({"setWeight": weight}));
            assert_eq!(rollout["spec"]["strategy"]["canary"]["steps"], json!(weights));
        }
    }
    expect_test::expect![[r#"
        dev at main
        ConfigMap platform {"database":"sqlite","domain":"dev.bookverse.local","environment":"dev","replicas":"1","tag":"latest"}
        qa at main
        ConfigMap platform {"database":"none","domain":"none","environment":"none","replicas":"1","tag":"none"}
        staging at main
        ConfigMap platform {"database":"none","domain":"none","environment":"none","replicas":"2","tag":"none"}
        prod at v1.2.3
        ConfigMap platform {"database":"postgresql","domain":"bookverse.com","environment":"prod","replicas":"5","tag":"1.2.3"}
        Service database-ha
        prod at v1.2.3
        ConfigMap platform {"database":"none","domain":"none","environment":"none","replicas":"5","tag":"none"}
        Rollout platform
    "#]].assert_eq(&seen);
}

/// The guide's ApplicationSet leaves an expression in a revision where nobody evaluates it.
#[tokio::test]
async fn an_expression_is_no_revision() {
    let bench = Bench::new().await;
    let repo = bench.repository("helm-charts");
    platform(&repo);
    repo.commit();
    let literal = r#"{{path.basename == "prod" && "v1.2.3" || "main"}}"#;
    let error = bench.render(source(&repo, "prod", literal, &[])).await.unwrap_err();
    assert!(error.text.contains(&format!("unable to resolve '{literal}' to a commit SHA")), "{}", error.text);
}

/// `rollback-automation` is a folder with a ConfigMap that holds YAML as text.
#[tokio::test]
async fn text_that_looks_like_yaml_stays_text() {
    let bench = Bench::new().await;
    let repo = bench.repository("gitops");
    let policy = "triggers:\n  - type: error_rate_spike\n    threshold: 5%\n";
    let indented: String = policy.lines().map(|line| format!("    {line}\n")).collect();
    repo.write(
        "rollback-automation/config.yaml",
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: rollback-config\n  namespace: bookverse-automation\ndata:\n  rollback-policy.yaml: |\n{indented}"),
    );
    repo.commit();
    let rendered = bench
        .render(json!({"repoURL": repo.url(), "path": "rollback-automation", "targetRevision": "main"}))
        .await
        .unwrap();
    assert_eq!(rendered.objects[0]["data"]["rollback-policy.yaml"], policy);
}
