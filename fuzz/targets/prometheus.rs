//! Answers of a Prometheus server, through the client that asks it, to the verdict.
#![no_main]

use std::cell::RefCell;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use sluice_analysis::judge::Outcome;
use sluice_analysis::provider::{Clients, Http, prometheus::Defaults};
use sluice_analysis::run::Run;
use tokio::runtime::{Builder, Runtime};

libfuzzer_sys::fuzz_target!(|data: &[u8]| try_one(data));

thread_local! {
    static RUNTIME: RefCell<Runtime> =
        RefCell::new(Builder::new_current_thread().enable_time().build().expect("a runtime"));
    static RUN: Run = run();
}

/// Answers are read up to here, so that short ones can be too long.
const ANSWER_LIMIT: usize = 2048;

/// The longest text of a value: 100 numbers.
const SHOWN: usize = 100 * 400;

/// Statuses of an answer, by the first byte.
const STATUSES: [u16; 8] = [200, 200, 200, 400, 405, 302, 500, 503];

fn run() -> Run {
    let metric = json!({
        "name": "errors",
        "provider": {"prometheus": {"query": "up"}},
        "successCondition": "all(result, # < 0.05)",
        "failureCondition": "result[0] >= 0.05",
    });
    let spec = serde_json::from_value(json!({"metrics": [metric]})).expect("a spec");
    let defaults = Defaults { prometheus_address: Some("http://prometheus:9090".to_owned()) };
    Run::parse(&spec, |_| None, &defaults).expect("a run")
}

/// A status, and a body.
///
/// # Panics
/// When what is no answer is judged as one, or a text is too long for a status.
fn try_one(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    let clients = Clients::over(server(status, body)).with_answer_limit(ANSWER_LIMIT);
    let now = || Timestamp::UNIX_EPOCH;
    let reading = RUNTIME.with_borrow_mut(|runtime| {
        RUN.with(|run| {
            runtime.block_on(run.metrics[0].measure(run.metrics[0].query().expect("a query"), &clients, now))
        })
    });
    sluice_fuzz::fits_a_status(&reading.verdict.message);
    let judged = reading.verdict.outcome != Outcome::Error;
    if status != 200 || body.len() > ANSWER_LIMIT {
        assert!(!judged && reading.answer.is_none(), "{reading:?}");
    }
    if let Some(answer) = reading.answer {
        assert!(answer.text.len() <= SHOWN, "{} bytes of text", answer.text.len());
    }
}

fn server(status: u16, body: &[u8]) -> Http {
    let body = Bytes::copy_from_slice(body);
    Http::new(tower::service_fn(move |_| {
        let answer = http::Response::builder().status(status).body(body.clone()).expect("an answer");
        std::future::ready(Ok::<_, tower::BoxError>(reqwest::Response::from(answer)))
    }))
}
