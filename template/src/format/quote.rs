//! Quoted texts, as `strconv.Quote` writes them.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

use super::spec::Spec;

/// A text in double quotes, with escapes for what cannot be printed.
pub(crate) fn quoted(text: &str) -> String {
    by_verb(text, &Spec::plain('q'))
}

/// Whether a text can stand in backquotes, as `%#q` wants it.
pub(super) fn fits_raw(text: &str) -> bool {
    text.chars().all(|char| char == '\t' || char >= ' ' && !matches!(char, '`' | '\u{feff}' | '\u{7f}'))
}

/// `%q`; `+` asks for ASCII.
pub(super) fn by_verb(text: &str, spec: &Spec) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    text.chars().for_each(|char| escape(char, '"', spec, &mut out));
    out.push('"');
    out
}

/// `%q` of a character.
pub(super) fn char_by_verb(char: char, spec: &Spec) -> String {
    let mut out = "'".to_owned();
    escape(char, '\'', spec, &mut out);
    out.push('\'');
    out
}

fn escape(char: char, quote: char, spec: &Spec, out: &mut String) {
    let code = u32::from(char);
    // Writing to a text never fails.
    let _ = match char {
        '\\' => write!(out, "\\\\"),
        _ if char == quote => write!(out, "\\{char}"),
        ' '..='~' => write!(out, "{char}"),
        _ if !spec.plus && is_printable(char) => write!(out, "{char}"),
        '\u{7}' => write!(out, "\\a"),
        '\u{8}' => write!(out, "\\b"),
        '\u{c}' => write!(out, "\\f"),
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        '\u{b}' => write!(out, "\\v"),
        _ if char < ' ' || char == '\u{7f}' => write!(out, "\\x{code:02x}"),
        _ if code <= 0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

static PRINTABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\pL\pM\pN\pP\pS ]$").ok());

/// Whether Go counts a character as printable: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_printable(char: char) -> bool {
    if char.is_ascii() {
        return (' '..='~').contains(&char);
    }
    PRINTABLE.as_ref().is_none_or(|pattern| pattern.is_match(char.encode_utf8(&mut [0; 4])))
}
