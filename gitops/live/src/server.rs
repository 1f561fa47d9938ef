//! One request to the API server, bounded in time and in length.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, header};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use kube::core::Status;
use tokio::time::timeout;

use crate::live::As;
use crate::reach::Reach;
use crate::settings::Limits;
use crate::url::encoded;

/// The longest answer that is read when something is wrong.
const LONGEST_ERROR: usize = 256 * 1024;

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    method: Method,
    target: String,
    accept: &'static str,
    content: Option<(&'static str, Vec<u8>)>,
    by: As,
}

impl Ask {
    /// A request of that method for a path.
    pub(crate) fn new(method: Method, path: String) -> Self {
        Self { method, target: path, accept: "application/json", content: None, by: As::Itself }
    }

    /// A question for a path.
    pub(crate) fn get(path: String) -> Self {
        Self::new(Method::GET, path)
    }

    /// The same with a parameter.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        let sign = if self.target.contains('?') { '&' } else { '?' };
        self.target = format!("{}{sign}{name}={}", self.target, encoded(value));
        self
    }

    /// The same for an answer of another form.
    pub(crate) fn accept(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    /// The same with something to say.
    pub(crate) fn content(self, media_type: &'static str, content: Vec<u8>) -> Self {
        Self { content: Some((media_type, content)), ..self }
    }

    /// The same, asked by somebody else.
    pub(crate) fn by(self, by: &As) -> Self {
        Self { by: by.clone(), ..self }
    }

    fn build(self) -> Result<Request<Body>, Failure> {
        let mut request = Request::builder().method(self.method).uri(self.target).header(header::ACCEPT, self.accept);
        if let As::ServiceAccount(user) = &self.by {
            // The API server adds the groups of a service account by itself.
            request = request.header("Impersonate-User", user);
        }
        if let Some((media_type, _)) = &self.content {
            request = request.header(header::CONTENT_TYPE, *media_type);
        }
        let content = self.content.map(|(_, content)| content).unwrap_or_default();
        request.body(Body::from(content)).map_err(|error| Failure::Lost(error.to_string()))
    }
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The API server says why.
    Said(Box<Status>),
    /// It is longer than that.
    Long(usize),
    /// It took longer than that.
    Late(Duration),
    /// The API server was not reached, or hung up.
    Lost(String),
    /// It is no answer to the question.
    Odd(String),
}

impl Failure {
    /// The code of the answer; 0 if there was none.
    pub(crate) fn code(&self) -> u16 {
        if let Self::Said(status) = self { status.code } else { 0 }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Said(status) if status.message.is_empty() => write!(f, "the API server answers {}", status.code),
            Self::Said(status) => f.write_str(&status.message),
            Self::Long(limit) => write!(f, "the API server's answer is longer than {limit} bytes"),
            Self::Late(limit) => write!(f, "the API server did not answer within {limit:?}"),
            Self::Lost(why) => write!(f, "the API server cannot be reached: {why}"),
            Self::Odd(why) => write!(f, "the API server's answer cannot be read: {why}"),
        }
    }
}

/// The API server of a cluster.
#[derive(Clone)]
pub(crate) struct Server {
    client: Client,
    limits: Limits,
    reach: Arc<Reach>,
}

impl Server {
    pub(crate) fn new(client: Client, limits: Limits) -> Self {
        Self { client, limits, reach: Arc::default() }
    }

    /// Whether it answers.
    pub(crate) fn reach(&self) -> Arc<Reach> {
        self.reach.clone()
    }

    /// Asks, and reads the answer to its end.
    pub(crate) async fn ask(&self, ask: Ask) -> Result<Vec<u8>, Failure> {
        let asked = async { read(self.send(ask).await?, self.limits.answer).await };
        self.noted(asked).await
    }

    /// Asks, and leaves the answer to be read piece by piece.
    pub(crate) async fn open(&self, ask: Ask) -> Result<Body, Failure> {
        self.noted(self.send(ask)).await
    }

    /// What comes of a request in time. Whether it is answered is noted.
    async fn noted<T>(&self, asked: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let answer = timeout(self.limits.request, asked).await;
        let answer = answer.unwrap_or(Err(Failure::Late(self.limits.request)));
        self.reach.note(answer.as_ref().err());
        answer
    }

    async fn send(&self, ask: Ask) -> Result<Body, Failure> {
        let answer = self.client.send(ask.build()?).await.map_err(|error| lost(&error))?;
        let code = answer.status();
        if !code.is_client_error() && !code.is_server_error() {
            return Ok(answer.into_body());
        }
        let said = read(answer.into_body(), LONGEST_ERROR).await.unwrap_or_default();
        let status: Result<Status, _> = serde_json::from_slice(&said);
        let status = status.unwrap_or_else(|_| plain(&said));
        // A proxy's page has no code of its own.
        let code = if status.code == 0 { code.as_u16() } else { status.code };
        Err(Failure::Said(Box::new(Status { code, ..status })))
    }
}

/// What something on the way says, a proxy for instance: its first words.
fn plain(said: &[u8]) -> Status {
    let text: String = String::from_utf8_lossy(said).trim().chars().take(200).collect();
    Status::failure(&text, "")
}

fn lost(error: &kube::Error) -> Failure {
    let mut why = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let text = error.to_string();
        if !why.contains(&text) {
            why = format!("{why}: {text}");
        }
        source = error.source();
    }
    Failure::Lost(why)
}

async fn read(mut body: Body, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut answer = Vec::new();
    while let Some(piece) = next(&mut body).await? {
        if answer.len() + piece.len() > limit {
            return Err(Failure::Long(limit));
        }
        answer.extend_from_slice(&piece);
    }
    Ok(answer)
}

/// The next piece of an answer; `None` at its end.
pub(crate) async fn next(
    body: &mut Body,
) -> Result<Option<impl AsRef<[u8]> + std::ops::Deref<Target = [u8]> + use<>>, Failure> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Err(error)) => return Err(lost(&error)),
            // What is no data is trailers: nothing to read.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}
