//! Steps that add a route beside the weighted one.

use std::collections::BTreeMap;

use sluice_crds::{CanaryStep, HeaderMatch as Header, RouteMatch, StringMatch};

use crate::spec::{HeaderMatch, ManagedRoute, RequestMatch, Rule, Step, TextMatch};
use crate::validate::fields::Checker;
use crate::weight::Weight;

pub(super) fn by_header(check: &mut Checker, here: &str, step: &CanaryStep) -> Option<Step> {
    let route = step.set_header_route.as_ref()?;
    let here = format!("{here}.setHeaderRoute");
    check.unknown(&here, &route.unknown);
    let name = check.name(&format!("{here}.name"), Some(&route.name))?;
    let headers = route.r#match.iter().enumerate();
    let headers: Vec<_> =
        headers.map(|(at, header)| self::header(check, &format!("{here}.match[{at}]"), header)).collect();
    let headers = headers.into_iter().collect::<Option<_>>()?;
    Some(Step::SetRoute(ManagedRoute { name, rule: Rule::Headers(headers) }))
}

pub(super) fn mirror(check: &mut Checker, here: &str, step: &CanaryStep) -> Option<Step> {
    let route = step.set_mirror_route.as_ref()?;
    let here = format!("{here}.setMirrorRoute");
    check.unknown(&here, &route.unknown);
    let name = check.name(&format!("{here}.name"), Some(&route.name));
    let percent = route.percentage.unwrap_or(100);
    let share = u32::try_from(percent).ok().and_then(Weight::new);
    if share.is_none() {
        check.wrong(&format!("{here}.percentage"), format!("is {percent}; must be 0 to 100"));
    }
    let requests = route.r#match.iter().enumerate();
    let requests: Vec<_> =
        requests.map(|(at, one)| self::request(check, &format!("{here}.match[{at}]"), one)).collect();
    let requests = requests.into_iter().collect::<Option<_>>()?;
    Some(Step::SetRoute(ManagedRoute { name: name?, rule: Rule::Mirror { requests, share: share? } }))
}

fn header(check: &mut Checker, here: &str, header: &Header) -> Option<HeaderMatch> {
    check.unknown(here, &header.unknown);
    let field = format!("{here}.headerName");
    let name = check.name(&field, Some(&header.header_name))?;
    header_name(check, &field, &name);
    let value = header.header_value.clone().unwrap_or_default();
    Some(HeaderMatch { name, value: text(check, &format!("{here}.headerValue"), &value)? })
}

fn header_name(check: &mut Checker, field: &str, name: &str) {
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)) || name.len() > 256 {
        check.wrong(field, format!("{name:?} is no name of a header"));
    }
}

fn request(check: &mut Checker, here: &str, request: &RouteMatch) -> Option<RequestMatch> {
    check.unknown(here, &request.unknown);
    if request.method.is_none() && request.path.is_none() && request.headers.is_empty() {
        check.wrong(here, "is empty; set method, path or headers");
    }
    let mut part = |name: &str, value: &Option<StringMatch>| match value {
        None => Some(None),
        Some(value) => text(check, &format!("{here}.{name}"), value).map(Some),
    };
    let (method, path) = (part("method", &request.method), part("path", &request.path));
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| {
            let field = format!("{here}.headers.{name}");
            header_name(check, &field, name);
            Some((name.clone(), text(check, &field, value)?))
        })
        .collect();
    let headers: Option<BTreeMap<_, _>> = headers.into_iter().collect();
    Some(RequestMatch { method: method?, path: path?, headers: headers? })
}

fn text(check: &mut Checker, field: &str, value: &StringMatch) -> Option<TextMatch> {
    check.unknown(field, &value.unknown);
    let (text, value) = match (value.exact.clone(), value.prefix.clone(), value.regex.clone()) {
        (Some(text), None, None) => (text.clone(), TextMatch::Exact(text)),
        (None, Some(text), None) => (text.clone(), TextMatch::Prefix(text)),
        (None, None, Some(text)) => (text.clone(), TextMatch::Regex(text)),
        _ => {
            check.wrong(field, "needs exactly one of exact, prefix, regex");
            return None;
        }
    };
    if text.is_empty() || text.len() > 4000 || text.contains(char::is_control) {
        check.wrong(field, "must be 1 to 4000 characters that a request may have there");
    }
    Some(value)
}
