//! Whole numbers by their verbs.

use super::quote;
use super::spec::Spec;
use crate::error::Failure;
use crate::limits::Growing;

pub(super) fn is_verb(verb: char) -> bool {
    matches!(verb, 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U')
}

/// Prints a whole number by one of the verbs of [`is_verb`].
pub(super) fn put(number: i128, spec: &Spec, out: &mut Growing) -> Result<(), Failure> {
    let char = || u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
    match spec.verb {
        'c' => spec.pad(&char().to_string(), out),
        'q' => spec.pad(&quote::char_by_verb(char(), spec), out),
        'U' => unicode(number, spec, out),
        _ => digits(number, spec, out),
    }
}

fn unicode(number: i128, spec: &Spec, out: &mut Growing) -> Result<(), Failure> {
    let wrapped = if number < 0 { number + (1 << 64) } else { number };
    let least = spec.precision.unwrap_or_default().max(4);
    let mut text = format!("U+{wrapped:0>least$X}");
    let char = u32::try_from(number).ok().and_then(char::from_u32).filter(|char| quote::is_printable(*char));
    if let (true, Some(char)) = (spec.sharp, char) {
        text.extend([' ', '\'', char, '\'']);
    }
    spec.pad_spaces(&text, out)
}

fn digits(number: i128, spec: &Spec, out: &mut Growing) -> Result<(), Failure> {
    let size = number.unsigned_abs();
    let shown = match spec.verb {
        'b' => format!("{size:b}"),
        'o' | 'O' => format!("{size:o}"),
        'x' => format!("{size:x}"),
        'X' => format!("{size:X}"),
        _ => size.to_string(),
    };
    let signed = number < 0 || spec.signs() || spec.space;
    let least = match (spec.precision, spec.width) {
        (Some(0), _) if number == 0 => return spec.pad_spaces("", out),
        (Some(least), _) => least,
        (None, Some(width)) if spec.zero && !spec.minus => width.saturating_sub(usize::from(signed)),
        _ => 0,
    };
    let mut text = Growing::new(least.max(shown.len()) + 8);
    text.push(match (number < 0, spec.signs(), spec.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (.., true) => " ",
        _ => "",
    })?;
    let zeros = least.saturating_sub(shown.len());
    text.push(match spec.verb {
        'O' => "0o",
        'b' if spec.alternate() => "0b",
        'o' if spec.alternate() && zeros == 0 && !shown.starts_with('0') => "0",
        'x' if spec.alternate() => "0x",
        'X' if spec.alternate() => "0X",
        _ => "",
    })?;
    text.repeat("0", zeros)?;
    text.push(&shown)?;
    spec.pad_spaces(text.as_str(), out)
}
