//! By which name a request came, and from whose page.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// Whether the request was sent to this machine by name. A page of another site whose name was bound to this machine's
/// address after the browser had loaded it (DNS rebinding) is told by that.
pub(crate) fn is_local(headers: &HeaderMap, port: u16) -> bool {
    let host = text(headers, HOST.as_str());
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| host == Some(&format!("{name}:{port}")))
}

/// Whether the request was sent by one of our own pages, as far as the browser says.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let site = text(headers, "sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    match (text(headers, ORIGIN.as_str()), text(headers, HOST.as_str())) {
        (None, _) => true,
        (Some(origin), host) => origin.split_once("://").map(|(_, rest)| rest) == host,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_this_machines_names_are_local() {
        for (host, expected) in [
            ("127.0.0.1:3100", true),
            ("localhost:3100", true),
            ("[::1]:3100", true),
            ("127.0.0.1:3101", false),
            ("127.0.0.1", false),
            ("evil.test:3100", false),
            ("localhost.evil.test:3100", false),
        ] {
            assert_eq!(is_local(&headers(&[("host", host)]), 3100), expected, "{host}");
        }
        assert!(!is_local(&headers(&[]), 3100));
    }

    #[test]
    fn requests_of_other_pages_are_told() {
        let host = ("host", "dash.test");
        for (more, expected) in [
            (("origin", "https://dash.test"), true),
            (("origin", "https://evil.test"), false),
            (("origin", "null"), false),
            (("origin", "https://dash.test.evil.test"), false),
            (("sec-fetch-site", "same-origin"), true),
            (("sec-fetch-site", "same-site"), false),
            (("sec-fetch-site", "cross-site"), false),
            (("accept", "text/html"), true),
        ] {
            assert_eq!(is_same_origin(&headers(&[host, more])), expected, "{more:?}");
        }
    }
}
