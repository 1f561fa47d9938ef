//! Texts that no message, log line or debug form shows.

use std::fmt;

/// A credential, or an address that works as one.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Hidden(String);

impl Hidden {
    /// What is hidden, for the request that needs it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "none" } else { "*****" })
    }
}
