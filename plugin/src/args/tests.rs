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
    check("get rollout shop -n prod -w", &expect![[""]]);
    check("-n prod get ro shop", &expect![[""]]);
    check("get shop --as bob --as-group ops --as-group dev", &expect![[""]]);
    check("get shop --as-group ops", &expect![[""]]);
}

#[test]
fn status_waits_unless_told_not_to() {
    check("status shop", &expect![[""]]);
    check("status -w shop -t 90s", &expect![[""]]);
    check("status shop --watch=false --timeout 5m", &expect![[""]]);
}

#[test]
fn promote_tells_one_step_from_all() {
    check("promote shop", &expect![[""]]);
    check("promote --full shop", &expect![[""]]);
    check("promote shop --to-step 0", &expect![[""]]);
    check("promote shop --full --to-step 2", &expect![[""]]);
}

#[test]
fn a_simulation_takes_files_and_what_goes_wrong() {
    check("simulate -f a.yaml --bad-metric errors/rate@2 --promote-at 5m", &expect![[""]]);
    check("simulate", &expect![[""]]);
    check("simulate -f a.yaml --bad-metric rate@0", &expect![[""]]);
    check("simulate -f a.yaml --promote-at 5m --no-promote", &expect![[""]]);
}

#[test]
fn mistakes_are_named() {
    check("status shop -t soon", &expect![[""]]);
    check("create analysisrun --from a --from-file b", &expect![[""]]);
    check("create analysisrun --from a -a b", &expect![[""]]);
    check("get shop -w -o json", &expect![[""]]);
    check("promtoe shop", &expect![[""]]);
}
