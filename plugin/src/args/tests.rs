//! Command lines as people type them.

use std::ffi::OsString;

use expect_test::{Expect, expect};

use super::*;

fn check(line: &str, expected: &Expect) {
    let words = std::iter::once("x").chain(line.split_whitespace()).map(OsString::from);
    let told = match Cli::try_parse_from(words) {
        Ok(cli) => format!("{:?} in {}", cli.command, cli.cluster.namespace.as_deref().unwrap_or("-")),
        Err(error) => error.to_string().lines().next().unwrap().to_owned(),
    };
    expected.assert_eq(&told);
}

#[test]
fn definitions_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn flags_of_the_cluster_may_stand_anywhere() {
    check(
        "get rollout shop -n prod -w",
        &expect![[
            r#"Get(GetArgs { names: Names { words: ["rollout", "shop"], selector: None }, form: Form { output: None }, watch: true, timeout_seconds: 0 }) in prod"#
        ]],
    );
    check(
        "-n prod get ro shop",
        &expect![[
            r#"Get(GetArgs { names: Names { words: ["ro", "shop"], selector: None }, form: Form { output: None }, watch: false, timeout_seconds: 0 }) in prod"#
        ]],
    );
    check(
        "get shop --as bob --as-group ops --as-group dev",
        &expect![[
            r#"Get(GetArgs { names: Names { words: ["shop"], selector: None }, form: Form { output: None }, watch: false, timeout_seconds: 0 }) in -"#
        ]],
    );
    check(
        "get shop --as bob --as-user-extra scopes=view --as-user-extra a/b=c",
        &expect![[
            r#"Get(GetArgs { names: Names { words: ["shop"], selector: None }, form: Form { output: None }, watch: false, timeout_seconds: 0 }) in -"#
        ]],
    );
    check("get shop --as-group ops", &expect!["error: the following required arguments were not provided:"]);
}

#[test]
fn status_waits_unless_told_not_to() {
    check(
        "status shop",
        &expect![[
            r#"Status(StatusArgs { names: Names { words: ["shop"], selector: None }, form: Form { output: None }, watch: true, timeout: 0ns }) in -"#
        ]],
    );
    check(
        "status -w shop -t 90s",
        &expect![[
            r#"Status(StatusArgs { names: Names { words: ["shop"], selector: None }, form: Form { output: None }, watch: true, timeout: 90s }) in -"#
        ]],
    );
    check(
        "status shop --watch=false --timeout 5m",
        &expect![[
            r#"Status(StatusArgs { names: Names { words: ["shop"], selector: None }, form: Form { output: None }, watch: false, timeout: 300s }) in -"#
        ]],
    );
}

#[test]
fn promote_tells_one_step_from_all() {
    check(
        "promote shop",
        &expect![[
            r#"Promote(PromoteArgs { names: Names { words: ["shop"], selector: None }, form: Form { output: None }, full: false, to_step: None, skip_current_step: false, skip_all_steps: false }) in -"#
        ]],
    );
    check(
        "promote --full shop",
        &expect![[
            r#"Promote(PromoteArgs { names: Names { words: ["shop"], selector: None }, form: Form { output: None }, full: true, to_step: None, skip_current_step: false, skip_all_steps: false }) in -"#
        ]],
    );
    check(
        "promote shop --to-step 0",
        &expect!["error: invalid value '0' for '--to-step <STEP>': 0 is not in 1..=65535"],
    );
    check(
        "promote shop --full --to-step 2",
        &expect!["error: the argument '--full' cannot be used with '--to-step <STEP>'"],
    );
}

#[test]
fn a_simulation_takes_files_and_what_goes_wrong() {
    check(
        "simulate -f a.yaml --bad-metric errors/rate@2 --promote-at 5m",
        &expect![[
            r#"Simulate(SimulateArgs { name: None, files: ["a.yaml"], scenario: None, output: Text, bad_metrics: [BadMetric { name: "errors/rate", from_step: Some(2) }], pods_never_ready: false, router_refuses: false, abort_at: None, promote_at: [300s], no_promote: false }) in -"#
        ]],
    );
    check("simulate", &expect!["error: the following required arguments were not provided:"]);
    check(
        "simulate -f a.yaml --bad-metric rate@0",
        &expect![[
            r#"error: invalid value 'rate@0' for '--bad-metric <NAME[@STEP]>': "0" is no step; write NAME@2 for the second step"#
        ]],
    );
    check(
        "simulate -f a.yaml --promote-at 5m --no-promote",
        &expect!["error: the argument '--promote-at <TIME>' cannot be used with '--no-promote'"],
    );
}

#[test]
fn mistakes_are_named() {
    check(
        "status shop -t soon",
        &expect![[
            r#"error: invalid value 'soon' for '--timeout <DURATION>': read duration "soon": write numbers with units, like "30s" or "1h30m""#
        ]],
    );
    check(
        "create analysisrun --from a --from-file b",
        &expect!["error: the argument '--from <NAME>' cannot be used with '--from-file <FILE>'"],
    );
    check(
        "create analysisrun --from a -a b",
        &expect!["error: invalid value 'b' for '--argument <NAME=VALUE>': arguments must be in the form NAME=VALUE"],
    );
    check("get shop -w -o json", &expect!["error: the argument '--watch' cannot be used with '--output <FORM>'"]);
    check("promtoe shop", &expect!["error: unrecognized subcommand 'promtoe'"]);
}

#[test]
fn a_dashboard_shows_one_namespace_unless_told_otherwise() {
    check(
        "dashboard -n prod",
        &expect![[r#"Dashboard(DashboardArgs { port: 3100, all_namespaces: false, root_path: Root("") }) in prod"#]],
    );
    check(
        "dashboard -A --port 0",
        &expect![[r#"Dashboard(DashboardArgs { port: 0, all_namespaces: true, root_path: Root("") }) in -"#]],
    );
    check(
        "dashboard --port many",
        &expect!["error: invalid value 'many' for '--port <PORT>': invalid digit found in string"],
    );
    check(
        "dashboard --root-path a//b",
        &expect![[
            r#"error: invalid value 'a//b' for '--root-path <PATH>': "a//b" is no path: give names of letters, digits, - _ . ~, with / between them, like tools/rollouts"#
        ]],
    );
}

#[test]
fn a_blank_selector_is_refused_by_every_command_that_takes_one() {
    let mut root = command("x");
    root.build();
    let mut taken = Vec::new();
    selecting(&root, "", &mut taken);
    assert!(
        ["promote", "app sync", "list rollouts"].iter().all(|one| taken.iter().any(|taken| taken == one)),
        "{taken:?}"
    );
    for words in taken {
        for blank in ["", " "] {
            let line = ["x"].into_iter().chain(words.split(' ')).chain(["-l", blank]);
            let refusal = command("x").try_get_matches_from(line).unwrap_err().to_string();
            assert!(refusal.contains("for '--selector <LABELS>': is blank"), "{words}: {refusal}");
        }
    }
}

/// The words of the commands that take a selector.
fn selecting(command: &clap::Command, before: &str, found: &mut Vec<String>) {
    for one in command.get_subcommands() {
        let words = format!("{before}{}", one.get_name());
        found.extend(one.get_arguments().any(|arg| arg.get_id() == "selector").then(|| words.clone()));
        selecting(one, &format!("{words} "), found);
    }
}
