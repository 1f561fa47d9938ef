//! Revisions and their pods.

use maud::{Markup, html};

use super::time::ago;
use super::{Viewer, orders, sign, tone};
use crate::view::{Course, PodView, Release, Revision};

pub(super) fn revisions(shown: &Release, viewer: &Viewer) -> Markup {
    html! {
        h2 { "Revisions" }
        @match &shown.revisions {
            None => p.note { "You may not list ReplicaSets here: ask for the verb list on replicasets." },
            Some(revisions) if revisions.is_empty() => p.hint { "None yet." },
            Some(revisions) => @for one in revisions { (revision(shown, one, viewer)) },
        }
        @if shown.hides_pods { p.note { "You may not list pods here: ask for the verb list on pods." } }
    }
}

fn revision(shown: &Release, one: &Revision, viewer: &Viewer) -> Markup {
    let is_newest = one.roles.first().is_some_and(|role| matches!(*role, "canary" | "preview"));
    let can_undo = viewer.may_edit && one.number > 0 && !is_newest && !shown.containers.is_empty();
    let is_current = shown.course == Course::Complete && one.roles.contains(&"stable");
    html! {
        details.revision id={ "revision-" (one.name) } open[one.available.1 > 0] {
            summary {
                span.title { "Revision " (one.number) }
                @for role in &one.roles { " " span class={ "role " (role) } { (role) } }
                span.hint { " " (one.available.0) "/" (one.available.1) " available" }
                @if let Some(past) = &one.past { span.hint { " · release " (past) } }
                " " (ago(one.created))
            }
            @for image in &one.images { div.image { (image) } }
            p.hint { (one.name)
                @if one.ends.is_some() { " · pods go at " (ago(one.ends)) }
            }
            @if !one.pods.is_empty() { ul.pods { @for one in &one.pods { (pod(one)) } } }
            @if one.more_pods > 0 { p.hint { "and " (one.more_pods) " more pods" } }
            @if can_undo && !is_current { (orders::undo(shown, one, viewer)) }
        }
    }
}

fn pod(one: &PodView) -> Markup {
    html! {
        li class=(tone(one.tone)) {
            span.sign aria-hidden="true" { (sign(one.tone)) } " " (one.name) " "
            b { (one.state) }
            span.hint {
                " " (one.ready.0) "/" (one.ready.1) " ready"
                @if one.restarts > 0 { " · " (one.restarts) " restarts" }
                @if !one.node.is_empty() { " · " (one.node) }
                " " (ago(one.created))
            }
        }
    }
}
