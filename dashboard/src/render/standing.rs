//! How a Rollout stands, in the planner's own words, and its steps.

use maud::{Markup, html};

use super::badge;
use crate::view::{Release, State, Tone};

pub(super) fn standing(shown: &Release) -> Markup {
    let phase = shown.standing.phase;
    html! {
        p.phase { (badge(Tone::of_phase(phase), &format!("{phase:?}"))) " " span.message { (shown.standing.message) } }
        @if let Some(trouble) = &shown.trouble { p.note.bad { "Not all can be watched: " (trouble) } }
        dl.figures {
            @if let Some(weight) = shown.weight {
                div { dt { "weight" } dd { (weight.actual) " of " (weight.full) } }
            }
            @for (name, count) in shown.pods { div { dt { (name) } dd { (count) } } }
        }
        @if !shown.links.is_empty() {
            ul.links {
                @for link in &shown.links {
                    li { a href=(link.href) rel="noreferrer noopener" target="_blank" { (link.text) } }
                }
            }
        }
    }
}

pub(super) fn steps(shown: &Release) -> Markup {
    html! {
        @if !shown.steps.is_empty() {
            h2 { "Steps" }
            ol.steps {
                @for step in &shown.steps {
                    @match step.state {
                        State::Done => li.done { span.sign { "✔" } " " (step.text) span.aside { " done" } },
                        State::Current => li.current aria-current="step" { span.sign { "▶" } " " (step.text) },
                        State::ToCome => li { span.sign { "○" } " " (step.text) },
                    }
                }
            }
        }
    }
}
