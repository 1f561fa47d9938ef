//! Bytes as text: percent signs, base64, hex.

/// All but letters, digits and `kept` as percent signs and hexadecimal digits.
pub fn percent(text: &str, kept: &[u8]) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            all.push(char::from(byte));
        } else {
            all.push('%');
            all.push_str(&hex(&[byte]).to_ascii_uppercase());
        }
        all
    })
}

/// Two lower-case digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with the usual alphabet and padding.
pub fn base64(bytes: &[u8]) -> String {
    bytes.chunks(3).fold(String::new(), |mut all, chunk| {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for letter in 0..4_u32 {
            let index = (bits >> (18 - 6 * letter) & 63) as usize;
            let is_padding = letter as usize > chunk.len();
            all.push(if is_padding { '=' } else { ALPHABET.get(index).map_or('=', |letter| char::from(*letter)) });
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        for (text, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }
}
