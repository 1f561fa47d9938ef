//! A line of the tree, and those below it.

use std::borrow::Cow;

use jiff::Timestamp;

use super::icon::Icon;
use super::text::Text;

/// A line of the tree, and those below it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// The sign of its kind.
    pub(crate) glyph: char,
    /// Its name.
    pub(crate) name: Text,
    /// Its kind; empty for what is no object.
    pub(crate) kind: Cow<'static, str>,
    /// How it stands.
    pub(crate) status: Option<Status>,
    /// When it was created.
    pub(crate) created: Option<Timestamp>,
    /// What else there is to say.
    pub(crate) info: Vec<Info>,
    /// What belongs to it.
    pub(crate) children: Vec<Node>,
}

/// How something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// In a sign.
    pub(crate) icon: Icon,
    /// In a word.
    pub(crate) text: String,
}

/// Something else to say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Info {
    /// As it is.
    Text(Text),
    /// It is scaled down at that time.
    Delay(Timestamp),
}
