//! The built-in application: what `sluice-demo/app` answers, with knobs in its environment and at run time.
//!
//! `GET /` (and every other path) answers 200, or 500 at the error rate, after the latency, with header `x-version`.
//! `GET /healthz` answers 200 or 503. `GET /metrics` counts the answers, by status and by how long they took. `POST /control?ready=false&error_rate=0.1&latency_ms=5`
//! turns the knobs of this one pod.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Method, Request, Response, StatusCode};
use k8s_openapi::api::core::v1::Container;
use tokio::time::{Instant, sleep};

/// The bounds of what is counted by how long it took.
const BOUNDS: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(1)];

/// The knobs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    version: String,
    error_rate: f64,
    latency: Duration,
    ready: bool,
    ready_after: Duration,
}

impl Settings {
    /// As the container's environment has them. The version is the image's tag unless VERSION says otherwise.
    pub(super) fn of(container: &Container) -> Self {
        let env = |name: &str| {
            let variables = container.env.iter().flatten();
            variables.filter(|variable| variable.name == name).find_map(|variable| variable.value.clone())
        };
        let number = |name: &str| env(name).and_then(|value| value.parse::<f64>().ok()).unwrap_or(0.0);
        let tag = container.image.as_deref().and_then(|image| Some(image.rsplit_once(':')?.1.to_owned()));
        Self {
            version: env("VERSION").or(tag).unwrap_or_else(|| "latest".to_owned()),
            error_rate: number("ERROR_RATE"),
            latency: millis(number("LATENCY_MS")),
            ready: true,
            ready_after: millis(number("READY_AFTER_MS")),
        }
    }

    /// Turns the knobs that the query of a URL names. Returns whether it understood all of it.
    fn turn(&mut self, query: &str) -> bool {
        query.split('&').filter_map(|pair| pair.split_once('=')).all(|(knob, value)| match knob {
            "ready" => set(&mut self.ready, value.parse().ok()),
            "error_rate" => set(&mut self.error_rate, value.parse().ok()),
            "latency_ms" => set(&mut self.latency, value.parse().ok().map(millis)),
            _ => false,
        })
    }
}

fn set<T>(knob: &mut T, value: Option<T>) -> bool {
    value.map(|value| *knob = value).is_some()
}

fn millis(number: f64) -> Duration {
    Duration::try_from_secs_f64(number / 1000.0).unwrap_or_default()
}

/// One run of the application.
#[derive(Debug)]
pub(super) struct App {
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    settings: Settings,
    /// Grows by the error rate at each answer; an error is due when it reaches one. So errors are evenly spaced.
    debt: f64,
    answers: BTreeMap<u16, u64>,
    /// How many took no longer than each of [`BOUNDS`].
    within: [u64; BOUNDS.len()],
}

impl App {
    pub(super) fn start(settings: Settings) -> Self {
        let state = State { settings, debt: 0.0, answers: BTreeMap::new(), within: [0; BOUNDS.len()] };
        Self { began: Instant::now(), state: Mutex::new(state) }
    }

    /// Answers one request.
    pub(super) async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        match (request.method(), request.uri().path()) {
            (_, "/healthz") => self.health(),
            (_, "/metrics") => text(StatusCode::OK, self.metrics()),
            (&Method::POST, "/control") => self.control(request.uri().query().unwrap_or_default()),
            _ => self.work().await,
        }
    }

    fn health(&self) -> Response<Full<Bytes>> {
        let settings = self.state().settings.clone();
        if settings.ready && self.began.elapsed() >= settings.ready_after {
            text(StatusCode::OK, "ok\n".to_owned())
        } else {
            text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n".to_owned())
        }
    }

    fn control(&self, query: &str) -> Response<Full<Bytes>> {
        if self.state().settings.turn(query) {
            text(StatusCode::OK, "ok\n".to_owned())
        } else {
            text(StatusCode::BAD_REQUEST, "knobs: ready, error_rate, latency_ms\n".to_owned())
        }
    }

    async fn work(&self) -> Response<Full<Bytes>> {
        let (status, settings) = self.state().next();
        sleep(settings.latency).await;
        let mut response = text(status, format!("{} says {status}\n", settings.version));
        if let Ok(version) = settings.version.parse() {
            response.headers_mut().insert("x-version", version);
        }
        response
    }

    fn metrics(&self) -> String {
        let state = self.state();
        let mut text = "# TYPE http_requests_total counter\n".to_owned();
        for (code, count) in &state.answers {
            let version = &state.settings.version;
            // Some call it code, others status.
            let of = format!("version=\"{version}\",code=\"{code}\",status=\"{code}\"");
            let _ = writeln!(text, "http_requests_total{{{of}}} {count}");
        }
        text.push_str("# TYPE http_request_duration_seconds histogram\n");
        let bounds = BOUNDS.iter().map(|bound| bound.as_secs_f64().to_string()).chain(["+Inf".to_owned()]);
        let all = state.answers.values().sum::<u64>();
        for (bound, count) in bounds.zip(state.within.into_iter().chain([all])) {
            let _ = writeln!(text, "http_request_duration_seconds_bucket{{le=\"{bound}\"}} {count}");
        }
        text
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts one answer and says what it is.
    fn next(&mut self) -> (StatusCode, Settings) {
        self.debt += self.settings.error_rate;
        // A little early, so that the sum of rounding never costs an error.
        let failing = self.debt >= 1.0 - 1e-9;
        let status = if failing { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
        self.debt -= f64::from(u8::from(failing));
        *self.answers.entry(status.as_u16()).or_default() += 1;
        for (bound, count) in BOUNDS.iter().zip(&mut self.within) {
            *count += u64::from(self.settings.latency <= *bound);
        }
        (status, self.settings.clone())
    }
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn settings(error_rate: f64) -> Settings {
        let container = Container { image: Some("sluice-demo/app:v1".into()), ..Container::default() };
        Settings { error_rate, ..Settings::of(&container) }
    }

    fn check(error_rate: f64, requests: usize, errors: usize) {
        let app = App::start(settings(error_rate));
        let mut state = app.state();
        let failed = (0..requests).filter(|_| state.next().0 != StatusCode::OK).count();
        assert_eq!(failed, errors, "at rate {error_rate}");
    }

    #[test]
    fn errors_come_evenly_spaced_at_their_rate() {
        check(0.0, 1000, 0);
        check(0.08, 100, 8);
        check(0.1, 1000, 100);
        check(1.0, 50, 50);
    }

    #[test]
    fn knobs_turn_by_name_and_others_are_refused() {
        let mut knobs = settings(0.0);
        assert!(knobs.turn("ready=false&error_rate=0.5&latency_ms=20"));
        assert_eq!((knobs.ready, knobs.error_rate, knobs.latency), (false, 0.5, Duration::from_millis(20)));
        assert!(!knobs.turn("colour=red"));
        assert!(!knobs.turn("ready=perhaps"));
    }

    #[test]
    fn answers_are_counted_by_status_and_by_how_long_they_took() {
        let app = App::start(Settings { latency: Duration::from_millis(200), ..settings(0.5) });
        (0..4).for_each(|_| drop(app.state().next()));
        let text = app.metrics();
        for line in [
            "http_requests_total{version=\"v1\",code=\"500\",status=\"500\"} 2",
            "http_request_duration_seconds_bucket{le=\"0.1\"} 0",
            "http_request_duration_seconds_bucket{le=\"0.5\"} 4",
            "http_request_duration_seconds_bucket{le=\"+Inf\"} 4",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn the_tag_is_the_version() {
        assert_eq!(settings(0.0).version, "v1");
    }
}
