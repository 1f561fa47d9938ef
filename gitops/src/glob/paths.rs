//! Paths of files, as the established controller's patterns for files of values mean them (github.com/bmatcuk/doublestar).

use super::{Characters, Glob, GlobError, LONGEST, build, literal, ranges};

/// Reads a pattern of paths.
pub(super) fn read(pattern: &str) -> Result<Glob, GlobError> {
    if pattern.len() > LONGEST {
        return Err(GlobError::TooLong);
    }
    let mut expression = String::new();
    let mut open = 0_usize;
    let mut rest = pattern.chars().peekable();
    // Whether a folder's name begins here: only there do two stars stand for folders.
    let mut begins = true;
    while let Some(character) = rest.next() {
        let began = std::mem::replace(&mut begins, character == '/');
        match character {
            '\\' => literal(&mut expression, rest.next().ok_or(GlobError::Malformed("nothing stands behind \"\\\""))?),
            '*' => begins = stars(&mut expression, &mut rest, began, open > 0),
            '?' => expression.push_str("[^/]"),
            '[' => ranges(&mut expression, &mut rest, &['^', '!'])?,
            '{' => {
                open += 1;
                begins = began;
                expression.push_str("(?:");
            }
            ',' if open > 0 => {
                begins = true;
                expression.push('|');
            }
            '}' => {
                open = open.checked_sub(1).ok_or(GlobError::Malformed("\"}\" closes nothing"))?;
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

/// `**` that is all of a folder's name is any number of folders, none included; any other stars are part of one name. Says
/// whether a name begins behind it.
fn stars(into: &mut String, rest: &mut Characters, begins: bool, within: bool) -> bool {
    let mut count = 1;
    while rest.next_if_eq(&'*').is_some() {
        count += 1;
    }
    let ends = rest.peek().is_none_or(|next| *next == '/' || (within && matches!(next, ',' | '}')));
    if count != 2 || !begins || !ends {
        into.push_str("[^/]*");
        return false;
    }
    if rest.next_if_eq(&'/').is_some() {
        into.push_str("(?:.*/)?");
        return true;
    }
    // What ends in `/**` fits the folder itself, too.
    if into.ends_with('/') {
        into.pop();
        into.push_str("(?:/.*)?");
    } else {
        into.push_str(".*");
    }
    false
}
