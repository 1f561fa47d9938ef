//! `app sync`: has Applications synced, and tells what is done as it is done.

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail};
use futures::future::join_all;
use serde_json::Value;
use sluice_crds::{Application, Operation};
use sluice_gitops::windows::Verdict;

use super::follow;
use super::names::{self, Named};
use super::progress::Progress;
use super::{guard, operation, project, standing, table};
use crate::act::who;
use crate::args::{AppForm, AppFormat, SyncArgs};
use crate::clean::clean;
use crate::client::Cluster;
use crate::clock;
use crate::out::Out;
use crate::report::Report;
use crate::trouble::explain;

/// Has all of them begin, and waits for all of them.
pub(crate) async fn run(cluster: &Cluster, wanted: &SyncArgs, out: Out) -> Result<Report> {
    let by = who::name(cluster).await;
    let targets = names::of(cluster, &wanted.names).await?;
    let how = How {
        cluster,
        out: Some(out).filter(|_| wanted.form.document().is_none()),
        several: targets.len() > 1,
        timeout: wanted.timeout,
        waits: !wanted.is_async,
        whole: wanted.resource.is_empty(),
    };
    let make = |app: &Application| operation::sync(app, wanted, by.as_deref());
    let ends = join_all(targets.iter().map(async |named| Box::pin(how.one(named, make)).await)).await;
    let mut report = told(&targets, ends, wanted.form)?;
    if let Value::Array(documents) = std::mem::take(&mut report.document) {
        report.document = names::document(&wanted.names, documents);
    }
    Ok(report)
}

/// What there is to say of several that have ended.
pub(crate) fn told(targets: &[Named], ends: Vec<Result<End>>, form: AppForm) -> Result<Report> {
    let mut report = Report::default();
    let mut documents = Vec::new();
    for (named, end) in targets.iter().zip(ends) {
        let end = match end {
            Ok(end) => end,
            Err(error) => {
                report.errors.push(explain(&error));
                continue;
            }
        };
        report.errors.extend(end.wrong);
        if form.is(AppFormat::Wide) {
            report.lines.extend(table::lines(&end.app));
        }
        report.lines.push(clean(&format!("application '{named}' {}", end.said)).into_owned());
        documents.push(serde_json::to_value(&end.app).context("write the Application")?);
    }
    report.document = Value::Array(documents);
    Ok(report)
}

/// How a sync ended.
#[derive(Debug)]
pub(crate) struct End {
    app: Application,
    said: String,
    wrong: Option<String>,
}

/// How syncs are asked for and waited for.
pub(crate) struct How<'a> {
    /// The cluster.
    pub(crate) cluster: &'a Cluster,
    /// Where progress is told; nowhere, where programs read.
    pub(crate) out: Option<Out>,
    /// Whether lines carry the name.
    pub(crate) several: bool,
    /// How long is waited at most; zero is for ever.
    pub(crate) timeout: Duration,
    /// Whether the end is waited for.
    pub(crate) waits: bool,
    /// Whether all objects are synced, not some.
    pub(crate) whole: bool,
}

impl How<'_> {
    /// Asks for what `make` makes of the Application as it is, and waits for the end.
    pub(crate) async fn one(&self, named: &Named, make: impl Fn(&Application) -> Result<Operation>) -> Result<End> {
        let about = |error: Error| error.context(format!("application '{named}'"));
        let app = names::read(self.cluster, named).await?;
        self.open(&app).await.map_err(about)?;
        let asked = Box::pin(guard::ask(self.cluster, named, |app| make(app).map_err(about))).await?;
        if !self.waits {
            return Ok(End { app: asked, said: "is asked to sync".to_owned(), wrong: None });
        }
        let mut progress = Progress::knowing(standing::state(&asked));
        let look = |app: Option<&Application>| self.look(named, &mut progress, app);
        let app = follow::until(self.cluster, named, self.timeout, look).await?;
        Ok(end(app, named, self.whole))
    }

    /// Whether windows of the project let a person sync now. Who may not read the project is told by the controller.
    async fn open(&self, app: &Application) -> Result<()> {
        let Ok(project) = project::of(self.cluster, app).await else { return Ok(()) };
        match project::windows(app, &project, clock::now()).by_person {
            Verdict::Blocked(why) => bail!("cannot sync: {why}"),
            Verdict::Allowed => Ok(()),
        }
    }

    /// Tells what is new; breaks when what was asked for is over.
    fn look(
        &self,
        named: &Named,
        progress: &mut Progress,
        app: Option<&Application>,
    ) -> Result<ControlFlow<Application>> {
        let Some(app) = app else { bail!("application '{named}' was deleted") };
        for line in progress.news(app) {
            if let Some(out) = self.out {
                let name = if self.several { format!("{}: ", clean(&named.name)) } else { String::new() };
                out.line(&format!("{name}{}", line.painted()))?;
            }
        }
        Ok(if standing::is_busy(app) { ControlFlow::Continue(()) } else { ControlFlow::Break(app.clone()) })
    }
}

/// What is said of a sync that is over, and what was wrong with it.
fn end(app: Application, named: &Named, whole: bool) -> End {
    let Some(state) = standing::state(&app) else {
        let wrong = format!("application '{named}': what was asked for was taken away before it began");
        return End { app, said: "was not synced".to_owned(), wrong: Some(wrong) };
    };
    let results = state.sync_result.as_ref();
    let at = results.map(standing::done).filter(|at| !at.is_empty()).map(|at| format!(" to {at}")).unwrap_or_default();
    let dry = state.operation.sync.as_ref().is_some_and(|sync| sync.dry_run);
    let message = state.message.clone().unwrap_or_default();
    let skipped = results.iter().flat_map(|result| &result.resources);
    let skipped = skipped.filter(|one| one.status.as_deref() == Some("PruneSkipped")).count();
    let wrong = match state.phase.as_str() {
        "Succeeded" if skipped > 0 && whole && !dry && standing::sync(&app) != "Synced" => Some(format!(
            "application '{named}': {skipped} resources require pruning: git has them no more. Sync with --prune"
        )),
        "Succeeded" => None,
        phase => Some(format!("application '{named}': operation has completed with phase: {phase}: {message}")),
    };
    let said = match (state.phase.as_str(), dry) {
        ("Succeeded", true) => format!("would be synced{at} (dry run)"),
        ("Succeeded", false) => format!("synced{at}"),
        _ => format!("was not synced{at}"),
    };
    End { app, said, wrong }
}
