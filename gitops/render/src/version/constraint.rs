//! Ranges of versions.

use super::Version;

/// The longest range, and the most alternatives in it.
const LONGEST: usize = 1024;
const ALTERNATIVES: usize = 64;

/// A range: alternatives, each of comparisons that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Constraint(Vec<Vec<Comparison>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// How many numbers of a version are given; the others are left out or a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    None,
    Major,
    Minor,
    All,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    version: Version,
    given: Given,
}

impl Constraint {
    /// `>=1.2, <2 || ~3.1`, `1.2 - 1.4.5`, `^1.x`, `*`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST || text.split("||").count() > ALTERNATIVES {
            return None;
        }
        text.split("||").map(alternative).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether a version is in the range. A pre-release is only if the alternative names one.
    pub(crate) fn admits(&self, version: &Version) -> bool {
        self.0.iter().any(|all| {
            let pre = all.iter().any(|comparison| comparison.version.is_pre_release());
            (pre || !version.is_pre_release()) && all.iter().all(|comparison| comparison.holds(version))
        })
    }
}

/// Comparisons with spaces or commas between.
fn alternative(text: &str) -> Option<Vec<Comparison>> {
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    // Go finds `1 - 2` only at the start and behind a comma.
    let mut range_may_begin = true;
    loop {
        let (operator, after) = operator(rest);
        let after = after.trim_start();
        let (version, after) = token(after);
        let after_space = after.trim_start();
        // `1.2 - 1.4`: a dash with spaces around it. Behind an operator it makes no sense.
        let range_end =
            after_space.strip_prefix('-').filter(|end| after != after_space && end.starts_with(char::is_whitespace));
        if let Some(end) = range_end {
            let (last, after) = token(end.trim_start());
            if operator.is_some() || !range_may_begin {
                return None;
            }
            all.push(comparison(Operator::GreaterEqual, version)?);
            all.push(comparison(Operator::LessEqual, last)?);
            rest = after;
        } else {
            all.push(comparison(operator.unwrap_or(Operator::Equal), version)?);
            rest = after;
        }
        let next = rest.trim_start();
        if next.is_empty() {
            return Some(all);
        }
        match next.strip_prefix(',') {
            Some(next) => (rest, range_may_begin) = (next.trim_start(), true),
            None if next.len() < rest.len() => (rest, range_may_begin) = (next, false),
            None => return None,
        }
    }
}

fn operator(text: &str) -> (Option<Operator>, &str) {
    const ALL: [(&str, Operator); 11] = [
        ("!=", Operator::NotEqual),
        (">=", Operator::GreaterEqual),
        ("=>", Operator::GreaterEqual),
        ("<=", Operator::LessEqual),
        ("=<", Operator::LessEqual),
        ("~>", Operator::Tilde),
        ("=", Operator::Equal),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("~", Operator::Tilde),
        ("^", Operator::Caret),
    ];
    let found = ALL.iter().find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
    found.map_or((None, text), |(operator, rest)| (Some(operator), rest))
}

/// Everything up to a space or a comma.
fn token(text: &str) -> (&str, &str) {
    text.split_at(text.find(|character: char| character == ',' || character.is_whitespace()).unwrap_or(text.len()))
}

fn comparison(operator: Operator, text: &str) -> Option<Comparison> {
    let plain = text.strip_prefix('v').unwrap_or(text);
    let end = plain.find(['-', '+']).unwrap_or(plain.len());
    let (numbers, rest) = plain.split_at(end);
    let parts: Vec<&str> = numbers.split('.').collect();
    let wild = |part: &&str| matches!(*part, "x" | "X" | "*");
    let sound = |part: &&str| wild(part) || (!part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if parts.len() > 3 || !parts.iter().all(sound) {
        return None;
    }
    let known: Vec<&str> = parts.iter().copied().take_while(|part| !wild(part)).collect();
    let given = match known.len() {
        0 => Given::None,
        1 => Given::Major,
        2 => Given::Minor,
        _ => Given::All,
    };
    let filled: Vec<&str> = known.into_iter().chain(["0", "0", "0"]).take(3).collect();
    // What is built is of no matter, but has to be well-formed.
    let version = Version::parse(&format!("{}{rest}", filled.join(".")))?;
    Some(Comparison { operator, version, given })
}

impl Comparison {
    fn holds(&self, version: &Version) -> bool {
        let [major, minor, _] = version.numbers;
        let [own_major, own_minor, _] = self.version.numbers;
        match self.operator {
            Operator::Equal if self.given == Given::All => *version == self.version,
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual => !self.is_meant(version),
            Operator::Greater => match self.given {
                Given::All | Given::None => *version > self.version,
                Given::Major => major > own_major,
                Given::Minor => (major, minor) > (own_major, own_minor),
            },
            Operator::Less => *version < self.version,
            Operator::GreaterEqual => *version >= self.version,
            Operator::LessEqual => match self.given {
                Given::All => *version <= self.version,
                Given::Major => major <= own_major,
                Given::Minor | Given::None => (major, minor) <= (own_major, own_minor),
            },
            Operator::Caret => self.caret(version),
        }
    }

    /// Whether `!=` is about it.
    fn is_meant(&self, version: &Version) -> bool {
        let [major, minor, _] = version.numbers;
        let [own_major, own_minor, _] = self.version.numbers;
        match self.given {
            Given::All | Given::None => *version == self.version,
            Given::Major => major == own_major,
            Given::Minor => (major, minor) == (own_major, own_minor) && version.pre == self.version.pre,
        }
    }

    /// The same major and minor version, as far as given, and not older.
    fn tilde(&self, version: &Version) -> bool {
        let [major, minor, _] = version.numbers;
        let [own_major, own_minor, _] = self.version.numbers;
        let any = self.version.numbers == [0; 3] && matches!(self.given, Given::None | Given::All);
        let same = major == own_major && (minor == own_minor || self.given == Given::Major);
        *version >= self.version && (any || same)
    }

    /// The same first number that is not zero, and not older.
    fn caret(&self, version: &Version) -> bool {
        if *version < self.version {
            return false;
        }
        let [major, minor, patch] = version.numbers;
        let [own_major, own_minor, own_patch] = self.version.numbers;
        if own_major > 0 || self.given == Given::Major {
            return major == own_major;
        }
        if own_minor > 0 || self.given == Given::Minor {
            return (major, minor) == (own_major, own_minor);
        }
        (major, minor, patch) == (own_major, own_minor, own_patch)
    }
}
