//! Pushes that git servers tell of, to a controller that would not look by itself for an hour.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use ring::hmac;
use serde_json::{Value, json};
use sluice_e2e::harness::Scene;
use sluice_e2e::http::{self, Method};
use sluice_e2e::wait;
use tokio::time::{Instant, sleep};

use crate::stage::{Stage, map};

const PORT: u16 = 9500;
const GITHUB: &str = "github-hunter2";
const GITLAB: &str = "gitlab-hunter2";
/// The longest message that is taken.
const LONGEST: usize = 4 * 1024 * 1024;

/// A message and who says to have sent it.
struct Message {
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Message {
    /// As GitHub sends it, signed with that secret.
    fn of_github(event: &str, body: &Value, secret: &str) -> Self {
        let body = body.to_string().into_bytes();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), &body);
        let digits = tag.as_ref().iter().fold(String::new(), |mut digits, byte| {
            // Writing to a String cannot fail.
            let _ = write!(digits, "{byte:02x}");
            digits
        });
        let headers = vec![("x-github-event", event.to_owned()), ("x-hub-signature-256", format!("sha256={digits}"))];
        Self { headers, body }
    }

    /// As GitLab sends it, with that token.
    fn of_gitlab(body: &Value, token: &str) -> Self {
        let headers = vec![("x-gitlab-event", "Push Hook".to_owned()), ("x-gitlab-token", token.to_owned())];
        Self { headers, body: body.to_string().into_bytes() }
    }

    /// Sends it; returns what is answered.
    async fn send(self) -> Result<(u16, String)> {
        let mut request = Request::builder().method(Method::POST).uri(format!("http://127.0.0.1:{PORT}/api/webhook"));
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(self.body))).context("make the message")?;
        let answer = http::send(&http::one_shot(), request, Duration::from_secs(20)).await?;
        Ok((answer.status.as_u16(), answer.body))
    }

    async fn refused(self, status: u16, why: &str) -> Result<()> {
        let (answered, says) = self.send().await?;
        ensure!(answered == status && says.contains(why), "it is answered {answered}, not {status}: {says}");
        ensure!(!says.contains("hunter2"), "the answer tells a secret: {says}");
        Ok(())
    }
}

/// A push to a branch, with the file that changed.
fn push(stage: &Stage, branch: &str) -> Value {
    json!({
        "ref": format!("refs/heads/{branch}"), "commits": [{"modified": ["app/a.yaml"]}],
        "repository": {"clone_url": stage.url(), "default_branch": "main"},
        "project": {"git_http_url": stage.url(), "default_branch": "main"}, "total_commits_count": 1,
    })
}

/// What is told is deployed at once, by GitHub and by GitLab. What nobody has signed, or is too long, changes nothing.
pub(crate) async fn tells(scene: Scene) -> Result<()> {
    let further = ["--app-resync=1h".to_owned(), format!("--webhook-port={PORT}")];
    let (stage, _controller) = Stage::with_controller(scene, &further).await?;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "argocd-secret"},
        "stringData": {"webhook.github.secret": GITHUB, "webhook.gitlab.secret": GITLAB},
    });
    stage.at_home(&secret).await?;
    let commit = |says: &str| stage.repository.write("app/a.yaml", map("a", says))?.commit(says);
    let first = commit("one")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &first).await?;
    let signed = || async {
        let (status, _) = Message::of_github("ping", &json!({}), "somebody").send().await.ok()?;
        (status == 403).then_some(())
    };
    wait::until("the secrets of senders are known", signed).await?;

    let second = commit("two")?;
    refuses(&stage).await?;
    sleep(Duration::from_secs(6)).await;
    ensure!(stage.says("a").await?.as_deref() == Some("one"), "it was deployed without being told");

    let began = Instant::now();
    told(Message::of_github("push", &push(&stage, "main"), GITHUB), 1).await?;
    stage.settled("web", &second).await?;
    eprintln!("a push that GitHub told was deployed after {:.2} s", began.elapsed().as_secs_f64());
    let third = commit("three")?;
    let began = Instant::now();
    told(Message::of_gitlab(&push(&stage, "main"), GITLAB), 1).await?;
    stage.settled("web", &third).await?;
    eprintln!("a push that GitLab told was deployed after {:.2} s", began.elapsed().as_secs_f64());
    stage.until_says("a", Some("three")).await
}

/// Everything that is not taken, each with what to do about it.
async fn refuses(stage: &Stage) -> Result<()> {
    let body = push(stage, "main");
    Message::of_github("push", &body, "somebody").refused(403, "webhook.github.secret").await?;
    Message { headers: vec![("x-github-event", "push".to_owned())], body: body.to_string().into_bytes() }
        .refused(403, "webhook.github.secret")
        .await?;
    Message::of_gitlab(&body, "somebody").refused(403, "webhook.gitlab.secret").await?;
    Message { headers: Vec::new(), body: body.to_string().into_bytes() }.refused(400, "no header says who").await?;
    let long = Message { body: vec![b' '; LONGEST + 1], ..Message::of_github("push", &body, GITHUB) };
    long.refused(413, "longer than").await?;
    // It is signed, and nobody follows that branch.
    told(Message::of_github("push", &push(stage, "other"), GITHUB), 0).await
}

async fn told(message: Message, follow: usize) -> Result<()> {
    let (status, says) = message.send().await?;
    ensure!(status == 200 && says.contains(&format!("{follow} applications")), "it is answered {status}: {says}");
    Ok(())
}
