//! The pages about the plugin say what the program does: `docs/plugin.md` has a table of every command's flags, and
//! `docs/compatibility.md` a row for every command and flag.
//!
//! `UPDATE_EXPECT=1` writes the tables.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{env, fs};

use clap::{Arg, Command};

use crate::args;

/// Where the tables stand in the page.
const BEGIN: &str = "<!-- flags: written by the test `the_page_has_every_flag` -->\n";
const END: &str = "<!-- end of flags -->\n";

fn page(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

/// The commands that do something, each with the words that call it.
fn commands() -> Vec<(String, Command)> {
    let mut root = args::command("kubectl sluice");
    root.build();
    let mut found = Vec::new();
    gather(&root, "", &mut found);
    found
}

fn gather(command: &Command, before: &str, found: &mut Vec<(String, Command)>) {
    for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        let words = format!("{before}{}", one.get_name());
        if !one.is_subcommand_required_set() {
            found.push((words.clone(), one.clone()));
        }
        gather(one, &format!("{words} "), found);
    }
}

/// The flags that are a command's own.
fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    let own = command.get_arguments().filter(|arg| !arg.is_global_set() && arg.get_long().is_some());
    own.filter(|arg| !arg.is_hide_set() && !["help", "version"].contains(&arg.get_id().as_str()))
}

/// The flags that every command has.
fn everywhere() -> Vec<Arg> {
    let root = args::command("kubectl sluice");
    root.get_arguments().filter(|arg| arg.is_global_set() && !arg.is_hide_set()).cloned().collect()
}

fn row(flag: &Arg) -> String {
    let short = flag.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let takes = flag.get_action().takes_values() && flag.get_num_args().is_none_or(|many| many.min_values() > 0);
    let value = flag.get_value_names().filter(|_| takes).and_then(|names| names.first());
    let value = value.map(|name| format!(" {name}")).unwrap_or_default();
    let help = flag.get_long_help().or(flag.get_help()).map(ToString::to_string).unwrap_or_default();
    let help = help.replace('\n', " ").replace('|', "\\|");
    format!("| {short}`--{}{value}` | {help} |\n", flag.get_long().unwrap_or_default())
}

fn table<'a>(title: &str, flags: impl Iterator<Item = &'a Arg>) -> String {
    let rows: String = flags.map(row).collect();
    format!("\n### {title}\n\n| flag | |\n|---|---|\n{rows}")
}

#[test]
fn the_page_has_every_flag() {
    let tables = commands().iter().fold(String::new(), |text, (words, command)| {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        if flags(command).next().is_none() {
            return text + &format!("\n### `{words}`\n\n{about}\n");
        }
        text + &table(&format!("`{words}`"), flags(command)).replacen("\n\n|", &format!("\n\n{about}\n\n|"), 1)
    });
    let tables = format!("{tables}{}\n", table("Everywhere", everywhere().iter()));
    let path = page("plugin.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the page says where the tables begin");
    let (found, after) = rest.split_once(END).expect("the page says where the tables end");
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{tables}{END}{after}")).unwrap();
    } else {
        assert_eq!(found, tables, "run the test with UPDATE_EXPECT=1");
    }
}

#[test]
fn every_command_and_flag_has_a_row_and_every_row_is_of_one() {
    let text = fs::read_to_string(page("compatibility.md")).unwrap();
    let section =
        text.split("## Commands and flags of the plugin\n").nth(1).expect("the page has a section about the plugin");
    let section = section.split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| Some((line.split('|').nth(1)?, line.split('|').nth(2)?.trim())));
    let mut rows = BTreeSet::new();
    let mut missing = BTreeSet::new();
    for (what, verdict) in cells {
        for word in what.split('`').skip(1).step_by(2) {
            let known = if verdict == "not yet" { &mut missing } else { &mut rows };
            known.insert(word.to_owned());
        }
    }
    let mut there: BTreeSet<String> =
        everywhere().iter().map(|flag| format!("--{}", flag.get_long().unwrap())).collect();
    for (words, command) in commands() {
        // One form for programs everywhere: it has one row.
        let own =
            flags(&command).map(|flag| flag.get_long().unwrap()).filter(|flag| !["output", "selector"].contains(flag));
        there.extend(own.map(|flag| format!("{words} --{flag}")));
        there.insert(words);
    }
    there.extend(["--output", "--selector"].map(str::to_owned));
    let without: Vec<_> =
        there.difference(&rows).filter(|what| !what.starts_with("simulate") && !missing.contains(*what)).collect();
    assert!(without.is_empty(), "no row for {without:?}");
    let stale: Vec<_> = rows.difference(&there).collect();
    assert!(stale.is_empty(), "rows of nothing: {stale:?}");
}
