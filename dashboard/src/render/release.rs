//! The page of one Rollout.

use maud::{PreEscaped, html};

use super::page::page;
use super::{Part, Viewer, chart, conditions, orders, part, revisions, runs, standing};
use crate::kind::Kind;
use crate::view::Release;

/// The whole page.
pub(crate) fn release(shown: &Release, viewer: &Viewer) -> String {
    let here = Kind::Rollout.page(&shown.namespace, &shown.name);
    let content = html! {
        h1 { (shown.name) " " span.hint { (shown.namespace) " · " (shown.strategy) } }
        @for Part { id, html } in parts(shown, viewer) {
            section id=(id) { (PreEscaped(html)) }
        }
    };
    page(&shown.name, viewer, Some(&format!("{here}/events")), &content)
}

/// Its parts, in the order of the page. Those without content are there too, for later.
pub(crate) fn parts(shown: &Release, viewer: &Viewer) -> Vec<Part> {
    vec![
        part("standing", standing::standing(shown)),
        part("orders", orders::orders(shown, viewer)),
        part("steps", standing::steps(shown)),
        part("charts", chart::charts(&shown.charts)),
        part("revisions", revisions::revisions(shown, viewer)),
        part("runs", runs::runs(shown)),
        part("conditions", conditions::conditions(shown)),
    ]
}
