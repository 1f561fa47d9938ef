//! Whether the pods of the template are those that the selector asks for.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::fields::Checker;

/// Notes everything in the selector at that path that pods with these labels do not fit; `labelled` says where those are.
pub(super) fn fits(
    check: &mut Checker,
    path: &str,
    selector: Option<&LabelSelector>,
    labelled: &str,
    labels: &BTreeMap<String, String>,
) {
    let Some(selector) = selector else { return };
    for (key, value) in selector.match_labels.iter().flatten() {
        if labels.get(key) != Some(value) {
            let text = format!("asks for {key}={value}, which {labelled} lacks; make them the same");
            check.wrong(&format!("{path}.selector.matchLabels"), text);
        }
    }
    for (at, asked) in selector.match_expressions.iter().flatten().enumerate() {
        let here = format!("{path}.selector.matchExpressions[{at}]");
        let values = asked.values.as_deref().unwrap_or_default();
        let has = labels.get(&asked.key);
        let (takes_values, fits) = match asked.operator.as_str() {
            "In" => (true, has.is_some_and(|value| values.contains(value))),
            "NotIn" => (true, has.is_none_or(|value| !values.contains(value))),
            "Exists" => (false, has.is_some()),
            "DoesNotExist" => (false, has.is_none()),
            other => {
                let text = format!("is {other:?}; must be In, NotIn, Exists or DoesNotExist");
                check.wrong(&format!("{here}.operator"), text);
                continue;
            }
        };
        if takes_values == values.is_empty() {
            let text =
                if takes_values { "is empty; In and NotIn need values" } else { "must be empty for this operator" };
            check.wrong(&format!("{here}.values"), text);
        } else if !fits {
            let label = has.map_or_else(|| "lacks that label".to_owned(), |value| format!("has {}={value}", asked.key));
            check.wrong(&here, format!("does not select the pods: {labelled} {label}"));
        }
    }
}
