//! Two objects as one text that says what differs, as `diff -u` writes it. Pure.

use std::time::{Duration, Instant};

use clap::builder::styling::AnsiColor;
use serde_json::Value;
use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::udiff::UnifiedHunkHeader;
use similar::{ChangeTag, DiffOp};

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
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut lines = vec![
        painted("---", if live.is_some() { "live" } else { "nothing" }, Some(AnsiColor::Red)),
        painted("+++", if wanted.is_some() { git } else { "nothing" }, Some(AnsiColor::Green)),
    ];
    for hunk in hunks(&old, &new) {
        lines.push(painted("", &UnifiedHunkHeader::new(&hunk).to_string(), Some(AnsiColor::Cyan)));
        for change in hunk.iter().flat_map(|op| op.iter_changes(old.as_slice(), new.as_slice())) {
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

/// What differs, with the lines around it. By this algorithm alone: `TextDiff` brings all six, for ten times the code.
fn hunks(old: &[&str], new: &[&str]) -> Vec<Vec<DiffOp>> {
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    let deadline = Instant::now() + PATIENCE;
    let Ok(()) = myers::diff_deadline(&mut found, old, 0..old.len(), new, 0..new.len(), Some(deadline));
    found.into_inner().into_inner().into_grouped_ops(AROUND)
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
