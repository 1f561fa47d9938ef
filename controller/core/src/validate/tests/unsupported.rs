//! Fields of the API that Sluice does not act on yet: none is ignored, and the page for users lists just these.

use std::collections::BTreeSet;

use super::*;

/// Each field with a value that the API takes.
fn fields() -> Vec<(&'static str, Value)> {
    let routing =
        [("ambassador", json!({"mappings": ["web"]})), ("appMesh", json!({"virtualService": {"name": "web"}}))];
    let steps = [("plugin", json!({"name": "web"}))];
    let under = |here: &'static str, fields: &[(&'static str, Value)]| {
        fields.iter().map(|(name, value)| (&*format!("{here}{name}").leak(), value.clone())).collect::<Vec<_>>()
    };
    [under("strategy.canary.trafficRouting.", &routing), under("strategy.canary.steps[].", &steps)].concat()
}

/// Where that field stands in the good spec, changed so that it can.
fn with(field: &str, value: Value) -> RolloutSpec {
    match field.rsplit_once('.') {
        None => changed(&format!("/{field}"), value),
        Some(("strategy.canary.trafficRouting", name)) => {
            changed("/strategy/canary/trafficRouting", json!({name: value}))
        }
        Some((_, name)) => changed("/strategy/canary/steps", json!([{name: value}])),
    }
}

#[test]
fn every_field_that_is_not_supported_yet_is_named() {
    for (field, value) in fields() {
        let violations = spec(&with(field, value), None).unwrap_err();
        let path = format!("spec.{}", field.replace("[]", "[0]"));
        let named = violations.iter().any(|one| one.field == path && one.message.contains("is not supported"));
        assert!(named, "{path}\n{}", in_lines(&violations));
    }
}

#[test]
fn the_page_for_users_lists_just_these() {
    let page = include_str!("../../../../../docs/compatibility.md");
    let section = page.split("\n## ").find(|section| section.starts_with("Rollout: spec")).unwrap();
    let rows = section.lines().filter_map(|line| line.split_once("| not yet |"));
    let listed: BTreeSet<&str> = rows.flat_map(|(cell, _)| cell.split('`').skip(1).step_by(2)).collect();
    let fields = fields();
    assert_eq!(listed, fields.iter().map(|(field, _)| *field).collect());
}
