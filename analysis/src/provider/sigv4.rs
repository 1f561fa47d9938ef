//! Signs requests as AWS wants them, version 4.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header::AUTHORIZATION};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::Url;
use ring::{digest, hmac};

use crate::encode::{hex, percent};

/// What requests are signed with. Its debug form shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) session: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}", self.id)
    }
}

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// What a path and a query may hold as it is.
const UNRESERVED: &[u8] = b"-._~";

/// Adds the headers that say who sends the request, when, and that nothing of it was changed on the way.
pub(super) fn sign(request: &mut Request<Bytes>, keys: &Keys, region: &str, service: &str, now: Timestamp) {
    let time = now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = time.get(..8).unwrap_or_default();
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let insert = |request: &mut Request<Bytes>, name: HeaderName, value: &str| {
        if let Ok(mut value) = value.parse::<HeaderValue>() {
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
        }
    };
    insert(request, DATE, &time);
    if let Some(token) = &keys.session {
        insert(request, TOKEN, token);
    }
    let (canonical, signed) = canonical(request);
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let key = [day, region, service, "aws4_request"]
        .into_iter()
        .fold(format!("AWS4{}", keys.secret).into_bytes(), |key, part| hmac_sha256(&key, part.as_bytes()));
    let signature = hex(&hmac_sha256(&key, text.as_bytes()));
    let value =
        format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}", keys.id);
    insert(request, AUTHORIZATION, &value);
}

/// The request in the form that is signed, and the names of the headers in it.
fn canonical(request: &Request<Bytes>) -> (String, String) {
    let headers = headers(request);
    let signed = headers.keys().map(String::as_str).collect::<Vec<_>>().join(";");
    let lines: String = headers.iter().fold(String::new(), |all, (name, value)| all + name + ":" + value + "\n");
    // All services but one want a path encoded once more than it is sent.
    let path = percent(request.uri().path(), &[UNRESERVED, b"/"].concat());
    let parts = [request.method().as_str(), &path, &query(request), &lines, &signed, &sha256(request.body())];
    (parts.join("\n"), signed)
}

/// All headers but the one that the signature goes into, and the host.
fn headers(request: &Request<Bytes>) -> BTreeMap<String, String> {
    let host = request.uri().authority().map(|authority| {
        let (_, host) = authority.as_str().rsplit_once('@').unwrap_or(("", authority.as_str()));
        ("host".to_owned(), host.to_owned())
    });
    let others = request.headers().iter().filter(|(name, _)| **name != AUTHORIZATION);
    let text = |value: &HeaderValue| {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    others.map(|(name, value)| (name.as_str().to_owned(), text(value))).chain(host).collect()
}

fn query(request: &Request<Bytes>) -> String {
    let url = Url::parse(&request.uri().to_string()).ok();
    let pairs = url.iter().flat_map(Url::query_pairs);
    let mut pairs: Vec<_> =
        pairs.map(|(name, value)| (percent(&name, UNRESERVED), percent(&value, UNRESERVED))).collect();
    pairs.sort();
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hmac_sha256(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(session: Option<&str>) -> Keys {
        Keys {
            id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session: session.map(str::to_owned),
        }
    }

    /// A request of AWS's published test suite for version 4, and the signature given there.
    fn check(mut request: Request<Bytes>, service: &str, session: Option<&str>, signed: &str, signature: &str) {
        let now = "2015-08-30T12:36:00Z".parse().unwrap();
        sign(&mut request, &keys(session), "us-east-1", service, now);
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, SignedHeaders={signed}, Signature={signature}"
        );
        assert_eq!(request.headers()[AUTHORIZATION], expected);
    }

    const HOST: &str = "https://example.amazonaws.com";
    const PLAIN: &str = "host;x-amz-date";

    #[test]
    fn signatures_are_those_of_the_published_vectors() {
        let get = |query: &str| Request::get(format!("{HOST}/{query}")).body(Bytes::new()).unwrap();
        let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        check(get(""), "service", None, PLAIN, vanilla);
        let ordered = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";
        check(get("?Param2=value2&Param1=value1"), "service", None, PLAIN, ordered);
        let post = Request::post(format!("{HOST}/")).body(Bytes::new()).unwrap();
        check(post, "service", None, PLAIN, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
        let form = Request::post(format!("{HOST}/")).header("content-type", "application/x-www-form-urlencoded");
        let signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
        check(form.body("Param1=value1".into()).unwrap(), "service", None, "content-type;host;x-amz-date", signature);
    }

    /// The example of AWS's documentation.
    #[test]
    fn a_request_to_iam_is_signed_as_documented() {
        let request = Request::get("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08")
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
        check(request.body(Bytes::new()).unwrap(), "iam", None, "content-type;host;x-amz-date", signature);
    }

    #[test]
    fn a_session_is_signed_with_its_token() {
        let mut request = Request::post(format!("{HOST}/")).body(Bytes::new()).unwrap();
        sign(&mut request, &keys(Some("t0k3n")), "us-east-1", "service", "2015-08-30T12:36:00Z".parse().unwrap());
        assert_eq!(request.headers()[TOKEN], "t0k3n");
        let value = request.headers()[AUTHORIZATION].to_str().unwrap();
        assert!(value.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"), "{value}");
    }
}
