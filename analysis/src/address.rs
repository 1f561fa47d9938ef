//! Addresses of repositories, as notifications speak of them.

/// The first two names of the path: `org/repo`. Where there are fewer, the path as it is, as Argo CD's notifications have it.
pub fn full_name(address: &str) -> String {
    let path = parts(address).1;
    let path = path.strip_suffix(".git").unwrap_or(path);
    let mut names = path.split('/').filter(|name| !name.is_empty());
    match (names.next(), names.next()) {
        (Some(owner), Some(name)) => format!("{owner}/{name}"),
        _ => path.to_owned(),
    }
}

/// The same repository for a browser: `git@host:org/repo.git` is `https://host/org/repo.git`. Without a user and a password.
pub fn in_https(address: &str) -> String {
    let (host, path) = parts(address);
    let joint = if host.is_empty() || path.starts_with('/') || path.is_empty() { "" } else { "/" };
    format!("https://{host}{joint}{path}")
}

/// A text as part of a query, as Go's `url.QueryEscape` writes it.
pub fn query_escape(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

/// Host and path: of an address with a scheme, of the short form of ssh, or a path alone.
fn parts(address: &str) -> (&str, &str) {
    if let Some((_, rest)) = address.split_once("://") {
        let at = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(at);
        return (without_user(host), path);
    }
    match address.split_once(':') {
        Some((host, path)) if !host.contains('/') => (without_user(host), path),
        _ => ("", address),
    }
}

fn without_user(host: &str) -> &str {
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_repository_are_one_name() {
        for (address, name, https) in [
            ("https://github.com/org/repo.git", "org/repo", "https://github.com/org/repo.git"),
            ("https://user:secret@github.com/org/repo", "org/repo", "https://github.com/org/repo"),
            ("git@github.com:org/repo.git", "org/repo", "https://github.com/org/repo.git"),
            ("ssh://git@github.com:22/org/repo.git", "org/repo", "https://github.com:22/org/repo.git"),
            ("https://git.example.com/group/sub/repo.git", "group/sub", "https://git.example.com/group/sub/repo.git"),
            ("https://charts.example.com", "", "https://charts.example.com"),
            ("https://git.example.com/shop.git", "/shop", "https://git.example.com/shop.git"),
        ] {
            assert_eq!((full_name(address).as_str(), in_https(address).as_str()), (name, https), "{address}");
        }
        assert_eq!(query_escape("a b/ü&=~"), "a+b%2F%C3%BC%26%3D~");
    }
}
