//! The page of one Application.

mod history;
mod objects;
mod operation;
mod orders;

use maud::{Markup, PreEscaped, html};

use super::page::page;
use super::time::ago;
use super::{Part, Viewer, part, word};
use crate::kind::Kind;
use crate::view::{ApplicationView, Wrong};

/// The whole page.
pub(crate) fn application(shown: &ApplicationView, viewer: &Viewer) -> String {
    let here = Kind::Application.page(&shown.namespace, &shown.name);
    let content = html! {
        h1 { (shown.name) " " span.hint { (shown.namespace) " · project " (shown.project) } }
        @for Part { id, html } in parts(shown, viewer) {
            section id=(id) { (PreEscaped(html)) }
        }
    };
    page(&shown.name, viewer, Some(&format!("{here}/events")), &content)
}

/// Its parts, in the order of the page. Those without content are there too, for later.
pub(crate) fn parts(shown: &ApplicationView, viewer: &Viewer) -> Vec<Part> {
    vec![
        part("standing", standing(shown)),
        part("orders", orders::orders(shown, viewer)),
        part("conditions", wrong("What is wrong", "Condition", &shown.conditions)),
        part("rejected", wrong("Not deployed by itself again", "Commit", &shown.rejected)),
        part("operation", operation::operation(shown)),
        part("differences", objects::differences(shown)),
        part("objects", objects::objects(shown, &viewer.root)),
        part("history", history::history(shown, viewer)),
    ]
}

fn standing(shown: &ApplicationView) -> Markup {
    let state = &shown.state;
    html! {
        p.phase { (word(&state.health)) " " (word(&state.sync)) " " span.message { (state.message) } }
        @if shown.is_leaving { p.note { "It is being deleted." } }
        dl.figures {
            @if !state.revision.is_empty() { div { dt { "revision" } dd { (state.revision) } } }
            div { dt { "syncs" } dd { @if shown.is_automated { "by itself" } @else { "when asked" } } }
            div { dt { "into" } dd { (shown.destination) } }
            @if shown.compared.is_some() { div { dt { "compared" } dd { (ago(shown.compared)) } } }
        }
        @for source in &shown.sources { div.image { "from " (source) } }
        @if !shown.links.is_empty() {
            ul.links {
                @for link in &shown.links {
                    li { a href=(link.href) rel="noreferrer noopener" target="_blank" { (link.text) } }
                }
            }
        }
        @if !shown.images.is_empty() {
            details #images { summary { (shown.images.len()) " images" } @for image in &shown.images { div.image { (image) } } }
        }
    }
}

fn wrong(title: &str, head: &str, all: &[Wrong]) -> Markup {
    html! {
        @if !all.is_empty() {
            h2 { (title) }
            table.facts {
                thead { tr { th { (head) } th { "Since" } th { "Why" } } }
                tbody {
                    @for one in all {
                        tr {
                            th scope="row" data-label=(head) { (one.what) }
                            td data-label="Since" { (ago(one.since)) }
                            td data-label="Why" { (one.why) }
                        }
                    }
                }
            }
        }
    }
}
