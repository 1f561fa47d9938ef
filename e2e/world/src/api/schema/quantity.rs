//! Numbers with units, in the one form that the server stores.

use serde_json::Value;

use super::{QUANTITY, Schema};

const SYNTAX: &str = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// Units of ten, from the largest, in billionths.
const DECIMAL: [(&str, i128); 10] = [
    ("E", 1_000_000_000_000_000_000_000_000_000),
    ("P", 1_000_000_000_000_000_000_000_000),
    ("T", 1_000_000_000_000_000_000_000),
    ("G", 1_000_000_000_000_000_000),
    ("M", 1_000_000_000_000_000),
    ("k", 1_000_000_000_000),
    ("", 1_000_000_000),
    ("m", 1_000_000),
    ("u", 1_000),
    ("n", 1),
];
/// Units of two, from the largest, by how often they are shifted.
const BINARY: [(&str, u32); 6] = [("Ei", 60), ("Pi", 50), ("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
const ONE: i128 = 1_000_000_000;

/// Brings every quantity of an object into its form; what is none stays, and is told by the decoder.
pub(crate) fn settle(schema: &Schema, object: &mut Value) {
    match object {
        _ if schema.format == QUANTITY && !object.is_null() => {
            if let Ok(canonical) = canonical(object) {
                *object = canonical;
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Some(schema) = schema.field(name) {
                    settle(schema, value);
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.items() else { return };
            for item in items {
                settle(schema, item);
            }
        }
        _ => {}
    }
}

/// The quantity as it is stored; what is not read here, such as exponents, is refused.
pub(super) fn canonical(value: &Value) -> Result<Value, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(SYNTAX.to_owned()),
    };
    read(&text).map(Value::String).ok_or_else(|| SYNTAX.to_owned())
}

fn read(text: &str) -> Option<String> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && !"+-.".contains(letter)).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 9 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}{}", "0".repeat(9 - fraction.len())).parse().ok()?;
    if let Some((_, shift)) = BINARY.iter().find(|(name, _)| *name == unit) {
        return Some(binary(digits.checked_mul(1 << shift)?));
    }
    let (_, scale) = DECIMAL.iter().find(|(name, _)| *name == unit)?;
    Some(decimal(digits.checked_mul(*scale)? / ONE))
}

fn decimal(billionths: i128) -> String {
    let fits = |(_, scale): &&(&str, i128)| billionths % scale == 0;
    let (unit, scale) = DECIMAL.iter().find(fits).filter(|_| billionths != 0).unwrap_or(&("", ONE));
    format!("{}{unit}", billionths / scale)
}

fn binary(billionths: i128) -> String {
    if billionths % ONE != 0 || billionths == 0 {
        return decimal(billionths);
    }
    let whole = billionths / ONE;
    let fits = |(_, shift): &&(&str, u32)| whole % (1_i128 << shift) == 0;
    let (unit, shift) = BINARY.iter().find(fits).unwrap_or(&("", 0));
    format!("{}{unit}", whole >> shift)
}
