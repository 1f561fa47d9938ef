//! Slack on loopback.

use anyhow::Result;
use bytes::Bytes;
use hyper::{Request, Response};
use serde_json::Value;
use sluice_controller::clock::Clock;
use sluice_e2e::listen;
use sluice_world::actors::Slack;
use tower::ServiceExt;

/// Starts one; returns it with its address, as `apiURL` has it.
pub(crate) async fn start() -> Result<(Slack, String)> {
    let slack = Slack::new(Clock::System);
    let served = slack.clone();
    let address = listen::serve(move |request| answer(served.clone(), request)).await?;
    Ok((slack, format!("http://{address}/")))
}

async fn answer(slack: Slack, request: Request<Bytes>) -> Result<Response<Bytes>> {
    let (mut parts, body) = request.into_parts();
    // Slack's part of the world is asked by whole addresses.
    parts.uri = format!("http://slack.test{}", parts.uri).parse()?;
    let request = Request::from_parts(parts, body);
    let answer = slack.http().oneshot(request).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    let status = answer.status();
    let text: Value = serde_json::from_str(&answer.text().await?)?;
    Ok(Response::builder().status(status).header("content-type", "application/json").body(text.to_string().into())?)
}
