//! From what a project says of a window to a [`Window`].

use jiff::SignedDuration;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use sluice_crds::{SyncWindow, duration};

use super::cron::{self, Cron};
use super::{Kind, Whom, Window};
use crate::check::Checker;
use crate::glob::Glob;
use crate::project::MOST;

/// The longest window: a year and a day.
const LONGEST: SignedDuration = SignedDuration::from_hours(367 * 24);

pub(super) fn window(check: &mut Checker, field: &str, one: &SyncWindow) -> Option<Window> {
    check.unknown(field, &one.unknown);
    let kind = kind(check, field, one.kind.as_deref());
    let schedule = one.schedule.as_deref().unwrap_or_default();
    let opens = Cron::parse(schedule);
    if let Err(error) = &opens {
        check.wrong(&format!("{field}.schedule"), error);
    }
    let prefixed = cron::zone_of(schedule);
    let zone = zone(check, &format!("{field}.timeZone"), prefixed.or(one.time_zone.as_deref()));
    let length = length(check, &format!("{field}.duration"), one.duration.as_deref());
    let whom = whom(check, field, one);
    let shown = shown(one, schedule);
    Some(Window {
        kind: kind?,
        opens: opens.ok()?,
        zone: zone?,
        length: length?,
        manual: one.manual_sync,
        overrun: one.sync_overrun,
        shown,
        whom,
    })
}

fn kind(check: &mut Checker, field: &str, kind: Option<&str>) -> Option<Kind> {
    match kind {
        Some("allow") => Some(Kind::Allow),
        Some("deny") => Some(Kind::Deny),
        other => {
            check.wrong(&format!("{field}.kind"), format!("is {:?}; write allow or deny", other.unwrap_or_default()));
            None
        }
    }
}

fn zone(check: &mut Checker, field: &str, name: Option<&str>) -> Option<TimeZone> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Some(TimeZone::UTC) };
    let zone = TimeZoneDatabase::bundled().get(name);
    if zone.is_err() {
        check.wrong(field, format!("there is no time zone {name:?}; write one like Europe/Berlin"));
    }
    zone.ok()
}

fn length(check: &mut Checker, field: &str, text: Option<&str>) -> Option<SignedDuration> {
    let text = text.unwrap_or_default();
    match duration::parse(text) {
        Ok(length) if length <= SignedDuration::ZERO => check.wrong(field, format!("is {text}; must be above 0")),
        Ok(length) if length > LONGEST => check.wrong(field, format!("is {text}; a year is the most")),
        Ok(length) => return Some(length),
        Err(error) => check.wrong(field, error),
    }
    None
}

fn whom(check: &mut Checker, field: &str, one: &SyncWindow) -> Whom {
    let mut globs = |name: &str, texts: &[String]| {
        let field = format!("{field}.{name}");
        check.count(&field, texts.len(), MOST);
        let mut globs = Vec::new();
        for (at, text) in texts.iter().take(MOST).enumerate() {
            match Glob::of_names(text) {
                Ok(glob) => globs.push(glob),
                Err(error) => check.wrong(&format!("{field}[{at}]"), format!("{text:?} {error}")),
            }
        }
        globs
    };
    let applications = globs("applications", &one.applications);
    let namespaces = globs("namespaces", &one.namespaces);
    let clusters = globs("clusters", &one.clusters);
    if one.applications.is_empty() && one.namespaces.is_empty() && one.clusters.is_empty() {
        check.doubtful(field, "is for no Application; name some in applications, namespaces or clusters");
    }
    Whom { applications, namespaces, clusters, all: one.and_operator }
}

fn shown(one: &SyncWindow, schedule: &str) -> String {
    let kind = one.kind.as_deref().unwrap_or_default();
    let length = one.duration.as_deref().unwrap_or_default();
    let described = one.description.as_deref().filter(|text| !text.is_empty());
    let described = described.map(|text| format!(" {text:?}")).unwrap_or_default();
    format!("{kind} window{described} ({schedule}, {length})")
}
