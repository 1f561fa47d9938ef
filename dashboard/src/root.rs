//! Where the pages are on their server.

use std::str::FromStr;

use thiserror::Error;

/// The path that everything is below, such as `/rollouts`; nothing at the top of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root(String);

/// Why a path is none to be below.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no path: give names of letters, digits, - _ . ~, with / between them, like tools/rollouts")]
pub struct BadRoot(String);

impl Root {
    /// The address of what is at a path below it; `path` begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The path that a browser has to be at for what is of these pages only: a cookie.
    pub(crate) fn whole(&self) -> &str {
        if self.0.is_empty() { "/" } else { &self.0 }
    }

    /// Its own path; `None` at the top.
    pub(crate) fn below(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }
}

impl FromStr for Root {
    type Err = BadRoot;

    /// Reads a path; slashes around it count for nothing.
    fn from_str(text: &str) -> Result<Self, BadRoot> {
        let path = text.trim_matches('/');
        if path.is_empty() {
            return Ok(Self::default());
        }
        let is_name = |name: &str| {
            !matches!(name, "" | "." | "..") && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
        };
        if path.split('/').all(is_name) { Ok(Self(format!("/{path}"))) } else { Err(BadRoot(text.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_around_a_path_count_for_nothing() {
        for (text, expected) in
            [("", "/x"), ("/", "/x"), ("rollouts", "/rollouts/x"), ("/rollouts/", "/rollouts/x"), ("a/b.c", "/a/b.c/x")]
        {
            assert_eq!(text.parse::<Root>().unwrap().at("/x"), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_named() {
        for text in ["a b", "a//b", "../a", "{x}", "a?b", "a;b", "a%2fb"] {
            let why = text.parse::<Root>().unwrap_err().to_string();
            assert!(why.contains(&format!("{text:?}")), "{why}");
        }
    }
}
