//! When two URLs name the same repository.

/// A repository's URL in the form in which two are compared: `git@HOST:PATH.git` and `ssh://git@HOST/PATH` are one, so are
/// `HTTPS://HOST/PATH/` and `https://host/path.git`.
///
/// As the established controller has it (`util/git`, `NormalizeGitURL`), but that slashes at the end never count: servers do not
/// mind them, and a repository that a project refuses must not be had by one more slash.
pub fn normal(url: &str) -> String {
    let mut url = url.trim().to_lowercase();
    if is_scp(&url) {
        url = url.replacen(':', "/", 1);
    }
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    url.strip_prefix("ssh://").unwrap_or(url).trim_end_matches('/').to_owned()
}

/// Whether two URLs name the same repository.
pub fn is_same(one: &str, other: &str) -> bool {
    normal(one) == normal(other)
}

/// Whether `url` is `prefix` or below it. A prefix ends at a slash: what is for `https://host/team` is not for
/// `https://host/team-evil`, nor what is for `https://host` for `https://host.evil`.
pub fn is_below(url: &str, prefix: &str) -> bool {
    let (url, prefix) = (normal(url), normal(prefix));
    url.strip_prefix(&prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `user@host:path`, as ssh writes it: nothing before the @ that only other URLs have.
fn is_scp(url: &str) -> bool {
    let Some((user, host)) = url.split_once('@') else { return false };
    !user.contains(['/', ':']) && !host.is_empty() && !host.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_one_repository_are_the_same() {
        for (url, expected) in [
            ("https://github.com/Bookverse/GitOps.git", "https://github.com/bookverse/gitops"),
            (" https://github.com/bookverse/gitops/ ", "https://github.com/bookverse/gitops"),
            ("git@github.com:bookverse/gitops.git", "git@github.com/bookverse/gitops"),
            ("ssh://git@github.com/bookverse/gitops", "git@github.com/bookverse/gitops"),
            ("ssh://git@github.com:22/bookverse/gitops.git", "git@github.com:22/bookverse/gitops"),
            ("https://user@github.com/bookverse/gitops", "https://user@github.com/bookverse/gitops"),
            ("registry.example.com/charts", "registry.example.com/charts"),
            ("git@github.com:bookverse/gitops.git/", "git@github.com/bookverse/gitops"),
            ("https://github.com/bookverse/gitops.git//", "https://github.com/bookverse/gitops"),
            ("ssh://github.com/bookverse/gitops", "github.com/bookverse/gitops"),
        ] {
            assert_eq!(normal(url), expected, "{url}");
        }
    }

    #[test]
    fn a_prefix_ends_at_a_slash() {
        assert!(is_below("https://github.com/org/repo", "https://github.com/org"));
        assert!(is_below("https://github.com/org/repo", "https://github.com/org/"));
        assert!(is_below("git@github.com:org/repo", "git@github.com:org"));
        assert!(is_below("https://host/repo", "https://host"));
        assert!(!is_below("https://github.com/org-evil/repo", "https://github.com/org"));
        assert!(!is_below("https://github.com.evil/repo", "https://github.com"));
    }
}
