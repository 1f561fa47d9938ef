//! Rollouts in a list.

use maud::{Markup, html};

use super::super::badge;
use super::{Listed, head};
use crate::Root;
use crate::kind::Kind;
use crate::view::{Row, Tone};

impl Listed for Row {
    const KIND: Kind = Kind::Rollout;
    const PATH: &'static str = "/";
    const SOUGHT: &'static str = "Name or image";
    const HEADS: &'static [&'static str] = &["Rollout", "State", "Step", "Weight", "Ready", "Images"];

    fn tone(&self) -> Tone {
        Tone::of_phase(self.phase)
    }

    fn cells(&self, root: &Root) -> Markup {
        html! {
            (head(self, self.strategy, root))
            td data-label="State" {
                (badge(self.tone(), &format!("{:?}", self.phase)))
                @if !self.message.is_empty() { div.message { (self.message) } }
            }
            td.number data-label="Step" { @if let Some((step, all)) = self.step { (step) "/" (all) } }
            td.number data-label="Weight" {
                @if let Some(weight) = self.weight {
                    meter min="0" max=(weight.full) value=(weight.actual) { }
                    " " (weight.actual)
                }
            }
            td.number data-label="Ready" { (self.ready.0) "/" (self.ready.1) }
            td data-label="Images" { @for image in &self.images { div.image { (image) } } }
        }
    }
}
