//! Sessions, in memory: a restart signs everybody out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ring::error::Unspecified;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::review::Question;
use super::reviews::{HOLDS, LISTS, Person, Reviews, Span};
use super::secret::{Digest, Secret};

/// The most sessions; for a new one goes the longest unused of whoever has the most.
const MOST: usize = 512;
/// The most of one user; for a new one goes their longest unused.
const EACH: usize = 8;
/// One that is not used for so long ends.
const IDLE: Duration = Duration::from_hours(1);
/// No session is older.
const LONGEST: Duration = Duration::from_hours(12);

/// All sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<Digest, Arc<Session>>>);

/// One browser that signed in.
#[derive(Debug)]
pub(crate) struct Session {
    /// What its forms carry.
    pub(crate) csrf: Secret,
    /// Who it is; `None` on one's own machine.
    signed: Option<Signed>,
    since: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    used: Instant,
    said: Option<String>,
}

/// Somebody who signed in by a token.
struct Signed {
    name: String,
    token: String,
    known: Mutex<Known>,
}

/// Who the token's user was, when the API server was last asked: their groups may change.
struct Known {
    person: Arc<Person>,
    at: Instant,
}

impl Sessions {
    /// Begins one; its secret is for the cookie.
    pub(crate) fn begin(&self, signed: Option<(Arc<Person>, String)>, now: Instant) -> Result<Secret, Unspecified> {
        let (secret, csrf) = (Secret::new()?, Secret::new()?);
        let signed = signed.map(|(person, token)| Signed::new(person, token, now));
        let state = Mutex::new(State { used: now, said: None });
        let session = Session { csrf, signed, since: now, state };
        let mut all = self.lock();
        all.retain(|_, session| session.lives(now));
        if let Some(id) = in_the_way(&all, session.user()) {
            all.remove(&id);
        }
        all.insert(Digest::of(secret.text()), Arc::new(session));
        Ok(secret)
    }

    /// The session with that secret, if it lives; it is used by this.
    pub(crate) fn used(&self, secret: &str, now: Instant) -> Option<Arc<Session>> {
        let session = self.lock().get(&Digest::of(secret)).filter(|session| session.lives(now)).cloned()?;
        session.lock().used = now;
        Some(session)
    }

    /// Whether a page of this session may be fed on: it was not ended. It is used by this.
    pub(crate) fn fed(&self, session: &Arc<Session>, now: Instant) -> bool {
        let lives = session.lives(now) && self.lock().values().any(|known| Arc::ptr_eq(known, session));
        if lives {
            session.lock().used = now;
        }
        lives
    }

    /// Ends one.
    pub(crate) fn end(&self, session: &Arc<Session>) {
        self.lock().retain(|_, known| !Arc::ptr_eq(known, session));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Digest, Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which session has to go before another one of this user begins. On one's own machine all are the same person's.
fn in_the_way(all: &BTreeMap<Digest, Arc<Session>>, user: Option<&str>) -> Option<Digest> {
    let mut counts = BTreeMap::<_, usize>::new();
    for session in all.values() {
        *counts.entry(session.user()).or_default() += 1;
    }
    let (own, most) = (counts.get(&user).copied().unwrap_or_default(), counts.values().max().copied());
    let has_enough = user.is_some() && own >= EACH;
    if !has_enough && all.len() < MOST {
        return None;
    }
    let may_go = |whose| if has_enough { whose == user } else { counts.get(&whose).copied() == most };
    let those = all.iter().filter(|(_, session)| may_go(session.user()));
    those.min_by_key(|(_, session)| session.lock().used).map(|(id, _)| *id)
}

impl Session {
    fn lives(&self, now: Instant) -> bool {
        now < self.since + LONGEST && now < self.lock().used + IDLE
    }

    /// The user's name.
    pub(crate) fn user(&self) -> Option<&str> {
        self.signed.as_ref().map(|signed| &*signed.name)
    }

    /// Whether its token is still its user's. It is asked for when the last answer is too old; what the user may, is asked for
    /// with the groups that they have by that.
    pub(crate) async fn is_known(&self, reviews: &Reviews, now: Instant) -> kube::Result<bool> {
        let Some(signed) = &self.signed else { return Ok(true) };
        if now < signed.lock().at + HOLDS {
            return Ok(true);
        }
        let found = reviews.who(&signed.token).await?;
        let Some(person) = found.filter(|person| person.name() == signed.name) else { return Ok(false) };
        *signed.lock() = Known { person, at: now };
        Ok(true)
    }

    /// Whether it may do this, by an answer that may be a little old.
    pub(crate) async fn may_look(&self, reviews: &Reviews, question: Question, now: Instant) -> kube::Result<bool> {
        self.may_within(reviews, question, Span { now, holds: HOLDS }).await
    }

    /// Whether it may list what is in a namespace, by an answer that may be minutes old: there are many namespaces.
    pub(super) async fn may_list(&self, reviews: &Reviews, question: Question, now: Instant) -> kube::Result<bool> {
        self.may_within(reviews, question, Span { now, holds: LISTS }).await
    }

    /// Waits until no other page of the same user asks about many things.
    pub(super) async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.signed {
            Some(signed) => Some(signed.person().turn().await),
            None => None,
        }
    }

    async fn may_within(&self, reviews: &Reviews, question: Question, span: Span) -> kube::Result<bool> {
        match &self.signed {
            Some(signed) => reviews.may_look(&signed.person(), question, span).await,
            None => Ok(true),
        }
    }

    /// Whether it may do this now. On one's own machine the API server says so when it is done.
    pub(crate) async fn may(&self, reviews: &Reviews, question: &Question) -> kube::Result<bool> {
        match &self.signed {
            Some(signed) => reviews.may(&signed.person(), question).await,
            None => Ok(true),
        }
    }

    /// Keeps what is to be said on the next page.
    pub(crate) fn say(&self, text: String) {
        self.lock().said = Some(text);
    }

    /// Takes what is to be said.
    pub(crate) fn said(&self) -> Option<String> {
        self.lock().said.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signed {
    fn new(person: Arc<Person>, token: String, now: Instant) -> Self {
        Self { name: person.name().to_owned(), token, known: Mutex::new(Known { person, at: now }) }
    }

    fn person(&self) -> Arc<Person> {
        self.lock().person.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token is not for logs.
impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}

#[cfg(test)]
mod tests;
