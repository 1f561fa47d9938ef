//! Past deployments, and the way back to each.

use maud::{Markup, html};

use super::super::Viewer;
use super::super::time::ago;
use super::orders;
use crate::view::{ApplicationView, Past};

pub(super) fn history(shown: &ApplicationView, viewer: &Viewer) -> Markup {
    html! {
        @if !shown.history.is_empty() {
            h2 { "Deployments" }
            table.facts {
                thead { tr { th { "Id" } th { "Revision" } th { "When" } th { "By" } th { "From" } th { "" } } }
                tbody { @for one in &shown.history { (past(shown, one, viewer)) } }
            }
        }
    }
}

fn past(shown: &ApplicationView, one: &Past, viewer: &Viewer) -> Markup {
    html! {
        tr {
            th scope="row" data-label="Id" { (one.id) }
            td data-label="Revision" { code { (one.revision) } }
            td data-label="When" {
                (ago(one.at))
                @if let Some(took) = one.took { span.hint { " took " (took) "s" } }
            }
            td data-label="By" { (one.by) }
            td data-label="From" { @for source in &one.sources { div.image { (source) } } }
            td {
                @if one.is_current { span.role.stable { "now" } }
                @else if one.is_whole && viewer.may_edit && !shown.is_automated && !shown.is_busy {
                    (orders::rollback(shown, one.id, viewer))
                }
            }
        }
    }
}
