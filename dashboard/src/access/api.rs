//! An API server that answers reviews, for tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::sleep;
use tower::service_fn;

/// Knows every token as that of the user of its name, and lets whoever is in the group `admins` do everything.
#[derive(Clone, Default)]
pub(super) struct Server(Arc<Mutex<State>>);

#[derive(Default)]
pub(super) struct State {
    /// Everybody's groups.
    pub(super) groups: Vec<String>,
    /// Of whom it was asked what, without what is the same in all.
    pub(super) asked: Vec<String>,
    under_way: usize,
    /// How many reviews were under way at the same time.
    pub(super) most: usize,
}

impl Server {
    pub(super) fn client(&self) -> Client {
        let server = self.clone();
        Client::new(service_fn(move |request| server.clone().answer(request)), "default")
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it was asked since the last time.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().asked)
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, kube::Error> {
        let mut review: Value = serde_json::from_slice(&request.into_body().collect_bytes().await?).unwrap();
        self.begin();
        sleep(Duration::from_millis(1)).await;
        let mut state = self.state();
        state.under_way -= 1;
        let spec = &review["spec"];
        let (asked, status) = if let Some(token) = spec["token"].as_str() {
            let user = json!({"username": token, "groups": state.groups});
            (format!("who is {token}"), json!({"authenticated": true, "user": user}))
        } else {
            let is_admin = spec["groups"].as_array().is_some_and(|groups| groups.contains(&"admins".into()));
            let of = &spec["resourceAttributes"];
            let what = ["verb", "resource", "namespace"].map(|field| of[field].as_str().unwrap_or("-"));
            (format!("{} {}", spec["user"].as_str().unwrap(), what.join(" ")), json!({"allowed": is_admin}))
        };
        state.asked.push(asked);
        review["status"] = status;
        Ok(Response::new(Body::from(review.to_string().into_bytes())))
    }

    fn begin(&self) {
        let mut state = self.state();
        state.under_way += 1;
        state.most = state.most.max(state.under_way);
    }
}
