//! What other people wrote, made fit for a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// The text in one line, every character of it shown and none acted upon: line ends and tabs become spaces; what steers a
/// terminal, or turns the direction of writing so that a text reads as another, is written out.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_steering) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => clean.push(' '),
            letter if is_steering(letter) => {
                let _ = write!(clean, "{}", letter.escape_unicode());
            }
            letter => clean.push(letter),
        }
    }
    Cow::Owned(clean)
}

/// A line of a text that has several, such as of YAML or of a log: spaces of its beginning and tabs stay.
pub(crate) fn clean_line(text: &str) -> String {
    text.split('\t').map(clean).collect::<Vec<_>>().join("\t")
}

/// JSON with such characters as JSON escapes them. Where they may stand raw at all they are within its strings.
pub(crate) fn escape(json: &str) -> Cow<'_, str> {
    let stays = |letter: char| letter == '\n' || !is_steering(letter);
    if json.chars().all(stays) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        if stays(letter) {
            escaped.push(letter);
        } else {
            let _ = write!(escaped, "\\u{:04x}", u32::from(letter));
        }
    }
    Cow::Owned(escaped)
}

/// Control characters, and those that order the direction of writing.
fn is_steering(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_to_it() {
        for (text, expected) in [
            ("plain ü ✔ text", "plain ü ✔ text"),
            ("two\nlines\tand tabs\r", "two lines and tabs "),
            ("\x1b]0;title\x07\x1b[2J", "\\u{1b}]0;title\\u{7}\\u{1b}[2J"),
            ("one byte: \u{9b}31m", "one byte: \\u{9b}31m"),
            ("\u{202e}txt.exe", "\\u{202e}txt.exe"),
        ] {
            assert_eq!(clean(text), expected);
        }
        assert_eq!(clean_line("  key:\t\x1bvalue"), "  key:\t\\u{1b}value");
    }

    #[test]
    fn json_stays_what_it_says() {
        let json = serde_json::to_string(&"a\u{9b}b\u{202e}c\x1bd\ne").unwrap();
        let escaped = escape(&json);
        assert!(!escaped.chars().any(is_steering), "{escaped}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), "a\u{9b}b\u{202e}c\x1bd\ne");
    }
}
