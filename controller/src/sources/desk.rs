//! The desk: asks the hands what sources say, and keeps each Application's last answer. How many are fetched and rendered at a time is
//! the hands' to say: one that waits for a server that hangs is in no other's way here.
//!
//! *Guarantees*: looking never waits. Whoever looked is asked for a pass when there is news, and when it is time to ask again. Once one
//! Application hears that a branch has moved, all that deploy from it are asked about at once.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sluice_render::{RenderError, Rendered};
use tokio::time::Instant;

use super::place::Place;
use super::{Ask, Hands, Wish};
use crate::clock::Clock;
use crate::key::Key;
use crate::queue::Queue;
use crate::tasks::Tasks;

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// What the Application is compared with.
    Target,
    /// What an operation is about that is at another commit.
    Pinned,
}

/// What is known at a look.
#[derive(Clone, Debug)]
pub struct Look {
    /// What the sources said; `None`: they are being asked for the first time.
    pub answer: Option<Result<Arc<Rendered>, RenderError>>,
    /// When that question was begun.
    pub asked: Option<Instant>,
    /// When to look again, unless there is news before.
    pub due: Option<Instant>,
}

/// Asks the hands, and keeps what they say. A clone is the same desk.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    hands: Hands,
    clock: Clock,
    tasks: Tasks,
    queue: Arc<Queue<Key>>,
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    by_key: HashMap<(Key, Purpose), Place>,
    /// The newest revision of each branch: of a repository, what an Application asks of it.
    heads: HashMap<(String, String), (String, Instant)>,
    /// Numbers of questions.
    number: u64,
}

impl Desk {
    /// A desk that asks `queue` for passes.
    pub fn new(hands: Hands, clock: Clock, tasks: Tasks, queue: Arc<Queue<Key>>) -> Self {
        Self(Arc::new(Inner { hands, clock, tasks, queue, places: Mutex::default() }))
    }

    /// What is known of the sources of an Application. They are asked if that is older than `interval`, or than `since`.
    pub fn look(&self, key: &Key, purpose: Purpose, wish: &Wish, interval: Duration, since: Option<Instant>) -> Look {
        let id = (key.clone(), purpose);
        let mut places = self.lock();
        let place = places.by_key.entry(id.clone()).or_insert_with(|| Place::new(wish.clone()));
        place.be_about(wish);
        let now = Instant::now();
        let due = place.due(period(key, interval));
        let stale = due.is_none_or(|due| due <= now) || since.is_some_and(|since| place.asked < Some(since));
        let known = Look { answer: place.answer.clone(), asked: place.asked, due };
        if stale && place.running.is_none() {
            self.ask(&mut places, &id, interval, since);
        }
        Look { due: known.due.filter(|_| !stale), ..known }
    }

    /// What was asked for that purpose is not needed any more.
    pub fn put_away(&self, key: &Key, purpose: Purpose) {
        self.lock().by_key.remove(&(key.clone(), purpose));
    }

    /// The Application is gone.
    pub fn forget(&self, key: &Key) {
        let mut places = self.lock();
        for purpose in [Purpose::Target, Purpose::Pinned] {
            places.by_key.remove(&(key.clone(), purpose));
        }
    }

    /// Begins a question.
    fn ask(&self, places: &mut Places, id: &(Key, Purpose), interval: Duration, since: Option<Instant>) {
        places.number += 1;
        let number = places.number;
        let Some(place) = places.by_key.get_mut(id) else { return };
        place.running = Some(number);
        let question =
            Question { id: id.clone(), number, interval, since, wish: place.wish.clone(), known: place.known() };
        let desk = self.clone();
        self.0.tasks.spawn(async move { desk.put(question).await });
    }

    async fn put(self, question: Question) {
        let Question { id, number, interval, since, wish, known } = question;
        let began = Instant::now();
        // What was asked since somebody wanted to know is new enough.
        let age = since.map_or(interval, |since| began.saturating_duration_since(since));
        let ask = Ask { wish, age, known, now: self.0.clock.now() };
        let answer = (self.0.hands.render)(ask).await;
        self.answered(&id, number, (began, interval, since), answer);
    }

    /// Takes in an answer, unless something else is asked by now.
    fn answered(
        &self,
        id: &(Key, Purpose),
        number: u64,
        (began, interval, since): (Instant, Duration, Option<Instant>),
        answer: Result<Option<Rendered>, RenderError>,
    ) {
        let mut places = self.lock();
        let Some(place) = places.by_key.get_mut(id).filter(|place| place.running == Some(number)) else { return };
        let news = place.answered(began, answer);
        let due = place.due(period(&id.0, interval)).filter(|_| !news && since.is_none());
        let again = std::mem::take(&mut place.again);
        let revisions = if news { place.known() } else { Vec::new() };
        let sources: Vec<_> = place.wish.sources.iter().map(branch).zip(revisions).collect();
        let pinned = !place.wish.revisions.is_empty();
        let moved: Vec<_> =
            sources.into_iter().filter(|(branch, revision)| !pinned && places.moves(branch, revision, began)).collect();
        for (branch, revision) in moved {
            self.ask_all(&mut places, &branch, &revision, interval);
        }
        if again {
            self.ask(&mut places, id, interval, None);
        }
        drop(places);
        match due {
            Some(due) => self.0.queue.add_at(id.0.clone(), due),
            None => self.0.queue.add(id.0.clone()),
        }
    }

    /// Asks about all that deploy from that branch and have not heard that it moved.
    fn ask_all(&self, places: &mut Places, moved: &(String, String), revision: &str, interval: Duration) {
        let deploys = |place: &Place| {
            let known = place.known();
            let mut sources = place.wish.sources.iter().zip(&known);
            place.wish.revisions.is_empty()
                && sources.any(|(source, known)| branch(source) == *moved && known != revision)
        };
        let mut idle = Vec::new();
        for (id, place) in places.by_key.iter_mut().filter(|(_, place)| deploys(place)) {
            place.again = place.running.is_some();
            idle.extend(place.running.is_none().then(|| id.clone()));
        }
        for id in idle {
            self.ask(places, &id, interval, None);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One question, on its way.
struct Question {
    id: (Key, Purpose),
    number: u64,
    interval: Duration,
    since: Option<Instant>,
    wish: Wish,
    known: Vec<String>,
}

impl Places {
    /// Notes where a branch is, as a question found it that was begun then. Says whether it was known to be elsewhere.
    fn moves(&mut self, branch: &(String, String), revision: &str, began: Instant) -> bool {
        if self.heads.get(branch).is_some_and(|(_, known)| *known > began) {
            return false;
        }
        let before = self.heads.insert(branch.clone(), (revision.to_owned(), began));
        before.is_some_and(|(before, _)| before != revision)
    }
}

/// What a source follows: of a repository, a branch, tag or range, of charts by chart.
fn branch(source: &sluice_crds::ApplicationSource) -> (String, String) {
    let chart = source.chart.as_deref().unwrap_or_default();
    let asked = source.target_revision.as_deref().unwrap_or_default();
    (source.repo_url.clone(), format!("{chart}@{asked}"))
}

/// The interval and up to half of it more, the same each time: a thousand Applications that began together do not go on together.
fn period(key: &Key, interval: Duration) -> Duration {
    let mut hash = DefaultHasher::new();
    key.hash(&mut hash);
    let half = u64::try_from(interval.as_millis() / 2).unwrap_or(u64::MAX).max(1);
    interval + Duration::from_millis(hash.finish() % half)
}
