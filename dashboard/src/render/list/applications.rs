//! Applications in a list.

use maud::{Markup, html};

use super::super::{badge, word};
use super::{Listed, head};
use crate::Root;
use crate::kind::Kind;
use crate::view::{AppRow, Tone};

impl Listed for AppRow {
    const KIND: Kind = Kind::Application;
    const PATH: &'static str = "/applications";
    const SOUGHT: &'static str = "Name, project, source or destination";
    const HEADS: &'static [&'static str] = &["Application", "State", "Revision", "Source", "Destination"];

    fn tone(&self) -> Tone {
        AppRow::tone(self)
    }

    fn cells(&self, root: &Root) -> Markup {
        html! {
            (head(self, &self.project, root))
            td data-label="State" {
                (word(&self.state.health)) " " (word(&self.state.sync))
                @if matches!(self.operation.as_str(), "Running" | "Terminating" | "Failed" | "Error") {
                    " " (badge(Tone::of_word(&self.operation), &format!("operation {}", self.operation)))
                }
                @if let Some(wrong) = &self.wrong { div.message { (wrong) } }
                @else if !self.state.message.is_empty() { div.message { (self.state.message) } }
            }
            td data-label="Revision" { code { (self.state.revision) } }
            td data-label="Source" { @for source in &self.sources { div.image { (source) } } }
            td data-label="Destination" { (self.destination) }
        }
    }
}
