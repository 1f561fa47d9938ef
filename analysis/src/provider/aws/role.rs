//! The role of the controller's service account on EKS: short-lived keys, asked for before the last ones expire.
//!
//! Two ways there are, each announced by variables that EKS puts into the pod:
//! - web identity: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
//! - Pod Identity: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use bytes::Bytes;
use http::{
    HeaderValue, Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use serde::Deserialize;

use crate::encode::percent;
use crate::provider::credentials::{self, Credentials, Keep};
use crate::provider::{Clients, MeasureError, checks, fetch, fetch::Server, sigv4::Keys};

/// Where a role's keys are had, and by which proof.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::provider) struct Role {
    address: Url,
    proof: Proof,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Proof {
    /// A token in a file, which Kubernetes renews, for the role of that name.
    WebIdentity { role: String, file: String },
    /// A token in a file, for whatever role the cluster gives the pod.
    PodIdentity { file: String },
}

/// What messages say of who gives keys.
static KIND: fetch::Kind = fetch::Kind { name: "AWS, asked for the keys of a role,", slow: "", large: "", refusal };

/// The most bytes of an answer with keys.
const LIMIT: usize = 1 << 20;

/// Keys are not used any more when they expire so soon.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

impl Role {
    /// The role that the environment names.
    pub(super) fn of(environment: &Credentials, region: &str) -> Result<Option<Self>, MeasureError> {
        let text = |key: &str| environment.get(key).map(str::to_owned);
        if let (Some(role), Some(file)) = (text("AWS_ROLE_ARN"), text("AWS_WEB_IDENTITY_TOKEN_FILE")) {
            let usual = format!("https://sts.{region}.amazonaws.com");
            let address = environment.address("AWS_ENDPOINT_URL_STS", &usual)?;
            return Ok(Some(Self { address, proof: Proof::WebIdentity { role, file } }));
        }
        let Some(file) = text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") else { return Ok(None) };
        let Some(uri) = text("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return Ok(None) };
        let address =
            checks::address(&uri).map_err(|why| environment.lack("AWS_CONTAINER_CREDENTIALS_FULL_URI", &why))?;
        Ok(Some(Self { address, proof: Proof::PodIdentity { file } }))
    }

    /// Its keys: those of before while they hold, else new ones.
    pub(super) async fn keys(&self, clients: &Clients, now: Timestamp) -> Result<Keys, MeasureError> {
        if let Some(keys) = clients.roles.get(self, now) {
            return Ok(keys);
        }
        let server = Server::new(&KIND, &self.address);
        let request = self.request(clients).await?;
        let body = fetch::answer(&clients.strict, request, &server, LIMIT).await?;
        let read = match self.proof {
            Proof::WebIdentity { .. } => by_sts(&body),
            Proof::PodIdentity { .. } => by_agent(&body),
        };
        let (keys, expires) =
            read.ok_or_else(|| server.unreadable("it holds no keys with a time until when they hold"))?;
        if let Ok(until) = expires.checked_sub(MARGIN) {
            clients.roles.keep(self, keys.clone(), until, now);
        }
        Ok(keys)
    }

    async fn request(&self, clients: &Clients) -> Result<http::Result<Request<Bytes>>, MeasureError> {
        let (Proof::WebIdentity { file, .. } | Proof::PodIdentity { file }) = &self.proof;
        let mut found = credentials::find(&clients.vault, Keep::File(file.clone())).await?;
        Ok(match &self.proof {
            Proof::WebIdentity { role, .. } => {
                let token = found.secret(credentials::TEXT)?;
                Request::post(self.address.as_str())
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header(ACCEPT, "text/xml")
                    .body(form(role, &token))
            }
            Proof::PodIdentity { .. } => {
                let token: HeaderValue = found.header(credentials::TEXT, "")?;
                Request::get(self.address.as_str()).header(AUTHORIZATION, token).body(Bytes::new())
            }
        })
    }
}

fn form(role: &str, token: &str) -> Bytes {
    let pairs = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleSessionName", "sluice"),
        ("RoleArn", role),
        ("WebIdentityToken", token),
    ];
    pairs.map(|(name, value)| format!("{name}={}", percent(value, b"-._~"))).join("&").into()
}

/// What the Security Token Service answers, as XML. None of these values may hold markup.
fn by_sts(body: &[u8]) -> Option<(Keys, Timestamp)> {
    let body = std::str::from_utf8(body).ok()?;
    let text = |tag: &str| element(body, tag).map(str::to_owned);
    let keys = Keys { id: text("AccessKeyId")?, secret: text("SecretAccessKey")?, session: text("SessionToken") };
    Some((keys, text("Expiration")?.parse().ok()?))
}

fn element<'a>(xml: &'a str, tag: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{tag}>"))?;
    let (text, _) = rest.split_once(&format!("</{tag}>"))?;
    Some(text.trim()).filter(|text| !text.is_empty() && !text.contains(['<', '&']))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: Timestamp,
}

/// What the agent of Pod Identity answers, as JSON.
fn by_agent(body: &[u8]) -> Option<(Keys, Timestamp)> {
    let given: Given = serde_json::from_slice(body).ok()?;
    Some((Keys { id: given.access_key_id, secret: given.secret_access_key, session: given.token }, given.expiration))
}

