//! What all pages have around their content.

use maud::{DOCTYPE, Markup, html};

use super::Viewer;

/// A page; `events` is the address of its events.
pub(super) fn page(title: &str, viewer: &Viewer, events: Option<&str>, content: &Markup) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Sluice" }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/style.css";
                script src="/assets/page.js" defer {}
            }
            body {
                a.skip href="#content" { "Skip to content" }
                header.top {
                    a.brand href="/" { img src="/assets/icon.svg" alt="" width="22" height="22"; " Sluice" }
                    @if !viewer.csrf.is_empty() {
                        nav { a href="/" { "Rollouts" } " " a href="/applications" { "Applications" } }
                    }
                    @if let Some(user) = &viewer.user {
                        form.who method="post" action="/logout" {
                            input type="hidden" name="csrf" value=(viewer.csrf);
                            span { (user) }
                            button.plain type="submit" { "Sign out" }
                        }
                    }
                }
                main #content data-events=[events] {
                    p #said .said role="status" aria-live="polite" {
                        @if let Some(said) = &viewer.said { (said) }
                    }
                    (content)
                    @if events.is_some() { p #link .link role="status" { } }
                }
            }
        }
    };
    markup.into_string()
}
