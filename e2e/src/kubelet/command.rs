//! What a container's command does, as far as this kubelet can do it.

use std::time::Duration;

/// One thing a command does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// Waits.
    Sleep(Duration),
    /// Ends the command with a code.
    Exit(i32),
}

/// What happens when a command is started.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// It does these steps, and ends with code 0 unless one of them says otherwise.
    Steps(Vec<Step>),
    /// There is no such program.
    Missing(String),
}

/// Reads a command line: `sleep N`, `exit N`, `true`, `false`, `echo …`, or a shell script of these.
pub(super) fn parse(words: &[String]) -> Option<Command> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => None,
        [shell, "-c", script] if is_shell(shell) => Some(Command::Steps(script_steps(script))),
        [program, ..] => Some(match step(&words) {
            Some(steps) => Command::Steps(steps),
            None => Command::Missing((*program).to_owned()),
        }),
    }
}

fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash"))
}

/// A shell says 127 for a program that it does not find, and goes on.
fn script_steps(script: &str) -> Vec<Step> {
    let lines = script.split([';', '\n', '&']).map(str::trim).filter(|line| !line.is_empty());
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    words.flat_map(|words| step(&words).unwrap_or_else(|| vec![Step::Exit(127)])).collect()
}

fn step(words: &[&str]) -> Option<Vec<Step>> {
    let (program, arguments) = words.split_first()?;
    match (program.rsplit('/').next()?, arguments) {
        ("sleep", [seconds]) => Some(vec![Step::Sleep(duration(seconds)?)]),
        ("exit", [code]) => Some(vec![Step::Exit(code.parse().ok()?)]),
        ("exit" | "true", []) => Some(vec![Step::Exit(0)]),
        ("false", []) => Some(vec![Step::Exit(1)]),
        ("echo", _) => Some(Vec::new()),
        _ => None,
    }
}

fn duration(seconds: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds.trim_end_matches('s').parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], expected: &Command) {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        assert_eq!(parse(&words).as_ref(), Some(expected), "{words:?}");
    }

    fn steps(steps: &[Step]) -> Command {
        Command::Steps(steps.to_vec())
    }

    fn missing(program: &str) -> Command {
        Command::Missing(program.to_owned())
    }

    #[test]
    fn commands_are_read_with_and_without_a_shell() {
        let half = Step::Sleep(Duration::from_millis(500));
        assert_eq!(parse(&[]), None);
        check(&["sleep", "0.5"], &steps(&[half]));
        check(&["/bin/sleep", "0.5s"], &steps(&[half]));
        check(&["exit", "3"], &steps(&[Step::Exit(3)]));
        check(&["/bin/sh", "-c", "echo hi; sleep 0.5 && exit 1"], &steps(&[half, Step::Exit(1)]));
        check(&["sh", "-c", "sleep 0.5\ncurl x"], &steps(&[half, Step::Exit(127)]));
        check(&["/app/serve", "--fast"], &missing("/app/serve"));
        check(&["sleep", "long"], &missing("sleep"));
    }
}
