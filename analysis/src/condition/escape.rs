//! Escapes in quoted texts.

/// Reads what follows a backslash; `None` where Go refuses it.
pub(super) fn read(quote: char, next: &mut dyn FnMut() -> Option<char>) -> Option<char> {
    match next()? {
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\u{b}'),
        '\\' => Some('\\'),
        char if char == quote => Some(char),
        first @ '0'..='3' => octal(first, next),
        'x' => scalar(digits(next, 2)?),
        'u' => unicode(next),
        'U' => scalar(digits(next, 8)?),
        _ => None,
    }
}

fn octal(first: char, next: &mut dyn FnMut() -> Option<char>) -> Option<char> {
    let mut value = first.to_digit(8)?;
    for _ in 0..2 {
        value = value * 8 + next()?.to_digit(8)?;
    }
    scalar(value)
}

/// `\u` with four digits or one to six in braces.
fn unicode(next: &mut dyn FnMut() -> Option<char>) -> Option<char> {
    let first = next()?;
    if first != '{' {
        let high = first.to_digit(16)?;
        return scalar(high << 12 | digits(next, 3)?);
    }
    let mut value = next()?.to_digit(16)?;
    for _ in 0..6 {
        match next()? {
            '}' => return scalar(value),
            digit => value = value << 4 | digit.to_digit(16)?,
        }
    }
    None
}

fn digits(next: &mut dyn FnMut() -> Option<char>, count: usize) -> Option<u32> {
    let mut value: u32 = 0;
    for _ in 0..count {
        value = value.checked_mul(16)? + next()?.to_digit(16)?;
    }
    Some(value)
}

/// A surrogate has no character of its own and becomes U+FFFD, as in Go.
fn scalar(value: u32) -> Option<char> {
    match char::from_u32(value) {
        None if value <= 0x0010_FFFF => Some(char::REPLACEMENT_CHARACTER),
        char => char,
    }
}
