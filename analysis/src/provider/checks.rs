//! What providers check in common before anything is sent.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use jiff::SignedDuration;
use reqwest::Url;
use sluice_crds::{Header, Unknown, Violation, duration};

/// An address that requests can be sent to. What is wrong with it is said without its credentials.
pub(super) fn address(text: &str) -> Result<Url, String> {
    let shown = without_credentials(text);
    let url = Url::parse(text).map_err(|error| format!("{shown:?} is no address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("{shown:?} must begin with http:// or https:// and name a host"));
    }
    Ok(url)
}

/// The text of an address, however malformed, with all up to the last @ before its path masked.
fn without_credentials(text: &str) -> String {
    let start = text.find("//").map_or(0, |at| at + 2);
    let (scheme, rest) = text.split_at(start);
    // A password may hold a slash by mistake, so the path begins after the last @.
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}*****@{host}"),
        None => text.to_owned(),
    }
}

/// Fields nobody knows, within `place`.
pub(crate) fn unknown(place: &str, unknown: &Unknown, violations: &mut Vec<Violation>) {
    let named = unknown.keys().map(|name| match place {
        "" => Violation::new(name, "there is no such field"),
        _ => Violation::new(format!("{place}.{name}"), "there is no such field"),
    });
    violations.extend(named);
}

/// How many seconds an answer is waited for.
pub(super) fn timeout(seconds: Option<i64>, default: Duration) -> Result<Duration, String> {
    match seconds.map(u64::try_from) {
        None => Ok(default),
        Some(Ok(seconds)) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        Some(_) => Err("must be at least 1 second".to_owned()),
    }
}

/// A duration above 0.
pub(super) fn span(
    field: &str,
    text: Option<&str>,
    default: SignedDuration,
    violations: &mut Vec<Violation>,
) -> Option<SignedDuration> {
    let message = match text.filter(|text| !text.is_empty()).map(duration::parse) {
        None => return Some(default),
        Some(Ok(span)) if span.is_positive() => return Some(span),
        Some(Ok(_)) => "must be above 0".to_owned(),
        Some(Err(error)) => error.to_string(),
    };
    violations.push(Violation::new(field, message));
    None
}

/// Headers that can be sent; their values count as secret.
pub(super) fn headers(headers: &[Header], violations: &mut Vec<Violation>) -> Vec<(HeaderName, HeaderValue)> {
    let mut parsed = Vec::new();
    for (index, header) in headers.iter().enumerate() {
        unknown(&format!("headers[{index}]"), &header.unknown, violations);
        match (header.key.parse::<HeaderName>(), secret_header(&header.value)) {
            (Ok(name), Some(value)) => parsed.push((name, value)),
            (Err(_), _) => {
                let message = format!("{:?} is no header name", header.key);
                violations.push(Violation::new(format!("headers[{index}].key"), message));
            }
            // The value may be secret: it is not shown.
            (Ok(_), None) => violations
                .push(Violation::new(format!("headers[{index}].value"), "holds characters no header may have")),
        }
    }
    parsed
}

/// A header's value that no log shows.
pub(super) fn secret_header(value: &str) -> Option<HeaderValue> {
    let mut value = value.parse::<HeaderValue>().ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A text that says something.
pub(super) fn text(field: &str, text: Option<&str>, violations: &mut Vec<Violation>) -> Option<String> {
    let found = text.filter(|text| !text.trim().is_empty());
    if found.is_none() {
        violations.push(Violation::new(field, "is missing"));
    }
    found.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_address_is_told_without_its_password() {
        for text in
            ["http://me:s3cr3t@host:port/path", "http://me:s3/cr3t@host", "ftp://me:s3cr3t@host", "me:s3cr3t@host"]
        {
            let message = address(text).unwrap_err();
            assert!(
                message.contains("*****@host") && !message.contains("s3") && !message.contains("cr3t"),
                "{message}"
            );
        }
    }
}
