//! A label selector in the text form that the scale subresource, and autoscalers behind it, want.

use sluice_crds::LabelSelector;

/// The selector as text; empty for none.
pub(super) fn text(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else { return String::new() };
    let labels = selector.match_labels.iter().flatten().map(|(key, value)| format!("{key}={value}"));
    let expressions = selector.match_expressions.iter().flatten().map(|expression| {
        let values = expression.values.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(",");
        match expression.operator.as_str() {
            "Exists" => expression.key.clone(),
            "DoesNotExist" => format!("!{}", expression.key),
            "NotIn" => format!("{} notin ({values})", expression.key),
            _ => format!("{} in ({values})", expression.key),
        }
    });
    labels.chain(expressions).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn every_operator_has_its_text() {
        let selector = serde_json::from_value(json!({
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["a", "b"]},
                {"key": "zone", "operator": "NotIn", "values": ["c"]},
                {"key": "here", "operator": "Exists"},
                {"key": "gone", "operator": "DoesNotExist"}
            ]
        }));
        assert_eq!(text(Some(&selector.unwrap())), "app=web,tier in (a,b),zone notin (c),here,!gone");
        assert_eq!(text(None), "");
    }
}
