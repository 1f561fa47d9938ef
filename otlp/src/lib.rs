//! Spans that are over, and their way to a collector of OpenTelemetry by OTLP over HTTP.
//!
//! ```text
//! Span ──▶ Spans::tell ──▶ Exporter (a task: batches, attempts) ──▶ request::of ──▶ POST /v1/traces
//! ```
//!
//! A release outlives the process that drives it, so nothing here is open: a [`Span`] is told once it has ended, with identifiers that
//! follow from what it is about ([`TraceId::of`], [`SpanId::of`]). A process that starts anew gives the same ones, and tells the rest.
//!
//! The form is [OTLP/JSON](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), which every collector takes on port 4318.
//! The crates `opentelemetry*` make spans of a running process, and cost thirteen crates for what is one object of JSON here.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test that is surprised must fail"
    )
)]

pub mod collector;
mod export;
mod post;
mod request;
pub mod span;
#[cfg(test)]
mod tests;

pub use collector::Collector;
pub use export::{Exporter, Spans, export};
pub use span::{Event, Span, SpanId, TraceId, Value};
