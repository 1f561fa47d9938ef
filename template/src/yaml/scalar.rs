//! Texts in YAML: plain where they read back as texts, else quoted, or as lines of their own.

use crate::error::Failure;
use crate::limits::Growing;
use crate::number;
use crate::time::Moment;

/// Writes a text as a value; lines of its own are indented.
pub(super) fn text(text: &str, indent: usize, out: &mut Growing) -> Result<(), Failure> {
    let found = Found::of(text);
    if text.contains('\n') {
        if found.fits_block && !text.is_empty() {
            return block(text, indent, out);
        }
        return double_quoted(text, out);
    }
    one_line(text, &found, out)
}

/// Writes a text as a key of a map.
pub(super) fn key(text: &str, out: &mut Growing) -> Result<(), Failure> {
    if text.is_empty() {
        return out.push("\"\"");
    }
    one_line(text, &Found::of(text), out)
}

fn one_line(text: &str, found: &Found, out: &mut Growing) -> Result<(), Failure> {
    if means_something(text) || !found.fits_plain && !found.fits_single {
        return double_quoted(text, out);
    }
    if found.fits_plain {
        return out.push(text);
    }
    out.push("'")?;
    out.push(&text.replace('\'', "''"))?;
    out.push("'")
}

/// Which forms a text can be written in.
struct Found {
    fits_plain: bool,
    fits_single: bool,
    fits_block: bool,
}

impl Found {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let space_after = |at: usize| chars.get(at + 1).is_none_or(|char| matches!(char, ' ' | '\t'));
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let mut special = false;
        let (mut break_space, mut space_break) = (false, false);
        for (at, char) in chars.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| chars.get(before));
            indicators |= match char {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                    if at == 0 =>
                {
                    true
                }
                '?' | '-' if at == 0 => space_after(at),
                ':' => space_after(at),
                '#' => before.is_some_and(|char| matches!(char, ' ' | '\t' | '\r' | '\n')),
                _ => false,
            };
            special |= !is_printable(*char);
            break_space |= *char == ' ' && before.is_some_and(|before| is_break(*before));
            space_break |= is_break(*char) && before == Some(&' ');
        }
        let blank = |char: Option<&char>| char.is_some_and(|char| *char == ' ' || is_break(*char));
        let edges = blank(chars.first()) || blank(chars.last());
        let broken = space_break || special;
        let lines = chars.iter().any(|char| is_break(*char));
        Found {
            fits_plain: !(edges || break_space || broken || lines || indicators),
            fits_single: !(break_space || broken),
            fits_block: !(chars.last() == Some(&' ') || broken),
        }
    }
}

fn is_break(char: char) -> bool {
    matches!(char, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(char: char) -> bool {
    matches!(char, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && char != '\u{feff}'
}

/// Whether a plain text would read back as something else than a text.
fn means_something(text: &str) -> bool {
    const WORDS: [&str; 25] = [
        "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF", "true",
        "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL",
    ];
    const FLOATS: [&str; 6] = [".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF"];
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if text.is_empty() || text == "~" || WORDS.contains(&text) || FLOATS.iter().skip(3).any(|word| *word == unsigned) {
        return true;
    }
    match text.as_bytes().first() {
        Some(b'.') => FLOATS.contains(&text) || number::parse_float(text).is_some(),
        Some(b'0'..=b'9' | b'+' | b'-') => is_number(text) || is_time(text) || is_base_60(text),
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    let plain = text.replace('_', "");
    if number::parse_int(&plain).is_some() || number::parse_magnitude(&plain).is_some() {
        return true;
    }
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(whole, rest)| (whole, Some(rest)));
    let mantissa_fits =
        digits(whole) && fraction.is_none_or(digits) && !(whole.is_empty() && fraction.is_none_or(str::is_empty));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_fits && exponent_fits && number::parse_float(&plain).is_some()
}

fn is_time(text: &str) -> bool {
    const LAYOUTS: [&str; 4] =
        ["2006-1-2T15:4:5.999999999Z07:00", "2006-1-2t15:4:5.999999999Z07:00", "2006-1-2 15:4:5.999999999", "2006-1-2"];
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    year == 4
        && text.as_bytes().get(4) == Some(&b'-')
        && LAYOUTS.iter().any(|layout| Moment::parse(layout, text).is_some())
}

/// `1:30`: a number to the basis of 60 in older YAML.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let first =
        parts.next().is_some_and(|first| first.starts_with(|char: char| char.is_ascii_digit()) && digits(first));
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else { return false };
    let sixty = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit())
            && (text.len() == 1 || text.len() == 2 && text.starts_with(|char| matches!(char, '0'..='5')))
    };
    let (whole, fraction) = last.split_once('.').unwrap_or((last, ""));
    first && middle.iter().all(|part| sixty(part)) && sixty(whole) && digits(fraction)
}

fn block(text: &str, indent: usize, out: &mut Growing) -> Result<(), Failure> {
    out.push("|")?;
    if text.starts_with([' ', '\n']) {
        out.push("2")?;
    }
    let body = text.strip_suffix('\n');
    let chomp = match body {
        None => "-",
        Some(body) if body.is_empty() || body.ends_with('\n') => "+",
        Some(_) => "",
    };
    out.push(chomp)?;
    for line in body.unwrap_or(text).split('\n') {
        out.push("\n")?;
        if !line.is_empty() {
            out.repeat(" ", indent)?;
            out.push(line)?;
        }
    }
    Ok(())
}

fn double_quoted(text: &str, out: &mut Growing) -> Result<(), Failure> {
    out.push("\"")?;
    for char in text.chars() {
        let code = u32::from(char);
        match char {
            '"' => out.push("\\\"")?,
            '\\' => out.push("\\\\")?,
            '\0' => out.push("\\0")?,
            '\u{7}' => out.push("\\a")?,
            '\u{8}' => out.push("\\b")?,
            '\t' => out.push("\\t")?,
            '\n' => out.push("\\n")?,
            '\u{b}' => out.push("\\v")?,
            '\u{c}' => out.push("\\f")?,
            '\r' => out.push("\\r")?,
            '\u{1b}' => out.push("\\e")?,
            '\u{85}' => out.push("\\N")?,
            '\u{2028}' => out.push("\\L")?,
            '\u{2029}' => out.push("\\P")?,
            _ if is_printable(char) => out.push_char(char)?,
            _ if code <= 0xff => out.push(&format!("\\x{code:02X}"))?,
            _ if code <= 0xffff => out.push(&format!("\\u{code:04X}"))?,
            _ => out.push(&format!("\\U{code:08X}"))?,
        }
    }
    out.push("\"")
}
