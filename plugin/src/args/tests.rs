//! Command lines as people type them.

#![allow(clippy::unwrap_used)]

use expect_test::{Expect, expect};

use super::*;

fn check(line: &str, expected: &Expect) {
    let told = match Cli::try_parse_from(line.split_whitespace()) {
        Ok(cli) => told(&cli),
        Err(error) => error.to_string().lines().next().unwrap().to_owned(),
    };
    expected.assert_eq(&told);
}

fn told(cli: &Cli) -> String {
    let command = match &cli.command {
        Command::Get(Get::Rollout(get)) => format!("get {} watch={}", get.name, get.watch),
        Command::Status(status) => format!("status {} watch={} {:?}", status.name, status.watch, status.timeout),
        Command::Promote(promote) => format!("{:?} {}", promote.act(), promote.name),
        Command::Abort(abort) => format!("abort {:?}", abort.names),
        Command::Retry(retry) => format!("retry {:?}", retry.names()),
        Command::Simulate(simulate) => told_simulate(simulate),
        Command::Dashboard(dashboard) => format!("dashboard {} all={}", dashboard.port, dashboard.all_namespaces),
        Command::Version(version) => format!("version short={}", version.short),
    };
    let namespace = cli.cluster.namespace.as_deref().unwrap_or("-");
    format!("{command} in {namespace}")
}

fn told_simulate(simulate: &SimulateArgs) -> String {
    let SimulateArgs { name, files, output, bad_metrics, promote_at, .. } = simulate;
    format!("simulate {name:?} {files:?} {output:?} {bad_metrics:?} {promote_at:?}")
}

#[test]
fn definitions_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn flags_of_the_cluster_may_stand_anywhere() {
    check("x get rollout shop -n prod -w", &expect!["get shop watch=true in prod"]);
    check("x -n prod get ro shop", &expect!["get shop watch=false in prod"]);
}

#[test]
fn status_waits_unless_told_not_to() {
    check("x status shop", &expect!["status shop watch=true 0ns in -"]);
    check("x status -w shop -t 90s", &expect!["status shop watch=true 90s in -"]);
    check("x status shop --watch=false --timeout 5m", &expect!["status shop watch=false 300s in -"]);
}

#[test]
fn retry_takes_names_with_and_without_the_kind() {
    check("x retry rollout shop", &expect![[r#"retry ["shop"] in -"#]]);
    check("x retry shop cart", &expect![[r#"retry ["shop", "cart"] in -"#]]);
    check("x retry rollout", &expect![[r#"retry ["rollout"] in -"#]]);
}

#[test]
fn promote_tells_one_step_from_all() {
    check("x promote shop", &expect!["Promote shop in -"]);
    check("x promote --full shop", &expect!["PromoteFull shop in -"]);
}

#[test]
fn a_simulation_takes_files_and_what_goes_wrong() {
    check(
        "x simulate -f a.yaml --filename - web -o svg",
        &expect![[r#"simulate Some("web") ["a.yaml", "-"] Svg [] [] in -"#]],
    );
    check(
        "x simulate -f a.yaml --bad-metric errors/rate@2 --bad-metric p99 --promote-at 5m",
        &expect![[
            r#"simulate None ["a.yaml"] Text [BadMetric { name: "errors/rate", from_step: Some(2) }, BadMetric { name: "p99", from_step: None }] [300s] in -"#
        ]],
    );
    check("x simulate", &expect!["error: the following required arguments were not provided:"]);
    check(
        "x simulate -f a.yaml --bad-metric rate@0",
        &expect![[
            r#"error: invalid value 'rate@0' for '--bad-metric <NAME[@STEP]>': "0" is no step; write NAME@2 for the second step"#
        ]],
    );
    check(
        "x simulate -f a.yaml --promote-at 5m --no-promote",
        &expect!["error: the argument '--promote-at <TIME>' cannot be used with '--no-promote'"],
    );
}

#[test]
fn mistakes_are_named() {
    check("x abort", &expect!["error: the following required arguments were not provided:"]);
    check(
        "x status shop -t soon",
        &expect![[
            r#"error: invalid value 'soon' for '--timeout <DURATION>': read duration "soon": write numbers with units, like "30s" or "1h30m""#
        ]],
    );
}

#[test]
fn help_calls_the_program_as_users_do() {
    let cases = [
        ("/usr/bin/kubectl-sluice", "kubectl sluice"),
        ("kubectl-argo-rollouts", "kubectl argo rollouts"),
        ("target/debug/other", "other"),
    ];
    for (called, expected) in cases {
        assert_eq!(program(OsStr::new(called)), expected);
    }
}

#[test]
fn a_dashboard_shows_one_namespace_unless_told_otherwise() {
    check("x dashboard -n prod", &expect!["dashboard 3100 all=false in prod"]);
    check("x dashboard -A --port 0", &expect!["dashboard 0 all=true in -"]);
    check(
        "x dashboard --port many",
        &expect!["error: invalid value 'many' for '--port <PORT>': invalid digit found in string"],
    );
}
