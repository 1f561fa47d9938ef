//! Versions and ranges of versions in the dialect that charts and Applications are written in (Masterminds/semver 3).
//!
//! It is not that of Rust's crates: `1.2.3` means just that version, parts may be left out, `v1.2` is a version, and a range
//! takes pre-releases only if it names one. Go is asked for the truth in `tests/version_go.rs`.

mod constraint;

use std::cmp::Ordering;

pub(crate) use self::constraint::Constraint;

/// The longest version.
const LONGEST: usize = 256;

/// A version. Build metadata do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub numbers: [u64; 3],
    /// What is behind the dash; empty of a release.
    pub pre: String,
}

impl Version {
    /// `v1.2.3-pre+build`; all but the first number may be left out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
        let (text, pre) = text.split_once('-').map_or((text, None), |(text, pre)| (text, Some(pre)));
        let sound = build.is_none_or(|build| build.split('.').all(is_identifier));
        let pre_sound = pre.is_none_or(|pre| pre.split('.').all(|part| is_identifier(part) && !has_leading_zero(part)));
        if !sound || !pre_sound {
            return None;
        }
        let mut numbers = [0; 3];
        let mut parts = text.split('.');
        for (number, part) in numbers.iter_mut().zip(parts.by_ref()) {
            *number = numeral(part)?;
        }
        parts.next().is_none().then(|| Self { numbers, pre: pre.unwrap_or_default().to_owned() })
    }

    pub(crate) fn is_pre_release(&self) -> bool {
        !self.pre.is_empty()
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.is_pre_release(), other.is_pre_release()) {
            (false, false) => Ordering::Equal,
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (true, true) => pre_releases(&self.pre, &other.pre),
        })
    }
}

/// Part by part: numbers by value and before words, words by their letters, fewer parts before more.
fn pre_releases(one: &str, other: &str) -> Ordering {
    let part = |text: &str| match text.parse::<u64>() {
        Ok(number) => (0, number, String::new()),
        Err(_) => (1, 0, text.to_owned()),
    };
    one.split('.').map(part).cmp(other.split('.').map(part))
}

/// A number without sign.
fn numeral(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn has_leading_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests;
