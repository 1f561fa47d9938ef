//! Pages without Rollouts: who are you, and what went wrong.

use maud::html;

use super::Viewer;
use super::page::page;
use crate::Root;

/// Asks for a token.
pub(crate) fn login(root: &Root, why: Option<&str>) -> String {
    let content = html! {
        h1 { "Sign in" }
        @if let Some(why) = why { p.note.bad role="alert" { (why) } }
        form.login method="post" action=(root.at("/login")) {
            label for="token" { "A bearer token of this cluster" }
            input #token type="password" name="token" required autocomplete="off" spellcheck="false" maxlength="16384";
            p.hint { "For example of " code { "kubectl create token NAME" } ". You see and do what its user may." }
            button.main type="submit" { "Sign in" }
        }
    };
    page("Sign in", &Viewer::at(root), None, &content)
}

/// Says what went wrong, and where else to go: texts and their pages.
pub(crate) fn problem(viewer: &Viewer, title: &str, why: &str, near: &[(String, String)]) -> String {
    let content = html! {
        h1 { (title) }
        p.note.bad { (why) }
        @if !near.is_empty() {
            p { "Did you mean" }
            ul {
                @for (text, page) in near { li { a href=(page) { (text) } } }
            }
        }
        p { a href=(viewer.root.at("/")) { "All Rollouts" } " · " a href=(viewer.root.at("/applications")) { "All Applications" } }
    };
    page(title, viewer, None, &content)
}
