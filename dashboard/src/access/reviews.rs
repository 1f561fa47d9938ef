//! Reviews for everybody: a few under way at a time, and no question asked again while its answer holds.
//!
//! The account that asks also moves traffic, so pages must not be able to keep the API server busy in its name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use kube::Client;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, Semaphore};
use tokio::time::Instant;

use super::review::{self, Question, User};

/// The most reviews under way for what is looked at; further ones wait.
const READS: usize = 16;
/// The same for orders: an abort does not wait behind pages.
const ORDERS: usize = 8;
/// How long an answer about a read holds.
pub(super) const HOLDS: Duration = Duration::from_secs(30);
/// The same about the list of one namespace: whoever may not list all of them is asked about in each.
pub(super) const LISTS: Duration = Duration::from_mins(5);
/// The most answers that are kept of one person.
const ANSWERS: usize = 4096;

/// Asks the API server about people.
pub(crate) struct Reviews {
    client: Client,
    people: Mutex<BTreeMap<User, Weak<Person>>>,
    reads: Semaphore,
    orders: Semaphore,
}

/// A user, and what was answered about them: one for all of their sessions, for as long as there are any.
#[derive(Debug)]
pub(crate) struct Person {
    user: User,
    answers: Mutex<BTreeMap<Question, (bool, Instant)>>,
    turn: Arc<AsyncMutex<()>>,
}

/// How old an answer may be.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// When it is asked for.
    pub(super) now: Instant,
    /// How long one that was given before holds.
    pub(super) holds: Duration,
}

impl Reviews {
    /// Asks by this client.
    pub(crate) fn new(client: Client) -> Self {
        let (reads, orders) = (Semaphore::new(READS), Semaphore::new(ORDERS));
        Self { client, people: Mutex::default(), reads, orders }
    }

    /// Whose token it is; `None` where the API server knows nobody by it.
    pub(crate) async fn who(&self, token: &str) -> kube::Result<Option<Arc<Person>>> {
        let _place = self.reads.acquire().await;
        Ok(review::who(&self.client, token).await?.map(|user| self.person(user)))
    }

    /// Whether they may do this, by an answer that may be so old.
    pub(super) async fn may_look(&self, person: &Person, question: Question, span: Span) -> kube::Result<bool> {
        if let Some(may) = person.answer(&question, span) {
            return Ok(may);
        }
        let _place = self.reads.acquire().await;
        // Boxed: a page has room for many of these, and hardly ever needs it.
        let may = Box::pin(review::may(&self.client, &person.user, &question)).await?;
        person.learn(question, may, span.now);
        Ok(may)
    }

    /// Whether they may do this now.
    pub(super) async fn may(&self, person: &Person, question: &Question) -> kube::Result<bool> {
        let _place = self.orders.acquire().await;
        review::may(&self.client, &person.user, question).await
    }

    fn person(&self, user: User) -> Arc<Person> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(person) = people.get(&user).and_then(Weak::upgrade) {
            return person;
        }
        people.retain(|_, person| person.strong_count() > 0);
        let person = Arc::new(Person::new(user.clone()));
        people.insert(user, Arc::downgrade(&person));
        person
    }
}

impl Person {
    /// Nothing is known of them yet.
    pub(super) fn new(user: User) -> Self {
        Self { user, answers: Mutex::default(), turn: Arc::default() }
    }

    /// The user's name.
    pub(crate) fn name(&self) -> &str {
        &self.user.name
    }

    /// Waits until no other page of theirs asks about many things: what it learns need not be asked again.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<()> {
        self.turn.clone().lock_owned().await
    }

    fn answer(&self, question: &Question, span: Span) -> Option<bool> {
        let known = self.lock().get(question).copied();
        known.filter(|(_, at)| span.now < *at + span.holds).map(|(may, _)| may)
    }

    fn learn(&self, question: Question, may: bool, now: Instant) {
        let mut answers = self.lock();
        if answers.len() >= ANSWERS {
            answers.clear();
        }
        answers.insert(question, (may, now));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Question, (bool, Instant)>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
