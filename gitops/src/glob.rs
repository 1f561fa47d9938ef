//! Patterns of names, addresses and paths, each in the dialect that it is written in.
//!
//! Authority hangs on these: each means exactly what it means to the Go library that the established controller asks
//! (`tests/glob_go.rs`). All are turned into regular expressions without back-tracking, so no pattern can be slow.

mod paths;

use regex::{Regex, RegexBuilder};

/// The longest pattern.
const LONGEST: usize = 1024;

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// Longer than anybody writes.
    #[error("is longer than {LONGEST} bytes")]
    TooLong,
    /// Something is opened and never closed, or closed and never opened.
    #[error("is no pattern: {0}")]
    Malformed(&'static str),
}

/// A pattern.
#[derive(Clone, Debug)]
pub struct Glob(Form);

/// Most patterns are a name or a star, and need no machine.
#[derive(Clone, Debug)]
enum Form {
    /// This text.
    Exactly(String),
    /// Any text without that character in it.
    Any(Option<char>),
    /// What the expression fits.
    Like(Regex),
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::Exactly(one), Form::Exactly(other)) => one == other,
            (Form::Any(one), Form::Any(other)) => one == other,
            (Form::Like(one), Form::Like(other)) => one.as_str() == other.as_str(),
            _ => false,
        }
    }
}

impl Eq for Glob {}

impl Glob {
    /// Names of clusters, namespaces and Applications (github.com/gobwas/glob without separators): `*` is anything, `?` one
    /// character, `[a-z]` and `[!a-z]` one of some, `{a,b}` either, `\` takes the next one as it is.
    pub fn of_names(pattern: &str) -> Result<Self, GlobError> {
        simple(pattern, None).map_or_else(|| gobwas(pattern, None), Ok)
    }

    /// URLs of repositories (the same, with separator `/`): `*` and `?` stop at a slash, `**` does not.
    pub fn of_urls(pattern: &str) -> Result<Self, GlobError> {
        simple(pattern, Some('/')).map_or_else(|| gobwas(pattern, Some('/')), Ok)
    }

    /// Groups and kinds (Go's `filepath.Match`): `*` and `?` stop at a slash, `[a-z]` and `[^a-z]` are one of some, `\` takes the
    /// next one as it is.
    pub fn of_kinds(pattern: &str) -> Result<Self, GlobError> {
        simple(pattern, Some('/')).map_or_else(|| file_path(pattern), Ok)
    }

    /// Paths of files (github.com/bmatcuk/doublestar): `*` and `?` stop at a slash, `**` is any number of folders, `[a-z]` and
    /// `[!a-z]` are one of some, `{a,b}` either, `\` takes the next one as it is.
    pub fn of_paths(pattern: &str) -> Result<Self, GlobError> {
        simple(pattern, Some('/')).map_or_else(|| paths::read(pattern), Ok)
    }

    /// Whether all of `text` is as the pattern says.
    pub fn is_match(&self, text: &str) -> bool {
        match &self.0 {
            Form::Exactly(name) => name == text,
            Form::Any(separator) => separator.is_none_or(|separator| !text.contains(separator)),
            Form::Like(regex) => regex.is_match(text),
        }
    }
}

/// A pattern that needs no expression.
fn simple(pattern: &str, separator: Option<char>) -> Option<Glob> {
    if pattern == "*" {
        return Some(Glob(Form::Any(separator)));
    }
    let plain = !pattern.contains(['*', '?', '[', ']', '{', '}', '\\', ',', '!', '^']);
    plain.then(|| Glob(Form::Exactly(pattern.to_owned())))
}

/// Builds a regular expression that must fit the whole text.
fn build(expression: &str) -> Result<Glob, GlobError> {
    let regex = RegexBuilder::new(&format!("^(?:{expression})$")).dot_matches_new_line(true).build();
    regex.map(|regex| Glob(Form::Like(regex))).map_err(|_| GlobError::Malformed("it cannot be understood"))
}

fn literal(into: &mut String, character: char) {
    into.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
}

