//! A browser's way with the dashboard, in few lines: it keeps its cookie, and sends the forms of pages.

use crate::http::{Answer, Http, Method, one_shot, send};
use anyhow::{Context, Result, ensure};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, COOKIE, SET_COOKIE};
use tokio::time::Duration;

/// A visitor, who may have signed in.
pub struct Visitor {
    port: u16,
    http: Http,
    cookie: Option<String>,
}

impl Visitor {
    /// One who has not signed in.
    pub fn at(port: u16) -> Self {
        Self { port, http: one_shot(), cookie: None }
    }

    /// One who did.
    pub async fn signed_in(port: u16, token: &str) -> Result<Self> {
        let mut visitor = Self::at(port);
        let answer = visitor.post("/login", &[("token", token)]).await?;
        visitor.let_in(&answer)
    }

    /// One who opened the address that the command prints.
    pub async fn opened(port: u16, path: &str) -> Result<Self> {
        let mut visitor = Self::at(port);
        let answer = visitor.get(path).await?;
        visitor.let_in(&answer)
    }

    fn let_in(mut self, answer: &Answer) -> Result<Self> {
        ensure!(answer.status == 303, "signing in: {answer:?}");
        let cookie = answer.headers.get(SET_COOKIE).context("no cookie")?.to_str().context("read the cookie")?;
        self.cookie = cookie.split(';').next().map(str::to_owned);
        Ok(self)
    }

    /// A page.
    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, String::new()).await
    }

    /// Sends a form with these fields.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        self.send(Method::POST, path, form(fields)).await
    }

    /// Sends an order with what the page's form carries.
    pub async fn order(&mut self, page: &str, order: &str) -> Result<Answer> {
        let shown = self.get(page).await?.body;
        let (csrf, place) = (field(&shown, "csrf"), field(&shown, "place"));
        self.send_order(page, &[("csrf", &csrf), ("place", &place), ("order", order)]).await
    }

    /// Sends an order with these fields, whatever the page has.
    pub async fn send_order(&mut self, page: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        self.post(&format!("{page}/order"), fields).await
    }

    async fn send(&self, method: Method, path: &str, body: String) -> Result<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1:{}{path}", self.port))
            .header(ACCEPT, "text/plain")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(COOKIE, self.cookie.as_deref().unwrap_or_default());
        let request = request.body(Full::new(Bytes::from(body))).context("make a request")?;
        send(&self.http, request, Duration::from_secs(20)).await
    }
}

/// The value of the page's first hidden field of that name.
pub fn field(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&start).map(|(_, rest)| rest).unwrap_or_default();
    rest.split_once('"').map(|(value, _)| value.to_owned()).unwrap_or_default()
}

/// Fields as a browser writes them into a form.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}
