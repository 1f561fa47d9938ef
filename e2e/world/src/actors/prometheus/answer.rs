//! Good answers and bad ones.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use sluice_analysis::provider::ARM;
use tower::BoxError;

use super::query::Query;
use crate::actors::traefik::refused;

/// What a query gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// One number.
    Scalar(f64),
    /// One number of each series.
    Vector(Vec<f64>),
    /// One number of each arm of a comparison, by name.
    Arms(Vec<(&'static str, f64)>),
    /// Several numbers of each series.
    Matrix(Vec<Vec<f64>>),
    /// No series.
    Empty,
    /// This HTTP status, with Prometheus' own words for it.
    Refused(u16),
    /// HTTP 200 with an error in it.
    Error(String),
    /// HTTP 200 with a body of that text.
    Garbage(String),
    /// A body of about so many bytes.
    Huge(usize),
    /// That answer, so much later.
    Late(Duration, Box<Answer>),
    /// Nothing, for ever.
    Never,
    /// No connection.
    Unreachable,
}

impl Answer {
    /// The answer as it travels.
    pub(super) async fn send(&self, query: &Query) -> Result<reqwest::Response, BoxError> {
        let ok = |body: &Value| Ok(respond(StatusCode::OK, body.to_string()));
        match self {
            Self::Late(time, answer) => {
                tokio::time::sleep(*time).await;
                Box::pin(answer.send(query)).await
            }
            Self::Never => std::future::pending().await,
            Self::Unreachable => Err(refused()),
            Self::Refused(code) => Ok(respond(StatusCode::from_u16(*code)?, error("no").to_string())),
            Self::Error(text) => ok(&error(text)),
            Self::Garbage(text) => Ok(respond(StatusCode::OK, text.clone())),
            Self::Huge(length) => Ok(huge(*length)),
            numbers => ok(&success(&numbers.data(query))),
        }
    }

    /// What instant queries and range queries call their results; a range is filled with the same number.
    fn data(&self, query: &Query) -> Value {
        let result = |kind: &str, result: Value| json!({"resultType": kind, "result": result});
        let metric = |index: usize| json!({"series": index.to_string()});
        let one =
            |(index, number): (usize, &f64)| json!({"metric": metric(index), "value": sample(query.time, *number)});
        let many = |(index, numbers): (usize, &Vec<f64>)| {
            let times = times(query, numbers.len());
            let values: Vec<_> = times.into_iter().zip(numbers).map(|(time, number)| sample(time, *number)).collect();
            json!({"metric": metric(index), "values": values})
        };
        match self {
            Self::Scalar(number) if query.range.is_none() => result("scalar", sample(query.time, *number)),
            Self::Vector(numbers) if query.range.is_none() => {
                result("vector", numbers.iter().enumerate().map(one).collect())
            }
            Self::Arms(arms) => {
                let one =
                    |(arm, number): &(&str, f64)| json!({"metric": {ARM: arm}, "value": sample(query.time, *number)});
                result("vector", arms.iter().map(one).collect())
            }
            Self::Matrix(series) => result("matrix", series.iter().enumerate().map(many).collect()),
            Self::Scalar(number) => Self::Vector(vec![*number]).data(query),
            Self::Vector(numbers) => {
                let steps = times(query, MOST_STEPS).len();
                Self::Matrix(numbers.iter().map(|number| vec![*number; steps]).collect()).data(query)
            }
            _ if query.range.is_some() => result("matrix", json!([])),
            _ => result("vector", json!([])),
        }
    }
}

/// Prometheus itself gives 11,000 at most; nobody here looks at so many.
const MOST_STEPS: usize = 500;

/// The moments of a range, or as many before the query's own time as there are numbers.
fn times(query: &Query, most: usize) -> Vec<f64> {
    let (start, step) = query.range.unwrap_or((query.time - 60.0, 1.0));
    let moments = std::iter::successors(Some(start), move |time| Some(time + step));
    moments.take_while(|time| *time <= query.time && step > 0.0).take(most).collect()
}

fn sample(time: f64, number: f64) -> Value {
    let text = match number {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        number => number.to_string(),
    };
    json!([time, text])
}

fn success(data: &Value) -> Value {
    json!({"status": "success", "data": data})
}

fn error(text: &str) -> Value {
    json!({"status": "error", "errorType": "execution", "error": text})
}

fn respond(status: StatusCode, body: String) -> reqwest::Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.into()
}

/// In pieces of one and the same memory.
fn huge(length: usize) -> reqwest::Response {
    const PIECE: usize = 1 << 16;
    let piece = Bytes::from(vec![b' '; PIECE]);
    let pieces = std::iter::repeat_n(piece, length / PIECE + 1).map(Ok::<_, std::io::Error>);
    Response::new(reqwest::Body::wrap_stream(futures::stream::iter(pieces))).into()
}
