//! What a repository says it has, and which commit a revision is.

use std::collections::BTreeMap;

use sluice_gitops::application::revision::is_commit;

use crate::error::{Kind, RenderError};
use crate::version::{Constraint, Version};

/// Branches, tags and HEAD of a repository, by full name; a tag stands for the commit that it names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Refs {
    commits: BTreeMap<String, String>,
    /// Tags that are more than a name: their own hashes.
    annotated: BTreeMap<String, String>,
}

impl Refs {
    /// From what `git ls-remote` writes.
    pub(crate) fn parse(text: &str) -> Self {
        let mut refs = Self::default();
        for (id, name) in text.lines().filter_map(|line| line.split_once('\t')) {
            if !is_commit(id) {
                continue;
            }
            // An annotated tag is told twice: as itself, and then, with ^{}, as what it names.
            let (name, is_named) = name.strip_suffix("^{}").map_or((name, false), |name| (name, true));
            let before = refs.commits.insert(name.to_owned(), id.to_owned());
            if let Some(tag) = before.filter(|_| is_named) {
                refs.annotated.insert(name.to_owned(), tag);
            }
        }
        refs
    }

    /// The commit of a revision: a full commit, HEAD or nothing, a range of versions over the tags, a branch, a tag, or a full
    /// name such as `refs/pull/1/head`. And its full name, where it has one.
    pub(crate) fn resolve(&self, revision: &str) -> Result<(String, Option<String>), RenderError> {
        let revision = revision.trim();
        if is_commit(revision) {
            return Ok((revision.to_ascii_lowercase(), None));
        }
        let name = if revision.is_empty() { "HEAD" } else { revision };
        let version = self.newest_tag(name);
        let names = match &version {
            Some(tag) => vec![tag.clone()],
            None => {
                vec![name.to_owned(), format!("refs/heads/{name}"), format!("refs/tags/{name}"), format!("refs/{name}")]
            }
        };
        let known = names.into_iter().find_map(|name| Some((self.commits.get(&name)?.clone(), Some(name))));
        known.ok_or_else(|| RenderError::new(Kind::NotFound, self.unknown(name)))
    }

    /// The annotated tag that a revision is: its full name, and its own hash.
    pub(crate) fn annotated(&self, revision: &str) -> Option<(String, String)> {
        let (_, name) = self.resolve(revision).ok()?;
        let name = name?;
        self.annotated.get(&name).cloned().map(|id| (name, id))
    }

    /// The newest tag within a range of versions. `None` if the revision is no range, or a version itself: that is a pin.
    fn newest_tag(&self, revision: &str) -> Option<String> {
        if Version::parse(revision).is_some() {
            return None;
        }
        let range = Constraint::parse(revision)?;
        let tags =
            self.commits.keys().filter_map(|name| Some((Version::parse(name.strip_prefix("refs/tags/")?)?, name)));
        // Of versions that are equal the first counts, as with the established controller.
        let fitting = tags.filter(|(version, _)| range.admits(version));
        let newest = fitting.reduce(|best, next| if next.0 > best.0 { next } else { best });
        newest.map(|(_, name)| name.clone())
    }

    fn unknown(&self, revision: &str) -> String {
        let count = self.commits.len();
        let hint = if revision.len() >= 7 && revision.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            "; nor does just one of its commits begin so"
        } else if self.commits.is_empty() {
            "; the repository is empty"
        } else if Constraint::parse(revision).is_some() {
            "; no tag is a version in that range"
        } else {
            ""
        };
        format!(
            "unable to resolve '{revision}' to a commit SHA: it is none of the repository's {count} branches and tags{hint}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> String {
        digit.to_string().repeat(40)
    }

    fn refs() -> Refs {
        let lines = [
            ('a', "HEAD"),
            ('a', "refs/heads/main"),
            ('b', "refs/heads/release/1.x"),
            ('c', "refs/tags/v1.2.3"),
            ('d', "refs/tags/v1.2.3^{}"),
            ('e', "refs/tags/v1.3.0"),
            ('f', "refs/tags/v2.0.0-rc.1"),
            ('1', "refs/tags/main"),
            ('2', "refs/pull/7/head"),
            ('3', "refs/heads/v1.3.0"),
        ];
        Refs::parse(&lines.map(|(digit, name)| format!("{}\t{name}\n", id(digit))).concat())
    }

    fn check(revision: &str, digit: char, name: Option<&str>) {
        assert_eq!(refs().resolve(revision).unwrap(), (id(digit), name.map(str::to_owned)), "{revision}");
    }

    #[test]
    fn a_revision_is_a_commit() {
        check("", 'a', Some("HEAD"));
        check("HEAD", 'a', Some("HEAD"));
        check("main", 'a', Some("refs/heads/main"));
        check("release/1.x", 'b', Some("refs/heads/release/1.x"));
        check("v1.2.3", 'd', Some("refs/tags/v1.2.3"));
        check("refs/pull/7/head", '2', Some("refs/pull/7/head"));
        check("tags/main", '1', Some("refs/tags/main"));
        check(&id('9'), '9', None);
    }

    #[test]
    fn a_range_is_its_newest_tag() {
        check("^1.2.0", 'e', Some("refs/tags/v1.3.0"));
        check("1.2.*", 'd', Some("refs/tags/v1.2.3"));
        check(">=1.0.0-0", 'f', Some("refs/tags/v2.0.0-rc.1"));
        check("*", 'e', Some("refs/tags/v1.3.0"));
    }

    #[test]
    fn what_it_is_not_is_said() {
        let said = |revision: &str| refs().resolve(revision).unwrap_err().text;
        let none = "to a commit SHA: it is none of the repository's 9 branches and tags";
        assert_eq!(said("nope"), format!("unable to resolve 'nope' {none}"));
        assert_eq!(
            said("deadbeef"),
            format!("unable to resolve 'deadbeef' {none}; nor does just one of its commits begin so")
        );
        assert_eq!(said("^9.0.0"), format!("unable to resolve '^9.0.0' {none}; no tag is a version in that range"));
        let seed = r#"{{path.basename == "prod" && "v1.2.3" || "main"}}"#;
        assert_eq!(said(seed), format!("unable to resolve '{seed}' {none}"));
    }
}