/// AWS's own words in a refusal: XML of the service, or JSON of the agent.
fn refusal(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    element(text, "Message").map(str::to_owned).or_else(|| {
        let body: serde_json::Value = serde_json::from_str(text).ok()?;
        body.get("message").and_then(serde_json::Value::as_str).map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;
    use std::future::ready;

    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;
    use crate::provider::Vault;
    use crate::provider::aws::Account;
    use crate::provider::fake::{Fake, Reply, clients, serve};

    const STS: &str = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>\
        <SecretAccessKey>s3cr3t/+</SecretAccessKey><SessionToken>session==</SessionToken>\
        <Expiration>2027-01-15T09:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
        </AssumeRoleWithWebIdentityResponse>";

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    /// A pod with such variables and a token in a file.
    fn pod(variables: &[(&str, &str)]) -> Clients {
        let values = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let environment = values(&[&[("AWS_REGION", "eu-west-1")], variables].concat());
        let token = values(&[(credentials::TEXT, "t0ken\n")]);
        clients().with_vault(Vault::new(tower::service_fn(move |keep| {
            ready(Ok(match keep {
                Keep::Environment => Some(environment.clone()),
                Keep::File(path) if path == "/var/run/token" => Some(token.clone()),
                _ => None,
            }))
        })))
    }

    fn by_sts_at(server: &Fake) -> Clients {
        pod(&[
            ("AWS_ROLE_ARN", "arn:aws:iam::1:role/sluice"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token"),
            ("AWS_ENDPOINT_URL_STS", &server.address),
        ])
    }

    fn by_agent_at(server: &Fake) -> Clients {
        pod(&[
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/v1/credentials", server.address)),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/var/run/token"),
        ])
    }

    async fn refused(server: &Fake, clients: &Clients, expected: Expect) {
        let error = Account::find(clients, None, at("2027-01-15T08:00:00Z")).await.unwrap_err().to_string();
        expected.assert_eq(&error.replace(&server.address, "SERVER"));
    }

    #[tokio::test]
    async fn a_web_identity_gets_keys_and_keeps_them_while_they_hold() {
        let server = serve(vec![Reply::Json(200, STS.to_owned())]).await;
        let clients = by_sts_at(&server);
        for time in ["2027-01-15T08:00:00Z", "2027-01-15T08:54:59Z", "2027-01-15T08:55:01Z"] {
            let account = Account::find(&clients, None, at(time)).await.unwrap();
            assert_eq!((&*account.keys.id, &*account.keys.secret), ("ASIA1", "s3cr3t/+"));
            assert_eq!(account.keys.session.as_deref(), Some("session=="));
        }
        let asked = server.asked();
        assert_eq!(asked.matches("POST / ").count(), 2, "once, and once more shortly before they expire: {asked}");
        expect!["Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=sluice&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fsluice&WebIdentityToken=t0ken"].assert_eq(asked.lines().last().unwrap());
    }

    #[tokio::test]
    async fn the_agent_of_pod_identity_gets_the_token_and_gives_keys() {
        let given = json!({
            "AccessKeyId": "ASIA2", "SecretAccessKey": "s3cr3t", "Token": "session", "AccountId": "1",
            "Expiration": "2027-01-15T09:00:00Z",
        });
        let server = Fake::answering(200, given).await;
        let account = Account::find(&by_agent_at(&server), None, at("2027-01-15T08:00:00Z")).await.unwrap();
        assert_eq!((&*account.keys.id, account.keys.session.as_deref()), ("ASIA2", Some("session")));
        let asked = server.asked();
        assert!(asked.starts_with("GET /v1/credentials ") && asked.contains("authorization: t0ken"), "{asked}");
    }

    #[tokio::test]
    async fn keys_go_before_a_role() {
        let keys = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "own")];
        let role = [("AWS_ROLE_ARN", "arn"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token")];
        let account = Account::find(&pod(&[keys, role].concat()), None, at("2027-01-15T08:00:00Z")).await.unwrap();
        assert_eq!(account.keys.id, "AKIA");
    }

    #[tokio::test]
    async fn what_is_no_answer_is_an_error_without_the_token() {
        let words = "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>No provider found</Message></Error></ErrorResponse>";
        let server = Fake::answering(400, words).await;
        refused(
            &server,
            &by_sts_at(&server),
            expect!["AWS, asked for the keys of a role, at SERVER answered 400: No provider found"],
        )
        .await;
        let server = Fake::answering(200, "<Credentials><AccessKeyId>a</AccessKeyId></Credentials>").await;
        refused(&server, &by_sts_at(&server), expect!["answer of AWS, asked for the keys of a role, at SERVER is of no use: it holds no keys with a time until when they hold"]).await;
        let server = Fake::answering(403, json!({"message": "no association"})).await;
        refused(
            &server,
            &by_agent_at(&server),
            expect!["AWS, asked for the keys of a role, at SERVER/v1/credentials answered 403: no association"],
        )
        .await;
        let nowhere = pod(&[("AWS_ROLE_ARN", "arn"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere")]);
        refused(&server, &nowhere, expect![[r#"the text of file "/nowhere" of the controller's pod: is missing"#]])
            .await;
    }
}
