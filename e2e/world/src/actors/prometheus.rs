//! Prometheus: answers queries by what the traffic is, or does not.

mod answer;
mod query;
mod series;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::Request;
use sluice_analysis::provider::Http;
use sluice_controller::clock::Clock;
use tower::BoxError;

use super::Shared;
use crate::rng::Rng;
use query::Query;

pub use answer::Answer;
pub use series::{Seen, Series, always, by_image, in_turn};

/// The server.
#[derive(Clone)]
pub struct Prometheus {
    shared: Shared,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

struct State {
    rng: Rng,
    /// By a part of the query; the first that is found in it answers.
    series: Vec<(String, Series)>,
    /// What everybody gets while it lasts.
    trouble: Option<Answer>,
    asked: u64,
}

impl Prometheus {
    pub(super) fn new(shared: Shared, clock: Clock, rng: Rng) -> Self {
        let state = State { rng, series: Vec::new(), trouble: None, asked: 0 };
        Self { shared, clock, state: Arc::new(Mutex::new(state)) }
    }

    /// Answers queries that hold this text by that series from now on. Of several texts the one given first counts; a
    /// query that holds none gets an empty vector.
    pub fn set(&self, text: &str, series: Series) {
        let mut state = self.lock();
        match state.series.iter_mut().find(|(known, _)| known == text) {
            Some((_, known)) => *known = series,
            None => state.series.push((text.to_owned(), series)),
        }
    }

    /// Answers everything like that while it lasts.
    pub fn trouble(&self, trouble: Option<Answer>) {
        self.lock().trouble = trouble;
    }

    /// How many queries it got.
    pub fn asked(&self) -> u64 {
        self.lock().asked
    }

    /// The way to it.
    pub fn http(&self) -> Http {
        let server = self.clone();
        Http::new(tower::service_fn(move |request| server.clone().answer(request)))
    }

    async fn answer(self, request: Request<Bytes>) -> Result<reqwest::Response, BoxError> {
        let wait = self.shared.lock().settings.answer;
        let wait = wait.pick(&mut self.lock().rng);
        tokio::time::sleep(wait).await;
        let query = Query::of(&request);
        self.find(&query).send(&query).await
    }

    fn find(&self, query: &Query) -> Answer {
        let traffic = self.shared.lock().traffic();
        let mut state = self.lock();
        state.asked += 1;
        if let Some(trouble) = &state.trouble {
            return trouble.clone();
        }
        let series = state.series.iter().find(|(text, _)| query.text.contains(text)).map(|(_, series)| series.clone());
        drop(state);
        let seen = Seen { query: &query.text, now: self.clock.now(), traffic: &traffic };
        series.map_or(Answer::Empty, |series| series(&seen))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").finish_non_exhaustive()
    }
}
