//! Label selectors as people write them: `app=web,tier in (front, back),!canary`.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>

use std::collections::{BTreeMap, BTreeSet};

/// Which objects are meant, by their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    requirements: Vec<(String, Requirement)>,
}

/// What is asked of one label.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    In(BTreeSet<String>),
    NotIn(BTreeSet<String>),
    Exists,
    Absent,
}

impl Selector {
    /// Reads a selector; the empty one means all objects.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts = parts(text).into_iter().map(str::trim).filter(|part| !part.is_empty());
        Ok(Self { requirements: parts.map(requirement).collect::<Result<_, _>>()? })
    }

    /// Whether it means an object with these labels.
    pub(crate) fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.requirements.iter().all(|(key, requirement)| requirement.holds(labels.get(key)))
    }
}

impl Requirement {
    fn holds(&self, value: Option<&String>) -> bool {
        match self {
            Self::In(values) => value.is_some_and(|value| values.contains(value)),
            // As in Kubernetes: an object without the label is none of those.
            Self::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            Self::Exists => value.is_some(),
            Self::Absent => value.is_none(),
        }
    }
}

/// Parted by commas, but for those within brackets.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let comma = |letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    };
    text.split(comma).collect()
}

fn requirement(part: &str) -> Result<(String, Requirement), String> {
    let wrong = || format!("{part:?} is no requirement; write a=b, a!=b, a in (b, c), a notin (b, c), a or !a");
    let one = |value: &str| BTreeSet::from([value.trim().to_owned()]);
    let (key, requirement) = if let Some(key) = part.strip_prefix('!') {
        (key, Requirement::Absent)
    } else if let Some((key, value)) = part.split_once("!=") {
        (key, Requirement::NotIn(one(value)))
    } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        (key, Requirement::In(one(value)))
    } else if let Some((key, values)) = part.strip_suffix(')').and_then(|part| part.split_once('(')) {
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        match key.trim().rsplit_once(char::is_whitespace) {
            Some((key, "in")) => (key, Requirement::In(values)),
            Some((key, "notin")) => (key, Requirement::NotIn(values)),
            _ => return Err(wrong()),
        }
    } else {
        (part, Requirement::Exists)
    };
    let key = key.trim();
    let values = match &requirement {
        Requirement::In(values) | Requirement::NotIn(values) => values.iter().all(|value| is_word(value)),
        Requirement::Exists | Requirement::Absent => true,
    };
    if key.is_empty() || !is_word(&key.replace('/', "")) || !values {
        return Err(wrong());
    }
    Ok((key.to_owned(), requirement))
}

fn is_word(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(selector: &str, meant: &str) {
        let objects = [("web", "app=web"), ("both", "app=web tier=front"), ("api", "app=api tier=back"), ("none", "")];
        let parsed = Selector::parse(selector);
        let labels = |text: &str| {
            text.split_whitespace()
                .filter_map(|label| label.split_once('='))
                .map(|(a, b)| (a.into(), b.into()))
                .collect()
        };
        let found = match parsed {
            Ok(selector) => {
                let meant = objects.iter().filter(|(_, text)| selector.matches(&labels(text)));
                meant.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error,
        };
        assert!(found == meant || (!meant.is_empty() && found.contains(meant)), "{selector}: {found}");
    }

    #[test]
    fn selectors_mean_what_they_mean_to_kubectl() {
        check("", "web both api none");
        check("app=web", "web both");
        check(" app == web , tier != front ", "web");
        check("app in (web, api),tier", "both api");
        check("tier notin (front)", "web api none");
        check("!tier", "web none");
        check("app=web,app=api", "");
    }

    #[test]
    fn what_is_no_selector_is_told() {
        for wrong in ["app of (web)", "in (a)", "=web", "app=we b", "app in (web", "app in web)", "a b"] {
            check(wrong, "is no requirement");
        }
    }
}
