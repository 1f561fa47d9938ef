//! What is known of the sources of one Application.

use std::sync::Arc;
use std::time::Duration;

use sluice_render::{RenderError, Rendered};
use tokio::time::Instant;

use super::Wish;

/// What the sources said.
pub(super) type Answer = Result<Arc<Rendered>, RenderError>;

/// What is known of the sources of one Application, and what is asked at the moment.
#[derive(Debug)]
pub(super) struct Place {
    pub wish: Wish,
    /// What they said last.
    pub answer: Option<Answer>,
    /// When that question was begun; `None`: it has to be asked again at once.
    pub asked: Option<Instant>,
    /// The number of the question under way.
    pub running: Option<u64>,
    /// Whether it is to be asked again once the question under way is answered: its branch moved meanwhile.
    pub again: bool,
    /// Whether the answer was rendered as the wish is now.
    is_current: bool,
    /// How often in a row it failed in a way that may pass.
    failures: u32,
}

/// The first wait after a failure that may pass; each further one is twice as long.
const FIRST_RETRY: Duration = Duration::from_secs(10);

impl Place {
    pub(super) fn new(wish: Wish) -> Self {
        Self { wish, answer: None, asked: None, running: None, again: false, is_current: true, failures: 0 }
    }

    /// Has the place be about that wish. What was said about another one is forgotten, and what is asked about it does not count.
    pub(super) fn be_about(&mut self, wish: &Wish) {
        if !self.wish.is_same(wish) {
            *self = Self::new(wish.clone());
        } else if !self.wish.is_current(wish) {
            self.is_current &= self.wish.renders_alike(wish);
            self.wish = wish.clone();
            (self.asked, self.running) = (None, None);
        }
    }

    /// When it is to be asked again.
    pub(super) fn due(&self, interval: Duration) -> Option<Instant> {
        let wait = match self.failures {
            0 => interval,
            failures => FIRST_RETRY.saturating_mul(1 << (failures - 1).min(10)).min(interval),
        };
        self.asked.map(|asked| asked + wait)
    }

    /// The revisions at which the very same was rendered.
    pub(super) fn known(&self) -> Vec<String> {
        match &self.answer {
            Some(Ok(rendered)) if self.is_current => {
                rendered.sources.iter().map(|source| source.revision.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Takes in an answer. Says whether it is news.
    pub(super) fn answered(&mut self, asked: Instant, answer: Result<Option<Rendered>, RenderError>) -> bool {
        self.running = None;
        self.asked = Some(asked);
        let passing = answer.as_ref().is_err_and(|error| error.kind.may_pass());
        self.failures = if passing { self.failures.saturating_add(1) } else { 0 };
        self.is_current = true;
        match answer {
            Ok(None) => false,
            Ok(Some(rendered)) => {
                let same = matches!(&self.answer, Some(Ok(before)) if before.key == rendered.key && before.sources == rendered.sources);
                if !same {
                    self.answer = Some(Ok(Arc::new(rendered)));
                }
                !same
            }
            Err(error) => {
                let same = matches!(&self.answer, Some(Err(before)) if *before == error);
                self.answer = Some(Err(error));
                !same
            }
        }
    }
}
