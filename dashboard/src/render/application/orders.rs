//! Orders to an Application: a form each.

use maud::{Markup, html};

use super::super::Viewer;
use crate::kind::Kind;
use crate::view::ApplicationView;

pub(super) fn orders(shown: &ApplicationView, viewer: &Viewer) -> Markup {
    if !viewer.may_edit {
        return html! { p.hint { "You may look at this Application, and not change it." } };
    }
    html! {
        div.orders {
            @if !shown.is_busy {
                details.order #ask-sync name="ask" {
                    summary { "Sync…" }
                    (form(shown, viewer, "sync", "main", "Sync", &sync(shown)))
                }
            }
            @if shown.is_busy { (form(shown, viewer, "terminate", "danger", "Terminate", &html! {})) }
            (form(shown, viewer, "refresh", "plain", "Refresh", &html! {}))
            details.order #ask-refresh-hard name="ask" {
                summary { "Refresh hard…" }
                (form(shown, viewer, "refresh-hard", "main", "Refresh hard", &html! {
                    p { "Renders anew: what was kept of earlier renders is not believed." }
                }))
            }
        }
        @if shown.is_automated && shown.history.len() > 1 {
            p.hint { "It syncs by itself, so a rollback would not last: revert in git, or switch that off." }
        }
    }
}

fn sync(shown: &ApplicationView) -> Markup {
    html! {
        p { "Makes the cluster as git says." }
        @if !shown.is_automated && shown.sources.len() == 1 {
            label { "Revision, if not the one it follows "
                input #sync-revision type="text" name="revision" maxlength="256" spellcheck="false" autocomplete="off";
            }
        }
        label.tick { input #sync-prune type="checkbox" name="prune"; " delete what git has no more" }
        label.tick { input #sync-dry type="checkbox" name="dry"; " only try" }
    }
}

/// Goes back to a past deployment.
pub(super) fn rollback(shown: &ApplicationView, id: i64, viewer: &Viewer) -> Markup {
    html! {
        details.order id={ "ask-rollback-" (id) } name="ask" {
            summary { "Roll back…" }
            (form(shown, viewer, "rollback", "main", &format!("Roll back to {id}"), &html! {
                p { "Deploys what deployment " (id) " had, without hooks." }
                input type="hidden" name="id" value=(id);
                label.tick { input id={ "prune-" (id) } type="checkbox" name="prune"; " delete what it did not have" }
            }))
        }
    }
}

fn form(shown: &ApplicationView, viewer: &Viewer, order: &str, class: &str, text: &str, content: &Markup) -> Markup {
    html! {
        form.act method="post" action={ (viewer.root.at(&Kind::Application.page(&shown.namespace, &shown.name))) "/order" } {
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="place" value=(shown.place);
            (content)
            button id={ "do-" (text.to_lowercase().replace(' ', "-")) } class=(class) type="submit" name="order" value=(order) {
                (text)
            }
        }
    }
}
