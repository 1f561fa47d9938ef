//! What is so, since when and why.

use maud::{Markup, html};

use super::time::ago;
use crate::view::Release;

pub(super) fn conditions(shown: &Release) -> Markup {
    html! {
        @if !shown.conditions.is_empty() {
            h2 { "Conditions" }
            table.facts {
                thead { tr { th { "Condition" } th { "Status" } th { "Since" } th { "Why" } } }
                tbody {
                    @for fact in &shown.conditions {
                        tr {
                            th scope="row" data-label="Condition" { (fact.name) }
                            td data-label="Status" { (fact.status) }
                            td data-label="Since" { (ago(fact.since)) }
                            td data-label="Why" { code { (fact.reason) } " " (fact.message) }
                        }
                    }
                }
            }
        }
    }
}
