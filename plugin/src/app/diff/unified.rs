//! Two objects as one text that says what differs, as `diff -u` writes it. Pure.

use std::time::Duration;

use clap::builder::styling::AnsiColor;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::clean::clean_line;

/// Lines around a change that are shown with it.
const AROUND: usize = 3;
/// How long it is looked for the shortest way to tell it. After that it is told at greater length.
const PATIENCE: Duration = Duration::from_secs(2);

/// The lines, coloured. A side that is not there is empty.
pub(super) fn lines(live: Option<&Value>, wanted: Option<&Value>, git: &str) -> Vec<String> {
    let (old, new) = (text(live), text(wanted));
    if old == new {
        return Vec::new();
    }
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(&old, &new);
    let mut lines = vec![
        painted("---", if live.is_some() { "live" } else { "nothing" }, Some(AnsiColor::Red)),
        painted("+++", if wanted.is_some() { git } else { "nothing" }, Some(AnsiColor::Green)),
    ];
    for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
        lines.push(painted("", &hunk.header().to_string(), Some(AnsiColor::Cyan)));
        for change in hunk.iter_changes() {
            let (sign, colour) = match change.tag() {
                ChangeTag::Delete => ("-", Some(AnsiColor::Red)),
                ChangeTag::Insert => ("+", Some(AnsiColor::Green)),
                ChangeTag::Equal => (" ", None),
            };
            lines.push(signed(sign, change.value().trim_end_matches('\n'), colour));
        }
    }
    lines
}

fn text(side: Option<&Value>) -> String {
    // A value of JSON is always one of YAML.
    side.map(|value| serde_saphyr::to_string(value).unwrap_or_else(|error| format!("{error}\n"))).unwrap_or_default()
}

fn painted(sign: &str, text: &str, colour: Option<AnsiColor>) -> String {
    let joint = if sign.is_empty() { "" } else { " " };
    signed(&format!("{sign}{joint}"), text, colour)
}

fn signed(sign: &str, text: &str, colour: Option<AnsiColor>) -> String {
    let line = format!("{sign}{}", clean_line(text));
    match colour {
        Some(colour) => {
            let style = colour.on_default();
            format!("{style}{line}{style:#}")
        }
        None => line,
    }
}
