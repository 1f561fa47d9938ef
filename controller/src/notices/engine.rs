//! Go's templates, with what the established controllers give them: `time`, `strings`.

use jiff::Timestamp;
use serde_json::Value as Json;
use sluice_template::{Context, Moment, Template, Value};

/// Go's layout of a time in an object.
const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

/// Writes out one template. An error says what is wrong with it, and shows no value.
pub fn write(source: &str, variables: &Json, now: Timestamp) -> Result<String, String> {
    let template = Template::parse(source).map_err(|error| error.to_string())?;
    let surroundings = vec![("time".to_owned(), time(now)), ("strings".to_owned(), strings())];
    let context = Context { variables: surroundings, ..Context::at(now) };
    template.render(variables, &context).map_err(|error| error.to_string())
}

fn time(now: Timestamp) -> Value {
    let parse = |args: &[Value]| {
        let text = one(args)?;
        Moment::parse(RFC3339, text).map(Value::Time).ok_or_else(|| format!("is no time as {RFC3339}"))
    };
    Value::map([
        ("Now".to_owned(), Value::function("Now", move |_| Ok(Value::Time(Moment::utc(now))))),
        ("Parse".to_owned(), Value::function("Parse", parse)),
        ("RFC3339".to_owned(), Value::text(RFC3339)),
    ])
}

fn strings() -> Value {
    let replace = |args: &[Value]| match args {
        [text, old, new] => {
            let texts = [text, old, new].map(Value::as_text);
            let [Some(text), Some(old), Some(new)] = texts else { return Err("needs three texts".to_owned()) };
            Ok(Value::text(text.replace(old, new)))
        }
        _ => Err(format!("needs three texts, not {}", args.len())),
    };
    let upper = |args: &[Value]| one(args).map(|text| Value::text(text.to_uppercase()));
    let lower = |args: &[Value]| one(args).map(|text| Value::text(text.to_lowercase()));
    Value::map([
        ("ReplaceAll".to_owned(), Value::function("ReplaceAll", replace)),
        ("ToUpper".to_owned(), Value::function("ToUpper", upper)),
        ("ToLower".to_owned(), Value::function("ToLower", lower)),
    ])
}

fn one(args: &[Value]) -> Result<&str, String> {
    match args {
        [text] => text.as_text().ok_or_else(|| format!("needs a text, not a {}", text.type_name())),
        _ => Err(format!("needs one text, not {}", args.len())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_find_time_and_strings() {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        let data = json!({"rollout": {"metadata": {"name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"}}});
        for (source, expected) in [
            ("{{.rollout.metadata.name | upper}}", "WEB"),
            ("{{(call .time.Now).Format \"15:04\"}}", "03:04"),
            ("{{(call .time.Parse .rollout.metadata.creationTimestamp).Year}}", "2026"),
            ("{{call .strings.ReplaceAll .rollout.metadata.name \"w\" \"W\"}}", "Web"),
            ("{{call .strings.ToUpper \"a\"}}{{call .strings.ToLower \"B\"}}", "Ab"),
        ] {
            assert_eq!(write(source, &data, now).as_deref(), Ok(expected), "{source}");
        }
        assert!(write("{{call .time.Parse \"soon\"}}", &data, now).unwrap_err().contains("is no time as"));
        assert!(write("{{.rollout.metadata.name", &data, now).is_err());
    }
}
