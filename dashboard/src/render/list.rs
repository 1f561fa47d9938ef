//! The list of Rollouts.

use maud::{Markup, html};
use sluice_crds::RolloutPhase;

use super::page::page;
use super::{Part, Viewer, badge, part, tone};
use crate::view::{Page, ROWS, Row, Tone};

/// The whole page. `query` is what its address has behind the question mark.
pub(crate) fn list(shown: &Page, viewer: &Viewer, query: &str) -> String {
    let events = format!("/events?{query}");
    let content = html! {
        h1 { "Rollouts" }
        (filter(shown))
        div #count { (count(shown)) }
        table.list {
            thead { tr { th { "Rollout" } th { "State" } th { "Step" } th { "Weight" } th { "Ready" } th { "Images" } } }
            tbody #rows {
                @for row in &shown.rows { tr id=(id(row)) class=(tone(Tone::of_phase(row.phase))) { (cells(row)) } }
            }
        }
        (pages(shown))
    };
    page("Rollouts", viewer, Some(&events), &content)
}

/// What events send: each row by itself, and before them which rows there are, and in which order.
pub(crate) fn rows(shown: &Page) -> (Vec<Part>, Vec<Part>) {
    let rows = shown.rows.iter();
    let rows = rows.map(|row| (row, part(id(row), cells(row))));
    let (rows, around) = (rows.map(|(_, part)| part).collect(), vec![part("count", count(shown))]);
    (rows, around)
}

fn id(row: &Row) -> String {
    format!("row/{}/{}", row.namespace, row.name)
}

fn cells(row: &Row) -> Markup {
    html! {
        th scope="row" data-label="Rollout" {
            a href={ "/rollouts/" (row.namespace) "/" (row.name) } { (row.name) }
            span.hint { " " (row.namespace) " · " (row.strategy) }
        }
        td data-label="State" {
            (badge(Tone::of_phase(row.phase), &format!("{:?}", row.phase)))
            @if !row.message.is_empty() { div.message { (row.message) } }
        }
        td.number data-label="Step" { @if let Some((step, all)) = row.step { (step) "/" (all) } }
        td.number data-label="Weight" {
            @if let Some(weight) = row.weight {
                meter min="0" max=(weight.full) value=(weight.actual) { }
                " " (weight.actual)
            }
        }
        td.number data-label="Ready" { (row.ready.0) "/" (row.ready.1) }
        td data-label="Images" { @for image in &row.images { div.image { (image) } } }
    }
}

fn count(shown: &Page) -> Markup {
    let first = shown.filter.page.saturating_mul(ROWS);
    html! {
        @for trouble in &shown.troubles { p.note.bad { (trouble) } }
        p.hint {
        @if shown.is_loading { "Rollouts are being read. " }
        @if shown.matching == shown.all { (shown.all) " Rollouts" }
        @else { (shown.matching) " of " (shown.all) " Rollouts" }
        @if shown.matching > shown.rows.len() { ", here from " (first + 1) " to " (first + shown.rows.len()) }
        @for (phase, count) in shown.phases.iter().filter(|(_, count)| *count > 0) {
            " " (badge(Tone::of_phase(*phase), &format!("{count} {phase:?}")))
        }
        }
    }
}

fn filter(shown: &Page) -> Markup {
    let phases = [RolloutPhase::Degraded, RolloutPhase::Paused, RolloutPhase::Progressing, RolloutPhase::Healthy];
    html! {
        form.filter method="get" action="/" role="search" {
            label { "Name or image " input type="search" name="q" value=(shown.filter.q) maxlength="200"; }
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
                    @for phase in phases.map(|phase| format!("{phase:?}")) {
                        option value=(phase) selected[phase == shown.filter.phase] { (phase) }
                    }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn pages(shown: &Page) -> Markup {
    let filter = &shown.filter;
    let last = shown.matching.saturating_sub(1) / ROWS;
    html! {
        @if last > 0 {
            form.pages method="get" action="/" {
                input type="hidden" name="q" value=(filter.q);
                input type="hidden" name="namespace" value=(filter.namespace);
                input type="hidden" name="phase" value=(filter.phase);
                @if filter.page > 0 { button name="page" value=(filter.page - 1) { "Before" } }
                @if filter.page < last { button name="page" value=(filter.page + 1) { "After" } }
            }
        }
    }
}
