//! When two URLs name the same repository.

/// A repository's URL in the form in which two are compared: `git@HOST:PATH.git` and `ssh://git@HOST/PATH` are one, so are
/// `HTTPS://HOST/PATH/` and `https://host/path.git`.
///
/// As the established controller has it (`util/git`, `NormalizeGitURL`).
pub fn normal(url: &str) -> String {
    let mut url = url.trim().to_lowercase();
    if is_ssh(&url) {
        url = match url.strip_prefix("ssh://") {
            Some(rest) => rest.to_owned(),
            None => url.replacen(':', "/", 1),
        };
    }
    let url = url.strip_suffix(".git").unwrap_or(&url);
    url.strip_suffix('/').unwrap_or(url).to_owned()
}

/// `user@host...`, with or without `ssh://`: nothing before the @ that only other URLs have.
fn is_ssh(url: &str) -> bool {
    let rest = url.strip_prefix("ssh://").unwrap_or(url);
    let Some((user, host)) = rest.split_once('@') else { return false };
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
        ] {
            assert_eq!(normal(url), expected, "{url}");
        }
    }
}
