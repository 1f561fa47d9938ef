//! The program itself renders folders and repositories, without a cluster, and names what a project blocks.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

use expect_test::{Expect, expect};
use tempfile::TempDir;

const MANIFESTS: &str = "
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: team
  source: {repoURL: 'REPO', path: apps/shop, targetRevision: main}
  destination: {server: 'https://kubernetes.default.svc', namespace: shop}
  ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}]
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: team, namespace: argocd}
spec:
  sourceRepos: ['*']
  destinations: [{server: 'https://kubernetes.default.svc', namespace: shop}]
  namespaceResourceWhitelist: [{group: '', kind: ConfigMap}]
";

const OBJECTS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: page, annotations: {argocd.argoproj.io/sync-options: 'Prune=no', argocd.argoproj.io/sync-wave: first}}
---
apiVersion: v1
kind: Secret
metadata: {name: login}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: far, namespace: other}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
---
apiVersion: v1
kind: Pod
metadata: {name: smoke, annotations: {argocd.argoproj.io/hook: PostSyncs}}
";

/// A folder with a file of manifests, and beside it a checkout.
fn bench(repo: &str, objects: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("repo/apps/shop");
    fs::create_dir_all(&shop).unwrap();
    fs::write(shop.join("all.yaml"), objects).unwrap();
    let url = repo.replace("HERE", &folder.path().canonicalize().unwrap().to_string_lossy());
    fs::write(folder.path().join("apps.yaml"), MANIFESTS.replace("REPO", &url)).unwrap();
    folder
}

fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git").arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn check(bench: &TempDir, arguments: &str, expected: &Expect) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-sluice"));
    command.current_dir(bench.path()).args(arguments.split(' ')).env("KUBECONFIG", "/dev/null");
    let done = command.output().unwrap();
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).replace(&*bench.path().canonicalize().unwrap().to_string_lossy(), "TMP")
    };
    let status = done.status.code().unwrap();
    expected.assert_eq(&format!("{}{}exit status {status}\n", text(&done.stdout), text(&done.stderr)));
}

