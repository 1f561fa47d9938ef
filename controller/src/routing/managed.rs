//! Routes that steps add, as the planner and as `sluice_traffic` have them.

use sluice_core::spec::{HeaderMatch, ManagedRoute, RequestMatch, Rule, TextMatch};
use sluice_core::weight::Weight;
use sluice_traffic::managed::{self, Header, Managed, Request, Text};

/// As `sluice_traffic` has it.
pub(crate) fn to_router(route: &ManagedRoute) -> Managed {
    let header = |header: &HeaderMatch| Header { name: header.name.clone(), value: to_text(&header.value) };
    let request = |request: &RequestMatch| Request {
        method: request.method.as_ref().map(to_text),
        path: request.path.as_ref().map(to_text),
        headers: request.headers.iter().map(|(name, value)| (name.clone(), to_text(value))).collect(),
    };
    let rule = match &route.rule {
        Rule::Headers(headers) => managed::Rule::Headers(headers.iter().map(header).collect()),
        Rule::Mirror { requests, share } => {
            managed::Rule::Mirror(requests.iter().map(request).collect(), share.parts())
        }
    };
    Managed { name: route.name.clone(), rule }
}

/// And back. `None` for what no step asks for: a mirror of more than all requests.
pub(crate) fn from_router(route: &Managed) -> Option<ManagedRoute> {
    let header = |header: &Header| HeaderMatch { name: header.name.clone(), value: from_text(&header.value) };
    let request = |request: &Request| RequestMatch {
        method: request.method.as_ref().map(from_text),
        path: request.path.as_ref().map(from_text),
        headers: request.headers.iter().map(|(name, value)| (name.clone(), from_text(value))).collect(),
    };
    let rule = match &route.rule {
        managed::Rule::Headers(headers) => Rule::Headers(headers.iter().map(header).collect()),
        managed::Rule::Mirror(requests, percent) => {
            Rule::Mirror { requests: requests.iter().map(request).collect(), share: Weight::new(*percent)? }
        }
    };
    Some(ManagedRoute { name: route.name.clone(), rule })
}

fn to_text(text: &TextMatch) -> Text {
    match text.clone() {
        TextMatch::Exact(text) => Text::Exact(text),
        TextMatch::Prefix(text) => Text::Prefix(text),
        TextMatch::Regex(text) => Text::Regex(text),
    }
}

fn from_text(text: &Text) -> TextMatch {
    match text.clone() {
        Text::Exact(text) => TextMatch::Exact(text),
        Text::Prefix(text) => TextMatch::Prefix(text),
        Text::Regex(text) => TextMatch::Regex(text),
    }
}
