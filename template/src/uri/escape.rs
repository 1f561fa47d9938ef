//! Percent escapes in the parts of a URL.

use crate::error::Failure;

/// A part of a URL; each lets other characters stand as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    User,
    Host,
    Path,
    Fragment,
}

fn stands(byte: u8, part: Part) -> bool {
    let others = match part {
        Part::User => "$&+,;=",
        Part::Host => "!\"$&'()*+,:;<=>[]",
        Part::Path => "$&+,/:;=@",
        Part::Fragment => "!$&()*+,/:;=?@",
    };
    byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || others.as_bytes().contains(&byte)
}

/// Escapes a part.
pub(crate) fn escape(text: &str, part: Part) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stands(byte, part) {
            out.push(char::from(byte));
        } else {
            out.extend(['%', hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
    }
    out
}

fn hex_digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or_default().to_ascii_uppercase()
}

/// Undoes the escapes of a part; in a host only those of characters beyond ASCII are allowed.
pub(crate) fn unescape(text: &str, part: Part) -> Result<String, Failure> {
    let broken = || Failure::from("the URL holds a % that two hexadecimal digits do not follow");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
            let value = digit().zip(digit()).map(|(high, low)| high * 16 + low);
            let value = value.and_then(|value| u8::try_from(value).ok()).ok_or_else(broken)?;
            if part == Part::Host && value < 0x80 && value != b'%' {
                return Err("the host of the URL holds an escape".into());
            }
            bytes.push(value);
        } else if part == Part::Host && byte.is_ascii() && !stands(byte, part) {
            return Err("the host of the URL holds a character that hosts cannot have".into());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| "the escapes of the URL are no UTF-8".into())
}
