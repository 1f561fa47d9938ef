//! Labels and annotations for objects that Sluice makes: what the API server would refuse later is said now.
//!
//! The rules: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>.

use sluice_crds::Metadata;

use super::fields::Checker;

/// The most bytes of a label's value, and of a key behind its prefix.
const LONGEST: usize = 63;
/// The most bytes of a key's prefix.
const LONGEST_PREFIX: usize = 253;

/// Notes every label and annotation that the API server does not take.
pub(crate) fn check(check: &mut Checker, here: &str, metadata: &Metadata) {
    for (kind, keys) in [("labels", &metadata.labels), ("annotations", &metadata.annotations)] {
        for key in keys.keys().filter(|key| !is_key(key)) {
            let text = "is no legal key: at most 63 letters, digits, - _ . (a letter or digit first and last), \
                        behind an optional DNS name and a slash";
            check.wrong(&format!("{here}.{kind}.{key}"), text);
        }
    }
    for (key, _) in metadata.labels.iter().filter(|(_, value)| !value.is_empty() && !is_word(value)) {
        let text = "is no legal label value: at most 63 letters, digits, - _ . (a letter or digit first and last)";
        check.wrong(&format!("{here}.labels.{key}"), text);
    }
}

fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => is_dns_name(prefix) && is_word(name),
        None => is_word(key),
    }
}

/// What a Service's name must be, in words.
pub(crate) const SERVICE_NAME: &str = "must be 1 to 63 of a-z, 0-9 and -, the first a letter and the last no -";

/// Whether a Service might have that name, which is narrower than what any other object may have.
pub(crate) fn is_service_name(name: &str) -> bool {
    name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
fn is_word(text: &str) -> bool {
    let ends = [text.bytes().next(), text.bytes().next_back()];
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.len() <= LONGEST
        && ends.into_iter().all(|end| end.is_some_and(|end| end.is_ascii_alphanumeric()))
        && text.bytes().all(inside)
}

fn is_dns_name(text: &str) -> bool {
    let part = |part: &str| is_word(part) && !part.bytes().any(|byte| byte == b'_' || byte.is_ascii_uppercase());
    text.len() <= LONGEST_PREFIX && text.split('.').all(part)
}
