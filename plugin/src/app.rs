//! `app`: Applications, what git describes of them, and what is done about it.
//!
//! Everything goes through the API server: an Application is an object, and what is to be done with it is a field of it. Only
//! `diff` and `lint` render sources, here, with this machine's git and helm.

mod chosen;
mod desired;
mod destination;
pub(crate) mod diff;
mod follow;
mod get;
mod guard;
mod history;
mod kinds;
pub(crate) mod lint;
mod list;
mod logs;
mod names;
mod operation;
mod pods;
mod progress;
mod project;
mod refresh;
mod releases;
pub(crate) mod render;
mod rollback;
mod standing;
mod summary;
mod sync;
mod table;
mod terminate;
mod tree;
mod wait;

use anyhow::Result;

use crate::args::{App, Format};
use crate::client::Cluster;
use crate::out::Out;
use crate::report::Report;

/// Does what is asked for, and gives what there is to say once it is done, in the form asked for.
pub(crate) async fn run(cluster: &Cluster, wanted: App, out: Out) -> (Result<Report>, Option<Format>) {
    match wanted {
        App::List(wanted) => (list::run(cluster, &wanted).await, wanted.form.document()),
        App::Get(wanted) => (Box::pin(get::run(cluster, &wanted)).await, wanted.form.document()),
        App::History(wanted) => (history::run(cluster, &wanted).await, wanted.form.document()),
        App::Sync(wanted) => (Box::pin(sync::run(cluster, &wanted, out)).await, wanted.form.document()),
        App::Rollback(wanted) => (Box::pin(rollback::run(cluster, &wanted, out)).await, wanted.form.document()),
        App::Terminate(wanted) => (terminate::run(cluster, &wanted.names).await, wanted.form.document()),
        App::Refresh(wanted) => (refresh::run(cluster, &wanted).await, wanted.form.document()),
        App::Wait(wanted) => (Box::pin(wait::run(cluster, &wanted, out)).await, wanted.form.document()),
        App::Logs(wanted) => (Box::pin(logs::run(cluster, &wanted, out)).await, None),
        App::Diff(wanted) => (Box::pin(diff::run(cluster, &wanted)).await, wanted.form.output),
        App::Lint(wanted) => (Box::pin(lint::run(Some(cluster), &wanted)).await, wanted.form.output),
    }
}
