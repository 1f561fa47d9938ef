//! A simulation as lines of text.

use std::time::Duration;

use super::state::{Pods, State};
use super::tale::{End, Entry, Tale, Who, clock};

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

/// All lines.
pub(crate) fn lines(tale: &Tale) -> Vec<String> {
    let mut lines = header(tale);
    lines.push(String::new());
    let columns = Columns { steps: tale.rollout.steps.len() };
    lines.push(format!("{DIM}{}{PLAIN}", columns.heading()));
    lines.extend(readable(&tale.timeline).iter().map(|entry| columns.line(entry)));
    lines.push(String::new());
    let colour = match tale.outcome.end {
        End::Promoted => GREEN,
        End::TakenBack | End::Stuck => RED,
        End::Waiting | End::Unfinished => YELLOW,
    };
    lines.push(format!("{colour}{}{PLAIN}", plain(&tale.outcome.text)));
    lines
}

/// The text without what could steer a terminal: images and messages are whatever the files say.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn header(tale: &Tale) -> Vec<String> {
    let about = &tale.rollout;
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut lines = vec![
        format!(
            "{BOLD}Rollout {}/{}{PLAIN}: {}, {}",
            about.namespace,
            about.name,
            plain(&about.strategy),
            count(about.replicas as usize, "pod")
        ),
        plain(&format!("  {} → {}", about.old_image, about.new_image)),
    ];
    for (index, step) in about.steps.iter().enumerate() {
        lines.push(plain(&format!("  step {}  {step}", index + 1)));
    }
    lines.extend(tale.made_up.iter().map(|what| format!("{DIM}made up   {}{PLAIN}", plain(what))));
    lines.extend(
        tale.left_out.iter().map(|what| format!("{DIM}left out  {}: it has no part in this{PLAIN}", plain(what))),
    );
    for metric in &tale.metrics {
        let answers: Vec<_> = metric.answers.iter().map(|(what, value)| format!("{what} is {value}")).collect();
        let name = plain(&format!("{}/{}", metric.template, metric.metric));
        lines.push(format!("{DIM}metric    {name}: {}{PLAIN}", answers.join(", ")));
    }
    lines
}

/// How long a status must last to be worth a line.
const LASTING: Duration = Duration::from_secs(1);

/// What a person wants to read of a timeline: no status that is over in no time, and no text twice.
fn readable(timeline: &[Entry]) -> Vec<Entry> {
    let mut kept: Vec<Entry> = Vec::new();
    for (index, entry) in timeline.iter().enumerate() {
        let mut rest = timeline.iter().skip(index + 1).filter(|later| later.who == Who::Status);
        let over =
            rest.next().is_some_and(|next| next.at < entry.at + LASTING && is_progress(next) == is_progress(entry));
        if entry.who == Who::Status && over {
            continue;
        }
        let mut entry = entry.clone();
        let told = |earlier: &Entry| {
            let text = earlier.text.trim_start_matches("aborted: ");
            let text = text.rsplit_once(" (").map_or(text, |(text, _)| text);
            earlier.at == entry.at && earlier.who == Who::Event && entry.text.ends_with(text)
        };
        if entry.who == Who::Status && kept.iter().any(told) {
            entry.text = entry.text.split(": ").take(2).collect::<Vec<_>>().join(": ");
        }
        kept.push(entry);
    }
    kept
}

fn is_progress(entry: &Entry) -> bool {
    entry.text.starts_with("Progressing")
}

struct Columns {
    steps: usize,
}

impl Columns {
    fn heading(&self) -> String {
        format!("{:<10} {:<6}{:<13} {:<7} {:<7} {:<7} {}", "TIME", self.step("STEP"), "WEIGHT", "NEW", "OLD", "", "")
            .trim_end()
            .to_owned()
    }

    /// Nothing where there are no steps.
    fn step<'a>(&self, text: &'a str) -> &'a str {
        if self.steps == 0 { "" } else { text }
    }

    fn line(&self, entry: &Entry) -> String {
        let State { step, new, old, .. } = &entry.state;
        let step = step.map_or_else(|| "-".to_owned(), |step| format!("{step}/{}", self.steps));
        let (who, colour) = match entry.who {
            Who::Person => ("person", BOLD),
            Who::Fault => ("fault", YELLOW),
            Who::Pods => ("pods", DIM),
            Who::Router => ("router", DIM),
            Who::Metric => ("metric", DIM),
            Who::Event if entry.warning => ("event", RED),
            Who::Event => ("event", ""),
            Who::Status => ("status", ""),
        };
        format!(
            "{:<10} {:<6}{:<13} {:<7} {:<7} {:<7} {colour}{}{PLAIN}",
            clock(entry.at),
            self.step(&step),
            weight(&entry.state),
            pods(*new),
            pods(*old),
            who,
            plain(&entry.text)
        )
    }
}

fn pods(pods: Pods) -> String {
    format!("{}/{}", pods.ready, pods.desired)
}

/// What is, and what is to be where that is another.
fn weight(state: &State) -> String {
    let is = state.weight.map_or_else(|| "none".to_owned(), |weight| format!("{weight}%"));
    match state.desired_weight {
        Some(desired) if state.weight != Some(desired) => format!("{is} → {desired}%"),
        _ => is,
    }
}
