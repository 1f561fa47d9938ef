//! Lists: a form to choose by, how many there are, and a line for each.

mod applications;
mod rollouts;

use maud::{Markup, html};

use super::page::page;
use super::{Part, Viewer, badge, part, tone};
use crate::Root;
use crate::kind::Kind;
use crate::view::{Line, Page, ROWS, Tone};

/// A line as a list shows it.
pub(crate) trait Listed: Line {
    /// What is listed.
    const KIND: Kind;
    /// Where it is.
    const PATH: &'static str;
    /// What one can look for.
    const SOUGHT: &'static str;
    /// The heads of its columns.
    const HEADS: &'static [&'static str];

    /// How it is.
    fn tone(&self) -> Tone;

    /// Its cells: as many as there are heads. `root` is where the pages are that they lead to.
    fn cells(&self, root: &Root) -> Markup;
}

/// The whole page. `query` is what its address has behind the question mark.
pub(crate) fn list<L: Listed>(shown: &Page<L>, viewer: &Viewer, query: &str) -> String {
    let events = format!("{}?{query}", L::KIND.events());
    let content = html! {
        h1 { (L::KIND.plural()) }
        (filter(shown, &viewer.root))
        div #count { (count(shown)) }
        table.list {
            thead { tr { @for head in L::HEADS { th { (head) } } } }
            tbody #rows {
                @for row in &shown.rows { tr id=(id(row)) class=(tone(row.tone())) { (row.cells(&viewer.root)) } }
            }
        }
        (pages(shown, &viewer.root))
    };
    page(L::KIND.plural(), viewer, Some(&events), &content)
}

/// What events send: each row by itself, and before them which rows there are, and in which order.
pub(crate) fn rows<L: Listed>(shown: &Page<L>, root: &Root) -> (Vec<Part>, Vec<Part>) {
    let rows = shown.rows.iter().map(|row| part(id(row), row.cells(root))).collect();
    (rows, vec![part("count", count(shown))])
}

fn id(row: &impl Line) -> String {
    let (namespace, name) = row.place();
    format!("row/{namespace}/{name}")
}

/// The name, as a link to the object's page, with what else is told of it below.
fn head<L: Listed>(row: &L, about: &str, root: &Root) -> Markup {
    let (namespace, name) = row.place();
    html! {
        th scope="row" data-label=(L::KIND.name()) {
            a href=(root.at(&L::KIND.page(namespace, name))) { (name) }
            span.hint { " " (namespace) " · " (about) }
        }
    }
}

fn count<L: Listed>(shown: &Page<L>) -> Markup {
    let first = shown.filter.page.saturating_mul(ROWS);
    html! {
        @for trouble in &shown.troubles { p.note.bad { (trouble) } }
        p.hint {
        @if shown.is_loading { (L::KIND.plural()) " are being read. " }
        @if shown.matching != shown.all { (shown.matching) " of " }
        (shown.all) " " @if shown.all == 1 { (L::KIND.name()) } @else { (L::KIND.plural()) }
        @if shown.matching > shown.rows.len() { ", here from " (first + 1) " to " (first + shown.rows.len()) }
        @for (state, tone, count) in shown.states.iter().filter(|(.., count)| *count > 0) {
            " " (badge(*tone, &format!("{count} {state}")))
        }
        }
    }
}

fn filter<L: Listed>(shown: &Page<L>, root: &Root) -> Markup {
    html! {
        form.filter method="get" action=(root.at(L::PATH)) role="search" {
            label { (L::SOUGHT) " " input type="search" name="q" value=(shown.filter.q) maxlength="200"; }
            label { "Namespace "
                select name="namespace" {
                    option value="" { "all" }
                    @for namespace in &shown.namespaces {
                        option value=(namespace) selected[*namespace == shown.filter.namespace] { (namespace) }
                    }
                }
            }
            label { "State "
                select name="phase" {
                    option value="" { "any" }
                    @for (state, _) in L::STATES {
                        option value=(state) selected[*state == shown.filter.phase] { (state) }
                    }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn pages<L: Listed>(shown: &Page<L>, root: &Root) -> Markup {
    let filter = &shown.filter;
    let last = shown.matching.saturating_sub(1) / ROWS;
    html! {
        @if last > 0 {
            form.pages method="get" action=(root.at(L::PATH)) {
                input type="hidden" name="q" value=(filter.q);
                input type="hidden" name="namespace" value=(filter.namespace);
                input type="hidden" name="phase" value=(filter.phase);
                @if filter.page > 0 { button name="page" value=(filter.page - 1) { "Before" } }
                @if filter.page < last { button name="page" value=(filter.page + 1) { "After" } }
            }
        }
    }
}
