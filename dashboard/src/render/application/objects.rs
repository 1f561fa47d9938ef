//! The objects of an Application, wave by wave, and those that are not as git says.

use maud::{Markup, html};

use super::super::{badge, word};
use crate::Root;
use crate::kind::Kind;
use crate::view::{ApplicationView, ObjectView, Row, Tone};

pub(super) fn objects(shown: &ApplicationView, root: &Root) -> Markup {
    let has_waves = shown.waves.len() > 1;
    html! {
        h2 { "Objects" }
        @if shown.waves.is_empty() { p.hint { "None yet." } }
        @for (wave, objects) in &shown.waves {
            @if has_waves { h3 { "Wave " (wave) } }
            ul.tree { @for one in objects { (object(one, root)) } }
        }
        @if shown.more_objects > 0 { p.hint { "and " (shown.more_objects) " more objects" } }
    }
}

fn object(one: &ObjectView, root: &Root) -> Markup {
    html! {
        li {
            (name(one)) " " (word(&one.state.health)) " " (word(&one.state.sync))
            @for note in &one.notes { " " span.role { (note) } }
            @if !one.state.message.is_empty() { div.message { (one.state.message) } }
            @if let Some(row) = &one.release { ul.tree { (release(row, root)) } }
        }
    }
}

fn name(one: &ObjectView) -> Markup {
    html! {
        span.hint { (one.kind) } " "
        b.image { @if !one.namespace.is_empty() { (one.namespace) "/" } (one.name) }
    }
}

/// A release within, with the way to its page.
fn release(row: &Row, root: &Root) -> Markup {
    html! {
        li {
            a href=(root.at(&Kind::Rollout.page(&row.namespace, &row.name))) { "Release of " (row.name) }
            " " (badge(Tone::of_phase(row.phase), &format!("{:?}", row.phase)))
            @if let Some((step, all)) = row.step { span.hint { " step " (step) "/" (all) } }
            @if let Some(weight) = row.weight { span.hint { " · weight " (weight.actual) " of " (weight.full) } }
            @if !row.message.is_empty() { div.message { (row.message) } }
        }
    }
}

pub(super) fn differences(shown: &ApplicationView) -> Markup {
    let differing: Vec<_> = shown.differing().collect();
    html! {
        @if !differing.is_empty() {
            h2 { "Not as git says" }
            ul.tree {
                @for one in &differing {
                    li {
                        (name(one)) @for note in &one.notes { " " span.role { (note) } }
                        @if !one.fields.is_empty() { (fields(one)) }
                    }
                }
            }
            p.hint { "Field by field: " code { "kubectl sluice app diff " (shown.name) " -N " (shown.namespace) } }
        }
    }
}

/// Where it differs, closed until somebody looks.
fn fields(one: &ObjectView) -> Markup {
    let count = one.fields.len() + one.more_fields;
    html! {
        details id={ "differs-" (one.kind) "-" (one.namespace) "-" (one.name) } {
            summary { (count) @if count == 1 { " field" } @else { " fields" } }
            table {
                thead { tr { th { "Field" } th { "In the cluster" } th { "In git" } } }
                tbody {
                    @for field in &one.fields {
                        tr {
                            td data-label="Field" { code { (field.path) } }
                            td data-label="In the cluster" { code { (field.here) } }
                            td data-label="In git" { code { (field.wanted) } }
                        }
                    }
                }
            }
            @if one.more_fields > 0 { p.hint { "and " (one.more_fields) " more" } }
        }
    }
}
