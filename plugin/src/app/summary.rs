//! The lines above an Application's tree. Pure.

use clap::builder::styling::AnsiColor;
use jiff::Timestamp;
use sluice_crds::{Application, ApplicationSource, OperationState};
use sluice_gitops::windows::Verdict;

use super::names::Named;
use super::project::{self, Windows};
use super::{standing, tree};
use crate::age;
use crate::tree::icon::Icon;
use crate::tree::text::Text;

/// A label and what stands behind it.
pub(crate) type Line = (&'static str, Text);

/// The lines. `windows` are those of its project, or why they are not known.
pub(crate) fn of(app: &Application, windows: &Result<Windows, String>, now: Timestamp) -> Vec<Line> {
    let destination = &app.spec.destination;
    let server = destination.server.clone().or_else(|| destination.name.clone()).unwrap_or_default();
    let mut lines = vec![
        ("Name:", Text::plain(Named::of(app).to_string())),
        ("Project:", Text::plain(project::name(app))),
        ("Server:", Text::plain(server)),
        ("Namespace:", Text::plain(destination.namespace.clone().unwrap_or_default())),
    ];
    lines.extend(standing::sources(app).iter().flat_map(source));
    lines.extend(window_lines(windows));
    lines.push(("Sync Policy:", Text::plain(policy(app))));
    lines.push(("Sync Status:", sync(app)));
    lines.push(("Health Status:", health(app)));
    lines.extend(operation(app, now));
    lines.extend(conditions(app));
    let status = app.status.iter();
    let rejected = status.flat_map(|status| &status.rejected);
    lines.extend(rejected.map(|one| {
        let text = format!("{} is not deployed by itself: {} took it back: {}", one.revision, one.by, one.message);
        ("Rejected:", Text::coloured(text, Some(AnsiColor::Red)))
    }));
    let shown = app.status.iter().filter_map(|status| status.summary.as_ref());
    let (urls, images) = shown.fold((Vec::new(), Vec::new()), |(mut urls, mut images), summary| {
        urls.extend(summary.external_urls.iter().cloned());
        images.extend(summary.images.iter().cloned());
        (urls, images)
    });
    lines.extend(listed("URL:", urls));
    lines.extend(listed("Images:", images));
    lines
}

/// The same label is said once.
fn listed(label: &'static str, each: Vec<String>) -> impl Iterator<Item = Line> {
    std::iter::once(label).chain(std::iter::repeat("")).zip(each.into_iter().map(Text::plain))
}

fn source(source: &ApplicationSource) -> Vec<Line> {
    let said = |label, text: &Option<String>| {
        text.clone().filter(|text| !text.is_empty()).map(|text| (label, Text::plain(text)))
    };
    let mut lines =
        vec![("Repo:", Text::plain(source.repo_url.clone())), ("  Target:", Text::plain(standing::target(source)))];
    lines.extend(said("  Path:", &source.path));
    lines.extend(said("  Chart:", &source.chart));
    lines.extend(said("  Ref:", &source.reference));
    lines
}

fn window_lines(windows: &Result<Windows, String>) -> Vec<Line> {
    let windows = match windows {
        Ok(windows) => windows,
        Err(why) => return vec![("SyncWindow:", Text::plain(format!("not known: {why}")))],
    };
    let text = match (&windows.by_itself, &windows.by_person) {
        (Verdict::Allowed, _) => "Sync Allowed".to_owned(),
        (Verdict::Blocked(why), Verdict::Allowed) => format!("Manual Allowed: {why}"),
        (_, Verdict::Blocked(why)) => format!("Sync Denied: {why}"),
    };
    let mut lines = vec![("SyncWindow:", Text::plain(text))];
    lines.extend(listed("  Windows:", windows.shown.clone()));
    lines
}

fn policy(app: &Application) -> String {
    let automated = app.spec.sync_policy.as_ref().and_then(|policy| policy.automated.as_ref());
    let Some(automated) = automated.filter(|_| standing::is_automated(app)) else { return "Manual".to_owned() };
    let words = [("Prune", automated.prune), ("SelfHeal", automated.self_heal), ("AllowEmpty", automated.allow_empty)];
    let words: Vec<&str> = words.into_iter().filter(|(_, on)| on.unwrap_or_default()).map(|(word, _)| word).collect();
    if words.is_empty() { "Automated".to_owned() } else { format!("Automated ({})", words.join(", ")) }
}

fn sync(app: &Application) -> Text {
    let status = standing::sync(app);
    let joint = if status == "Synced" { "to" } else { "from" };
    let target = standing::sources(app).iter().map(standing::target).collect::<Vec<_>>().join(",");
    let at = Some(standing::compared(app)).filter(|at| !at.is_empty()).map(|at| format!(" ({at})"));
    let (icon, colour) = match status {
        "Synced" => (Icon::Ok, None),
        "OutOfSync" => (Icon::Warning, Some(AnsiColor::Yellow)),
        _ => (Icon::Unknown, None),
    };
    let text = format!(" {status} {joint} {target}{}", at.unwrap_or_default());
    icon.text().and(Text::coloured(text, colour))
}

fn health(app: &Application) -> Text {
    let known = app.status.as_ref().and_then(|status| status.health.as_ref());
    let message = known.and_then(|health| health.message.as_deref()).filter(|text| !text.is_empty());
    let message = message.map(|text| format!(": {text}")).unwrap_or_default();
    let status = tree::health(standing::health(app));
    status.icon.text().and(Text::plain(format!(" {}{message}", status.text)))
}

fn operation(app: &Application, now: Timestamp) -> Vec<Line> {
    let asked = app.operation.is_some() && standing::running(app).is_none();
    let mut lines = Vec::new();
    if asked {
        lines.push(("Operation:", Text::plain("asked for; the controller has not begun it")));
    }
    if let Some(state) = standing::state(app) {
        lines.push(("Operation:", Text::plain(format!("Sync {}", said(state, now)))));
    }
    lines
}

/// A phase, when, and what it says.
fn said(state: &OperationState, now: Timestamp) -> String {
    let ended = state.finished_at.as_ref().filter(|_| state.phase != "Running");
    let when = match (ended, &state.started_at) {
        (Some(at), _) => format!(" {} ago", age::text(now.duration_since(at.0))),
        (None, Some(at)) => format!(" for {}", age::text(now.duration_since(at.0))),
        (None, None) => String::new(),
    };
    let message = state.message.as_deref().filter(|text| !text.is_empty());
    format!("{}{when}{}", state.phase, message.map(|text| format!(": {text}")).unwrap_or_default())
}

fn conditions(app: &Application) -> impl Iterator<Item = Line> {
    let conditions = app.status.iter().flat_map(|status| &status.conditions);
    conditions.map(|one| {
        let colour = if one.r#type.ends_with("Error") { AnsiColor::Red } else { AnsiColor::Yellow };
        ("Condition:", Text::coloured(format!("{}: {}", one.r#type, one.message), Some(colour)))
    })
}

/// What was done last, or is being done, as `--show-operation` shows it.
pub(crate) fn of_operation(state: &OperationState, now: Timestamp) -> Vec<Line> {
    let by = state.operation.initiated_by.clone().unwrap_or_default();
    let by = if by.automated { Some("itself".to_owned()) } else { by.username };
    let time = |label, time: &Option<sluice_crds::Time>| time.as_ref().map(|at| (label, Text::plain(at.0.to_string())));
    let said =
        |label, text: Option<String>| text.filter(|text| !text.is_empty()).map(|text| (label, Text::plain(text)));
    let retries = (state.retry_count > 0).then(|| state.retry_count.to_string());
    [
        said("Operation:", Some("Sync".to_owned())),
        said("Sync Revision:", state.sync_result.as_ref().map(standing::done)),
        said("Asked by:", by),
        said("Phase:", Some(state.phase.clone())),
        time("Start:", &state.started_at),
        time("Finished:", &state.finished_at),
        said("Duration:", standing::took(state, now)),
        said("Retries:", retries),
        said("Message:", state.message.clone()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The parameters of sources, as `--show-params` shows them.
pub(crate) fn of_parameters(app: &Application) -> Vec<Line> {
    let helm = standing::sources(app).iter().filter_map(|source| source.helm.as_ref());
    let each = helm.flat_map(|helm| &helm.parameters).map(|one| format!("{}={}", one.name, one.value));
    listed("Parameters:", each.collect()).collect()
}
