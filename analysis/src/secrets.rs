//! Takes secrets out of texts, in every spelling in which a server or a library may repeat them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::encode::{base64, percent};

/// Texts that nobody may see. It has no debug form, as that would show them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The longest first: a secret that is part of another must not leave the rest of it in sight.
    spellings: BTreeSet<(Reverse<usize>, String)>,
}

/// What stands for a secret in anything that is written down.
const REDACTED: &str = "*****";

/// From this length on a secret is looked for in base64 too: shorter ones would be found in any text.
const IN_BASE64: usize = 6;

impl Secrets {
    /// Notes a secret.
    pub fn add(&mut self, secret: &str) {
        let spellings = spellings(secret).into_iter().filter(|text| !text.is_empty());
        self.spellings.extend(spellings.map(|text| (Reverse(text.len()), text)));
    }

    /// The text without the secrets in it.
    pub fn redact(&self, text: &str) -> String {
        self.spellings.iter().fold(text.to_owned(), |text, (_, secret)| text.replace(secret.as_str(), REDACTED))
    }
}

/// A secret as it is, as messages and JSON quote it, as addresses and forms carry it, and in base64.
fn spellings(secret: &str) -> Vec<String> {
    let unquoted = |quoted: String| quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned();
    let json = unquoted(serde_json::Value::from(secret).to_string());
    // Go escapes what might end a script in HTML.
    let go = json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    let path = percent(secret, b"-._~");
    let form = percent(secret, b"-._* ").replace(' ', "+");
    // What a path may hold besides.
    let lenient = percent(secret, b"-._~!$&'()*+,;=:@/");
    let lower = [path.clone(), form.clone(), lenient.clone()].map(|text| lower_hex(&text));
    let mut all = vec![secret.to_owned(), unquoted(format!("{secret:?}")), json, go, path, form, lenient];
    all.extend(lower);
    if secret.len() >= IN_BASE64 {
        all.extend((0..3).flat_map(|before| within_base64(secret, before)));
    }
    all
}

/// `%2F` as `%2f`.
fn lower_hex(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let (hex, rest) = part.split_at(part.floor_char_boundary(2));
        all + "%" + &hex.to_ascii_lowercase() + rest
    })
}

/// The letters that a secret is sure to have in base64 where so many bytes, modulo 3, stand before it; in both alphabets.
fn within_base64(secret: &str, before: usize) -> [String; 2] {
    let bytes = [vec![0; before], secret.as_bytes().to_vec()].concat();
    let encoded = base64(&bytes);
    // A letter has 6 bits: those that hold bits of what is before or after are left out.
    let from = (before * 8).div_ceil(6);
    let to = bytes.len() * 8 / 6;
    let sure = encoded.get(from..to).unwrap_or_default();
    [sure.to_owned(), sure.replace('+', "-").replace('/', "_")]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(secret: &str, text: &str) -> String {
        let mut secrets = Secrets::default();
        secrets.add(secret);
        secrets.redact(text)
    }

    #[test]
    fn a_secret_is_found_in_each_of_its_spellings() {
        let secret = "p@ss/w\"rd <é>";
        for text in [
            r#"p@ss/w"rd <é>"#,
            r#"p@ss/w\"rd <é>"#,
            r#"p@ss/w\"rd \u003cé\u003e"#,
            "p%40ss%2Fw%22rd%20%3C%C3%A9%3E",
            "p%40ss%2fw%22rd%20%3c%c3%a9%3e",
            "p%40ss%2Fw%22rd+%3C%C3%A9%3E",
            "p@ss/w%22rd%20%3C%C3%A9%3E",
        ] {
            assert_eq!(redact(secret, &format!("a {text} b")), "a ***** b");
        }
    }

    /// A server that repeats the Authorization header of basic authentication.
    #[test]
    fn a_secret_is_found_in_base64_wherever_it_stands() {
        for before in ["", "u", "us", "use", "user:"] {
            let text = base64(format!("{before}s3cr3t-t0ken!").as_bytes());
            let shown = redact("s3cr3t-t0ken!", &text);
            assert!(shown.contains("*****") && shown.len() < 5 + before.len() * 2 + 6, "{before}: {text} → {shown}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        assert_eq!(redact("abc", "YWJj a%62c AB"), "YWJj a%62c AB");
        assert_eq!(redact("", "text"), "text");
    }
}
