//! Orders: a form each. What cannot be taken back by a click asks once more.

use maud::{Markup, html};

use super::Viewer;
use crate::kind::Kind;
use crate::view::{Course, Release, Revision};

pub(super) fn orders(shown: &Release, viewer: &Viewer) -> Markup {
    if !viewer.may_order && !viewer.may_edit {
        return html! { p.hint { "You may look at this Rollout, and not change it." } };
    }
    let under_way = shown.course == Course::UnderWay;
    let is_aborted = shown.course == Course::Aborted;
    html! {
        div.orders {
            @if viewer.may_order {
                @if is_aborted { (at_once(shown, viewer, "retry", "Retry", "main")) }
                @if (under_way || shown.is_paused) && !is_aborted { (at_once(shown, viewer, "promote", "Promote", "main")) }
                @if under_way {
                    (at_once(shown, viewer, "abort", "Abort", "danger"))
                    (asked(shown, viewer, "promote-full", "Promote fully…", "Skips all steps, pauses and analyses that are left.", &html! {}))
                }
            }
            @if viewer.may_edit {
                @if !shown.is_paused { (at_once(shown, viewer, "pause", "Pause", "plain")) }
                (asked(shown, viewer, "restart", "Restart…", "Replaces all pods, a few at a time.", &html! {}))
                @if !shown.containers.is_empty() {
                    (asked(shown, viewer, "set-image", "Set image…", "Releases the Rollout's template with another image.", &image(shown)))
                }
            }
        }
    }
}

/// Goes back to the template of a revision.
pub(super) fn undo(shown: &Release, revision: &Revision, viewer: &Viewer) -> Markup {
    let number = html! { input type="hidden" name="revision" value=(revision.number); };
    let why = "Releases this revision's template again, by the Rollout's steps.";
    html! {
        details.order id={ "undo-" (revision.name) } {
            summary { "Undo to revision " (revision.number) "…" }
            (form(shown, viewer, "undo", "main", &html! { p { (why) } (number) }, &format!("Undo to {}", revision.number)))
        }
    }
}

fn at_once(shown: &Release, viewer: &Viewer, order: &str, text: &str, class: &str) -> Markup {
    form(shown, viewer, order, class, &html! {}, text)
}

fn asked(shown: &Release, viewer: &Viewer, order: &str, text: &str, why: &str, fields: &Markup) -> Markup {
    let content = html! { p { (why) } (fields) };
    html! {
        details.order id={ "ask-" (order) } name="ask" {
            summary { (text) }
            (form(shown, viewer, order, "main", &content, text.trim_end_matches('…')))
        }
    }
}

fn form(shown: &Release, viewer: &Viewer, order: &str, class: &str, content: &Markup, text: &str) -> Markup {
    // There is one undo for each revision, and an id is for one element.
    let id = if order == "undo" { text.to_lowercase().replace(' ', "-") } else { order.to_owned() };
    html! {
        form.act method="post" action={ (viewer.root.at(&Kind::Rollout.page(&shown.namespace, &shown.name))) "/order" } {
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="place" value=(shown.place);
            (content)
            button id={ "do-" (id) } class=(class) type="submit" name="order" value=(order) { (text) }
        }
    }
}

fn image(shown: &Release) -> Markup {
    html! {
        label { "Container "
            select #image-container name="container" {
                @for (name, _) in &shown.containers { option value=(name) { (name) } }
            }
        }
        label { "Image "
            input #image-value type="text" name="image" required maxlength="512" spellcheck="false" autocomplete="off"
                value=[shown.containers.first().map(|(_, image)| image)];
        }
    }
}
