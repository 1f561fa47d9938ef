//! A browser's way with HTTP, in few lines: it keeps its cookie, and sends the forms of pages.

use std::time::Duration;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode};

use tokio::time::{Instant, sleep};

use crate::stage::{PATIENCE, Stage};

pub(crate) struct Visitor<'a> {
    stage: &'a Stage,
    http: Client,
    cookie: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl<'a> Visitor<'a> {
    pub(crate) fn new(stage: &'a Stage) -> Self {
        let http = Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(20)).build().unwrap();
        Self { stage, http, cookie: None }
    }

    /// One who has opened the printed address.
    pub(crate) async fn at_home(stage: &'a Stage) -> Self {
        let mut visitor = Self::new(stage);
        let secret = stage.address();
        let path = secret.split_once(&stage.port.to_string()).unwrap().1.to_owned();
        assert_eq!(visitor.get(&path).await.status, 303);
        visitor
    }

    /// One who signed in.
    pub(crate) async fn signed_in(stage: &'a Stage, token: &str) -> Self {
        let mut visitor = Self::new(stage);
        let answer = visitor.post("/login", &[("token", token)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        visitor
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    /// What a page has, once it has this.
    pub(crate) async fn until(&mut self, path: &str, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let page = self.get(path).await.text;
            if page.contains(text) {
                return page;
            }
            assert!(Instant::now() < end, "no {text:?} in {page}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).form(fields);
        self.send(request).await
    }

    /// Sends an order as the page's script does, with what the page's form carries.
    pub(crate) async fn order(&mut self, rollout: &str, order: &str, more: &[(&str, &str)]) -> Answer {
        let page = self.get(rollout).await.text;
        let (csrf, place) = (field(&page, "csrf"), field(&page, "place"));
        let mut fields = vec![("csrf", csrf.as_str()), ("place", place.as_str()), ("order", order)];
        fields.extend(more);
        let request = self.request(Method::POST, &format!("{rollout}/order")).header("accept", "text/plain");
        self.send(request.form(&fields)).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.stage.url(path));
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        if let Some(cookie) = headers.get(SET_COOKIE) {
            self.cookie = Some(cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        Answer { status, headers, text: answer.text().await.unwrap() }
    }
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The value of the page's first hidden field of that name.
pub(crate) fn field(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&start).map(|(_, rest)| rest).unwrap_or_default();
    rest.split_once('"').map(|(value, _)| value.to_owned()).unwrap_or_default()
}
