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
    let hook = if result.hook_type.is_some() { "hook " } else { "" };
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::*;

    /// Tells what is new with each state of an operation.
    fn check(states: &[Value], expected: &Expect) {
        let mut progress = Progress::default();
        let mut told = String::new();
        for state in states {
            let resources =
                json!([{"group": "", "kind": "ConfigMap", "namespace": "shop", "name": "page", "syncWave": 2}]);
            let app = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "shop"},
                "spec": {}, "status": {"operationState": state, "resources": resources}});
            let app: Application = serde_json::from_value(app).unwrap();
            let lines = progress.news(&app);
            told.extend(lines.iter().map(|line| line.bare() + "\n"));
            told.push_str("--\n");
        }
        expected.assert_eq(&told);
    }

    #[test]
    fn what_is_new_of_a_sync_is_told_once() {
        let state = |phase: &str, message: &str, resources: Value| {
            json!({"phase": phase, "message": message, "startedAt": "2026-01-01T00:00:00Z", "operation": {},
                "syncResult": {"revision": "a", "resources": resources}})
        };
        let hook = |phase: &str, message: &str| {
            json!({"group": "batch", "version": "v1", "kind": "Job", "namespace": "shop", "name": "migrate",
                "hookType": "PreSync", "hookPhase": phase, "syncPhase": "PreSync", "message": message})
        };
        let page = json!({"group": "", "version": "v1", "kind": "ConfigMap", "namespace": "shop", "name": "page",
            "status": "Synced", "syncPhase": "Sync", "message": "\u{1b}[2Jconfigured"});
        let waits = "waiting for completion of hook batch/Job migrate";
        check(
            &[
                state("Running", waits, json!([hook("Running", "")])),
                state("Running", waits, json!([hook("Running", "")])),
                state("Running", "", json!([hook("Succeeded", "done"), page])),
                state("Succeeded", "successfully synced", json!([hook("Succeeded", "done"), page])),
            ],
            &expect![[r#"
                PreSync  hook Job shop/migrate: Running
                Running: waiting for completion of hook batch/Job migrate
                --
                --
                PreSync  hook Job shop/migrate: Succeeded - done
                Sync wave 2  ConfigMap shop/page: Synced - \u{1b}[2Jconfigured
                Running
                --
                Succeeded: successfully synced
                --
            "#]],
        );
    }
}
