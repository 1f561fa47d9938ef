//! An IngressRoute.

use serde_json::Value;

use super::read::{list, number, text};
use super::route::Child;

/// An IngressRoute as its object tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) routes: Vec<Rule>,
}

/// One route of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) matches: String,
    /// As written, or the length of what it matches.
    pub(crate) priority: i64,
    /// Where it sends to, if that is one Service of its own namespace. Requests to a TraefikService are counted there.
    pub(crate) service: Option<Child>,
}

impl Entry {
    pub(crate) fn of(object: &Value) -> Self {
        let namespace = text(object, "/metadata/namespace").unwrap_or_default();
        Self { routes: list(object, "/spec/routes").map(|route| Rule::of(route, namespace)).collect() }
    }
}

impl Rule {
    fn of(route: &Value, namespace: &str) -> Self {
        let matches = text(route, "/match").unwrap_or_default().to_owned();
        let length = i64::try_from(matches.len()).unwrap_or(i64::MAX);
        let mut services = list(route, "/services").map(|entry| Child::of(entry, namespace));
        let service = services.next().filter(|service| service.is_own_service && services.next().is_none());
        Self { priority: number(route, "/priority").unwrap_or(length), matches, service }
    }
}
