//! Regular expressions of `matches`: Go's dialect on the linear-time `regex` crate.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// Largest compiled program of one pattern, and of all those that a condition writes out together.
pub(super) const PROGRAM_LIMIT: usize = 1 << 20;

/// The sizes that programs are counted as: the next larger one.
const SIZES: [usize; 5] = [1 << 12, 1 << 14, 1 << 16, 1 << 18, PROGRAM_LIMIT];

/// A compiled pattern that remembers its source.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    source: String,
    regex: Regex,
    size: usize,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Pattern {
    pub(super) fn compile(source: &str) -> Result<Self, String> {
        let translated = translate(source);
        let build = |size: usize| RegexBuilder::new(&translated).size_limit(size).build().map(|regex| (regex, size));
        let fits = |size: &usize| match build(*size) {
            Err(regex::Error::CompiledTooBig(_)) if *size < PROGRAM_LIMIT => None,
            program => Some(program),
        };
        let program = SIZES.iter().find_map(fits).unwrap_or_else(|| build(PROGRAM_LIMIT));
        let (regex, size) = program.map_err(|error| format!("compile the pattern {source:?}: {error}"))?;
        Ok(Pattern { source: source.to_owned(), regex, size })
    }

    /// Bytes that the program may take.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// Rewrites what the two dialects read differently.
///
/// Go's `\d`, `\w`, `\s` and `\b` are ASCII; a brace that repeats nothing is literal; inside a class `[`, `&`, `~` have no meaning there.
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
