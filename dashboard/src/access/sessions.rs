//! Sessions, in memory: a restart signs everybody out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kube::Client;
use ring::error::Unspecified;
use tokio::time::Instant;

use super::review::{self, Question, User, who};
use super::secret::{Digest, Secret};

/// The most sessions; the one that was not used for the longest goes for a new one.
const MOST: usize = 512;
/// One that is not used for so long ends.
const IDLE: Duration = Duration::from_hours(1);
/// No session is older.
const LONGEST: Duration = Duration::from_hours(12);
/// How long an answer about a read holds. Orders are asked for each time.
const HOLDS: Duration = Duration::from_secs(30);
/// The most answers that are kept of one session.
const ANSWERS: usize = 4096;

/// All sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<Digest, Arc<Session>>>);

/// One browser that signed in.
#[derive(Debug)]
pub(crate) struct Session {
    /// What its forms carry.
    pub(crate) csrf: Secret,
    /// Who it is, and by which token; `None` on one's own machine.
    signed: Option<(User, String)>,
    since: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    used: Instant,
    /// When the token was last known.
    reviewed: Instant,
    answers: BTreeMap<Question, (bool, Instant)>,
    said: Option<String>,
}

impl Sessions {
    /// Begins one; its secret is for the cookie.
    pub(crate) fn begin(&self, signed: Option<(User, String)>, now: Instant) -> Result<Secret, Unspecified> {
        let (secret, csrf) = (Secret::new()?, Secret::new()?);
        let state = Mutex::new(State { used: now, reviewed: now, answers: BTreeMap::new(), said: None });
        let mut all = self.lock();
        all.retain(|_, session| session.lives(now));
        if all.len() >= MOST {
            let idle = all.iter().min_by_key(|(_, session)| session.lock().used).map(|(id, _)| *id);
            idle.and_then(|id| all.remove(&id));
        }
        all.insert(Digest::of(secret.text()), Arc::new(Session { csrf, signed, since: now, state }));
        Ok(secret)
    }

    /// The session with that secret, if it lives; it is used by this.
    pub(crate) fn used(&self, secret: &str, now: Instant) -> Option<Arc<Session>> {
        let session = self.lock().get(&Digest::of(secret)).filter(|session| session.lives(now)).cloned()?;
        session.lock().used = now;
        Some(session)
    }

    /// Whether a session was not ended.
    pub(crate) fn has(&self, session: &Arc<Session>, now: Instant) -> bool {
        session.lives(now) && self.lock().values().any(|known| Arc::ptr_eq(known, session))
    }

    /// Ends one.
    pub(crate) fn end(&self, session: &Arc<Session>) {
        self.lock().retain(|_, known| !Arc::ptr_eq(known, session));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Digest, Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn lives(&self, now: Instant) -> bool {
        now < self.since + LONGEST && now < self.lock().used + IDLE
    }

    /// The user's name.
    pub(crate) fn user(&self) -> Option<&str> {
        self.signed.as_ref().map(|(user, _)| user.name.as_str())
    }

    /// Whether its token is still its user's. It is asked for when the last answer is too old.
    pub(crate) async fn is_known(&self, client: &Client, now: Instant) -> kube::Result<bool> {
        let Some((user, token)) = &self.signed else { return Ok(true) };
        if now < self.lock().reviewed + HOLDS {
            return Ok(true);
        }
        let is_known = who(client, token).await?.is_some_and(|found| found.name == user.name);
        if is_known {
            self.lock().reviewed = now;
        }
        Ok(is_known)
    }

    /// Whether it may do this, by an answer that may be a little old.
    pub(crate) async fn may_look(&self, client: &Client, question: Question, now: Instant) -> kube::Result<bool> {
        let known = self.lock().answers.get(&question).copied();
        if let Some((may, _)) = known.filter(|(_, at)| now < *at + HOLDS) {
            return Ok(may);
        }
        let may = self.may(client, &question).await?;
        let mut state = self.lock();
        if state.answers.len() >= ANSWERS {
            state.answers.clear();
        }
        state.answers.insert(question, (may, now));
        Ok(may)
    }

    /// Whether it may do this now. On one's own machine the API server says so when it is done.
    pub(crate) async fn may(&self, client: &Client, question: &Question) -> kube::Result<bool> {
        match &self.signed {
            Some((user, _)) => review::may(client, user, question).await,
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

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_by_disuse_by_age_and_by_hand() {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let secret = sessions.begin(None, start).unwrap();
        let at = |minutes: u64| start + Duration::from_mins(minutes);
        assert!(sessions.used("guessed", start).is_none());
        let session = sessions.used(secret.text(), at(59)).unwrap();
        assert!(sessions.has(&session, at(118)));
        assert!(!sessions.has(&session, at(119)), "not used for an hour");
        for minute in (60..720).step_by(30) {
            assert!(sessions.used(secret.text(), at(minute)).is_some());
        }
        assert!(sessions.used(secret.text(), at(720)).is_none(), "twelve hours are enough");
        let other = sessions.begin(None, start).unwrap();
        let session = sessions.used(other.text(), start).unwrap();
        sessions.end(&session);
        assert!(!sessions.has(&session, start));
        assert!(sessions.used(other.text(), start).is_none());
    }

    #[test]
    fn the_longest_unused_goes_for_a_new_one() {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let first = sessions.begin(None, start).unwrap();
        let second = sessions.begin(None, start).unwrap();
        assert!(sessions.used(first.text(), start + Duration::from_secs(1)).is_some());
        for _ in 2..=MOST {
            sessions.begin(None, start + Duration::from_secs(2)).unwrap();
        }
        assert!(sessions.used(first.text(), start).is_some());
        assert!(sessions.used(second.text(), start).is_none());
    }
}
