//! What stands in the place of what is in a Secret.

use serde_json::Value;

/// The fields of a Secret that nobody may see. Annotations are among them: tools keep copies of the object there.
pub(super) const FIELDS: [&str; 3] = ["/data", "/stringData", "/metadata/annotations"];
/// Stands for what is there.
pub(super) const ONE: &str = "(secret)";
/// Stands for what is wanted, where that is not what is there.
pub(super) const ANOTHER: &str = "(another secret)";

/// Masks both sides: equal values stay equal, and others stay different.
pub(super) fn mask(wanted: &mut Value, found: &mut Value) {
    for field in FIELDS {
        let live = found.pointer(field).cloned().unwrap_or_default();
        if let Some(side) = wanted.pointer_mut(field) {
            each(side, |name, value| {
                let known = live.get(name);
                if known.is_none_or(|known| known == value) { ONE } else { ANOTHER }
            });
        }
        if let Some(side) = found.pointer_mut(field) {
            each(side, |_, _| ONE);
        }
    }
}

/// What is no list of values, as it should be, is masked as a whole.
fn each(side: &mut Value, mark: impl Fn(&str, &Value) -> &'static str) {
    match side {
        Value::Object(values) => values.iter_mut().for_each(|(name, value)| *value = mark(name, value).into()),
        Value::Null => {}
        other => *other = ONE.into(),
    }
}
