//! The HTTP server: connections, the way to each page, and what all answers have in common.

mod application;
mod assets;
mod connections;
mod events;
mod guard;
mod lists;
mod orders;
mod places;
mod problem;
mod release;
mod signing;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use jiff::Timestamp;
use kube::Client;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use self::places::Places;
use crate::Root;
use crate::access::{Access, Reviews, Secret, Sessions};
use crate::kind::Kind;
use crate::view::Differing;
use crate::watch::{Fleet, Follows, Key, Scope};

/// The most bytes of a form: a token, or an order.
const FORM: usize = 32 * 1024;
/// How many tokens may be looked at at the same time.
const LOGINS: usize = 8;

/// Tells where the objects of an Application are not as git says, as far as it is known here.
pub type Told = Arc<dyn Fn(&Key) -> Vec<Differing> + Send + Sync>;

/// What the dashboard is given.
#[derive(Clone)]
pub struct Settings {
    /// The API server, as whoever serves the dashboard: watches, reviews and writes go by it.
    pub client: Client,
    /// Which Rollouts it shows.
    pub scope: Scope,
    /// Which Applications; `None` where none are kept.
    pub applications: Option<Scope>,
    /// Where objects of an Application are not as git says. Whoever may change the Application is shown it.
    pub differing: Told,
    /// Who may see it.
    pub access: Access,
    /// Where its pages are.
    pub root: Root,
    /// The time.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// What all answers are made from.
struct Dashboard {
    settings: Settings,
    fleet: Arc<Fleet>,
    follows: Follows,
    sessions: Sessions,
    reviews: Reviews,
    streams: Arc<Places>,
    logins: Semaphore,
    /// What tells versions of this process from those of the one before it.
    epoch: String,
}

/// Serves the dashboard until dropped; all that it started ends with it. Fails only where the machine has no randomness.
pub async fn serve(listener: TcpListener, settings: Settings) -> Result<(), ring::error::Unspecified> {
    let epoch = Secret::new()?.text().chars().take(8).collect();
    let dashboard = Arc::new(Dashboard {
        fleet: Arc::new(Fleet::default()),
        follows: Follows::default(),
        sessions: Sessions::default(),
        reviews: Reviews::new(settings.client.clone()),
        streams: Arc::default(),
        logins: Semaphore::new(LOGINS),
        epoch,
        settings,
    });
    let Settings { client, scope, applications, now, .. } = dashboard.settings.clone();
    let runs = dashboard.fleet.clone().watch_runs(client.clone(), scope.clone());
    let applications = dashboard.fleet.clone().watch_applications(client.clone(), applications);
    let rollouts = dashboard.fleet.clone().watch(client, scope, now);
    tokio::join!(rollouts, runs, applications, connections::serve(listener, router(dashboard.clone())));
    Ok(())
}

fn router(dashboard: Arc<Dashboard>) -> Router {
    let rollout = Kind::Rollout.page("{namespace}", "{name}");
    let application = Kind::Application.page("{namespace}", "{name}");
    let pages = Router::new()
        .route("/", get(lists::rollouts))
        .route(Kind::Rollout.events(), get(events::rollouts))
        .route(&rollout, get(release::show))
        .route(&format!("{rollout}/events"), get(events::of_rollout))
        .route(&format!("{rollout}/order"), post(orders::rollout::give))
        .route("/applications", get(lists::applications))
        .route(Kind::Application.events(), get(events::applications))
        .route(&application, get(application::show))
        .route(&format!("{application}/events"), get(events::of_application))
        .route(&format!("{application}/order"), post(orders::application::give))
        .route("/login", get(signing::form).post(signing::sign_in))
        .route("/logout", post(signing::sign_out))
        .route("/open/{secret}", get(signing::open))
        .route("/assets/{name}", get(assets::get));
    below(&dashboard.settings.root, pages)
        .fallback(problem::no_such_page)
        .layer(DefaultBodyLimit::max(FORM))
        .layer(from_fn_with_state(dashboard.clone(), guard::all))
        .with_state(dashboard)
}

/// The pages below their path, which may end with a slash or not.
fn below(root: &Root, pages: Router<Arc<Dashboard>>) -> Router<Arc<Dashboard>> {
    match root.below() {
        Some(path) => Router::new().route(&root.at("/"), get(lists::rollouts)).nest(path, pages),
        None => pages,
    }
}

impl Dashboard {
    fn now(&self) -> Timestamp {
        (self.settings.now)()
    }

    fn is_local(&self) -> bool {
        matches!(self.settings.access, Access::Local { .. })
    }

    /// Which state of a list a page was made from.
    fn stamp(&self, list: &watch::Receiver<u64>) -> String {
        format!("{}.{}", self.epoch, *list.borrow())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scope, applications, access, root, .. } = self;
        let mut all = f.debug_struct("Settings");
        all.field("scope", scope).field("applications", applications).field("access", access).field("root", root);
        all.finish_non_exhaustive()
    }
}
