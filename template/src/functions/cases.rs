//! Names in other spellings: `camelcase`, `snakecase`, `kebabcase`, as huandu/xstrings makes them.

use std::sync::LazyLock;

use regex::Regex;

use super::words::{lower, upper};
use super::{Builtin, takes};
use crate::args::Type;

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("camelcase", &[Type::Text], |args, _| Ok(pascal(args.text(0)?).into())),
    takes("snakecase", &[Type::Text], |args, _| Ok(separated(args.text(0)?, '_').into())),
    takes("kebabcase", &[Type::Text], |args, _| Ok(separated(args.text(0)?, '-').into())),
];

fn is_connector(char: char) -> bool {
    char == '-' || char == '_' || char.is_whitespace()
}

fn is_letter(char: char) -> bool {
    char.is_alphabetic()
}

/// `some_name` as `SomeName`; connectors at the ends stay.
fn pascal(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    let Some(mut current) = chars.by_ref().find(|char| {
        if is_connector(*char) {
            out.push(*char);
        }
        !is_connector(*char)
    }) else {
        return text.to_owned();
    };
    let mut upper_run = current.is_uppercase();
    current = upper(current);
    for next in chars {
        let before = current;
        current = next;
        if is_connector(current) && is_connector(before) {
            out.push(before);
            continue;
        }
        if is_connector(before) {
            upper_run = current.is_uppercase();
            current = upper(current);
            continue;
        }
        if upper_run {
            if current.is_uppercase() {
                current = lower(current);
            } else {
                upper_run = false;
            }
        }
        out.push(before);
    }
    out.push(current);
    out
}

/// What a run of characters is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Nothing,
    Number,
    Upper,
    Lower,
    Connector,
    Punctuation,
    Other,
}

/// `SomeName` as `some_name`.
fn separated(text: &str, connector: char) -> String {
    let mut out = String::new();
    let (mut kind, mut word, mut rest) = next_word(text);
    while !rest.is_empty() {
        if kind != Word::Connector {
            put(&mut out, kind, word, connector);
        }
        let (before, before_word) = (kind, word);
        (kind, word, rest) = next_word(rest);
        match before {
            Word::Number => {
                while matches!(kind, Word::Lower | Word::Number) {
                    put(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !matches!(kind, Word::Nothing | Word::Punctuation | Word::Connector) {
                    out.push(connector);
                }
            }
            Word::Connector => put(&mut out, before, before_word, connector),
            Word::Punctuation => (),
            _ if kind != Word::Number => {
                if !matches!(kind, Word::Connector | Word::Punctuation) {
                    out.push(connector);
                }
            }
            _ if rest.is_empty() => (),
            _ => {
                let number = word;
                (kind, word, rest) = next_word(rest);
                // A number belongs to the word before it, unless lower-case letters follow.
                if kind != Word::Lower {
                    put(&mut out, Word::Number, number, connector);
                    if !matches!(kind, Word::Connector | Word::Punctuation) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
                put(&mut out, Word::Number, number, connector);
                while matches!(kind, Word::Lower | Word::Number) {
                    put(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !matches!(kind, Word::Nothing | Word::Connector | Word::Punctuation) {
                    out.push(connector);
                }
            }
        }
    }
    put(&mut out, kind, word, connector);
    out
}

fn put(out: &mut String, kind: Word, word: &str, connector: char) {
    match kind {
        Word::Upper => out.extend(word.chars().map(lower)),
        Word::Connector => out.extend(word.chars().map(|_| connector)),
        _ => out.push_str(word),
    }
}

/// Splits off the first word of a text.
fn next_word(text: &str) -> (Word, &str, &str) {
    let Some(first) = text.chars().next() else { return (Word::Nothing, "", "") };
    let run = |fits: &dyn Fn(char) -> bool| {
        let after = text.get(first.len_utf8()..).unwrap_or_default();
        text.len() - after.trim_start_matches(fits).len()
    };
    let lower_letter = |char: char| is_letter(char) && !char.is_uppercase();
    let (kind, length) = if is_connector(first) {
        (Word::Connector, run(&is_connector))
    } else if is_punctuation(first) {
        (Word::Punctuation, run(&is_punctuation))
    } else if first.is_uppercase() {
        (Word::Upper, upper_word(text, first))
    } else if is_letter(first) {
        (Word::Lower, run(&lower_letter))
    } else if first.is_numeric() {
        (Word::Number, run(&char::is_numeric))
    } else {
        let other = |char: char| !(is_connector(char) || is_letter(char) || char.is_numeric() || is_punctuation(char));
        (Word::Other, run(&other))
    };
    let (word, rest) = text.split_at_checked(length).unwrap_or((text, ""));
    (kind, word, rest)
}

/// The length of `HTTP` in `HTTPServer`, or of `Server`.
fn upper_word(text: &str, first: char) -> usize {
    let length = first.len_utf8();
    let after = text.get(length..).unwrap_or_default();
    let Some(second) = after.chars().next() else { return length };
    let lower_letter = |char: char| is_letter(char) && !char.is_uppercase();
    if !second.is_uppercase() {
        return if is_letter(second) { text.len() - after.trim_start_matches(lower_letter).len() } else { length };
    }
    let rest = after.trim_start_matches(char::is_uppercase);
    let uppers = text.len() - rest.len();
    let last = text.get(..uppers).and_then(|run| run.chars().next_back()).map_or(0, char::len_utf8);
    if rest.starts_with(is_letter) { uppers - last } else { uppers }
}

static PUNCTUATION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\pP$").ok());

fn is_punctuation(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_punctuation() && !"$+<=>^`|~".contains(char);
    }
    PUNCTUATION.as_ref().is_some_and(|pattern| pattern.is_match(char.encode_utf8(&mut [0; 4])))
}
