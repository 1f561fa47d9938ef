//! The operation that runs, or the last one: its waves and hooks with what became of them.

use maud::{Markup, html};

use super::super::time::ago;
use super::super::word;
use crate::view::{ApplicationView, OperationView, ResultView};

pub(super) fn operation(shown: &ApplicationView) -> Markup {
    html! {
        @if shown.is_asked() { p.note { "Something is asked for, and the controller has yet to begin." } }
        @if let Some(one) = &shown.operation { (told(one)) }
    }
}

fn told(one: &OperationView) -> Markup {
    html! {
        h2 { "Operation: " (one.what) " " (word(&one.phase)) }
        @if !one.message.is_empty() { p.message { (one.message) } }
        p.hint {
            @if !one.revision.is_empty() { "revision " (one.revision) " · " }
            @if !one.by.is_empty() { "asked for by " (one.by) " · " }
            "began " (ago(one.began))
            @if one.ended.is_some() { " · ended " (ago(one.ended)) }
            @if one.retries > 0 { " · tried again " (one.retries) " times" }
        }
        @if !one.results.is_empty() {
            table.facts {
                thead { tr { th { "Phase" } th { "Object" } th { "Result" } th { "Said" } } }
                tbody { @for one in &one.results { (result(one)) } }
            }
        }
        @if one.more_results > 0 { p.hint { "and " (one.more_results) " more results" } }
    }
}

fn result(one: &ResultView) -> Markup {
    html! {
        tr {
            td data-label="Phase" {
                (one.phase)
                @if let Some(wave) = one.wave.filter(|wave| *wave != 0) { span.hint { " wave " (wave) } }
            }
            th scope="row" data-label="Object" {
                span.hint { (one.kind) } " " span.image { (one.name) }
                @if !one.hook.is_empty() { " " span.role { (one.hook) " hook" } }
            }
            td data-label="Result" { (word(&one.outcome)) }
            td data-label="Said" { (one.message) }
        }
    }
}
