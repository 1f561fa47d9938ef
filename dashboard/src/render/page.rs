//! What all pages have around their content.

use maud::{DOCTYPE, Markup, html};

use super::Viewer;

/// A page; `events` is where its events are, below the root.
pub(super) fn page(title: &str, viewer: &Viewer, events: Option<&str>, content: &Markup) -> String {
    let at = |path: &str| viewer.root.at(path);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Sluice" }
                link rel="icon" href=(at("/assets/icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(at("/assets/style.css"));
                script src=(at("/assets/page.js")) defer {}
            }
            body {
                a.skip href="#content" { "Skip to content" }
                header.top {
                    a.brand href=(at("/")) { img src=(at("/assets/icon.svg")) alt="" width="22" height="22"; " Sluice" }
                    @if !viewer.csrf.is_empty() {
                        nav { a href=(at("/")) { "Rollouts" } " " a href=(at("/applications")) { "Applications" } }
                    }
                    @if let Some(user) = &viewer.user {
                        form.who method="post" action=(at("/logout")) {
                            input type="hidden" name="csrf" value=(viewer.csrf);
                            span { (user) }
                            button.plain type="submit" { "Sign out" }
                        }
                    }
                }
                main #content data-events=[events.map(at)] {
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