#[test]
fn every_object_that_a_project_blocks_is_named_before_anything_is_written() {
    let bench = bench("https://git.example/shop", OBJECTS);
    check(
        &bench,
        "app lint apps.yaml --local repo",
        &expect![[r#"
            blocked: Application argocd/shop: ConfigMap other/far: namespace "other" of cluster in-cluster is not allowed; add it to the list (spec.destinations of project team)
            blocked: Application argocd/shop: Pod shop/smoke is of a kind that is not allowed; add {group: "", kind: Pod} (spec.namespaceResourceWhitelist of project team)
            blocked: Application argocd/shop: Secret shop/login is of a kind that is not allowed; add {group: "", kind: Secret} (spec.namespaceResourceWhitelist of project team)
            blocked: Application argocd/shop: rbac.authorization.k8s.io/ClusterRole all is of a kind that is not allowed; add {group: "rbac.authorization.k8s.io", kind: ClusterRole} (spec.clusterResourceWhitelist of project team)
            warning: Application argocd/shop: ConfigMap shop/page: "Prune=no" is no sync option, and counts for nothing
            warning: Application argocd/shop: ConfigMap shop/page: the wave "first" is no number, and counts for nothing
            warning: Application argocd/shop: Pod shop/smoke: "PostSyncs" is no phase of a sync that a hook could run in
            warning: Application argocd/shop: spec.ignoreDifferences[0]: is about none of its objects
            Error: 4 objects blocked
            exit status 1
        "#]],
    );
    check(
        &bench,
        "app lint -f apps.yaml --local repo/apps/shop --local-repo-root repo -o yaml",
        &expect![[r#"
            - field: ""
              harm: blocked
              kind: Application
              message: "ConfigMap other/far: namespace \"other\" of cluster in-cluster is not allowed; add it to the list (spec.destinations of project team)"
              name: argocd/shop
            - field: ""
              harm: blocked
              kind: Application
              message: "Pod shop/smoke is of a kind that is not allowed; add {group: \"\", kind: Pod} (spec.namespaceResourceWhitelist of project team)"
              name: argocd/shop
            - field: ""
              harm: blocked
              kind: Application
              message: "Secret shop/login is of a kind that is not allowed; add {group: \"\", kind: Secret} (spec.namespaceResourceWhitelist of project team)"
              name: argocd/shop
            - field: ""
              harm: blocked
              kind: Application
              message: "rbac.authorization.k8s.io/ClusterRole all is of a kind that is not allowed; add {group: \"rbac.authorization.k8s.io\", kind: ClusterRole} (spec.clusterResourceWhitelist of project team)"
              name: argocd/shop
            - field: ""
              harm: doubt
              kind: Application
              message: "ConfigMap shop/page: \"Prune=no\" is no sync option, and counts for nothing"
              name: argocd/shop
            - field: ""
              harm: doubt
              kind: Application
              message: "ConfigMap shop/page: the wave \"first\" is no number, and counts for nothing"
              name: argocd/shop
            - field: ""
              harm: doubt
              kind: Application
              message: "Pod shop/smoke: \"PostSyncs\" is no phase of a sync that a hook could run in"
              name: argocd/shop
            - field: spec.ignoreDifferences[0]
              harm: doubt
              kind: Application
              message: is about none of its objects
              name: argocd/shop
            Error: 4 objects blocked
            exit status 1
        "#]],
    );
}

#[test]
fn a_repository_is_rendered_at_its_branch() {
    let page = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\n";
    let bench = bench("file://HERE/repo", page);
    let repo = bench.path().join("repo");
    git(&repo, &["init", "--quiet", "--initial-branch", "main"]);
    git(&repo, &["add", "--all"]);
    git(&repo, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "a"]);
    check(
        &bench,
        "app lint apps.yaml",
        &expect![[r#"
        warning: Application argocd/shop: spec.ignoreDifferences[0]: is about none of its objects
        exit status 0
    "#]],
    );
    // What is not committed does not count; with --local it does.
    fs::write(repo.join("apps/shop/bad.yaml"), "apiVersion: v1\nkind: ConfigMap\n").unwrap();
    check(
        &bench,
        "app lint apps.yaml --local repo",
        &expect![[r#"
        Application argocd/shop: cannot be rendered: apps/shop/bad.yaml: this ConfigMap has no metadata.name
        Error: 1 mistake
        exit status 1
    "#]],
    );
}

#[test]
fn what_cannot_be_reached_is_a_doubt_and_what_is_not_there_a_mistake() {
    let missing = bench("file://HERE/nothing", OBJECTS);
    check(
        &missing,
        "app lint apps.yaml",
        &expect![[r#"
        Application argocd/shop: cannot be rendered: there is no repository file://TMP/nothing; without a cluster repositories are reached without credentials, those of your own git are not taken: check the repository out and name its folder with --local
        Error: 1 mistake
        exit status 1
    "#]],
    );
    let unreachable = bench("http://127.0.0.1:9/shop", OBJECTS);
    check(
        &unreachable,
        "app lint apps.yaml",
        &expect![[r#"
        warning: Application argocd/shop: its objects are not looked at: http://127.0.0.1:9/shop: list its branches and tags: fatal: unable to access 'http://127.0.0.1:9/shop/': Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server; without a cluster repositories are reached without credentials, those of your own git are not taken: check the repository out and name its folder with --local
        exit status 0
    "#]],
    );
    check(
        &unreachable,
        "app lint apps.yaml --offline",
        &expect![[r#"
        exit status 0
    "#]],
    );
}

#[test]
fn a_diff_that_reaches_no_cluster_does_not_say_that_something_differs() {
    let bench = bench("https://git.example/shop", OBJECTS);
    check(
        &bench,
        "app diff shop --kubeconfig nothing",
        &expect![[r#"
        Error: find the cluster: failed to read kubeconfig from '"nothing"': No such file or directory (os error 2)
        exit status 2
    "#]],
    );
}

/// What a shell that has read the script offers for a line, as bash itself puts it together.
fn offered(program: &str, line: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-sluice"), folder.path().join(program)).unwrap();
    let function = format!("_{}_complete", program.replace('-', "_"));
    let words: Vec<String> = line.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "source <({program} completion bash)\nCOMP_WORDS=({program} {})\nCOMP_CWORD={}\n{function}\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        line.len()
    );
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash").args(["-c", &script]).env("PATH", path).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_shell_offers_what_may_follow() {
    for program in ["kubectl-sluice", "kubectl-argo-rollouts"] {
        assert_eq!(offered(program, &["pro"]), "promote\n");
    }
    expect![[r#"
        --to-step
        --token
    "#]]
    .assert_eq(&offered("kubectl-sluice", &["promote", "--to"]));
    expect![[r#"
        image
    "#]]
    .assert_eq(&offered("kubectl-sluice", &["set", ""]));
}

const CANARY: &str = r#"
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:1"}]}}
  strategy: {canary: {steps: [{setWeight: 20}, {pause: {}}]}}
"#;

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("web.yaml"), CANARY).unwrap();
    let line = format!("{} simulate -f web.yaml", env!("CARGO_BIN_EXE_kubectl-sluice"));
    let first = |mut command: Command, name: &str, value: &str| {
        command
            .current_dir(folder.path())
            .env_remove("NO_COLOR")
            .env_remove("CI")
            .env("TERM", "xterm")
            .env(name, value);
        let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
        output.lines().next().unwrap_or_default().trim_end().to_owned()
    };
    let piped = |name, value| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]);
        first(shell, name, value)
    };
    let at_a_terminal = |name, value| {
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]);
        first(script, name, value)
    };
    let plain = "Rollout default/web: canary by number of pods, 1 pod";
    assert_eq!(piped("NOTHING", "1"), plain);
    assert_eq!(at_a_terminal("NO_COLOR", "1"), plain);
    assert_eq!(at_a_terminal("TERM", "dumb"), plain);
    assert_eq!(at_a_terminal("NOTHING", "1"), "\u{1b}[1mRollout default/web\u{1b}[0m: canary by number of pods, 1 pod");
}
