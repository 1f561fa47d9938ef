//! Repositories that may be deployed from.

use crate::check::Checker;
use crate::glob::Glob;
use crate::project::{MOST, Refusal};
use crate::repo_url;

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
        let url = repo_url::normal(url);
        let refused = self.0.iter().find_map(|pattern| match pattern {
            Pattern::Not(glob, written) if glob.is_match(&url) => Some(written),
            _ => None,
        });
        if let Some(written) = refused {
            return Err(format!("repository {url} is refused by {written:?}"));
        }
        let allowed = self.0.iter().any(|pattern| match pattern {
            Pattern::Any | Pattern::Not(..) => true,
            Pattern::Like(glob) => glob.is_match(&url),
        });
        if allowed { Ok(()) } else { Err(format!("repository {url} is not allowed; add it to the list")) }
    }

    /// Whether one pattern names it and none takes it out: here what is taken out names nothing else.
    pub(super) fn has(&self, url: &str) -> bool {
        self.has_room_for(url).is_ok() && {
            let url = repo_url::normal(url);
            self.0.iter().any(|pattern| match pattern {
                Pattern::Any => true,
                Pattern::Like(glob) => glob.is_match(&url),
                Pattern::Not(..) => false,
            })
        }
    }

    /// Whether there is one that takes nothing out.
    pub(super) fn names_some(&self) -> bool {
        self.0.iter().any(|pattern| !matches!(pattern, Pattern::Not(..)))
    }
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
