//! A collector of OpenTelemetry: takes traces by OTLP over HTTP in JSON, and nothing that is not shaped like that.
//!
//! Shaped by <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding> and `opentelemetry/proto/trace/v1/trace.proto`:
//! identifiers are hexadecimal, 64-bit numbers are texts, enumerations are numbers.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use hyper::{Method, Request, Response};
use serde::Deserialize;
use sluice_e2e::listen;

/// A collector, and all that it was told. A clone is the same one.
#[derive(Clone, Default)]
pub(crate) struct Collector(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    spans: Vec<Span>,
    /// What was no request that a collector takes.
    refused: Vec<String>,
}

impl Collector {
    /// Starts one; returns it with its address, as `--otlp-address` has it.
    pub(crate) async fn start() -> Result<(Self, String)> {
        let collector = Self::default();
        let served = collector.clone();
        let address = listen::serve(move |request| std::future::ready(served.answer(&request))).await?;
        Ok((collector, format!("http://{address}")))
    }

    /// All spans so far. Fails if it was ever asked what it does not take.
    pub(crate) fn spans(&self) -> Result<Vec<Span>> {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(told.refused.is_empty(), "no collector takes this: {:?}", told.refused);
        Ok(told.spans.clone())
    }

    fn answer(&self, request: &Request<Bytes>) -> Result<Response<Bytes>> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match read(request) {
            Ok(spans) => {
                told.spans.extend(spans);
                Ok(Response::builder().header("content-type", "application/json").body("{}".into())?)
            }
            Err(error) => {
                told.refused.push(format!("{error:#}"));
                Err(error)
            }
        }
    }
}

fn read(request: &Request<Bytes>) -> Result<Vec<Span>> {
    let (method, path) = (request.method(), request.uri().path());
    ensure!(method == Method::POST && path == "/v1/traces", "{method} {path}");
    let kind = request.headers().get("content-type").context("there is no content-type")?;
    ensure!(kind == "application/json", "{kind:?}");
    let body: ExportTraceServiceRequest = serde_json::from_slice(request.body()).context("read the request")?;
    let mut spans = Vec::new();
    for of_resource in body.resource_spans {
        let service = of_resource.resource.attributes.iter().find(|one| one.key == "service.name");
        ensure!(service.and_then(KeyValue::text) == Some("sluice"), "{:?}", of_resource.resource);
        for of_scope in of_resource.scope_spans {
            ensure!(!of_scope.scope.name.is_empty() && !of_scope.scope.version.is_empty(), "{:?}", of_scope.scope);
            spans.extend(of_scope.spans);
        }
    }
    for span in &spans {
        span.check().with_context(|| format!("{span:?}"))?;
    }
    Ok(spans)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExportTraceServiceRequest {
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResourceSpans {
    resource: Resource,
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    attributes: Vec<KeyValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeSpans {
    scope: InstrumentationScope,
    spans: Vec<Span>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentationScope {
    name: String,
    version: String,
}

/// Something that lasted.
// Its fields have their published names.
#[allow(clippy::struct_field_names)]
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Span {
    /// 32 hexadecimal digits.
    pub(crate) trace_id: String,
    /// 16 hexadecimal digits.
    pub(crate) span_id: String,
    /// Likewise; none of the whole.
    pub(crate) parent_span_id: Option<String>,
    /// What it is.
    pub(crate) name: String,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<KeyValue>,
    events: Vec<Event>,
    /// None: nothing is said of how it went.
    pub(crate) status: Option<Status>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Event {
    time_unix_nano: String,
    name: String,
    attributes: Vec<KeyValue>,
}

/// How it went.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {
    /// 2 is an error.
    pub(crate) code: u8,
    /// Why.
    pub(crate) message: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyValue {
    key: String,
    value: AnyValue,
}

#[derive(Clone, Debug, Deserialize)]
enum AnyValue {
    #[serde(rename = "stringValue")]
    Text(String),
    #[serde(rename = "intValue")]
    Number(String),
    #[serde(rename = "arrayValue")]
    Several(Array),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Array {
    values: Vec<AnyValue>,
}

impl KeyValue {
    fn text(&self) -> Option<&str> {
        if let AnyValue::Text(text) = &self.value { Some(text) } else { None }
    }

    fn check(&self) -> Result<()> {
        ensure!(!self.key.is_empty(), "an attribute without a name");
        self.value.check()
    }
}

impl AnyValue {
    fn check(&self) -> Result<()> {
        match self {
            Self::Text(_) => Ok(()),
            Self::Number(text) => text.parse::<i64>().context("a number").map(drop),
            Self::Several(array) => array.values.iter().try_for_each(Self::check),
        }
    }
}

impl Span {
    /// When it began and ended, in seconds.
    pub(crate) fn times(&self) -> Result<(f64, f64)> {
        Ok((seconds(&self.start_time_unix_nano)?, seconds(&self.end_time_unix_nano)?))
    }

    /// An attribute that is a text or a number.
    pub(crate) fn attribute(&self, key: &str) -> Option<&str> {
        match &self.attributes.iter().find(|one| one.key == key)?.value {
            AnyValue::Text(text) | AnyValue::Number(text) => Some(text),
            AnyValue::Several(_) => None,
        }
    }

    fn check(&self) -> Result<()> {
        let is_id = |text: &str, digits: usize| {
            let is_hex = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
            text.len() == digits && is_hex && text.bytes().any(|byte| byte != b'0')
        };
        let parent = self.parent_span_id.iter().all(|parent| is_id(parent, 16));
        ensure!(is_id(&self.trace_id, 32) && is_id(&self.span_id, 16) && parent, "identifiers");
        ensure!(self.kind == 1 && !self.name.is_empty(), "kind and name");
        let (from, to) = self.times()?;
        ensure!(from <= to, "it ends before it begins");
        self.attributes.iter().try_for_each(KeyValue::check)?;
        for event in &self.events {
            ensure!(!event.name.is_empty() && seconds(&event.time_unix_nano).is_ok(), "{event:?}");
            event.attributes.iter().try_for_each(KeyValue::check)?;
        }
        Ok(())
    }
}

#[allow(clippy::cast_precision_loss)]
fn seconds(nanoseconds: &str) -> Result<f64> {
    Ok(nanoseconds.parse::<u64>().context("a time")? as f64 / 1e9)
}
