//! `app history`: past deployments, the newest last, as the established command line lists them.

use anyhow::{Context, Result};
use jiff::Timestamp;
use sluice_crds::{Application, RevisionHistory};

use super::names::{self, Named};
use super::standing;
use crate::age;
use crate::args::{AppFormat, HistoryAppArgs};
use crate::clean::clean;
use crate::client::Cluster;
use crate::clock;
use crate::each::Done;
use crate::report::Report;
use crate::table::{Column, table};

const COLUMNS: [Column; 7] =
    [("ID", 0), ("DATE", 0), ("REVISION", 0), ("TOOK", 0), ("AGE", 0), ("BY", 0), ("WHY NOT AGAIN", 0)];

/// Lists them.
pub(crate) async fn run(cluster: &Cluster, wanted: &HistoryAppArgs) -> Result<Report> {
    let several = wanted.names.words.len() != 1;
    names::each(cluster, &wanted.names, async |named: &Named| {
        let app = names::read(cluster, named).await?;
        let history = app.status.as_ref().map(|status| status.history.as_slice()).unwrap_or_default();
        let mut lines = match wanted.form.output {
            Some(AppFormat::Name) => history.iter().map(|entry| entry.id.to_string()).collect(),
            _ if history.is_empty() => vec!["No history.".to_owned()],
            _ => {
                let now = clock::now();
                table(&COLUMNS, &history.iter().map(|entry| row(&app, entry, now)).collect::<Vec<_>>())
            }
        };
        if several {
            lines.insert(0, clean(&format!("{named}:")).into_owned());
        }
        Ok(Done { lines, document: serde_json::to_value(history).context("write the history")? })
    })
    .await
}

fn row(app: &Application, entry: &RevisionHistory, now: Timestamp) -> Vec<String> {
    let deployed = entry.deployed_at.as_ref().map(|at| at.0);
    let began = entry.deploy_started_at.as_ref().map(|at| at.0);
    let took = began.zip(deployed).map(|(began, done)| age::text(done.duration_since(began)));
    let by = entry.initiated_by.clone().unwrap_or_default();
    let by = if by.automated { "itself".to_owned() } else { by.username.unwrap_or_default() };
    vec![
        entry.id.to_string(),
        deployed.map(|at| at.to_string()).unwrap_or_default(),
        revision(entry),
        took.unwrap_or_default(),
        deployed.map(|at| age::text(now.duration_since(at))).unwrap_or_default(),
        by,
        rejected(app, entry),
    ]
}

/// What the source said, and the commit that it was.
fn revision(entry: &RevisionHistory) -> String {
    let sources = entry.source.as_deref().into_iter().chain(&entry.sources);
    let targets: Vec<&str> = sources.map(standing::target).collect();
    format!("{} ({})", targets.join(","), standing::deployed(entry))
}

/// Why that commit is not deployed by itself again, if it is not.
fn rejected(app: &Application, entry: &RevisionHistory) -> String {
    let own = if entry.revisions.is_empty() { entry.revision.clone() } else { entry.revisions.join(",") };
    let rejected = app.status.iter().flat_map(|status| &status.rejected);
    let found = rejected.rev().find(|one| one.revision == own);
    found.map(|one| format!("{} took it back: {}", one.by, one.message)).unwrap_or_default()
}
