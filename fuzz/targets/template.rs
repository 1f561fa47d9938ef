//! Templates of notifications: read, and rendered on data that hold a secret.
#![no_main]

use std::cell::LazyCell;

use sluice_template::{Context, FailTexts, Functions, Limits, MissingKey, Template, Value};

libfuzzer_sys::fuzz_target!(|data: &[u8]| try_one(data));

/// What no error may show, unless the template says it itself.
const SECRET: &str = "t0ps3cret-4711";

thread_local! {
    static USUAL: LazyCell<serde_json::Value> = LazyCell::new(|| {
        let text = include_str!("../../template/tests/go_data.json");
        let all: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        all["usual"].clone()
    });
}

/// A template, and after a tab the data in JSON.
///
/// # Panics
/// When a message shows a secret or is too long for a status, when a text is longer than it may be, or when the same
/// data give another text the second time.
fn try_one(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (source, fields) = text.split_once('\t').unwrap_or((text, ""));
    let functions = Functions::standard().with("own", |args| Ok(args.first().cloned().unwrap_or(Value::Nil)));
    let template = match Template::parse_with(source, functions, &Limits::default()) {
        Ok(template) => template,
        Err(error) => return sluice_fuzz::fits_a_status(&error.to_string()),
    };
    USUAL.with(|usual| render(&template, source, usual));
    if let Ok(fields) = serde_json::from_str(fields) {
        render(&template, source, &fields);
    }
}

fn render(template: &Template, source: &str, data: &serde_json::Value) {
    let mut data = data.clone();
    if let Some(fields) = data.as_object_mut() {
        fields.insert("secrets".to_owned(), serde_json::json!({ "token": SECRET, "list": [SECRET] }));
    }
    for missing_key in [MissingKey::NoValue, MissingKey::Error] {
        let context =
            Context { missing_key, fail_texts: FailTexts::Literal, ..Context::at(jiff::Timestamp::UNIX_EPOCH) };
        let answer = template.render(&data, &context);
        assert_eq!(answer, template.render(&data, &context), "{source}");
        match answer {
            Ok(text) => assert!(text.len() <= context.limits.output, "{} bytes of {source}", text.len()),
            Err(error) => {
                let error = error.to_string();
                sluice_fuzz::fits_a_status(&error);
                assert!(source.contains(SECRET) || !error.contains(SECRET), "{source}: {error}");
            }
        }
    }
}
