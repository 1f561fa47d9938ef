//! What a query's answer follows from.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::Answer;
use crate::actors::{Fate, Key, Traffic};

/// What an answer may follow from.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The query.
    pub query: &'a str,
    /// When it is asked.
    pub now: Timestamp,
    /// Where requests go then.
    pub traffic: &'a Traffic,
}

/// A function from what is seen to an answer.
pub type Series = Arc<dyn Fn(&Seen<'_>) -> Answer + Send + Sync>;

/// The same at any time.
pub fn always(answer: Answer) -> Series {
    Arc::new(move |_| answer.clone())
}

/// The mean, over the requests that a TraefikService's pods answer, of a number that each image has. Empty where nobody
/// answers any: as with a rate of nothing by nothing.
pub fn by_image(route: Key, number: impl Fn(&str) -> f64 + Send + Sync + 'static) -> Series {
    Arc::new(move |seen| {
        let answered = seen.traffic.part(&route, |share| share.fate == Fate::Answered);
        if answered == 0.0 {
            return Answer::Empty;
        }
        let flows = seen.traffic.routes.get(&route).into_iter().flatten().filter(|flow| flow.is_well());
        let images: std::collections::BTreeSet<&str> =
            flows.flat_map(|flow| &flow.shares).filter_map(|share| share.image.as_deref()).collect();
        let part = |image: &str| {
            let is_its = |share: &crate::actors::Share| share.image.as_deref() == Some(image);
            seen.traffic.part(&route, |share| share.fate == Fate::Answered && is_its(share))
        };
        let sum: f64 = images.into_iter().map(|image| part(image) * number(image)).sum();
        Answer::Vector(vec![sum / answered])
    })
}

/// One after the other; the last one stays.
pub fn in_turn(answers: impl IntoIterator<Item = Answer>) -> Series {
    let answers: Mutex<VecDeque<Answer>> = Mutex::new(answers.into_iter().collect());
    Arc::new(move |_| {
        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        let first = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        first.unwrap_or(Answer::Empty)
    })
}
