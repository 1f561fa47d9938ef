//! Text in colours.

use std::fmt::Write;

use clap::builder::styling::{AnsiColor, Color, Style};

use crate::clean::clean;

/// Words in colours, one behind the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text(Vec<(String, Option<AnsiColor>)>);

impl Text {
    /// Text in the terminal's own colour.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::coloured(text, None)
    }

    /// Text in a colour. Whatever it says, only the colour steers the terminal.
    pub(crate) fn coloured(text: impl Into<String>, colour: Option<AnsiColor>) -> Self {
        let text = text.into();
        Self(vec![(clean(&text).into_owned(), colour)])
    }

    /// This text and another behind it.
    pub(crate) fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Texts with a separator between them.
    pub(crate) fn joined(texts: impl IntoIterator<Item = Self>, separator: &str) -> Self {
        let joined = texts.into_iter().reduce(|left, right| left.and(Self::plain(separator)).and(right));
        joined.unwrap_or_default()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.width() == 0
    }

    /// How many columns it takes. All that is ever shown here is one column a character.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(text, _)| text.chars().count()).sum()
    }

    /// The text without its colours.
    pub(crate) fn bare(&self) -> String {
        self.0.iter().map(|(text, _)| text.as_str()).collect()
    }

    /// The text with the terminal's codes for its colours.
    pub(crate) fn painted(&self) -> String {
        self.0.iter().fold(String::new(), |mut painted, (text, colour)| {
            let style = Style::new().fg_color(colour.map(Color::Ansi));
            let _ = write!(painted, "{style}{text}{style:#}");
            painted
        })
    }
}
