//! Texts that nobody may see.

use std::fmt;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

/// What stands for a secret in anything that is written down.
const MASK: &str = "*****";

/// A secret. It shows itself to [`Hidden::reveal`] alone.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Hidden(String);

impl Hidden {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "none" } else { MASK })
    }
}

/// Takes secrets out of a text, as they are, as an address carries them, and in base64.
pub(crate) fn redact<'a>(text: &str, secrets: impl IntoIterator<Item = &'a Hidden>) -> String {
    let mut spellings: Vec<String> = secrets.into_iter().flat_map(|secret| spellings(secret.reveal())).collect();
    // The longest first: a secret that is part of another must not leave the rest of it in sight.
    spellings.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let text = spellings.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK));
    without_user(&text)
}

fn spellings(secret: &str) -> Vec<String> {
    let mut all = vec![secret.to_owned(), percent(secret)];
    // A key is known by its lines, too.
    all.extend(secret.lines().map(|line| line.trim().to_owned()));
    all.push(BASE64_STANDARD.encode(secret));
    all.push(BASE64_URL_SAFE.encode(secret));
    // What is this short would be found in any text.
    all.retain(|text| text.len() >= 4);
    all
}

fn percent(secret: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let letter = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    secret.bytes().map(letter).collect()
}

/// Takes `user:password@` out of every address in a text.
fn without_user(text: &str) -> String {
    let mut parts = text.split("://");
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|character: char| character == '/' || character == '\'' || character.is_whitespace());
        let (authority, rest) = part.split_at(end.unwrap_or(part.len()));
        let kept = match authority.rsplit_once('@') {
            Some((user, host)) if user.contains(':') => host,
            _ => authority,
        };
        done.push_str("://");
        done.push_str(kept);
        done.push_str(rest);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_each_of_its_spellings() {
        let secret = Hidden::new("p@ss/w rd");
        for text in ["p@ss/w rd", "p%40ss%2Fw%20rd", "cEBzcy93IHJk"] {
            assert_eq!(redact(&format!("a {text} b"), [&secret]), "a ***** b");
        }
        assert_eq!(redact("fatal: https://u:pw@host/x: no", []), "fatal: https://host/x: no");
        assert_eq!(redact("ssh://git@host/x", []), "ssh://git@host/x");
        assert_eq!(format!("{secret:?} {:?}", Hidden::default()), "***** none");
    }

    #[test]
    fn every_line_of_a_key_is_secret() {
        let key = Hidden::new("-----BEGIN KEY-----\nb3BlbnNzaC1rZXk\nAAAABG5vbm\n-----END KEY-----\n");
        assert_eq!(redact("bad line AAAABG5vbm in it", [&key]), "bad line ***** in it");
    }
}