fn gobwas(pattern: &str, separator: Option<char>) -> Result<Glob, GlobError> {
    if pattern.len() > LONGEST {
        return Err(GlobError::TooLong);
    }
    let one = separator.map_or(".".to_owned(), |separator| format!("[^{separator}]"));
    let mut expression = String::new();
    let mut open = 0_usize;
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => rest.next().into_iter().for_each(|next| literal(&mut expression, next)),
            '*' if rest.next_if_eq(&'*').is_some() => expression.push_str(".*"),
            '*' => expression.extend([one.as_str(), "*"]),
            '?' => expression.push_str(&one),
            '[' => range_or_list(&mut expression, &mut rest)?,
            '{' if rest.peek() == Some(&'}') => {
                return Err(GlobError::Malformed("nothing stands between \"{\" and \"}\""));
            }
            '{' => {
                open += 1;
                expression.push_str("(?:");
            }
            ',' if open > 0 => expression.push('|'),
            '}' if open > 0 => {
                open -= 1;
                expression.push(')');
            }
            other => literal(&mut expression, other),
        }
    }
    if open > 0 {
        return Err(GlobError::Malformed("\"{\" is never closed by \"}\""));
    }
    build(&expression)
}

fn file_path(pattern: &str) -> Result<Glob, GlobError> {
    if pattern.len() > LONGEST {
        return Err(GlobError::TooLong);
    }
    let mut expression = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => literal(&mut expression, rest.next().ok_or(GlobError::Malformed("nothing stands behind \"\\\""))?),
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '[' => ranges(&mut expression, &mut rest, &['^'])?,
            other => literal(&mut expression, other),
        }
    }
    build(&expression)
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

const UNCLOSED: GlobError = GlobError::Malformed("\"[\" is never closed by \"]\"");
const BACKWARDS: GlobError = GlobError::Malformed("a range ends before it begins");
const EMPTY: GlobError = GlobError::Malformed("nothing stands between \"[\" and \"]\"");

/// gobwas: one range and nothing else, or a list in which `-` is a character like others.
fn range_or_list(into: &mut String, rest: &mut Characters) -> Result<(), GlobError> {
    into.push_str(if rest.next_if_eq(&'!').is_some() { "[^" } else { "[" });
    let first = rest.next().ok_or(UNCLOSED)?;
    if rest.next_if_eq(&'-').is_some() {
        between(into, first, rest.next().ok_or(UNCLOSED)?)?;
        rest.next_if_eq(&']').ok_or(UNCLOSED)?;
    } else {
        list(into, first, rest)?;
    }
    into.push(']');
    Ok(())
}

fn list(into: &mut String, first: char, rest: &mut Characters) -> Result<(), GlobError> {
    if first == ']' {
        return Err(EMPTY);
    }
    let mut next = first;
    while next != ']' {
        let character = if next == '\\' { rest.next().ok_or(UNCLOSED)? } else { next };
        between(into, character, character)?;
        next = rest.next().ok_or(UNCLOSED)?;
    }
    Ok(())
}

/// `filepath.Match`: any number of ranges and characters, all others behind one of `negations`.
fn ranges(into: &mut String, rest: &mut Characters, negations: &[char]) -> Result<(), GlobError> {
    into.push_str(if rest.next_if(|next| negations.contains(next)).is_some() { "[^" } else { "[" });
    if rest.peek() == Some(&']') {
        return Err(EMPTY);
    }
    while rest.next_if_eq(&']').is_none() {
        let first = bound(rest)?;
        let last = if rest.next_if_eq(&'-').is_some() { bound(rest)? } else { first };
        between(into, first, last)?;
    }
    into.push(']');
    Ok(())
}

/// One end of a range.
fn bound(rest: &mut Characters) -> Result<char, GlobError> {
    match rest.next().ok_or(UNCLOSED)? {
        '\\' => rest.next().ok_or(UNCLOSED),
        '-' | ']' => Err(GlobError::Malformed("a range lacks one of its ends")),
        other => Ok(other),
    }
}

fn between(into: &mut String, first: char, last: char) -> Result<(), GlobError> {
    if last < first {
        return Err(BACKWARDS);
    }
    into.extend(["\\x{", &hex(first), "}-\\x{", &hex(last), "}"]);
    Ok(())
}

fn hex(character: char) -> String {
    format!("{:x}", u32::from(character))
}
