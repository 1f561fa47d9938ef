//! Where a repository is: which addresses are taken, and how one is shown. When two are the same says [`sluice_gitops::repo_url`].

use std::path::Path;

use crate::error::{Kind, RenderError};

/// What an address is spoken to with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
    Ssh,
    File,
}

/// The scheme of a git repository's address. Anything that git would take for an option, or for a helper program of its own
/// (`ext::sh -c …`), is refused.
pub(crate) fn of_git(url: &str) -> Result<Scheme, RenderError> {
    let refuse = |why: &str| Err(RenderError::spec(format!("source.repoURL {:?}: {why}", shown(url))));
    if url.is_empty() || url.chars().any(|character| character.is_control() || character == ' ') {
        return refuse("name a repository, without spaces");
    }
    let scheme = match url.split_once("://") {
        Some(("https", _)) => Scheme::Https,
        Some(("http", _)) => Scheme::Http,
        Some(("ssh", _)) => Scheme::Ssh,
        Some(("file", _)) => Scheme::File,
        Some(_) => return refuse("repositories are reached by https, http, ssh and file"),
        None if is_scp(url) => Scheme::Ssh,
        None => return refuse("write it as https://host/path, ssh://user@host/path, user@host:path or file:///path"),
    };
    if host(url).starts_with('-') { refuse("its host begins with a dash") } else { Ok(scheme) }
}

/// `user@host:path`, as ssh writes it.
fn is_scp(url: &str) -> bool {
    let Some((host, path)) = url.split_once(':') else { return false };
    !host.contains('/') && !host.starts_with('-') && !host.is_empty() && !path.starts_with(':') && !path.is_empty()
}

/// The folder of a `file://` address, which must not be one in which we keep what others fetched.
pub(crate) fn local(url: &str, ours: &Path) -> Result<(), RenderError> {
    let Some(path) = url.strip_prefix("file://") else { return Ok(()) };
    let Ok(path) = Path::new(path).canonicalize() else {
        return Err(RenderError::new(Kind::NotFound, format!("there is no repository {url}")));
    };
    if ours.canonicalize().is_ok_and(|ours| path.starts_with(ours)) {
        return Err(RenderError::spec(format!("source.repoURL {url}: this folder is Sluice's own")));
    }
    Ok(())
}

/// The host, with its port.
pub(crate) fn host(url: &str) -> &str {
    let (authority, end) = match url.split_once("://") {
        Some((_, rest)) => (rest, "/"),
        None => (url, ":"),
    };
    let authority = authority.split(end).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

/// Who is talked to: the host, or the folder of a `file://` address.
pub fn server(url: &str) -> &str {
    match host(url) {
        "" => url,
        host => host,
    }
}

/// The address without the name and password that may stand in it.
pub(crate) fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((user, host)) if user.contains(':') || scheme.starts_with("http") => format!("{scheme}://{host}{path}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_by_their_scheme() {
        for (url, scheme) in [
            ("https://github.com/org/repo", Scheme::Https),
            ("http://10.0.0.1:3000/repo.git", Scheme::Http),
            ("ssh://git@host:2222/org/repo.git", Scheme::Ssh),
            ("git@github.com:org/repo.git", Scheme::Ssh),
            ("file:///srv/git/repo", Scheme::File),
        ] {
            assert_eq!(of_git(url).unwrap(), scheme, "{url}");
        }
    }

    #[test]
    fn what_git_would_run_or_take_for_an_option_is_refused() {
        for url in [
            "",
            "ext::sh -c id",
            "ext::sh",
            "--upload-pack=id",
            "-oProxyCommand=id:path",
            "ssh://-oProxyCommand=id/path",
            "ssh://git@-oProxyCommand=id/path",
            "ftp://host/repo",
            "/srv/git/repo",
            "https://host/re po",
            "https://host/repo\n",
        ] {
            assert_eq!(of_git(url).unwrap_err().kind, Kind::Spec, "{url}");
        }
    }

    #[test]
    fn passwords_in_an_address_are_not_shown() {
        assert_eq!(shown("https://user:pass@host/repo"), "https://host/repo");
        assert_eq!(shown("https://token@host/repo"), "https://host/repo");
        assert_eq!(shown("ssh://git@host/repo"), "ssh://git@host/repo");
        assert_eq!(shown("git@host:repo"), "git@host:repo");
    }
}
