//! Routes that steps add beside the weighted one: by header, and mirrors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A route that a step added, and its name: one of `trafficRouting.managedRoutes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Managed {
    /// Its name.
    pub name: String,
    /// What it does.
    pub rule: Rule,
}

/// What a managed route does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// Requests with such headers go to the canary.
    Headers(Vec<Header>),
    /// Requests like any of these are copied to the canary, so many of a hundred; the answers are dropped.
    Mirror(Vec<Request>, u32),
}

/// A header and what its value must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The header's name.
    pub name: String,
    /// Its value.
    pub value: Text,
}

/// A kind of request: what is set must all match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The HTTP method.
    pub method: Option<Text>,
    /// The path.
    pub path: Option<Text>,
    /// Headers by name.
    pub headers: BTreeMap<String, Text>,
}

/// What a text must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Text {
    /// This.
    Exact(String),
    /// It begins with this.
    Prefix(String),
    /// It matches this expression.
    Regex(String),
}

impl Text {
    /// Which kind of match it is, in the words of this API and of Istio's, and its text.
    pub(crate) fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Exact(text) => ("exact", text),
            Self::Prefix(text) => ("prefix", text),
            Self::Regex(text) => ("regex", text),
        }
    }

    /// The match of that kind.
    pub(crate) fn of(kind: &str, text: &str) -> Option<Self> {
        let text = text.to_owned();
        match kind {
            "exact" => Some(Self::Exact(text)),
            "prefix" => Some(Self::Prefix(text)),
            "regex" => Some(Self::Regex(text)),
            _ => None,
        }
    }
}

/// An expression that a text fits if it holds these very words.
pub(crate) fn escaped(text: &str) -> String {
    let special = |c: char| "\\.+*?()|[]{}^$".contains(c);
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}
