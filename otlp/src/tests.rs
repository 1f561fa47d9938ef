//! Spans on their way to a small collector on loopback.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::expect_file;
use jiff::Timestamp;
use serde_json::Value as Json;
use sluice_analysis::provider::network;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::collector::CollectorError;

/// What a collector was asked: the head of the request, and its body.
type Log = Arc<Mutex<Vec<(String, Json)>>>;

/// A collector that answers in turn, its address, and what it was asked.
async fn collector(answers: &'static [&'static str]) -> (String, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, log) = (format!("http://{}", listener.local_addr().unwrap()), Log::default());
    let seen = log.clone();
    tokio::spawn(async move {
        let mut answers = answers.iter().cycle();
        while let Ok((mut stream, _)) = listener.accept().await {
            let asked = read(&mut stream).await;
            seen.lock().unwrap().push(asked);
            let _ = stream.write_all(answers.next().unwrap().as_bytes()).await;
        }
    });
    (address, log)
}

async fn read(stream: &mut TcpStream) -> (String, Json) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str(body)
        {
            return (head.to_owned(), body);
        }
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "cut short");
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// Tells spans to that collector, and ends. Gives how many were lost.
async fn told(address: &str, spans: Vec<Span>) -> u64 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = network(reqwest::Client::new());
    let to = Collector::parse(address, true, &["x-team=shop".to_owned()], &["env:prod".to_owned()]).unwrap();
    let lost = Arc::new(Mutex::new(0));
    let count = lost.clone();
    let to = to.told_by("sluice", "0.1.0", "pod-1");
    let (sink, exporter) = export(http, to, "0.1.0", move |more| *count.lock().unwrap() += more);
    sink.tell(spans);
    exporter.finish().await;
    *lost.lock().unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

/// A release, and a step in it that failed.
fn release() -> Vec<Span> {
    let trace = TraceId::of(&["uid", "v2@0"]);
    let whole = SpanId::of(&trace, &["release"]);
    let event = Event { at: at(20), name: "error-rate".to_owned(), attributes: vec![("value", "0.2".into())] };
    let step = Span {
        trace: trace.clone(),
        id: SpanId::of(&trace, &["step", "1"]),
        parent: Some(whole.clone()),
        name: "step setWeight".to_owned(),
        from: at(10),
        to: at(30),
        attributes: vec![("sluice.step", 1.into()), ("sluice.changes", vec!["route 0 → 20".to_owned()].into())],
        events: vec![event],
        failed: Some("error-rate 0.2 > 0.05".to_owned()),
    };
    let (from, to) = (at(0), at(30));
    let (attributes, events) = (vec![("k8s.namespace.name", "shop".into())], Vec::new());
    let name = "release".to_owned();
    vec![step, Span { trace, id: whole, parent: None, name, from, to, attributes, events, failed: None }]
}

const OK: &str = "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
const BUSY: &str = "HTTP/1.1 503 X\r\nconnection: close\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n";
const NEVER: &str = "HTTP/1.1 400 X\r\nconnection: close\r\ncontent-length: 3\r\n\r\nno!";
const PARTLY: &str = "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: 68\r\n\r\n{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"too late\"}  }";

#[tokio::test]
async fn what_is_told_is_sent_in_one_batch_before_the_end() {
    let (address, log) = collector(&[OK]).await;
    assert_eq!(told(&address, release()).await, 0);
    let log = log.lock().unwrap();
    let [(head, body)] = &log[..] else { panic!("{log:?}") };
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    assert!(head.contains("x-team: shop") && head.contains("content-type: application/json"), "{head}");
    expect_file!["tests/batch.json"].assert_eq(&format!("{}\n", serde_json::to_string_pretty(body).unwrap()));
}

#[tokio::test]
async fn a_collector_in_trouble_is_asked_again_and_one_that_refuses_is_not() {
    for (answers, asked, lost) in [(&[BUSY, BUSY, OK][..], 3, 0), (&[NEVER], 1, 2), (&[PARTLY], 1, 1)] {
        let (address, log) = collector(answers).await;
        assert_eq!(told(&address, release()).await, lost, "{answers:?}");
        assert_eq!(log.lock().unwrap().len(), asked, "{answers:?}");
    }
}

#[tokio::test]
async fn nobody_waits_for_a_collector_that_does_not_answer() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = Collector::parse(&listener.local_addr().unwrap().to_string(), true, &[], &[]).unwrap();
    let (sink, exporter) = export(network(reqwest::Client::new()), to, "0.1.0", |_| {});
    sink.tell(release());
    let ended = tokio::time::timeout(Duration::from_mins(1), exporter.stop());
    assert!(ended.await.is_ok(), "a process that is to end waits for its collector");
}

#[tokio::test]
async fn what_there_is_no_room_for_is_counted() {
    let (address, log) = collector(&[OK]).await;
    let many = release().into_iter().cycle().take(5000).collect();
    let lost = told(&address, many).await;
    let spans =
        |(_, body): &(String, Json)| body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().len();
    let sent: usize = log.lock().unwrap().iter().map(spans).sum();
    assert_eq!((lost, sent), (904, 4096));
}

#[test]
fn the_same_release_has_the_same_trace_in_each_process() {
    let trace = TraceId::of(&["uid", "v2@0"]);
    assert_eq!((trace.as_str().len(), SpanId::of(&trace, &["release"]).as_str().len()), (32, 16));
    assert_eq!(trace, TraceId::of(&["uid", "v2@0"]));
    assert_ne!(trace, TraceId::of(&["ui", "dv2@0"]));
    assert_ne!(SpanId::of(&trace, &["step", "1"]), SpanId::of(&trace, &["step", "2"]));
}

#[test]
fn flags_name_a_collector() {
    for (address, insecure, expected) in [
        ("http://otel:4318", true, "http://otel:4318/v1/traces"),
        ("http://otel:4318/", true, "http://otel:4318/v1/traces"),
        ("https://otel.example.com/custom/path", true, "https://otel.example.com/custom/path"),
        ("otel:4318", true, "http://otel:4318/v1/traces"),
        ("otel:4318", false, "https://otel:4318/v1/traces"),
        ("http://user:secret@otel:4318", true, "http://otel:4318/v1/traces"),
        ("otel:4317", true, "has the port of OTLP by gRPC"),
        ("grpc://otel:4318", true, "is no address of a collector"),
        ("", true, "is no address of a collector"),
        ("http://", true, "is no address of a collector"),
    ] {
        let found = Collector::parse(address, insecure, &[], &[]);
        let found = found.map_or_else(|error| error.to_string(), |collector| collector.shown());
        assert!(found.contains(expected), "{address}: {found}");
    }
    let wrong = |headers: &[&str], attributes: &[&str]| {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Collector::parse("otel:4318", true, &texts(headers), &texts(attributes)).unwrap_err()
    };
    assert_eq!(wrong(&["authorization"], &[]), CollectorError::Header("authorization".to_owned()));
    let secret = wrong(&["x y=secret"], &[]).to_string();
    assert!(secret.contains("x y") && !secret.contains("secret"), "{secret}");
    assert_eq!(wrong(&[], &["prod"]), CollectorError::Attribute("prod".to_owned()));
}
