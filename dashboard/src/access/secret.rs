//! Texts that nobody can guess.

use std::fmt;

use ring::digest::{SHA256, digest};
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};

/// A text that nobody can guess: 256 bits of the machine's randomness.
#[derive(Clone)]
pub struct Secret(String);

/// A secret as it is kept to compare with: how long a comparison takes tells nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Digest([u8; 32]);

impl Secret {
    /// A new one. Fails where the machine has no randomness.
    pub fn new() -> Result<Self, Unspecified> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes)?;
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Ok(Self(digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()))
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether it is this text.
    pub(crate) fn is(&self, text: &str) -> bool {
        Digest::of(&self.0) == Digest::of(text)
    }
}

impl Digest {
    pub(crate) fn of(text: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(digest(&SHA256, text.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }
}

/// A secret is not for logs.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
