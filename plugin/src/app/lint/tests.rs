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
    check(&format!("{APP}{PROJECT}"), &expect![[""]]);
}

#[test]
fn mistakes_and_words_that_count_for_nothing_are_named_with_their_field() {
    let more = "  syncPolicy: {syncOptions: [CreateNamespac=true], retry: {limit: many}}\n  typo: 1\n";
    check(
        &format!("{APP}{more}{PROJECT}"),
        &expect![[r#"
        Application argocd/shop: spec.syncPolicy.retry.limit: is "many"; write a whole number
        Application argocd/shop: spec.typo: is no field of this API; correct its name or remove it
        2 mistakes"#]],
    );
    let more = "  syncPolicy: {syncOptions: [CreateNamespac=true]}\n";
    check(
        &format!("{APP}{more}{PROJECT}"),
        &expect![[
            r#"warning: Application argocd/shop: spec.syncPolicy.syncOptions[0]: "CreateNamespac=true" is no sync option, and counts for nothing"#
        ]],
    );
}

#[test]
fn a_project_says_what_it_does_not_let_in() {
    let app = APP.replace("git.example/shop", "evil.example/x").replace("namespace: shop}", "namespace: other}");
    let app = app.replace("namespace: argocd", "namespace: team");
    check(
        &format!("{app}{PROJECT}"),
        &expect![[r#"
        warning: AppProject argocd/team: spec.destinations[0]: "https://kubernetes.default.svc shop*" matches no Application of these files
        warning: AppProject argocd/team: spec.sourceRepos[0]: "https://git.example/*" matches no Application of these files
        Application team/shop: metadata.namespace: Applications of this project must not be in namespace team; add it to the list (spec.sourceNamespaces of project team)
        Application team/shop: spec.destination: namespace "other" of cluster in-cluster is not allowed; add it to the list (spec.destinations of project team)
        Application team/shop: spec.source.repoURL: repository https://evil.example/x is not allowed; add it to the list (spec.sourceRepos of project team)
        3 mistakes"#]],
    );
    check(
        &APP.replace("server: 'https://kubernetes.default.svc'", "name: \"prod\\x1b[31m\""),
        &expect![[
            r#"warning: Application argocd/shop: spec.project: project "team" is not in these files: its rules are not looked at"#
        ]],
    );
}

#[test]
fn a_project_says_what_may_be_done_in_git() {
    let app = APP.replace("name: shop,", "annotations: {sluice.dev/revert: push}, name: shop,");
    check(
        &format!("{app}{PROJECT}  reverts: []\n"),
        &expect![[r#"
        Application argocd/shop: metadata.annotations: sluice.dev/revert: push is not allowed; whoever may write the project may add it to the list (spec.reverts of project team)
        1 mistake"#]],
    );
    for allowed in ["", "  reverts: [push]\n"] {
        check(&format!("{app}{PROJECT}{allowed}"), &expect![[""]]);
    }
    check(
        &format!("{app}{PROJECT}  reverts: [psuh]\n"),
        &expect![[r#"
        AppProject argocd/team: spec.reverts[0]: is "psuh"; write pull-request or push
        warning: Application argocd/shop: spec.project: project "team" has mistakes of its own: its rules are not looked at
        1 mistake"#]],
    );
}

#[test]
fn of_a_cluster_that_is_known_by_one_name_it_is_said_that_it_may_be_allowed() {
    let app = APP.replace("server: 'https://kubernetes.default.svc'", "name: eu-west");
    check(
        &format!("{app}{PROJECT}"),
        &expect![[r#"
        warning: AppProject argocd/team: spec.destinations[0]: "https://kubernetes.default.svc shop*" matches no Application of these files
        warning: Application argocd/shop: spec.destination: namespace "shop" of cluster eu-west is not allowed; add it to the list (spec.destinations of project team); the address of this cluster is not known here, and may be allowed"#]],
    );
}

#[test]
fn patterns_that_match_nothing_are_doubtful() {
    let project = PROJECT
        .replace("['https", "['https://old.example/*', 'https")
        .replace("destinations: [", "destinations: [{name: old, namespace: '*'}, ");
    let window = "  syncWindows: [{kind: allow, schedule: '0 8 * * *', duration: 1h, applications: [sho]}, {kind: deny, schedule: '0 8 31 2 *', duration: x, namespaces: ['*']}]\n";
    check(
        &format!("{APP}{project}"),
        &expect![[r#"
        warning: AppProject argocd/team: spec.destinations[0]: "old *" matches no Application of these files
        warning: AppProject argocd/team: spec.sourceRepos[0]: "https://old.example/*" matches no Application of these files"#]],
    );
    check(
        &format!("{APP}{project}{window}"),
        &expect![[r#"
        AppProject argocd/team: spec.syncWindows[1].duration: read duration "x": write numbers with units, like "30s" or "1h30m"
        warning: Application argocd/shop: spec.project: project "team" has mistakes of its own: its rules are not looked at
        1 mistake"#]],
    );
}

#[test]
fn files_without_applications_are_no_success() {
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        &expect!["the files hold no Application and no AppProject of argoproj.io/v1alpha1"],
    );
}

#[test]
fn nobody_makes_applications_of_a_set_here() {
    let set =
        "---\napiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec: {generators: []}\n";
    check(
        set,
        &expect![[r#"
            warning: ApplicationSet all: Sluice makes no Applications of it: keep argocd-applicationset-controller running for that, whose Applications it keeps, or write them out
            there is no Application and no AppProject in it"#]],
    );
}
