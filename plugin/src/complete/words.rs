//! What may come next on a line. Pure.

use clap::{Arg, ArgAction, Command};

use crate::kind::Kind;

/// What may come in the place of the word that is being typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// One of these; what each means stands behind a tab.
    Words(Vec<String>),
    /// A name of an object of these kinds.
    Names(Vec<Kind>),
    /// A name of an Application.
    Applications,
    /// A name of a namespace.
    Namespaces,
    /// A name of a context.
    Contexts,
    /// A file.
    Files,
    /// Nobody can tell.
    Nothing,
}

/// What may come after these words, where `typed` is there of the next.
pub(super) fn next(root: &Command, before: &[String], typed: &str) -> Next {
    let mut built = root.clone();
    built.build();
    let Line { command, path, positionals, open } = read(&built, before);
    if let Some(flag) = open {
        return value(flag, &path);
    }
    if typed.starts_with('-') {
        return Next::Words(flags(command));
    }
    let commands = commands(command);
    if !commands.is_empty() && positionals == 0 {
        return Next::Words(commands);
    }
    positional(command, &path)
}

/// A line as far as it is typed.
struct Line<'a> {
    command: &'a Command,
    path: Vec<&'a str>,
    positionals: usize,
    /// A flag that still lacks its value.
    open: Option<&'a Arg>,
}

fn read<'a>(root: &'a Command, before: &[String]) -> Line<'a> {
    let mut line = Line { command: root, path: Vec::new(), positionals: 0, open: None };
    for word in before {
        if line.open.take().is_some() {
            continue;
        }
        if word.starts_with('-') {
            line.open = flag(line.command, word).filter(|flag| takes_value(flag) && !word.contains('='));
        } else if let Some(found) = line.command.find_subcommand(word) {
            line.path.push(found.get_name());
            line.command = found;
        } else {
            line.positionals += 1;
        }
    }
    line
}

fn flag<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let name = word.split('=').next().unwrap_or_default();
    let is = |arg: &&Arg| {
        let short = arg.get_short().map(|short| format!("-{short}"));
        let long = arg.get_long().map(|long| format!("--{long}"));
        short.as_deref() == Some(name) || long.as_deref() == Some(name)
    };
    command.get_arguments().find(is)
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) && !arg.is_require_equals_set()
}

fn value(flag: &Arg, path: &[&str]) -> Next {
    let values = flag.get_possible_values();
    match flag.get_long().unwrap_or_default() {
        "namespace" | "app-namespace" | "controller-namespace" => Next::Namespaces,
        "context" | "destination-context" => Next::Contexts,
        "kubeconfig"
        | "filename"
        | "from-file"
        | "scenario"
        | "local"
        | "local-repo-root"
        | "config-map"
        | "secret"
        | "certificate-authority"
        | "client-certificate"
        | "client-key" => Next::Files,
        "name" if path == ["list", "rollouts"] => Next::Names(vec![Kind::Rollout]),
        _ if values.is_empty() => Next::Nothing,
        _ => Next::Words(values.iter().map(|value| value.get_name().to_owned()).collect()),
    }
}

fn flags(command: &Command) -> Vec<String> {
    let visible = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let line = |arg: &Arg| {
        Some(with_help(&format!("--{}", arg.get_long()?), arg.get_help().map(ToString::to_string).as_deref()))
    };
    visible.filter_map(line).collect()
}

fn commands(command: &Command) -> Vec<String> {
    let visible = command.get_subcommands().filter(|one| !one.is_hide_set());
    visible.map(|one| with_help(one.get_name(), one.get_about().map(ToString::to_string).as_deref())).collect()
}

fn with_help(word: &str, help: Option<&str>) -> String {
    match help.and_then(|help| help.lines().next()) {
        Some(help) => format!("{word}\t{help}"),
        None => word.to_owned(),
    }
}

fn positional(command: &Command, path: &[&str]) -> Next {
    match path {
        ["get" | "retry", ..] => Next::Names(vec![Kind::Rollout, Kind::Experiment]),
        ["terminate", ..] => Next::Names(vec![Kind::AnalysisRun, Kind::Experiment]),
        ["status" | "explain" | "history" | "promote" | "abort" | "pause" | "restart" | "undo", ..]
        | ["set", "image", ..]
        | ["notifications", _, "notify" | "run"] => Next::Names(vec![Kind::Rollout]),
        ["app", "lint"] => Next::Files,
        ["app", ..] => Next::Applications,
        ["completion"] => {
            let shells = command.get_positionals().next().map(Arg::get_possible_values).unwrap_or_default();
            Next::Words(shells.iter().map(|shell| shell.get_name().to_owned()).collect())
        }
        _ => Next::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::args;

    fn check(line: &str, expected: &Expect) {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let typed = words.pop().unwrap();
        let told = match next(&args::command("kubectl sluice"), &words, &typed) {
            Next::Words(found) => {
                let word = |line: &String| line.split('\t').next().unwrap_or_default().to_owned();
                found.iter().map(word).filter(|word| word.starts_with(&typed)).collect::<Vec<_>>().join(" ")
            }
            other => format!("{other:?}"),
        };
        expected.assert_eq(&told);
    }

    #[test]
    fn commands_flags_and_names_are_completed_where_they_belong() {
        check("re", &expect!["retry restart"]);
        check("list ", &expect!["rollouts experiments"]);
        check("promote --to", &expect!["--to-step --token"]);
        check("promote ", &expect!["Names([Rollout])"]);
        check("-n prod get sh", &expect!["Names([Rollout, Experiment])"]);
        check("terminate ", &expect!["Names([AnalysisRun, Experiment])"]);
        check("get -n ", &expect!["Namespaces"]);
        check("--context ", &expect!["Contexts"]);
        check("lint -f ", &expect!["Files"]);
        check("get shop -o ", &expect!["json yaml"]);
        check("completion ", &expect!["bash zsh fish powershell"]);
        check("abort --reason ", &expect!["Nothing"]);
        check("create ", &expect!["analysisrun"]);
        check("app ro", &expect!["rollback"]);
        check("app sync sh", &expect!["Applications"]);
        check("app get -o t", &expect!["tree"]);
        check("app lint ", &expect!["Files"]);
        check("app diff shop --local ", &expect!["Files"]);
        check("app logs shop --name ", &expect!["Nothing"]);
        check("notifications template notify on-rollout-completed ", &expect!["Names([Rollout])"]);
    }
}
