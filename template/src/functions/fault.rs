//! Where Go says that base64 and base32 are wrong: templates get to see it.

/// The byte at which Go gives up on base64 that cannot be decoded.
pub(super) fn base64(text: &[u8]) -> usize {
    let is_symbol = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let is_line_end = |byte: u8| matches!(byte, b'\r' | b'\n');
    let mut in_group = 0;
    for (at, byte) in text.iter().copied().enumerate() {
        match byte {
            _ if is_symbol(byte) => in_group = (in_group + 1) % 4,
            _ if is_line_end(byte) => (),
            b'=' if in_group >= 2 => return after_padding(text, at + 1, 3 - in_group),
            _ => return at,
        }
    }
    text.len().saturating_sub(in_group)
}

/// Looks behind the first `=` of base64, which `more` others must follow: one or none.
fn after_padding(text: &[u8], from: usize, more: usize) -> usize {
    let next = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
    };
    let at = next(from);
    match text.get(at) {
        None => text.len(),
        Some(b'=') if more > 0 => next(at + 1),
        Some(_) if more > 0 => at - 1,
        Some(_) => at,
    }
}

/// The byte at which Go gives up on base32 that cannot be decoded.
pub(super) fn base32(text: &[u8]) -> usize {
    let bytes: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let mut in_group = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let left = bytes.len() - at - 1;
        if *byte == b'=' && in_group >= 2 && left < 8 {
            if left + in_group < 7 {
                return bytes.len();
            }
            let padding = bytes.get(at + 1..at + 8 - in_group).unwrap_or_default();
            return padding.iter().position(|byte| *byte != b'=').map_or(at, |wrong| at + wrong);
        }
        if !matches!(byte, b'A'..=b'Z' | b'2'..=b'7') {
            return at;
        }
        in_group = (in_group + 1) % 8;
    }
    bytes.len().saturating_sub(in_group)
}
