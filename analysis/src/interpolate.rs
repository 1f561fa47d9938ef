//! Puts the values of arguments where a metric says `{{args.name}}`.
//!
//! Works on the metric's JSON, string by string, so a value can never break out of the string it stands in:
//! quotes and newlines in it stay part of the text.

use serde_json::Value;

use sluice_crds::Violation;

use crate::args::Args;

/// Replaces every `{{args.name}}` in every string and key of `json`.
///
/// Any other text between double braces is a violation, as is an argument without a value: a query that
/// went out with braces in it would measure something else than what was meant.
pub(crate) fn fill(json: Value, args: &Args) -> (Value, Vec<Violation>) {
    let mut violations = Vec::new();
    let filled = fill_at(json, "", args, &mut violations);
    (filled, violations)
}

fn fill_at(json: Value, field: &str, args: &Args, violations: &mut Vec<Violation>) -> Value {
    let text = |text: &str, violations: &mut Vec<Violation>| {
        fill_text(text, args).unwrap_or_else(|message| {
            violations.push(Violation::new(field, message));
            text.to_owned()
        })
    };
    match json {
        Value::String(string) => Value::String(text(&string, violations)),
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| fill_at(item, &format!("{field}[{index}]"), args, violations))
            .collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| {
                let path = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
                let value = fill_at(value, &path, args, violations);
                (text(&key, violations), value)
            })
            .collect(),
        other => other,
    }
}

fn fill_text(text: &str, args: &Args) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (tag, after) = after.split_once("}}").ok_or("\"{{\" is never closed by \"}}\"")?;
        filled.push_str(before);
        filled.push_str(lookup(tag.trim(), args)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn lookup<'a>(tag: &str, args: &'a Args) -> Result<&'a str, String> {
    let name = tag
        .strip_prefix("args.")
        .ok_or_else(|| format!("{{{{{tag}}}}} is not known here; arguments are written {{{{args.name}}}}"))?;
    args.get(name).ok_or_else(|| format!("argument {name:?} has no value; give it one in args"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(json: Value, expected: Expect) {
        let args = Args::of([("service", "web"), ("quoted", "a\"b\n\\"), ("n", "5"), ("tag", "{{args.n}}")]);
        let (filled, violations) = fill(json, &args);
        let lines = violations.iter().map(|it| format!("{it}\n"));
        expected.assert_eq(&format!("{filled}\n{}", lines.collect::<String>()));
    }

    #[test]
    fn arguments_are_put_in_with_and_without_spaces() {
        check(
            json!({"query": "up{job=\"{{args.service}}\"} > {{ args.n }}", "count": "{{args.n}}", "limit": 3}),
            expect![[r#"
                {"count":"5","limit":3,"query":"up{job=\"web\"} > 5"}
            "#]],
        );
    }

    #[test]
    fn a_value_stays_inside_the_string_it_stands_in() {
        check(
            json!({"{{args.service}}": ["{{args.quoted}}"]}),
            expect![[r#"
                {"web":["a\"b\n\\"]}
            "#]],
        );
    }

    #[test]
    fn a_value_that_looks_like_an_argument_is_left_alone() {
        check(
            json!(["{{args.tag}}"]),
            expect![[r#"
                ["{{args.n}}"]
            "#]],
        );
    }

    #[test]
    fn every_unresolved_argument_is_named_with_its_field() {
        check(
            json!({"provider": {"prometheus": {"query": "{{args.nope}}", "headers": [{"value": "{{inputs.x}}"}]}},
                   "name": "{{args.service"}),
            expect![[r#"
                {"name":"{{args.service","provider":{"prometheus":{"headers":[{"value":"{{inputs.x}}"}],"query":"{{args.nope}}"}}}
                name: "{{" is never closed by "}}"
                provider.prometheus.headers[0].value: {{inputs.x}} is not known here; arguments are written {{args.name}}
                provider.prometheus.query: argument "nope" has no value; give it one in args
            "#]],
        );
    }
}
