//! OAuth 2 by client credentials: gets a token, and keeps it until shortly before it expires.

use std::fmt;

use bytes::Bytes;
use http::{
    HeaderValue, Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use serde::Deserialize;
use sluice_crds::Violation;

use super::{Http, MeasureError, checks, fetch, fetch::Server, kept::Kept};
use crate::encode::{base64, percent};

/// A client that may have tokens. Its debug form does not show its secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct OAuth2 {
    token_url: Url,
    id: String,
    secret: String,
    scope: String,
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OAuth2 as {:?}", self.id)
    }
}

/// What messages say of it.
static KIND: fetch::Kind = fetch::Kind { name: "the token server", slow: "", large: "", refusal };

/// The most bytes of an answer with a token.
const LIMIT: usize = 1 << 20;

/// A token is not used any more when it expires so soon.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// Tokens that still hold, by client.
pub(super) type Tokens = Kept<OAuth2, HeaderValue>;

#[derive(Deserialize)]
struct Given {
    access_token: String,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
}

impl OAuth2 {
    /// Checks a client. Any violation is added to `violations`, with its field seen from the provider.
    pub(super) fn parse(client: &sluice_crds::OAuth2, violations: &mut Vec<Violation>) -> Option<Self> {
        let before = violations.len();
        checks::unknown("authentication.oauth2", &client.unknown, violations);
        let token_url = checks::text("authentication.oauth2.tokenUrl", client.token_url.as_deref(), violations);
        let token_url = token_url.and_then(|url| {
            let note = |message| violations.push(Violation::new("authentication.oauth2.tokenUrl", message));
            checks::address(&url).map_err(note).ok()
        });
        let id = checks::text("authentication.oauth2.clientId", client.client_id.as_deref(), violations);
        let secret = checks::text("authentication.oauth2.clientSecret", client.client_secret.as_deref(), violations);
        let (token_url, id, secret) = (token_url?, id?, secret?);
        (violations.len() == before).then(|| Self { token_url, id, secret, scope: client.scopes.join(" ") })
    }

    /// The value of the header Authorization: of a token kept, or of a new one.
    pub(super) async fn header(
        &self,
        http: &Http,
        tokens: &Tokens,
        now: Timestamp,
    ) -> Result<HeaderValue, MeasureError> {
        if let Some(token) = tokens.get(self, now) {
            return Ok(token);
        }
        let server = Server::new(&KIND, &self.token_url);
        let mut response = fetch::send(http, self.by_header(), &server).await?;
        // Some servers want the client in the body.
        if matches!(response.status(), StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) {
            response = fetch::send(http, self.by_body(), &server).await?;
        }
        let body = fetch::body(response, &server, LIMIT).await?;
        let given: Given = serde_json::from_slice(&body).map_err(|_| server.unreadable("it holds no access_token"))?;
        let token = checks::secret_header(&format!("Bearer {}", given.access_token));
        let token = token.ok_or_else(|| server.unreadable("the token holds characters no header may have"))?;
        if let Some(until) = given.expires_in.as_ref().and_then(seconds).and_then(|span| until(now, span)) {
            tokens.keep(self, token.clone(), until, now);
        }
        Ok(token)
    }

    fn by_header(&self) -> http::Result<Request<Bytes>> {
        let form = |text: &str| percent(text, b"-._*");
        let basic = base64(format!("{}:{}", form(&self.id), form(&self.secret)).as_bytes());
        self.request().header(AUTHORIZATION, format!("Basic {basic}")).body(self.form(&[]))
    }

    fn by_body(&self) -> http::Result<Request<Bytes>> {
        let client = [("client_id", self.id.as_str()), ("client_secret", self.secret.as_str())];
        self.request().body(self.form(&client))
    }

    fn request(&self) -> http::request::Builder {
        let builder = Request::post(self.token_url.as_str()).header(ACCEPT, "application/json");
        builder.header(CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    fn form(&self, client: &[(&str, &str)]) -> Bytes {
        let scope = Some(("scope", self.scope.as_str())).filter(|(_, scope)| !scope.is_empty());
        let pairs = [("grant_type", "client_credentials")].into_iter().chain(scope).chain(client.iter().copied());
        let pairs = pairs.map(|(name, value)| format!("{name}={}", percent(value, b"-._* ").replace(' ', "+")));
        pairs.collect::<Vec<_>>().join("&").into()
    }
}

/// Some servers write the number as a text.
fn seconds(written: &serde_json::Value) -> Option<i64> {
    written.as_i64().or_else(|| written.as_str()?.parse().ok())
}

fn until(now: Timestamp, seconds: i64) -> Option<Timestamp> {
    now.checked_add(SignedDuration::from_secs(seconds)).ok()?.checked_sub(MARGIN).ok()
}

/// The server's own words in a refusal.
fn refusal(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let text = |field: &str| body.get(field).and_then(serde_json::Value::as_str);
    let words: Vec<&str> = [text("error"), text("error_description")].into_iter().flatten().collect();
    Some(words.join(": ")).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::provider::fake::{Fake, Reply, clients, serve};

    fn client(server: &Fake) -> OAuth2 {
        let spec = json!({"tokenUrl": format!("{}/token", server.address), "clientId": "me", "clientSecret": "s3:cr3t", "scopes": ["a", "b"]});
        OAuth2::parse(&serde_json::from_value(spec).unwrap(), &mut Vec::new()).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_it_expires() {
        let server = Fake::answering(200, json!({"access_token": "t", "token_type": "Bearer", "expires_in": 60})).await;
        let (clients, client) = (clients(), client(&server));
        for second in [0, 49, 51] {
            assert_eq!(client.header(&clients.strict, &clients.tokens, at(second)).await.unwrap(), "Bearer t");
        }
        expect![[r#"
            POST /token HTTP/1.1
            authorization: Basic bWU6czMlM0FjcjN0
            grant_type=client_credentials&scope=a+b
            POST /token HTTP/1.1
            authorization: Basic bWU6czMlM0FjcjN0
            grant_type=client_credentials&scope=a+b"#]]
        .assert_eq(&server.asked());
        clients.tokens.forget(&client);
        client.header(&clients.strict, &clients.tokens, at(52)).await.unwrap();
        assert_eq!(server.requests.lock().unwrap().len(), 3);
    }

    #[tokio::test]
    async fn a_server_that_wants_the_client_in_the_body_gets_it_there() {
        let replies = vec![
            Reply::Json(401, json!({"error": "invalid_client"}).to_string()),
            Reply::Json(200, json!({"access_token": "t"}).to_string()),
        ];
        let (server, clients) = (serve(replies).await, clients());
        client(&server).header(&clients.strict, &clients.tokens, at(0)).await.unwrap();
        assert!(server.asked().ends_with("client_id=me&client_secret=s3%3Acr3t"), "{}", server.asked());
    }

    #[tokio::test]
    async fn what_is_no_token_is_an_error_without_the_secret() {
        let refused = json!({"error": "invalid_client", "error_description": "unknown"});
        for (status, body, words) in [
            (403, refused, "the token server at SERVER/token answered 403: invalid_client: unknown"),
            (
                200,
                json!({"token": "t"}),
                "answer of the token server at SERVER/token is of no use: it holds no access_token",
            ),
        ] {
            let (server, clients) = (Fake::answering(status, body).await, clients());
            let error = client(&server).header(&clients.strict, &clients.tokens, at(0)).await.unwrap_err().to_string();
            assert_eq!(error.replace(&server.address, "SERVER"), words);
        }
    }
}
