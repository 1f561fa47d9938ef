//! Applications and projects of files, and what is said of them.

use std::fs;

use expect_test::{Expect, expect};

use super::*;
use crate::args::Form;

fn check(text: &str, expected: &Expect) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.yaml");
    fs::write(&file, text).unwrap();
    let wanted = LintAppsArgs { files: vec![file], form: Form::default(), offline: true, ..LintAppsArgs::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let said = match runtime.block_on(run(None, &wanted)) {
        Ok(report) => [report.lines, report.errors].concat().join("\n"),
        Err(error) => crate::trouble::explain(&error),
    };
    expected.assert_eq(&said);
}

const APP: &str = "
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: team
  source: {repoURL: 'https://git.example/shop', path: apps/shop, targetRevision: main}
  destination: {server: 'https://kubernetes.default.svc', namespace: shop}
";

const PROJECT: &str = "
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: team, namespace: argocd}
spec:
  sourceRepos: ['https://git.example/*']
  destinations: [{server: 'https://kubernetes.default.svc', namespace: 'shop*'}]
";

#[test]
fn what_is_right_is_not_spoken_of() {
    check(&format!("{APP}{PROJECT}"), &expect![[]]);
}

#[test]
fn mistakes_and_words_that_count_for_nothing_are_named_with_their_field() {
    let more = "  syncPolicy: {syncOptions: [CreateNamespac=true], retry: {limit: many}}\n  typo: 1\n";
    check(&format!("{APP}{more}{PROJECT}"), &expect![[]]);
    let more = "  syncPolicy: {syncOptions: [CreateNamespac=true]}\n";
    check(&format!("{APP}{more}{PROJECT}"), &expect![[]]);
}

#[test]
fn a_project_says_what_it_does_not_let_in() {
    let app = APP.replace("git.example/shop", "evil.example/x").replace("namespace: shop}", "namespace: other}");
    let app = app.replace("namespace: argocd", "namespace: team");
    check(&format!("{app}{PROJECT}"), &expect![[]]);
    check(&APP.replace("server: 'https://kubernetes.default.svc'", "name: \"prod\\x1b[31m\""), &expect![[]]);
}

#[test]
fn of_a_cluster_that_is_known_by_one_name_it_is_said_that_it_may_be_allowed() {
    let app = APP.replace("server: 'https://kubernetes.default.svc'", "name: eu-west");
    check(&format!("{app}{PROJECT}"), &expect![[]]);
}

#[test]
fn patterns_that_match_nothing_are_doubtful() {
    let project = PROJECT
        .replace("['https", "['https://old.example/*', 'https")
        .replace("destinations: [", "destinations: [{name: old, namespace: '*'}, ");
    let window = "  syncWindows: [{kind: allow, schedule: '0 8 * * *', duration: 1h, applications: [sho]}, {kind: deny, schedule: '0 8 31 2 *', duration: x, namespaces: ['*']}]\n";
    check(&format!("{APP}{project}"), &expect![[]]);
    check(&format!("{APP}{project}{window}"), &expect![[]]);
}

#[test]
fn files_without_applications_are_no_success() {
    check("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", &expect![[]]);
}
