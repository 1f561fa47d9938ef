//! HTML of what pages show. Every text that comes from outside is put in as text: maud escapes it.
//!
//! A page is made of *parts*, each with an id. The events of a page send parts that changed, and the page's script puts
//! them in the place of the old ones.

mod application;
mod chart;
mod conditions;
mod list;
mod login;
mod orders;
mod page;
mod release;
mod revisions;
mod runs;
mod standing;
mod time;

use maud::Markup;

pub(crate) use application::{application, parts as application_parts};
pub(crate) use list::{Listed, list, rows};
pub(crate) use login::{login, problem};
pub(crate) use release::{parts, release};

use crate::Root;
use crate::view::Tone;

/// Who looks, and what they may do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Viewer {
    /// Where the pages are that they look at.
    pub(crate) root: Root,
    /// Their name, where they had to say it.
    pub(crate) user: Option<String>,
    /// What their forms carry.
    pub(crate) csrf: String,
    /// Whether they may give orders about releases.
    pub(crate) may_order: bool,
    /// Whether they may change what is to run.
    pub(crate) may_edit: bool,
    /// What became of their last order, to be shown once.
    pub(crate) said: Option<String>,
}

impl Viewer {
    /// Somebody of whom nothing is known.
    pub(crate) fn at(root: &Root) -> Self {
        Self { root: root.clone(), ..Self::default() }
    }
}

/// A piece of a page that events may replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The id of the element whose content it is.
    pub(crate) id: String,
    /// The content.
    pub(crate) html: String,
}

fn part(id: impl Into<String>, content: Markup) -> Part {
    Part { id: id.into(), html: content.into_string() }
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Busy => "busy",
        Tone::Held => "held",
        Tone::Bad => "bad",
        Tone::Quiet => "quiet",
    }
}

/// A sign for those who cannot tell colours apart.
fn sign(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "✔",
        Tone::Busy => "◌",
        Tone::Held => "‖",
        Tone::Bad => "✖",
        Tone::Quiet => "·",
    }
}

fn badge(of: Tone, text: &str) -> Markup {
    maud::html! {
        span class={ "badge " (tone(of)) } { span.sign aria-hidden="true" { (sign(of)) } " " (text) }
    }
}

/// A word that the status of an Application has, in its tone; nothing where it has none.
fn word(text: &str) -> Markup {
    maud::html! { @if !text.is_empty() { (badge(Tone::of_word(text), text)) } }
}

#[cfg(test)]
mod tests;
