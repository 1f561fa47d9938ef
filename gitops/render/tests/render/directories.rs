//! Folders of plain manifests, out of git.

use expect_test::expect;
use serde_json::json;
use sluice_render::Tool;

use crate::bench::{Bench, config, shown};

#[tokio::test]
async fn a_folder_is_rendered_at_its_branch() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1"))
        .write("app/sub/b.yaml", config("b", "2"))
        .write("app/values.yaml", "x: 1");
    let commit = repo.commit();
    let rendered = bench.render(json!({"repoURL": repo.url(), "path": "app", "targetRevision": "main"})).await;
    expect![[r#"
        ConfigMap a {"value":"1"}
    "#]]
    .assert_eq(&shown(&rendered));
    let rendered = rendered.unwrap();
    assert_eq!(
        (rendered.sources[0].revision.as_str(), rendered.sources[0].tool),
        (commit.as_str(), Some(Tool::Directory))
    );
    let deep = json!({"repoURL": repo.url(), "path": "./app/", "directory": {"recurse": true, "exclude": "a.*"}});
    expect![[r#"
        ConfigMap b {"value":"2"}
    "#]]
    .assert_eq(&shown(&bench.render(deep).await));
}

#[tokio::test]
async fn links_within_the_repository_are_followed() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("shared/a.yaml", config("a", "shared")).link("app/a.yaml", "../shared/a.yaml").link("current", "app");
    repo.commit();
    for path in ["app", "current"] {
        let rendered = bench.render(json!({"repoURL": repo.url(), "path": path})).await;
        assert_eq!(shown(&rendered), "ConfigMap a {\"value\":\"shared\"}\n");
    }
}

const MAIN: &str = r#"
local lib = import 'lib.libsonnet';
local far = import 'far.libsonnet';
function(name='none') [
  lib.config(name, std.extVar('env') + far.suffix + (importstr '../text.txt')),
  lib.config('count', '%d' % std.extVar('count')),
]
"#;

const LIB: &str = "{ config(name, value):: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name }, data: { value: value } } }";

#[tokio::test]
async fn jsonnet_takes_variables_and_imports_within_the_repository() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("app/main.jsonnet", MAIN).write("app/lib.libsonnet", LIB).write("text.txt", "-1");
    repo.write("vendor/far.libsonnet", "{ suffix: '-far' }");
    repo.commit();
    let source = |count: &str| {
        json!({"repoURL": repo.url(), "path": "app", "directory": {"jsonnet": {
            "libs": ["vendor"],
            "extVars": [{"name": "env", "value": "{{env \"ENVIRONMENT\"}}-$ARGOCD_APP_NAME"}, {"name": "count", "value": count, "code": true}],
            "tlas": [{"name": "name", "value": "top"}],
        }}})
    };
    expect![[r#"
        ConfigMap top {"value":"dev-shop-far-1"}
        ConfigMap count {"value":"3"}
    "#]]
    .assert_eq(&shown(&bench.render(source("1 + 2")).await));
    // What was imported from elsewhere counts too, although nothing in the folder or the libraries changes.
    repo.write("text.txt", "-2").commit();
    bench.later(100);
    expect![[r#"
        ConfigMap top {"value":"dev-shop-far-2"}
        ConfigMap count {"value":"3"}
    "#]]
    .assert_eq(&shown(&bench.render(source("1 + 2")).await));
    expect![[r#"
        tool: app/main.jsonnet: <external variable count>:1: unknown variable nothing
    "#]]
    .assert_eq(&shown(&bench.render(source("nothing")).await));
}

#[tokio::test]
async fn a_jsonnet_variable_may_not_ask_for_any_environment() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("app/main.jsonnet", "{}").commit();
    let jsonnet = json!({"extVars": [{"name": "path", "value": "{{env \"PATH\"}}"}]});
    let error = bench
        .render(json!({"repoURL": repo.url(), "path": "app", "directory": {"jsonnet": jsonnet}}))
        .await
        .unwrap_err();
    let why =
        "directory.jsonnet.extVars[path]: env \"PATH\" is not known here: have it given by --render-env PATH=VALUE";
    assert!(error.text.starts_with(why), "{}", error.text);
}

#[tokio::test]
async fn a_repository_may_say_more_of_its_source() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1"))
        .write("app/sub/b.yaml", config("b", "2"))
        .write("app/c.yaml", config("c", "3"));
    repo.write("app/.argocd-source.yaml", "directory: {recurse: true, exclude: c.yaml}\npath: other\n");
    repo.write("app/.argocd-source-shop.yaml", "directory: {exclude: a.yaml}")
        .write("app/.argocd-source-web.yaml", "nonsense: 1");
    repo.commit();
    expect![[r#"
        ConfigMap c {"value":"3"}
        ConfigMap b {"value":"2"}
    "#]]
    .assert_eq(&shown(&bench.render(json!({"repoURL": repo.url(), "path": "app"})).await));
}

#[tokio::test]
async fn what_a_source_lacks_is_told() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1")).commit();
    let url = repo.url();
    for (source, said) in [
        (json!({"repoURL": url}), "spec: source: name a path (. for all of the repository), a chart or a ref"),
        (json!({"repoURL": url, "path": "nope"}), "not_found: source.path \"nope\" does not exist at this revision"),
        (
            json!({"repoURL": url, "path": "app/a.yaml"}),
            "not_found: source.path \"app/a.yaml\" is a file: name its folder",
        ),
        (json!({"repoURL": url, "path": "../x"}), "escape: source.path: \"../x\" leads out of the repository"),
        (json!({"repoURL": url, "path": "x", "chart": "y"}), "spec: "),
        (
            json!({"repoURL": "ext::sh -c id", "path": "x"}),
            "spec: source.repoURL \"ext::sh -c id\": name a repository, without spaces",
        ),
        (json!([]), "spec: spec.source: name a source"),
    ] {
        let said_now = shown(&bench.render(source.clone()).await);
        assert!(said_now.starts_with(said), "{source}: {said_now}");
    }
}
