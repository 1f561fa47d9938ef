//! Conditions: read, checked and evaluated on measurements of every shape.
#![no_main]

use std::cell::LazyCell;

use sluice_analysis::condition::{Condition, Value};

libfuzzer_sys::fuzz_target!(|data: &[u8]| try_one(data));

thread_local! {
    /// A measurement of each shape.
    static USUAL: LazyCell<Vec<Value>> = LazyCell::new(|| {
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default().into();
        vec![
            Value::Nil,
            Value::Float(0.5),
            Value::from(Vec::new()),
            Value::from(vec![0.99, f64::NAN, f64::INFINITY, -0.0]),
            json("[1,2,[3,\"é\",{}]]"),
            json(r#"{"a":1,"b":"x","c":{"d":[{"e":null}]}}"#),
            Value::from("12"),
        ]
    });
}

/// A condition, and after a tab a measurement in JSON.
///
/// # Panics
/// When a message is too long for a status, or when the same evaluation answers differently the second time.
fn try_one(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (source, measured) = text.split_once('\t').unwrap_or((text, ""));
    let condition = match Condition::parse(source) {
        Ok(condition) => condition,
        Err(error) => return sluice_fuzz::fits_a_status(&error.to_string()),
    };
    assert_eq!(condition.to_string(), source);
    if let Ok(measured) = serde_json::from_str::<serde_json::Value>(measured) {
        evaluate(&condition, &measured.into());
    }
    USUAL.with(|usual| usual.iter().for_each(|result| evaluate(&condition, result)));
}

fn evaluate(condition: &Condition, result: &Value) {
    let answer = condition.holds(result);
    assert_eq!(answer, condition.holds(result), "{condition}");
    if let Err(error) = answer {
        sluice_fuzz::fits_a_status(&error.to_string());
    }
}
