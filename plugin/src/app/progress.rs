//! What is new of a sync, line by line. Pure.

use std::collections::BTreeMap;

use clap::builder::styling::AnsiColor;
use sluice_crds::{Application, OperationState, ResourceResult};

use super::standing;
use crate::tree::text::Text;

/// What has been told of a sync.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    objects: BTreeMap<String, String>,
    state: String,
}

impl Progress {
    /// What is told of the state of an operation that is there already: nothing.
    pub(crate) fn knowing(state: Option<&OperationState>) -> Self {
        let mut known = Self::default();
        if let Some(state) = state {
            known.state_line(state);
            for result in state.sync_result.iter().flat_map(|result| &result.resources) {
                known.objects.insert(key(result), outcome(result).bare());
            }
        }
        known
    }

    /// A line for each object whose outcome is not as it was told last, and one for the operation.
    pub(crate) fn news(&mut self, app: &Application) -> Vec<Text> {
        let Some(state) = standing::state(app) else { return Vec::new() };
        let waves = waves(app);
        let mut lines = Vec::new();
        for result in state.sync_result.iter().flat_map(|result| &result.resources) {
            let (key, outcome) = (key(result), outcome(result));
            if self.objects.get(&key) == Some(&outcome.bare()) {
                continue;
            }
            self.objects.insert(key.clone(), outcome.bare());
            lines.push(Text::plain(format!("{}{key}: ", phase(result, &waves))).and(outcome));
        }
        lines.extend(self.state_line(state));
        lines
    }

    fn state_line(&mut self, state: &OperationState) -> Option<Text> {
        let message = state.message.as_deref().filter(|text| !text.is_empty());
        let retries = if state.retry_count > 0 { format!(" (retry {})", state.retry_count) } else { String::new() };
        let line = format!("{}{retries}{}", state.phase, message.map(|text| format!(": {text}")).unwrap_or_default());
        if line == self.state {
            return None;
        }
        self.state.clone_from(&line);
        Some(Text::coloured(line, colour(&state.phase)))
    }
}

/// What an object is called: its kind and its name.
fn key(result: &ResourceResult) -> String {
    let namespace = if result.namespace.is_empty() { String::new() } else { format!("{}/", result.namespace) };
    let hook = result.hook_type.as_deref().map(|when| format!("{when} hook ")).unwrap_or_default();
    format!("{hook}{} {namespace}{}", result.kind, result.name)
}

type Waves<'a> = BTreeMap<(&'a str, &'a str, &'a str), i64>;

fn waves(app: &Application) -> Waves<'_> {
    let objects = app.status.iter().flat_map(|status| &status.resources);
    objects.map(|one| ((one.kind.as_str(), one.namespace.as_str(), one.name.as_str()), one.sync_wave)).collect()
}

/// The part of the sync that it is in, and its wave where that is not the usual one.
fn phase(result: &ResourceResult, waves: &Waves) -> String {
    let phase = result.sync_phase.as_deref().unwrap_or("Sync");
    match waves.get(&(&*result.kind, &*result.namespace, &*result.name)) {
        Some(wave) if *wave != 0 => format!("{phase} wave {wave}  "),
        _ => format!("{phase}  "),
    }
}

fn outcome(result: &ResourceResult) -> Text {
    let hook = result.hook_type.is_some();
    let word = if hook { result.hook_phase.as_deref() } else { result.status.as_deref() };
    let word = word.or(result.hook_phase.as_deref()).unwrap_or("waits");
    let message = result.message.as_deref().filter(|text| !text.is_empty());
    let message = message.map(|text| format!(" - {text}")).unwrap_or_default();
    Text::coloured(word, colour(word)).and(Text::plain(message))
}

fn colour(word: &str) -> Option<AnsiColor> {
    match word {
        "Succeeded" | "Synced" | "Pruned" => Some(AnsiColor::Green),
        "Failed" | "Error" | "SyncFailed" => Some(AnsiColor::Red),
        "Running" | "Terminating" => Some(AnsiColor::BrightBlue),
        "PruneSkipped" => Some(AnsiColor::Yellow),
        _ => None,
    }
}
