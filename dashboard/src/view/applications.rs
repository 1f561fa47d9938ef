//! The list of Applications.

use kube::ResourceExt;
use sluice_crds::Application;

use super::application::{destination, sources};
use super::{AppState, Line, Tone};

/// One Application in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct AppRow {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its project.
    pub project: String,
    /// How it is.
    pub state: AppState,
    /// The phase of its operation.
    pub operation: String,
    /// What is wrong, in one line.
    pub wrong: Option<String>,
    /// Where it comes from.
    pub sources: Vec<String>,
    /// Where it goes.
    pub destination: String,
}

impl AppRow {
    /// The line of an Application.
    pub fn of(application: &Application) -> Self {
        let (spec, status) = (&application.spec, application.status.as_ref());
        let operation = status.and_then(|status| status.operation_state.as_ref());
        let wrong = status.and_then(|status| status.conditions.first());
        Self {
            namespace: application.namespace().unwrap_or_default(),
            name: application.name_any(),
            project: if spec.project.is_empty() { "default".to_owned() } else { spec.project.clone() },
            state: AppState::of(application),
            operation: operation.map(|state| state.phase.clone()).unwrap_or_default(),
            wrong: wrong.map(|wrong| format!("{}: {}", wrong.r#type, wrong.message)),
            sources: sources(spec.source.as_ref(), &spec.sources),
            destination: destination(&spec.destination),
        }
    }

    /// How it is, in one word's tone: what is not as it should be is told first.
    pub fn tone(&self) -> Tone {
        match (Tone::of_word(&self.state.health), Tone::of_word(&self.state.sync)) {
            (Tone::Good, sync) => sync,
            (health, _) => health,
        }
    }
}

impl Line for AppRow {
    const STATES: &'static [(&'static str, Tone)] = &[
        ("Degraded", Tone::Bad),
        ("Missing", Tone::Bad),
        ("Suspended", Tone::Held),
        ("Progressing", Tone::Busy),
        ("Healthy", Tone::Good),
        ("OutOfSync", Tone::Held),
        ("Synced", Tone::Good),
        ("Unknown", Tone::Quiet),
    ];

    fn place(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }

    fn is_in(&self, state: &str) -> bool {
        self.state.health == state || self.state.sync == state
    }

    fn holds(&self, text: &str) -> bool {
        let mut texts = [&self.name, &self.project, &self.destination].into_iter().chain(&self.sources);
        texts.any(|one| one.contains(text))
    }
}
