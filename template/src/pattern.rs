//! Regular expressions of Go's dialect on the linear-time `regex` crate.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

use crate::error::Failure;

/// The longest pattern, in bytes.
const SOURCE_LIMIT: usize = 4096;

/// Compiles a pattern, of which a program of at most `limit` bytes may come. No message shows the pattern.
pub(crate) fn compile(source: &str, limit: usize) -> Result<Regex, Failure> {
    if source.len() > SOURCE_LIMIT {
        return Err(Failure::Limit(format!("it has a regular expression of more than {SOURCE_LIMIT} bytes")));
    }
    let build = RegexBuilder::new(&translate(source)).size_limit(limit).dfa_size_limit(limit).nest_limit(100).build();
    build.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Failure::Limit("it has a regular expression that is too large".to_owned()),
        _ => "the regular expression is malformed".into(),
    })
}

/// Rewrites what the two dialects read differently.
///
/// Go's `\d`, `\w`, `\s` and `\b` are ASCII; a brace that repeats nothing is literal; inside a class `[`, `&`, `~`
/// have no meaning there.
fn translate(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    let mut in_class = false;
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('Q') if !in_class => literal(&mut chars, &mut out),
                Some(escaped @ ('p' | 'P' | 'x')) => {
                    out.extend(['\\', escaped]);
                    // The braces of `\p{Greek}` and `\x{41}` are no repetition.
                    out.extend(chars.next_if_eq(&'{'));
                }
                Some(escaped) => escape(escaped, in_class, &mut out),
                None => out.push('\\'),
            },
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if chars.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            '[' if chars.peek() == Some(&':') => posix_class(&mut chars, &mut out),
            '{' if !in_class && !starts_repetition(chars.clone()) => out.push_str("\\{"),
            '[' | '&' | '~' if in_class => out.extend(['\\', char]),
            ']' => {
                in_class = false;
                out.push(']');
            }
            _ => out.push(char),
        }
    }
    out
}

/// Whether `2}`, `2,}` or `2,5}` follows an opening brace.
fn starts_repetition(rest: Peekable<Chars<'_>>) -> bool {
    let inside: String = rest.take_while(|char| *char != '}').collect();
    let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

fn escape(escaped: char, in_class: bool, out: &mut String) {
    match escaped {
        'd' => out.push_str("[0-9]"),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        's' => out.push_str("[\\t\\n\\f\\r ]"),
        'S' => out.push_str("[^\\t\\n\\f\\r ]"),
        'b' if !in_class => out.push_str("(?-u:\\b)"),
        _ => out.extend(['\\', escaped]),
    }
}

/// Takes everything up to `\E` literally.
fn literal(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    let rest: String = chars.clone().collect();
    let text = rest.split_once("\\E").map_or(rest.as_str(), |(text, _)| text);
    out.push_str(&regex::escape(text));
    let taken = text.chars().count() + 2;
    chars.by_ref().take(taken).for_each(drop);
}

/// Copies `[:alpha:]` and its like as they are.
fn posix_class(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    for char in chars.by_ref() {
        out.push(char);
        if char == ']' {
            break;
        }
    }
}
