//! Rules by header, put before the others and taken out again.
//!
//! Each rule that shares traffic between the arms gets one beside it for each header route: the same matches with the
//! headers added, to the canary Service alone. More headers take precedence of fewer, whatever the order; among equals the
//! first counts.

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, Patch, PatchOperation, TestOperation};
use serde_json::{Map, Value, json};

use super::noted::{self, Added, noted};
use super::{Trouble, backends};
use crate::Arms;
use crate::edit::says;
use crate::managed::{Header, Managed, Rule, Text, escaped};

/// The header routes that are there; `None` when something about them is not as a release wrote it.
pub(super) fn read(route: &Value, arms: &Arms) -> Result<Option<Vec<Managed>>, Trouble> {
    let Some(added) = noted(route) else { return Ok(None) };
    let routes: Vec<Managed> = added.iter().map(|one| one.route.clone()).collect();
    let wanted = wanted(route, arms, &routes)?;
    let there = wanted.iter().flat_map(|one| &one.rules).zip(rules(route));
    let all: usize = wanted.iter().map(|one| one.rules.len()).sum();
    let is_there = wanted == added && there.filter(|(written, live)| says(live, written)).count() == all;
    Ok(is_there.then_some(routes))
}

/// What makes these the header routes, in this order.
pub(super) fn patch(route: &Value, arms: &Arms, routes: &[Managed]) -> Result<Option<Patch>, Trouble> {
    if read(route, arms)?.is_some_and(|there| there == routes) {
        return Ok(None);
    }
    let wanted = wanted(route, arms, routes)?;
    let own = wanted.iter().flat_map(|one| &one.rules).cloned();
    let after: Vec<Value> = own.chain(others(route)).collect();
    let path = || PointerBuf::from_tokens(["spec", "rules"]);
    let before = route.pointer("/spec/rules").cloned().unwrap_or_default();
    let mut operations = vec![
        PatchOperation::Test(TestOperation { path: path(), value: before }),
        PatchOperation::Add(AddOperation { path: path(), value: json!(after) }),
    ];
    operations.extend(noted::write(route, &wanted));
    Ok(Some(Patch(operations)))
}

/// The header routes with the rules that they need here.
fn wanted(route: &Value, arms: &Arms, routes: &[Managed]) -> Result<Vec<Added>, Trouble> {
    let shared: Vec<Value> = shared(route, arms)?;
    let of = |one: &Managed| Added {
        route: one.clone(),
        rules: shared.iter().filter_map(|rule| by_header(rule, one, arms, route)).collect(),
    };
    Ok(routes.iter().map(of).collect())
}

/// The user's rules that share traffic between the arms.
fn shared(route: &Value, arms: &Arms) -> Result<Vec<Value>, Trouble> {
    let found = super::rules(route, arms)?;
    let indices = found.iter().filter_map(|rule| rule.path.get(2)?.parse::<usize>().ok());
    Ok(indices.filter_map(|index| rules(route).get(index).cloned()).collect())
}

/// The rule with the headers added to each of its matches, to the canary Service alone.
fn by_header(rule: &Value, managed: &Managed, arms: &Arms, route: &Value) -> Option<Value> {
    // A mirror is not written here: no step can ask for one of a Gateway.
    let Rule::Headers(headers) = &managed.rule else { return None };
    let mut fields: Map<String, Value> = rule.as_object()?.clone();
    // Names of rules are unique in a route.
    fields.remove("name");
    let alone = json!({"metadata": route.get("metadata"), "spec": {"rules": [rule]}});
    let canary = backends(&alone, &arms.namespace).first()?.find(&arms.canary).ok()?.fields.clone();
    let mut canary = canary.as_object()?.clone();
    canary.remove("weight");
    fields.insert("backendRefs".to_owned(), json!([canary]));
    let matches = rule.get("matches").and_then(Value::as_array).filter(|matches| !matches.is_empty());
    let matches = matches.cloned().unwrap_or_else(|| vec![json!({})]);
    fields.insert("matches".to_owned(), matches.iter().map(|one| with_headers(one, headers)).collect());
    Some(Value::Object(fields))
}

fn with_headers(one: &Value, headers: &[Header]) -> Value {
    let mut fields = one.as_object().cloned().unwrap_or_default();
    let before = fields.get("headers").and_then(Value::as_array).cloned().unwrap_or_default();
    let new = headers.iter().map(|header| {
        let (kind, value) = match &header.value {
            Text::Exact(text) => ("Exact", text.clone()),
            // Whether a pattern must fit the whole value is up to each Gateway: this one fits either way.
            Text::Prefix(text) => ("RegularExpression", format!("^{}.*$", escaped(text))),
            Text::Regex(text) => ("RegularExpression", text.clone()),
        };
        json!({"type": kind, "name": header.name, "value": value})
    });
    fields.insert("headers".to_owned(), before.into_iter().chain(new).collect());
    Value::Object(fields)
}

/// The rules that no release added. Each noted one takes out one rule that says it.
fn others(route: &Value) -> Vec<Value> {
    let mut noted: Vec<Value> = noted(route).unwrap_or_default().into_iter().flat_map(|one| one.rules).collect();
    let is_user_s = |live: &&Value| match noted.iter().position(|written| says(live, written)) {
        Some(at) => {
            noted.remove(at);
            false
        }
        None => true,
    };
    rules(route).iter().filter(is_user_s).cloned().collect()
}

fn rules(route: &Value) -> &[Value] {
    route.pointer("/spec/rules").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
