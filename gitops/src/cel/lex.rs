//! From characters to words.

use super::ParseError;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Int(i64),
    Double(f64),
    Text(String),
    Name(String),
    Sign(&'static str),
    End,
}

/// Longer ones before those that they begin with.
const SIGNS: [&str; 22] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]",
];
const BRACES: [&str; 2] = ["{", "}"];

/// All words, each with what is left where it begins.
pub(super) fn words(text: &str) -> Result<Vec<(Word, &str)>, ParseError> {
    let mut words = Vec::new();
    let mut rest = blank(text);
    while !rest.is_empty() {
        let (word, left) = word(rest)?;
        words.push((word, rest));
        rest = blank(left);
    }
    words.push((Word::End, rest));
    Ok(words)
}

/// An error at that place.
pub(super) fn at(rest: &str, why: impl Into<String>) -> ParseError {
    ParseError::At { rest: rest.chars().take(30).collect(), why: why.into() }
}

/// Behind spaces and comments.
fn blank(text: &str) -> &str {
    let text = text.trim_start();
    match text.strip_prefix("//") {
        Some(comment) => comment.split_once('\n').map_or("", |(_, rest)| blank(rest)),
        None => text,
    }
}

fn word(rest: &str) -> Result<(Word, &str), ParseError> {
    if let Some(found) = quoted(rest) {
        return found;
    }
    let first = rest.chars().next().unwrap_or_default();
    let digit_behind = rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
    if first.is_ascii_digit() || digit_behind {
        return number(rest);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let (name, left) = split(rest, |next| next.is_ascii_alphanumeric() || next == '_');
        return Ok((Word::Name(name.to_owned()), left));
    }
    let sign = SIGNS.into_iter().chain(BRACES).find_map(|sign| Some((Word::Sign(sign), rest.strip_prefix(sign)?)));
    sign.ok_or_else(|| at(rest, "this is no part of an expression"))
}

/// The characters that fit, and what is behind them.
fn split(text: &str, fits: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|next| !fits(next)).unwrap_or(text.len()))
}

fn number(rest: &str) -> Result<(Word, &str), ParseError> {
    let unreadable = || at(rest, "this is no number");
    if let Some(hex) = rest.strip_prefix("0x") {
        let (digits, left) = split(hex, |next| next.is_ascii_hexdigit());
        let value = i64::from_str_radix(digits, 16).map_err(|_| unreadable())?;
        return ended(Word::Int(value), rest, left);
    }
    let digits = |text: &'_ str| text.len() - text.trim_start_matches(|next: char| next.is_ascii_digit()).len();
    let mut end = digits(rest);
    let mut whole = true;
    let behind = |end: usize| rest.get(end..).unwrap_or_default();
    if let Some(fraction) = behind(end).strip_prefix('.').filter(|fraction| digits(fraction) > 0) {
        end += 1 + digits(fraction);
        whole = false;
    }
    if let Some(exponent) = behind(end).strip_prefix(['e', 'E']) {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        end += 1 + exponent.len() - unsigned.len() + digits(unsigned);
        whole = false;
    }
    let (text, left) = rest.split_at(end);
    let word = if whole { text.parse().map(Word::Int).ok() } else { text.parse().map(Word::Double).ok() };
    ended(word.ok_or_else(unreadable)?, rest, left)
}

/// A number ends where no letter follows: `5u` and `5m` are something else.
fn ended<'a>(word: Word, rest: &str, left: &'a str) -> Result<(Word, &'a str), ParseError> {
    if left.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_') {
        return Err(at(rest, "there are whole numbers and fractions, without letters"));
    }
    Ok((word, left))
}

/// A text in quotes, if one begins here.
fn quoted(rest: &str) -> Option<Result<(Word, &str), ParseError>> {
    let raw = rest.strip_prefix(['r', 'R']).filter(|behind| behind.starts_with(['"', '\'']));
    let behind = raw.unwrap_or(rest);
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| behind.starts_with(quote))?;
    let inner = behind.strip_prefix(quote)?;
    Some(text(rest, inner, quote, raw.is_some()))
}

fn text<'a>(rest: &str, inner: &'a str, quote: &str, raw: bool) -> Result<(Word, &'a str), ParseError> {
    let mut value = String::new();
    let mut left = inner;
    loop {
        if let Some(behind) = left.strip_prefix(quote) {
            return Ok((Word::Text(value), behind));
        }
        let mut characters = left.chars();
        match characters.next() {
            None | Some('\n' | '\r') if quote.len() == 1 || left.is_empty() => {
                return Err(at(rest, format!("a text that is never closed by {quote}")));
            }
            Some('\\') if !raw => {
                let (character, behind) = escaped(characters.as_str())?;
                value.push(character);
                left = behind;
            }
            // A quote behind a backslash does not end a raw text.
            Some('\\') => {
                value.push('\\');
                value.extend(characters.next());
                left = characters.as_str();
            }
            next => {
                value.extend(next);
                left = characters.as_str();
            }
        }
    }
}

/// The character that is meant by what stands behind a backslash.
fn escaped(rest: &str) -> Result<(char, &str), ParseError> {
    let unknown = || at(rest, "no character is written like that behind a backslash");
    let mut characters = rest.chars();
    let simple = match characters.next().ok_or_else(unknown)? {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        same @ ('\\' | '\'' | '"' | '`' | '?') => same,
        'x' | 'X' => return coded(characters.as_str(), 2, 16).ok_or_else(unknown),
        'u' => return coded(characters.as_str(), 4, 16).ok_or_else(unknown),
        'U' => return coded(characters.as_str(), 8, 16).ok_or_else(unknown),
        '0'..='3' => return coded(rest, 3, 8).ok_or_else(unknown),
        _ => return Err(unknown()),
    };
    Ok((simple, characters.as_str()))
}

fn coded(rest: &str, digits: usize, radix: u32) -> Option<(char, &str)> {
    let (code, left) = rest.split_at_checked(digits)?;
    let code = code.chars().all(|digit| digit.is_digit(radix)).then_some(code)?;
    Some((char::from_u32(u32::from_str_radix(code, radix).ok()?)?, left))
}
