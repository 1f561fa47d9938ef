//! What tells one notice from another.

use std::fmt::{self, Write};

use ring::digest::{Context, SHA256};

/// Who is told what, once: the same parts give the same identifier, in each process and after each restart.
///
/// Services that know notices by an identifier of the sender get this one, so that a notice sent twice is shown once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Id {
    /// The identifier of these parts: such as an object's uid, its revision, what happened, trigger, service and recipient.
    pub fn of(parts: &[&str]) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            // With its length, or "ab" and "c" would be "a" and "bc".
            context.update(&part.len().to_be_bytes());
            context.update(part.as_bytes());
        }
        let digest = context.finish();
        let half = digest.as_ref().iter().take(16);
        Self(half.fold(String::new(), |mut id, byte| {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
            id
        }))
    }

    /// As services get it: 32 letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_are_the_same_notice_and_others_are_not() {
        assert_eq!(Id::of(&["uid", "3"]).as_str(), "3c541de0ca98f54d6b928871ff7fb1e8");
        assert_ne!(Id::of(&["ab", "c"]), Id::of(&["a", "bc"]));
        assert_ne!(Id::of(&["a"]), Id::of(&["a", ""]));
    }
}
