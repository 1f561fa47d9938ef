#![allow(clippy::unwrap_used)]
use std::sync::atomic::{AtomicU32, Ordering};

use clap::{Args, FromArgMatches};

use super::*;
use crate::options::Options;

static FILES: AtomicU32 = AtomicU32::new(0);

/// What the controller is told by that file, and by that command line behind it.
fn check(yaml: &str, line: &str) -> Result<Options, String> {
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let file = std::env::temp_dir().join(format!("sluice-flags-{}-{number}.yaml", std::process::id()));
    std::fs::write(&file, yaml).unwrap();
    let told = told_by(&file, line).map_err(|error| error.replace(file.to_str().unwrap(), "FILE"));
    std::fs::remove_file(&file).unwrap();
    told
}

fn told_by(file: &Path, line: &str) -> Result<Options, String> {
    let command = Command::new("sluice").subcommand(Options::augment_args(Command::new("controller")));
    let line = format!("sluice controller --config {} {line}", file.display());
    let line = line.split_whitespace().map(OsString::from).collect();
    let line = completed(&command, "controller", line).map_err(|error| error.to_string())?;
    let told = command.try_get_matches_from(line).map_err(|error| error.to_string())?;
    Options::from_arg_matches(told.subcommand_matches("controller").unwrap()).map_err(|error| error.to_string())
}

#[test]
fn a_file_says_what_flags_say() {
    let yaml = "metrics-port: 9000\nnamespaced: true\nnamespace: shop\nleader-elect: false\ntraefik-api: [http://a, http://b]\n";
    let options = check(yaml, "").unwrap();
    assert_eq!((options.metrics_port, options.healthz_port), (9000, 8080));
    assert!(options.namespaced && !options.leader_elect);
    assert_eq!(options.namespace.as_deref(), Some("shop"));
    assert_eq!(options.traefik_api.len(), 2);
}

#[test]
fn a_flag_comes_before_the_file() {
    let options =
        check("metrics-port: 9000\ntraefik-api: http://file\n", "--metrics-port 1 --traefik-api http://line").unwrap();
    assert_eq!((options.metrics_port, options.traefik_api), (1, vec![http::Uri::from_static("http://line")]));
}

#[test]
fn an_empty_file_says_nothing() {
    for yaml in ["", "{}", "# nothing\n"] {
        assert_eq!(check(yaml, "").unwrap().metrics_port, 8090, "{yaml:?}");
    }
}

#[test]
fn established_names_are_taken_too() {
    assert_eq!(check("metricsPort: 9000\n", "").unwrap().metrics_port, 9000);
}

#[test]
fn a_name_that_is_no_flag_is_refused_with_the_one_that_is_near() {
    let refused = check("metrics-prot: 9000\n", "").unwrap_err();
    assert!(refused.contains("FILE: there is no flag metrics-prot (did you mean metrics-port?)"), "{refused}");
    let refused = check("zzz: 1\n", "").unwrap_err();
    assert!(refused.contains("there is no flag zzz;"), "{refused}");
    assert!(check("config: other.yaml\n", "").unwrap_err().contains("there is no flag config"));
}

#[test]
fn what_is_no_value_is_refused_by_its_name() {
    for yaml in ["loglevel: {a: 1}\n", "loglevel:\n", "traefik-api: [[a]]\n"] {
        let refused = check(yaml, "").unwrap_err();
        assert!(refused.contains("must be a text, a number, true or false, or a list of these"), "{yaml}: {refused}");
    }
    assert!(check("- a\n", "").unwrap_err().contains("FILE is no list of flags"));
    assert!(check("metrics-port: many\n", "").unwrap_err().contains("--metrics-port"));
    assert!(check(&" ".repeat(1 << 21), "").unwrap_err().contains("larger than 1 MiB"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let refused = told_by(Path::new("/nowhere/flags.yaml"), "").unwrap_err();
    assert_eq!(refused, "read --config /nowhere/flags.yaml");
}

#[test]
fn every_flag_has_a_variable() {
    let command = with_variables(Options::augment_args(Command::new("controller")));
    for arg in command.get_arguments() {
        let name = format!("SLUICE_{}", arg.get_long().unwrap().replace('-', "_").to_uppercase());
        assert_eq!(arg.get_env().unwrap(), name.as_str());
    }
}
