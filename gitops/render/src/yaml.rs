//! YAML as Kubernetes reads it, within limits.

use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use serde_saphyr::DuplicateKeyPolicy;

/// Up to here every whole number has a floating-point number of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What was read, and what its writer should know.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub documents: Vec<Value>,
    pub warning: Option<String>,
}

/// Reads every document; empty ones do not count. A key that is there twice counts as it stands last, as with the established
/// controller, and gives a warning.
pub(crate) fn documents(text: &str) -> Result<Read, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let strict: Result<Vec<Value>, _> =
        serde_saphyr::from_multiple_with_options(text, options(DuplicateKeyPolicy::Error));
    let (documents, warning) = match strict {
        Ok(documents) => (documents, None),
        Err(error) if error.to_string().to_lowercase().contains("duplicate") => {
            let lenient = options(DuplicateKeyPolicy::LastWins);
            let documents = serde_saphyr::from_multiple_with_options(text, lenient).map_err(|error| line(&error))?;
            (documents, Some(format!("{}: the last one counts", line(&error))))
        }
        Err(error) => return Err(line(&error)),
    };
    Ok(Read { documents: documents.into_iter().map(whole).collect(), warning })
}

/// Reads the one document of a file into a type.
pub(crate) fn one<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_saphyr::from_str_with_options(text, options(DuplicateKeyPolicy::LastWins)).map_err(|error| line(&error))
}

fn options(duplicate_keys: DuplicateKeyPolicy) -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: 64, max_nodes: 2_000_000, max_events: 4_000_000, max_documents: 20_000 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        duplicate_keys: duplicate_keys,
        // 0644 is a file mode.
        legacy_octal_numbers: true,
        // A snippet of a Secret must not end up in a condition.
        with_snippet: false,
    }
}

fn line(error: &serde_saphyr::Error) -> String {
    // What it says to programmers is of no use to whoever writes manifests.
    let said = error.to_string().replace(", set DuplicateKeyPolicy in Options if acceptable", "");
    said.lines().collect::<Vec<_>>().join(" ")
}

/// Whole numbers are whole numbers, however they are written: 1.0 and 1e3 too.
fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(whole_number(number)),
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, whole(value))).collect::<Map<_, _>>())
        }
        other => other,
    }
}

fn whole_number(number: Number) -> Number {
    match number.as_f64() {
        #[allow(clippy::cast_possible_truncation, reason = "it is whole, and small enough to be exact")]
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => (float as i64).into(),
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Vec<Value> {
        documents(text).unwrap().documents
    }

    #[test]
    fn documents_are_read_as_kubernetes_does() {
        assert_eq!(read("---\na: 1\n---\n\n---\n# nothing\n---\nb: yes\n"), [json!({"a": 1}), json!({"b": true})]);
        assert_eq!(
            read("mode: 0644\none: 1.0\nbig: 1e3\nhalf: 0.5"),
            [json!({"mode": 420, "one": 1, "big": 1000, "half": 0.5})]
        );
        assert_eq!(read("a: &x {b: 1}\nc: {<<: *x, d: 2}"), [json!({"a": {"b": 1}, "c": {"b": 1, "d": 2}})]);
        assert_eq!(read("\u{feff}{\"a\": [1, \"x\"]}"), [json!({"a": [1, "x"]})]);
        assert_eq!(read("version: \"1.10\"\nsha: 1e10x"), [json!({"version": "1.10", "sha": "1e10x"})]);
    }

    #[test]
    fn a_key_that_is_there_twice_is_told() {
        let read = documents("a: 1\nb: 2\na: 3").unwrap();
        assert_eq!(read.documents, [json!({"a": 3, "b": 2})]);
        assert!(read.warning.unwrap().contains("duplicate"));
    }

    /// Billion laughs, deep nesting and very many documents.
    #[test]
    fn bombs_do_not_go_off() {
        let names: Vec<String> = ('a'..='j').map(String::from).collect();
        let mut laughs = "a: &a [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n".to_owned();
        for pair in names.windows(2) {
            let many = vec![format!("*{}", pair[0]); 9].join(",");
            laughs += &format!("{}: &{} [{many}]\n", pair[1], pair[1]);
        }
        let deep = "[".repeat(100_000);
        let many = "a: 1\n---\n".repeat(30_000);
        for bomb in [laughs, deep, many] {
            assert!(documents(&bomb).is_err());
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_a_line_without_the_text() {
        let error = documents("password: hunter2\n  bad: [").unwrap_err();
        assert!(error.contains("line") && !error.contains("hunter2") && !error.contains('\n'), "{error}");
    }
}
