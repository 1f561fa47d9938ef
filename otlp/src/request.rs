//! What is posted: spans as OTLP has them in JSON.
//!
//! Identifiers are hexadecimal there, and 64-bit numbers are texts.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::span::{Event, Span, Value};

/// `SPAN_KIND_INTERNAL`.
const INTERNAL: u8 = 1;
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// The longest text of an attribute, in bytes: a condition with a long value must not make a batch that nobody takes.
const LONGEST: usize = 4096;

/// An `ExportTraceServiceRequest` of these spans, all made by the same process.
pub(crate) fn of(resource: &[(String, String)], version: &str, spans: &[Span]) -> Json {
    let resource: Vec<Json> =
        resource.iter().map(|(key, text)| json!({"key": key, "value": text_value(text)})).collect();
    let spans: Vec<Json> = spans.iter().map(span).collect();
    json!({"resourceSpans": [{
        "resource": {"attributes": resource},
        "scopeSpans": [{"scope": {"name": "sluice", "version": version}, "spans": spans}],
    }]})
}

fn span(span: &Span) -> Json {
    let events: Vec<Json> = span.events.iter().map(event).collect();
    let mut json = json!({
        "traceId": span.trace.as_str(),
        "spanId": span.id.as_str(),
        "name": span.name,
        "kind": INTERNAL,
        "startTimeUnixNano": nanoseconds(span.from),
        // A clock that was set back meanwhile must not make it end before it began.
        "endTimeUnixNano": nanoseconds(span.to.max(span.from)),
        "attributes": attributes(&span.attributes),
        "events": events,
    });
    if let (Some(fields), Some(parent)) = (json.as_object_mut(), &span.parent) {
        fields.insert("parentSpanId".to_owned(), parent.as_str().into());
    }
    if let (Some(fields), Some(why)) = (json.as_object_mut(), &span.failed) {
        fields.insert("status".to_owned(), json!({"code": ERROR, "message": shortened(why)}));
    }
    json
}

fn event(event: &Event) -> Json {
    json!({"timeUnixNano": nanoseconds(event.at), "name": event.name, "attributes": attributes(&event.attributes)})
}

fn attributes(attributes: &[(&'static str, Value)]) -> Vec<Json> {
    attributes.iter().map(|(key, of)| json!({"key": key, "value": value(of)})).collect()
}

fn value(value: &Value) -> Json {
    match value {
        Value::Text(text) => text_value(text),
        Value::Whole(number) => json!({"intValue": number.to_string()}),
        Value::Texts(texts) => {
            let values: Vec<Json> = texts.iter().map(|text| text_value(text)).collect();
            json!({"arrayValue": {"values": values}})
        }
    }
}

fn text_value(text: &str) -> Json {
    json!({"stringValue": shortened(text)})
}

fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default()
}

fn nanoseconds(at: Timestamp) -> String {
    at.as_nanosecond().max(0).to_string()
}
