//! Versions: `1.2.3-beta.1+build`, and what is taken for one: `v1`, `1.2`.

use std::cmp::Ordering;
use std::fmt;

/// A version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    pub(crate) pre: String,
    pub(crate) metadata: String,
    pub(crate) original: String,
}

impl Version {
    /// Reads a version; a missing minor or patch number is zero.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (rest, metadata) = text.split_once('+').map_or((text, None), |(rest, metadata)| (rest, Some(metadata)));
        let (rest, pre) = rest.split_once('-').map_or((rest, None), |(rest, pre)| (rest, Some(pre)));
        let mut numbers = rest.strip_prefix('v').unwrap_or(rest).split('.').map(number);
        let major = numbers.next()??;
        let mut next = || numbers.next().unwrap_or(Some(0));
        let (minor, patch) = (next()?, next()?);
        if numbers.next().is_some() || !pre.is_none_or(is_pre) || !metadata.is_none_or(is_metadata) {
            return None;
        }
        let owned = |part: Option<&str>| part.unwrap_or_default().to_owned();
        Some(Version { major, minor, patch, pre: owned(pre), metadata: owned(metadata), original: text.to_owned() })
    }

    /// Which of two comes first; build metadata count for nothing.
    pub(crate) fn compare(&self, other: &Version) -> Ordering {
        let numbers = |version: &Version| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| compare_pre(&self.pre, &other.pre))
    }

    /// The next version by one of its numbers.
    pub(crate) fn bumped(&self, bump: Bump) -> Version {
        let mut next = Version { pre: String::new(), metadata: String::new(), ..self.clone() };
        match bump {
            // A pre-release becomes the version that it comes before.
            Bump::Patch if !self.pre.is_empty() => (),
            Bump::Patch => next.patch = next.patch.saturating_add(1),
            Bump::Minor => (next.minor, next.patch) = (next.minor.saturating_add(1), 0),
            Bump::Major => (next.major, next.minor, next.patch) = (next.major.saturating_add(1), 0, 0),
        }
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        next.original = format!("{prefix}{next}");
        next
    }
}

/// A number of a version that is counted up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bump {
    Major,
    Minor,
    Patch,
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(out, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(out, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

pub(super) fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether a text is a pre-release: numbers in it have no zeros before them.
fn is_pre(text: &str) -> bool {
    let padded = |part: &str| part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.').all(|part| is_identifier(part) && !padded(part))
}

fn is_metadata(text: &str) -> bool {
    text.split('.').all(is_identifier)
}

/// Compares two pre-releases; none comes after any.
pub(super) fn compare_pre(one: &str, other: &str) -> Ordering {
    match (one.is_empty(), other.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => (),
    }
    let (mut left, mut right) = (one.split('.'), other.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => match (number(left), number(right)) {
                (Some(left), Some(right)) => left.cmp(&right),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => left.cmp(right),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
