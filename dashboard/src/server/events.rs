//! Events: to each open page, the parts that changed.
//!
//! A change is sent at once, and what follows it is gathered for a moment. A page that is shown from the stamp that the
//! list has now gets nothing until something changes; any other gets all of it.

mod computed;
mod sent;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use self::computed::computed;
use self::sent::{Message, Sent};
use super::Dashboard;
use super::application;
use super::guard::Caller;
use super::lists::{Asked, page};
use super::places::Place;
use super::problem::Problem;
use super::release::Look;
use crate::access::{Session, rights};
use crate::render::{self, Viewer};
use crate::view::{AppRow, Filter, Row};
use crate::watch::Key;

/// The least time between two messages to one page.
const PAUSE: Duration = Duration::from_millis(100);
/// How many times longer than the time computed for it a message's pause is: pages of great fleets cost time to make.
const REST: u32 = 8;
/// How often a page is made anew when nothing changes: its charts go on, and its session may have ended.
const TICK: Duration = Duration::from_secs(5);

/// Events of the list of Rollouts.
pub(super) async fn rollouts(
    State(dashboard): State<Arc<Dashboard>>,
    Caller(session): Caller,
    asked: Asked,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    Feed::of_list(dashboard, session, What::List(asked.filter), asked.since).await
}

/// Events of the list of Applications.
pub(super) async fn applications(
    State(dashboard): State<Arc<Dashboard>>,
    Caller(session): Caller,
    asked: Asked,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    Feed::of_list(dashboard, session, What::Applications(asked.filter), asked.since).await
}

/// Events of one Application.
pub(super) async fn of_application(
    State(dashboard): State<Arc<Dashboard>>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let look = application::Look::at(&dashboard, &caller.0, &Key::new(&namespace, &name)).await?;
    let viewer = look.viewer(caller.viewer(&dashboard));
    Ok(Feed::new(dashboard, caller.0, What::Application(Box::new(look), viewer))?.stream())
}

/// Events of one Rollout.
pub(super) async fn of_rollout(
    State(dashboard): State<Arc<Dashboard>>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let look = Look::at(&dashboard, &caller.0, &Key::new(&namespace, &name)).await?;
    let viewer = look.viewer(caller.viewer(&dashboard));
    Ok(Feed::new(dashboard, caller.0, What::Release(Box::new(look), viewer))?.stream())
}

/// What a page shows.
enum What {
    List(Filter),
    Release(Box<Look>, Viewer),
    Applications(Filter),
    Application(Box<application::Look>, Viewer),
}

/// One page that is fed.
struct Feed {
    dashboard: Arc<Dashboard>,
    session: Arc<Session>,
    what: What,
    changes: Vec<watch::Receiver<u64>>,
    sent: Sent,
    /// Not before then.
    next: Instant,
    is_first: bool,
    _place: Place,
}

impl Feed {
    fn new(dashboard: Arc<Dashboard>, session: Arc<Session>, what: What) -> Result<Self, Problem> {
        let place = dashboard.streams.take(session.user())?;
        let (fleet, apps) = (dashboard.fleet.rollouts.changes(), dashboard.fleet.applications.changes());
        let changes = match &what {
            What::List(_) => vec![fleet],
            What::Release(look, _) => vec![fleet, look.followed.changes()],
            What::Applications(_) => vec![apps],
            // Releases within are shown too.
            What::Application(..) => vec![apps, fleet],
        };
        let (sent, next) = (Sent::default(), Instant::now());
        Ok(Self { dashboard, session, what, changes, sent, next, is_first: true, _place: place })
    }

    /// A list's. A page that was made from what is there now gets nothing until something changes.
    async fn of_list(
        dashboard: Arc<Dashboard>,
        session: Arc<Session>,
        what: What,
        since: Option<String>,
    ) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
        let mut feed = Self::new(dashboard.clone(), session, what)?;
        if feed.changes.first().is_some_and(|list| since == Some(dashboard.stamp(list))) {
            feed.message().await;
        }
        Ok(feed.stream())
    }

    fn stream(self) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
        let events = stream::unfold(self, |mut feed| async move {
            let message = feed.next().await?;
            let message = serde_json::to_string(&message).ok()?;
            Some((Ok(Event::default().event("parts").data(message)), feed))
        });
        Sse::new(events).keep_alive(KeepAlive::default())
    }

    /// The next message; `None` once the session or the Rollout is gone.
    async fn next(&mut self) -> Option<Message> {
        loop {
            if !self.is_first {
                self.wait().await;
            }
            self.is_first = false;
            sleep_until(self.next).await;
            self.changes.iter_mut().for_each(watch::Receiver::mark_unchanged);
            if !self.dashboard.sessions.fed(&self.session, Instant::now()) {
                return None;
            }
            let message = self.message().await?;
            if message != Message::default() {
                return Some(message);
            }
        }
    }

    /// Waits for a change, or for the next tick.
    async fn wait(&mut self) {
        let mut changes: Vec<_> = self.changes.iter_mut().map(|changes| Box::pin(changes.changed())).collect();
        // A sender is only gone with what it tells of, which the next look at that shows.
        let _ = timeout(TICK, futures::future::select_all(changes.drain(..))).await;
    }

    /// What changed since the last message.
    async fn message(&mut self) -> Option<Message> {
        if !self.session.is_known(&self.dashboard.reviews, Instant::now()).await.ok()? {
            return None;
        }
        let (message, busy) = computed(self.news()).await;
        self.next = Instant::now() + PAUSE.max(busy * REST);
        message
    }

    /// What is shown now, as far as it is new; `None` once it is gone, or may not be seen.
    async fn news(&mut self) -> Option<Message> {
        let (dashboard, session) = (&self.dashboard, &self.session);
        Some(match &mut self.what {
            What::List(filter) => {
                let known = &dashboard.fleet.rollouts;
                let page = page(dashboard, session, filter.clone(), known, Row::of).await.ok()?;
                let (rows, around) = render::rows(&page, &dashboard.settings.root);
                self.sent.list(rows, around)
            }
            What::Applications(filter) => {
                let known = &dashboard.fleet.applications;
                let page = page(dashboard, session, filter.clone(), known, AppRow::of).await.ok()?;
                let (rows, around) = render::rows(&page, &dashboard.settings.root);
                self.sent.list(rows, around)
            }
            What::Release(look, viewer) => {
                let rights = rights(&dashboard.reviews, session, &look.key).await.ok()?;
                if !rights.rollout {
                    return None;
                }
                (look.rights, viewer.may_order, viewer.may_edit) = (rights, rights.order, rights.edit);
                let release = look.now(dashboard)?;
                Message { rows: None, parts: self.sent.changed(render::parts(&release, viewer)) }
            }
            What::Application(look, viewer) => {
                if !look.again(dashboard, session).await.ok()? {
                    return None;
                }
                viewer.may_edit = look.may_edit();
                let shown = look.now(dashboard, session).await.ok()??;
                Message { rows: None, parts: self.sent.changed(render::application_parts(&shown, viewer)) }
            }
        })
    }
}
