//! Puts the values of arguments where a metric says `{{args.name}}`.
//!
//! Works on the metric's JSON, string by string, so a value can never break out of the string it stands in:
//! quotes and newlines in it stay part of the text.

use serde_json::Value;

use sluice_crds::{Argument, Violation};

use crate::args::Args;

/// The most bytes of text that one metric may have once its arguments are filled in.
const OUTPUT_LIMIT: usize = 1 << 20;

/// The most mistakes that are noted; whoever made more mends these first.
const VIOLATIONS: usize = 100;

/// Replaces every `{{args.name}}` in every string and key of `json`.
///
/// Any other text between double braces is a violation, as is an argument without a value: a query that
/// went out with braces in it would measure something else than what was meant.
pub(crate) fn fill(json: Value, args: &Args) -> (Value, Vec<Violation>) {
    let mut filling = Filling { args, room: OUTPUT_LIMIT, path: Vec::new(), violations: Vec::new() };
    let filled = filling.value(json);
    (filled, filling.violations)
}

/// A text of a run's metrics for people, with the plain arguments of the run in it. One that needs a secret, or an argument that
/// has no value, stays as it was written.
pub fn shown(text: &str, args: &[Argument]) -> String {
    let plain: Vec<Argument> = args.iter().filter(|arg| arg.value_from.is_none()).cloned().collect();
    let args = Args::resolve(&plain, |_| None).unwrap_or_default();
    match fill(Value::String(text.to_owned()), &args) {
        (Value::String(filled), violations) if violations.is_empty() => filled,
        _ => text.to_owned(),
    }
}

/// The most bytes of a field's name that a violation shows.
const FIELD_LIMIT: usize = 1000;

struct Filling<'a> {
    args: &'a Args,
    /// Bytes that may still be written.
    room: usize,
    /// Where the value at hand stands; written out only for a violation.
    path: Vec<Part>,
    violations: Vec<Violation>,
}

enum Part {
    Key(String),
    Index(usize),
}

impl Filling<'_> {
    fn value(&mut self, json: Value) -> Value {
        match json {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => {
                let items = items.into_iter().enumerate();
                items.map(|(index, item)| self.at(Part::Index(index), |filling| filling.value(item))).collect()
            }
            Value::Object(members) => members
                .into_iter()
                .map(|(key, value)| {
                    let value = self.at(Part::Key(key.clone()), |filling| filling.value(value));
                    (self.text(key), value)
                })
                .collect(),
            other => other,
        }
    }

    fn at<T>(&mut self, part: Part, fill: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(part);
        let filled = fill(self);
        self.path.pop();
        filled
    }

    fn text(&mut self, text: String) -> String {
        match self.filled(&text) {
            Ok(filled) => filled,
            Err(message) => {
                if self.violations.len() < VIOLATIONS {
                    self.violations.push(Violation::new(self.field(), message));
                }
                text
            }
        }
    }

    /// The field at hand, or the beginning of its name.
    fn field(&self) -> String {
        let mut field = self.path.iter().fold(String::new(), |field, part| match part {
            Part::Key(key) if field.is_empty() => key.clone(),
            Part::Key(key) => field + "." + key,
            Part::Index(index) => field + &format!("[{index}]"),
        });
        field.truncate(field.floor_char_boundary(FIELD_LIMIT));
        field
    }

    fn filled(&mut self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (tag, after) = after.split_once("}}").ok_or("\"{{\" is never closed by \"}}\"")?;
            self.write(before, &mut filled)?;
            self.write(lookup(tag.trim(), self.args)?, &mut filled)?;
            rest = after;
        }
        self.write(rest, &mut filled)?;
        Ok(filled)
    }

    fn write(&mut self, text: &str, filled: &mut String) -> Result<(), String> {
        let too_long = || format!("takes more than {OUTPUT_LIMIT} bytes with its arguments; shorten them");
        self.room = self.room.checked_sub(text.len()).ok_or_else(too_long)?;
        filled.push_str(text);
        Ok(())
    }
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

    #[test]
    fn arguments_make_no_more_text_than_the_limit() {
        let long = "x".repeat(1024);
        let args = Args::of([("x", long.as_str())]);
        let times = |count: usize| fill(json!("{{args.x}}".repeat(count)), &args);
        let (filled, violations) = times(OUTPUT_LIMIT / 1024);
        assert_eq!((filled.as_str().map(str::len), violations.len()), (Some(OUTPUT_LIMIT), 0));
        let (_, violations) = times(OUTPUT_LIMIT / 1024 + 1);
        expect!["takes more than 1048576 bytes with its arguments; shorten them"]
            .assert_eq(&violations.first().unwrap().to_string());
    }

    #[test]
    fn many_mistakes_under_a_long_name_are_told_in_part() {
        let many = vec!["{{nope}}"; 10_000];
        let (_, violations) = fill(json!({"k".repeat(10_000): many}), &Args::default());
        assert_eq!(violations.len(), VIOLATIONS);
    }
}
