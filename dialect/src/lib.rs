//! Regular expressions as Go reads them, on the linear-time `regex` crate: what conditions, templates and projects are written in.

use std::iter::Peekable;
use std::str::Chars;

/// Rewrites what the two dialects read differently, so that the `regex` crate reads it as Go does
/// ([the syntax](https://pkg.go.dev/regexp/syntax)). What is no pattern in Go is none afterwards.
///
/// Go's `\d`, `\w`, `\s` and `\b` are ASCII; a brace that repeats nothing is literal; inside a class `[`, `&`, `~` have no meaning
/// there.
pub fn translate(source: &str) -> String {
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

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::translate;

    #[test]
    fn a_pattern_means_what_it_means_in_go() {
        // Pattern, text, and what Go's regexp.MatchString says.
        let cases = [
            (r"^\d+$", "42", true),
            (r"^\d+$", "٤٢", false),
            (r"^\w+$", "käse", false),
            (r"^[\w]+$", "cheese_1", true),
            (r"a{b", "a{b", true),
            (r"a{,2}", "a{,2}", true),
            (r"^a{2,3}$", "aa", true),
            (r"^[[]$", "[", true),
            (r"^[a&&b]+$", "a&b", true),
            (r"^[~~]$", "~", true),
            (r"^[]a]+$", "]a", true),
            (r"^[^]]$", "a", true),
            (r"^[[:alpha:]]+$", "abc", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"^\x{41}\p{Greek}$", "Aα", true),
            (r"\bb", "äb", true),
        ];
        for (pattern, text, matches) in cases {
            let regex = Regex::new(&translate(pattern)).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regex.is_match(text), matches, "{pattern} on {text}");
        }
    }
}
