//! `list rollouts -w`: the table, then a line for each Rollout that changes.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use futures::StreamExt;
use kube_runtime::WatchStreamExt;
use kube_runtime::watcher::{Config, Event};
use sluice_crds::Rollout;
use sluice_read::Objects;
use tokio::time::{Instant, timeout_at};

use super::rollouts::{Extra, Row};
use crate::args::ListRollouts;
use crate::clock;
use crate::out::Out;
use crate::table::{Widths, titles};

/// News of so long make one block, so that its columns stand under each other.
const TOGETHER: Duration = Duration::from_millis(500);

/// Lists the Rollouts and then, for ever, those whose line changes.
pub(super) async fn rollouts(rollouts: &Objects<Rollout>, wanted: &ListRollouts, out: Out) -> Result<()> {
    let mut config = Config::default().labels(wanted.which.selector.as_deref().unwrap_or_default());
    if let Some(name) = &wanted.name {
        config = config.fields(&format!("metadata.name={name}"));
    }
    let mut events = rollouts.watch(config).default_backoff().boxed();
    let mut lines = Lines { extra: Extra::of(wanted), known: BTreeMap::new(), widths: None };
    let (mut coming, mut due) = (Vec::new(), None);
    loop {
        let event = match due {
            None => events.next().await,
            Some(at) => {
                let Ok(event) = timeout_at(at, events.next()).await else {
                    out.block(&lines.news(std::mem::take(&mut coming)))?;
                    due = None;
                    continue;
                };
                event
            }
        };
        match event {
            Some(Ok(Event::Init)) => {}
            // A list is told when it is whole.
            Some(Ok(Event::InitApply(rollout))) => coming.push(Row::of(&rollout)),
            Some(Ok(Event::InitDone)) => due = Some(Instant::now()),
            Some(Ok(Event::Apply(rollout))) => {
                coming.push(Row::of(&rollout));
                due.get_or_insert_with(|| Instant::now() + TOGETHER);
            }
            Some(Ok(Event::Delete(rollout))) => lines.forget(&Row::of(&rollout)),
            Some(Err(error)) => anstream::eprintln!("watch: {error}; trying again"),
            None => return Ok(()),
        }
    }
}

/// What has been printed.
struct Lines {
    extra: Extra,
    known: BTreeMap<(String, String), Row>,
    widths: Option<Widths>,
}

impl Lines {
    /// The lines for rows that are not as they were printed last; the first time with the titles before them.
    fn news(&mut self, rows: Vec<Row>) -> Vec<String> {
        let now = clock::now();
        let mut fresh: Vec<Row> = Vec::new();
        for row in rows {
            if self.known.insert(row.key(), row.clone()).as_ref() != Some(&row) {
                fresh.push(row);
            }
        }
        let cells: Vec<_> = fresh.iter().map(|row| self.extra.cells(row, now)).collect();
        let columns = self.extra.columns();
        let first = self.widths.is_none();
        let widths = self.widths.get_or_insert_with(|| Widths::of(&columns, &cells));
        let titles = first.then(|| widths.line(&titles(&columns)));
        titles.into_iter().chain(cells.iter().map(|cells| widths.line(cells))).collect()
    }

    fn forget(&mut self, row: &Row) {
        self.known.remove(&row.key());
    }
}
