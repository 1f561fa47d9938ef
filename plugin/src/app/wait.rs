//! `app wait`: until Applications are as they should be.

use std::ops::ControlFlow;

use anyhow::{Context, Result, bail};
use futures::future::join_all;
use serde_json::Value;
use sluice_crds::{Application, ResourceStatus};

use super::names::{self, Named};
use super::progress::Progress;
use super::{chosen, follow, refresh, standing};
use crate::args::WaitArgs;
use crate::clean::clean;
use crate::client::Cluster;
use crate::out::Out;
use crate::report::Report;
use crate::trouble::explain;

/// Waits for each.
pub(crate) async fn run(cluster: &Cluster, wanted: &WaitArgs, out: Out) -> Result<Report> {
    let targets = names::of(cluster, &wanted.names).await?;
    let several = targets.len() > 1;
    let out = Some(out).filter(|_| wanted.form.document().is_none());
    let ends = join_all(targets.iter().map(async |named| one(cluster, wanted, named, (out, several)).await)).await;
    let (mut report, mut documents) = (Report::default(), Vec::new());
    for (named, end) in targets.iter().zip(ends) {
        match end {
            Ok(Some(app)) => {
                report.lines.push(clean(&format!("application '{named}': {}", follow::told(&app))).into_owned());
                documents.push(serde_json::to_value(&app).context("write the Application")?);
            }
            Ok(None) => {
                report.lines.push(clean(&format!("application '{named}' is gone")).into_owned());
                documents.push(Value::Null);
            }
            Err(error) => report.errors.push(explain(&error)),
        }
    }
    report.document = names::document(&wanted.names, documents);
    Ok(report)
}

async fn one(
    cluster: &Cluster,
    wanted: &WaitArgs,
    named: &Named,
    (out, several): (Option<Out>, bool),
) -> Result<Option<Application>> {
    if !wanted.delete {
        names::read(cluster, named).await?;
    }
    let (mut progress, mut last) = (None, String::new());
    follow::until(cluster, named, wanted.timeout, |app| {
        let Some(app) = app else {
            if wanted.delete {
                return Ok(ControlFlow::Break(None));
            }
            bail!("application '{named}' was deleted");
        };
        if let Some(why) = in_vain(app, wanted) {
            bail!("application '{named}' {why} (what a new commit brings is known after `app refresh {named}`)");
        }
        let progress = progress.get_or_insert_with(|| Progress::knowing(standing::state(app)));
        let mut lines = progress.news(app);
        let now = format!("{}, {}", standing::sync(app), standing::health(app));
        if now != last {
            lines.push(crate::tree::text::Text::plain(&*now));
            last = now;
        }
        for (line, out) in lines.iter().zip(std::iter::repeat(out)).filter_map(|(line, out)| Some((line, out?))) {
            let name = if several { format!("{}: ", clean(&named.name)) } else { String::new() };
            out.line(&format!("{name}{}", line.painted()))?;
        }
        Ok(if is_so(app, wanted) { ControlFlow::Break(Some(app.clone())) } else { ControlFlow::Continue(()) })
    })
    .await
}

/// That an object is waited for which it does not have, and which nothing brings that is under way: it has been compared, and no sync or
/// refresh is asked for.
fn in_vain(app: &Application, wanted: &WaitArgs) -> Option<String> {
    let is_settled = !standing::is_busy(app) && !refresh::is_asked(app) && standing::sync(app) != "Unknown";
    if is_settled && !wanted.delete { chosen::lacks(app, &wanted.resource) } else { None }
}

/// Whether it is as it should be. Without flags: synced, healthy, and nothing is being done.
fn is_so(app: &Application, wanted: &WaitArgs) -> bool {
    let any = wanted.sync || wanted.health || wanted.suspended || wanted.degraded || wanted.operation;
    let (sync, health, operation) =
        if any { (wanted.sync, wanted.health, wanted.operation) } else { (true, true, true) };
    if wanted.delete || (operation && standing::is_busy(app)) || (sync && refresh::is_asked(app)) {
        return false;
    }
    let healthy = |status: &str| {
        let said = [("Healthy", health), ("Suspended", wanted.suspended), ("Degraded", wanted.degraded)];
        !said.iter().any(|(_, on)| *on) || said.iter().any(|(name, on)| *on && *name == status)
    };
    if wanted.resource.is_empty() {
        return (!sync || standing::sync(app) == "Synced") && healthy(standing::health(app));
    }
    let so = |one: &ResourceStatus| {
        let status = one.health.as_ref().and_then(|health| health.status.as_deref());
        // What tells nothing of its health has none to wait for.
        (!sync || one.status.as_deref() == Some("Synced")) && status.is_none_or(healthy)
    };
    // Of an Application that has no objects yet, nothing is as it should be.
    chosen::missing(app, &wanted.resource).is_none()
        && chosen::all(app).next().is_some()
        && chosen::of(app, &wanted.resource).into_iter().all(so)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;
    use crate::args::{App, Cli, Command};

    fn check(status: &Value, wanted: &WaitArgs, expected: bool) {
        let app = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "shop"},
            "spec": {}, "status": status});
        let app: Application = serde_json::from_value(app).unwrap();
        assert_eq!(is_so(&app, wanted), expected, "{status} {wanted:?}");
    }

    #[test]
    fn what_is_waited_for_is_what_flags_say() {
        let all = WaitArgs::default();
        let standing = |sync, health, phase| json!({"sync": {"status": sync}, "health": {"status": health}, "operationState": {"phase": phase}});
        check(&standing("Synced", "Healthy", "Succeeded"), &all, true);
        check(&standing("Synced", "Healthy", "Running"), &all, false);
        check(&standing("Synced", "Suspended", "Succeeded"), &all, false);
        check(&standing("OutOfSync", "Healthy", "Succeeded"), &all, false);
        let health = WaitArgs { health: true, ..WaitArgs::default() };
        check(&standing("OutOfSync", "Healthy", "Running"), &health, true);
        let paused = WaitArgs { health: true, suspended: true, ..WaitArgs::default() };
        check(&standing("OutOfSync", "Suspended", "Running"), &paused, true);
        let degraded = WaitArgs { degraded: true, ..WaitArgs::default() };
        check(&standing("Synced", "Degraded", "Failed"), &degraded, true);
        check(&standing("Synced", "Healthy", "Failed"), &degraded, false);
        check(&json!({}), &all, false);
    }

    #[test]
    fn objects_are_waited_for_by_patterns_and_without_those_that_are_left_out() {
        let object = |group: &str, kind: &str, name: &str, health: &str| {
            json!({"group": group, "kind": kind, "name": name, "namespace": "prod", "status": "Synced",
                "health": {"status": health}})
        };
        let status = json!({"resources": [object("apps", "Deployment", "web", "Healthy"),
            object("apps", "Deployment", "api", "Healthy"), object("", "Service", "web", "Progressing")]});
        let check = |flags: &[&str], expected| {
            let line = ["kubectl-sluice", "app", "wait", "shop", "--health"].into_iter();
            let line = line.chain(flags.iter().flat_map(|flag| ["--resource", flag]));
            let Command::App(App::Wait(wanted)) = Cli::try_parse_from(line).unwrap().command else { unreachable!() };
            check(&status, &wanted, expected);
            super::tests::check(&json!({}), &wanted, false);
        };
        check(&["apps:Deployment:*"], true);
        check(&["*:*:web"], false);
        check(&["!*:Service:*"], true);
        check(&["!apps:Deployment:web"], false);
        check(&["*:*:web", "!:Service:*"], true);
        check(&["apps:Deployment:*", "batch:Job:*"], false);
    }
}
