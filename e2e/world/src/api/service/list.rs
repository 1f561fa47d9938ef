//! Lists objects, in pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use hyper::body::Bytes;
use serde_json::json;

use super::super::entry::{Entry, Key, View};
use super::super::events;
use super::super::state::State;
use super::super::status::Status;
use super::accept::Form;
use super::answer::Answer;
use super::options::{Age, Request};
use super::read::too_large;
use super::selector::Selector;
use super::target::{Shape, Target};
use super::{ApiService, Asked};

/// Where the next page begins, and of which state it is.
struct Page {
    version: u64,
    after: Key,
}

/// The part of a list that is answered.
struct Found {
    entries: Vec<Arc<Entry>>,
    version: u64,
    /// How many come after it; their count is told only of lists without a selector.
    left: usize,
    last: Key,
}

/// Answers with the objects, or with a page of them.
pub(super) fn answer(service: &ApiService, asked: &Asked, target: &Target, form: Form) -> Result<Answer, Status> {
    let selector = Selector::parse(&asked.query, target.of)?;
    let limit = limit(asked)?;
    let page = page(asked)?;
    let age = Age::of(asked, Request::List)?;
    let state = service.store.state();
    let version = match &page {
        Some(page) => page.version,
        None => version(service, &state, age)?,
    };
    if !state.shelf(target.of).remembers(version) {
        return Err(expired(page.is_some()));
    }
    let found = find(&state, target, &selector, version, limit, page.as_ref().map(|page| &page.after));
    let body = written(&found, target, form, &selector);
    Ok(Answer::json(StatusCode::OK, body))
}

/// The objects of a collection that a selector takes.
pub(super) fn selected(service: &ApiService, asked: &Asked, target: &Target) -> Result<Vec<Arc<Entry>>, Status> {
    let selector = Selector::parse(&asked.query, target.of)?;
    let state = service.store.state();
    Ok(find(&state, target, &selector, state.version, usize::MAX, None).entries)
}

/// These objects as a list of that version.
pub(super) fn of(entries: Vec<Arc<Entry>>, version: u64, target: &Target, form: Form) -> Bytes {
    let found = Found { entries, version, left: 0, last: Key::default() };
    written(&found, target, form, &Selector::default())
}

fn limit(asked: &Asked) -> Result<usize, Status> {
    let text = asked.query.text("limit");
    let wrong = || Status::bad_request(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"));
    match text {
        "" | "0" => Ok(usize::MAX),
        text => text.parse().map_err(|_| wrong()),
    }
}

fn page(asked: &Asked) -> Result<Option<Page>, Status> {
    let token = asked.query.text("continue");
    if token.is_empty() {
        return Ok(None);
    }
    if !["", "0"].contains(&asked.query.text("resourceVersion")) {
        return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
    }
    let mut parts = token.split('~');
    let (version, namespace, name) = (parts.next(), parts.next(), parts.next());
    let read = version.and_then(|version| version.strip_prefix('v')?.parse().ok()).zip(namespace.zip(name));
    let Some((version, (namespace, name))) = read else {
        let why = "continue key is not valid: invalid character '\\u009e' looking for beginning of value";
        return Err(Status::bad_request(format!("invalid continue token: {why}")));
    };
    Ok(Some(Page { version, after: Key::new(namespace, name) }))
}

fn version(service: &ApiService, state: &State, age: Age) -> Result<u64, Status> {
    let cached = state.version.saturating_sub((service.lag)());
    match age {
        Age::Newest => Ok(state.version),
        Age::Any => Ok(cached),
        Age::NotOlder(wanted) | Age::Exact(wanted) if wanted > state.version => Err(too_large(wanted, state.version)),
        Age::NotOlder(wanted) => Ok(cached.max(wanted)),
        Age::Exact(wanted) => Ok(wanted),
    }
}

fn expired(paging: bool) -> Status {
    Status::expired(if paging {
        "The provided continue parameter is too old to display a consistent list result. You can start a new list \
         without the continue parameter."
    } else {
        "The resourceVersion for the provided list is too old."
    })
}

fn find(state: &State, target: &Target, selector: &Selector, version: u64, limit: usize, after: Option<&Key>) -> Found {
    let shelf = state.shelf(target.of);
    let old: BTreeMap<Key, Arc<Entry>>;
    let objects = if version >= state.version {
        &shelf.objects
    } else {
        old = shelf.list_at(version);
        &old
    };
    let here = |key: &Key| target.namespace.is_empty() || key.namespace == target.namespace;
    let wanted = |(key, entry): &(&Key, &Arc<Entry>)| {
        here(key) && after.is_none_or(|after| *key > after) && selector.selects(&entry.value)
    };
    let mut all = objects.iter().filter(wanted);
    let mut last = Key::default();
    let mut entries = Vec::new();
    while entries.len() < limit
        && let Some((key, entry)) = all.next()
    {
        last = key.clone();
        entries.push(entry.clone());
    }
    Found { entries, version, left: all.count(), last }
}

fn written(found: &Found, target: &Target, form: Form, selector: &Selector) -> Bytes {
    let (kind, api_version) = match (form.view, target.shape) {
        (View::Metadata, _) => ("PartialObjectMetadataList".to_owned(), "meta.k8s.io/v1".to_owned()),
        (_, Shape::CoreEvent) => ("EventList".to_owned(), "v1".to_owned()),
        (_, Shape::Stored) => (format!("{}List", target.of.kind), target.of.api_version()),
    };
    let mut metadata = json!({"resourceVersion": found.version.to_string()});
    if target.of.custom && form.view == View::Whole {
        metadata["continue"] = "".into();
    }
    if found.left > 0 {
        metadata["continue"] = format!("v{}~{}~{}", found.version, found.last.namespace, found.last.name).into();
        if selector.is_all() {
            metadata["remainingItemCount"] = found.left.into();
        }
    }
    let head = format!("{{\"kind\":\"{kind}\",\"apiVersion\":\"{api_version}\",\"metadata\":{metadata},\"items\":[");
    let mut body = head.into_bytes();
    for (at, entry) in found.entries.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&item(entry, target, form));
    }
    body.extend_from_slice(b"]}");
    body.into()
}

fn item(entry: &Entry, target: &Target, form: Form) -> Bytes {
    match (form.view, target.shape) {
        (View::Whole, Shape::CoreEvent) => events::core(&entry.value).to_string().into(),
        (View::Whole, Shape::Stored) if !target.of.custom => entry.bytes(View::Item).clone(),
        (view, _) => entry.bytes(view).clone(),
    }
}
