//! Repositories that may be deployed from.

use crate::check::Checker;
use crate::glob::Glob;
use crate::project::{MOST, Refusal};
use crate::repo_url;

/// The scheme of registries.
const REGISTRY: &str = "oci://";

/// Patterns of repositories' URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repos(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Any,
    Like(Glob),
    /// As written, for whoever is refused by it.
    Not(Glob, String),
}

impl Repos {
    pub(super) fn read(check: &mut Checker, field: &str, patterns: &[String]) -> Self {
        check.count(field, patterns.len(), MOST);
        let each = patterns.iter().take(MOST).enumerate();
        Self(each.filter_map(|(at, text)| pattern(check, &format!("{field}[{at}]"), text)).collect())
    }

    /// Whether that repository may be deployed from by the project of that name, whose list this is.
    pub fn permits(&self, project: &str, url: &str) -> Result<(), Refusal> {
        let refusal = |why| Refusal { project: project.to_owned(), field: "spec.sourceRepos".to_owned(), why };
        self.has_room_for(url).map_err(refusal)
    }

    /// One pattern must fit; a refusing one counts for everything that it does not refuse.
    fn has_room_for(&self, url: &str) -> Result<(), String> {
        let (url, fits) = (repo_url::normal(url), fits(url));
        let refused = self.0.iter().find_map(|pattern| match pattern {
            Pattern::Not(glob, written) if fits(glob) => Some(written),
            _ => None,
        });
        if let Some(written) = refused {
            return Err(format!("repository {url} is refused by {written:?}"));
        }
        let allowed = self.0.iter().any(|pattern| match pattern {
            Pattern::Any | Pattern::Not(..) => true,
            Pattern::Like(glob) => fits(glob),
        });
        if allowed { Ok(()) } else { Err(format!("repository {url} is not allowed; add it to the list")) }
    }

    /// Whether one pattern names it and none takes it out: here what is taken out names nothing else.
    pub(super) fn has(&self, url: &str) -> bool {
        self.has_room_for(url).is_ok() && {
            let fits = fits(url);
            self.0.iter().any(|pattern| match pattern {
                Pattern::Any => true,
                Pattern::Like(glob) => fits(glob),
                Pattern::Not(..) => false,
            })
        }
    }

    /// Whether there is one that takes nothing out.
    pub(super) fn names_some(&self) -> bool {
        self.0.iter().any(|pattern| !matches!(pattern, Pattern::Not(..)))
    }
}

/// Whether a pattern fits a repository, as it is written or as it could be: registries have their scheme, or none.
fn fits(url: &str) -> impl Fn(&Glob) -> bool {
    let (written, is_bare) = (repo_url::normal(url), !url.contains("://") && !url.contains('@'));
    let other = match written.strip_prefix(REGISTRY) {
        Some(bare) => Some(bare.to_owned()),
        None => is_bare.then(|| format!("{REGISTRY}{written}")),
    };
    move |glob| glob.is_match(&written) || other.as_ref().is_some_and(|other| glob.is_match(other))
}

fn pattern(check: &mut Checker, field: &str, text: &str) -> Option<Pattern> {
    let read = match text.strip_prefix('!') {
        Some("*") => return refuse_all(check, field),
        Some(denied) => Glob::of_urls(&repo_url::normal(denied)).map(|glob| Pattern::Not(glob, text.to_owned())),
        None if text.trim() == "*" => Ok(Pattern::Any),
        None => Glob::of_urls(&repo_url::normal(text)).map(Pattern::Like),
    };
    read.map_err(|error| check.wrong(field, format!("{text:?} {error}"))).ok()
}

fn refuse_all(check: &mut Checker, field: &str) -> Option<Pattern> {
    check.wrong(field, "\"!*\" refuses everything; leave the list empty for that");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_the_same_with_its_scheme_and_without() {
        let permits = |patterns: &[&str], url: &str| {
            let patterns: Vec<String> = patterns.iter().map(|one| (*one).to_owned()).collect();
            Repos::read(&mut Checker::default(), "spec.sourceRepos", &patterns).permits("team", url).is_ok()
        };
        for (patterns, url, expected) in [
            (&["registry.corp/charts"][..], "oci://registry.corp/charts", true),
            (&["oci://registry.corp/*"], "registry.corp/charts", true),
            (&["*", "!registry.corp/*"], "oci://registry.corp/charts", false),
            (&["*", "!oci://registry.corp/*"], "registry.corp/charts", false),
            (&["oci://*/*"], "git@github.com:team", false),
            (&["oci://*/*"], "ssh://github.com/team", false),
            (&["oci://*/*"], "https://github.com/team", false),
            (&["https://registry.corp/*"], "oci://registry.corp/charts", false),
        ] {
            assert_eq!(permits(patterns, url), expected, "{patterns:?} {url}");
        }
    }
}
