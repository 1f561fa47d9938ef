//! Quoted texts, as `strconv.Quote` writes them.

use std::sync::LazyLock;

use regex::Regex;

/// A text in double quotes, with escapes for what cannot be printed.
pub(crate) fn quoted(text: &str) -> String {
    by_verb(text, false, false)
}

/// `%q`, in backquotes where `#` asks for them and the text has none, in ASCII for `+`.
pub(super) fn by_verb(text: &str, raw: bool, ascii: bool) -> String {
    let fits_raw = |char: char| char == '\t' || char != '`' && char != '\u{feff}' && char != '\u{7f}' && char >= ' ';
    if raw && text.chars().all(fits_raw) {
        return format!("`{text}`");
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    text.chars().for_each(|char| escape(char, '"', ascii, &mut out));
    out.push('"');
    out
}

/// `%q` of a character.
pub(super) fn char_by_verb(char: char, ascii: bool) -> String {
    let mut out = "'".to_owned();
    escape(char, '\'', ascii, &mut out);
    out.push('\'');
    out
}

fn escape(char: char, quote: char, ascii: bool, out: &mut String) {
    let code = u32::from(char);
    match char {
        '\\' => out.push_str("\\\\"),
        _ if char == quote => out.extend(['\\', char]),
        _ if char.is_ascii() && (' '..='~').contains(&char) => out.push(char),
        _ if !ascii && !char.is_ascii() && is_printable(char) => out.push(char),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        _ if char < ' ' || char == '\u{7f}' => out.push_str(&format!("\\x{code:02x}")),
        _ if code <= 0xffff => out.push_str(&format!("\\u{code:04x}")),
        _ => out.push_str(&format!("\\U{code:08x}")),
    }
}

static PRINTABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\pL\pM\pN\pP\pS ]$").ok());

/// Whether Go counts a character as printable: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_printable(char: char) -> bool {
    if char.is_ascii() {
        return (' '..='~').contains(&char);
    }
    PRINTABLE.as_ref().is_none_or(|pattern| pattern.is_match(char.encode_utf8(&mut [0; 4])))
}
