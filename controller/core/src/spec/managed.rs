//! Routes that steps add beside the weighted one.

use std::collections::BTreeMap;

use crate::weight::Weight;

/// A route that a step adds: one of `managedRoutes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedRoute {
    /// Its name.
    pub name: String,
    /// What it does.
    pub rule: Rule,
}

/// What such a route does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Requests with these headers go to the new revision.
    Headers(Vec<HeaderMatch>),
    /// Requests like any of these are copied to the new revision; its answers are dropped.
    Mirror {
        /// Which requests.
        requests: Vec<RequestMatch>,
        /// How many of them.
        share: Weight,
    },
}

impl Rule {
    /// Whether it matches nothing: the route of that name goes.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Headers(headers) => headers.is_empty(),
            Self::Mirror { requests, .. } => requests.is_empty(),
        }
    }
}

/// A header and what its value must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderMatch {
    /// The header's name.
    pub name: String,
    /// What its value must be.
    pub value: TextMatch,
}

/// A kind of request: what is set must all match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestMatch {
    /// The HTTP method.
    pub method: Option<TextMatch>,
    /// The path.
    pub path: Option<TextMatch>,
    /// Headers by name.
    pub headers: BTreeMap<String, TextMatch>,
}

/// What a text must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextMatch {
    /// This.
    Exact(String),
    /// Something that begins so.
    Prefix(String),
    /// Something that this regular expression fits.
    Regex(String),
}
