//! Constraints: `>=1.2, <2 || ~3.1`, `^1.2`, `1.x`, `1.2 - 1.4`.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

use super::version::{Version, compare_pre};

/// Alternatives, each of which is fulfilled by a version that all its bounds allow.
#[derive(Debug, Clone)]
pub(crate) struct Constraint(Vec<Vec<Bound>>);

#[derive(Debug, Clone)]
struct Bound {
    operator: Operator,
    version: Version,
    /// Which numbers were left out or are `x`: all, from the minor, or the patch number alone.
    open: Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    Major,
}

/// The longest constraint, in bytes: longer ones take long to read.
const SOURCE_LIMIT: usize = 4096;

const OPERATORS: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";
const VERSION: &str = r"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?";

/// The patterns that the library reads constraints by.
struct Patterns {
    one: Regex,
    range: Regex,
    find: Regex,
    valid: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let (ops, version) = (OPERATORS, VERSION);
    Some(Patterns {
        one: Regex::new(&format!(r"^\s*({ops})\s*({version})\s*$")).ok()?,
        range: Regex::new(&format!(r"\s*({version})\s+-\s+({version})\s*")).ok()?,
        find: Regex::new(&format!(r"({ops})\s*({version})")).ok()?,
        valid: Regex::new(&format!(r"^(\s*({ops})\s*({version})\s*)((?:\s+|,\s*)({ops})\s*({version})\s*)*$")).ok()?,
    })
});

impl Constraint {
    /// Reads a constraint of at most some thousand bytes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > SOURCE_LIMIT {
            return None;
        }
        let patterns = PATTERNS.as_ref()?;
        let text = patterns.range.replace_all(text, |range: &regex::Captures<'_>| {
            let side = |index| range.get(index).map_or("", |side| side.as_str());
            format!(">= {}, <= {} ", side(1), side(11))
        });
        let bounds = |part: &str| {
            if !patterns.valid.is_match(part) {
                return None;
            }
            patterns.find.find_iter(part).map(|one| Bound::parse(one.as_str(), &patterns.one)).collect()
        };
        text.split("||").map(bounds).collect::<Option<_>>().map(Constraint)
    }

    pub(crate) fn allows(&self, version: &Version) -> bool {
        self.0.iter().any(|bounds| bounds.iter().all(|bound| bound.allows(version)))
    }
}

impl Bound {
    fn parse(text: &str, pattern: &Regex) -> Option<Self> {
        let found = pattern.captures(text)?;
        let group = |index| found.get(index).map_or("", |group| group.as_str());
        let operator = match group(1) {
            "" | "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterEqual,
            "<=" | "=<" => Operator::LessEqual,
            "^" => Operator::Caret,
            _ => Operator::Tilde,
        };
        let (major, minor, patch, pre) = (group(3), group(4), group(5), group(6));
        let (written, open) = if is_open(major) {
            (format!("0.0.0{pre}"), Open::Major)
        } else if is_open(minor) {
            (format!("{major}.0.0{pre}"), Open::Minor)
        } else if is_open(patch) {
            (format!("{major}{minor}.0{pre}"), Open::Patch)
        } else {
            (group(2).to_owned(), Open::Nothing)
        };
        Some(Bound { operator, version: Version::parse(&written)?, open })
    }

    fn allows(&self, version: &Version) -> bool {
        let own = &self.version;
        if self.operator == Operator::NotEqual {
            return self.differs(version);
        }
        if self.wants_release(version) {
            return false;
        }
        let order = version.compare(own);
        match self.operator {
            Operator::Equal if self.open != Open::Nothing => self.tilde(version),
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual => false,
            Operator::Less => order == Ordering::Less,
            Operator::GreaterEqual => order != Ordering::Less,
            Operator::Greater => match self.open {
                Open::Nothing => order == Ordering::Greater,
                _ if version.major != own.major => version.major > own.major,
                Open::Minor => false,
                Open::Patch => version.minor > own.minor,
                Open::Major => order == Ordering::Greater,
            },
            Operator::LessEqual => match self.open {
                Open::Nothing => order != Ordering::Greater,
                _ if version.major != own.major => version.major < own.major,
                Open::Minor => true,
                _ => version.minor <= own.minor,
            },
            Operator::Tilde => self.tilde(version),
            Operator::Caret => self.caret(version),
        }
    }

    /// Whether this is a pre-release, which nobody gets who asks for releases.
    fn wants_release(&self, version: &Version) -> bool {
        !version.pre.is_empty() && self.version.pre.is_empty()
    }

    fn differs(&self, version: &Version) -> bool {
        let own = &self.version;
        if self.open != Open::Nothing {
            if self.wants_release(version) {
                return false;
            }
            match self.open {
                _ if version.major != own.major => return true,
                Open::Minor => return false,
                _ if version.minor != own.minor => return true,
                Open::Patch => return compare_pre(&version.pre, &own.pre) != Ordering::Equal,
                _ if version.patch != own.patch => return true,
                _ => (),
            }
        }
        version.compare(own) != Ordering::Equal
    }

    fn tilde(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.compare(own) == Ordering::Less {
            return false;
        }
        let zero = own.major == 0 && own.minor == 0 && own.patch == 0;
        if zero && !matches!(self.open, Open::Minor | Open::Patch) {
            return true;
        }
        version.major == own.major && (version.minor == own.minor || self.open == Open::Minor)
    }

    fn caret(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.compare(own) == Ordering::Less {
            return false;
        }
        if own.major > 0 || self.open == Open::Minor {
            return version.major == own.major;
        }
        if version.major > 0 {
            return false;
        }
        if own.minor > 0 || self.open == Open::Patch {
            return version.minor == own.minor;
        }
        version.minor == 0 && version.patch == own.patch
    }
}

fn is_open(part: &str) -> bool {
    matches!(part.trim_start_matches('.'), "" | "x" | "X" | "*")
}
