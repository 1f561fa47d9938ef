//! What a pass over an Application's notices looks at: the Application, its project, and what this process has in mind.

use kube::ResourceExt;
use serde_json::json;
use sluice_crds::Application;
use sluice_notify::application::{self, NOTIFIED};
use sluice_notify::note::{self, Note};
use sluice_notify::plan::is_young;
use sluice_notify::subscribe::{annotated, subscriptions};

use super::{About, Nobody, Seen, desk};
use crate::context::Context;
use crate::key::Key;

/// What the established controller told of an Application.
pub(in crate::notices) struct OfApplication {
    notified: String,
}

/// Looks at an Application, if there is somebody to tell.
///
/// As with the established controller, annotations of its project subscribe too.
pub(in crate::notices) fn application(ctx: &Context, key: &Key) -> Result<(Seen, OfApplication), Nobody> {
    let config = ctx.app_notices.configured.config().ok_or(Nobody::IsThere)?;
    let cached = ctx.caches.application(key).filter(|_| ctx.gitops.is_home(&key.namespace)).ok_or(Nobody::IsThere)?;
    let application = Box::new(cached.0.as_ref().map_err(|_| Nobody::IsThere)?.clone());
    let uid = application.uid().ok_or(Nobody::IsThere)?;
    let annotations = application.annotations();
    let (mut subscriptions, mut violations) = subscriptions(&config, annotations, application.labels());
    if let Some(project) = ctx.caches.project(&Key::new(ctx.gitops.control.clone(), project(&application))) {
        let (of_project, wrong) = annotated(&config, project.annotations());
        subscriptions.extend(of_project.into_iter().filter(|one| !subscriptions.contains(one)).collect::<Vec<_>>());
        violations.extend(wrong);
    }
    let noted = annotations.get(note::ANNOTATION).and_then(|text| Note::read(text));
    if subscriptions.is_empty() && violations.is_empty() && noted.as_ref().is_none_or(Note::is_settled) {
        // Not only a new release is missed: conditions begin to hold without one.
        let is_missed = config.is_whole && noted.is_some();
        return Err(if is_missed { Nobody::HearsOf { uid } } else { Nobody::IsThere });
    }
    let notified = annotations.get(NOTIFIED).cloned().unwrap_or_default();
    let now = ctx.clock.now();
    let is_young = application.creation_timestamp().is_some_and(|made| is_young(made.0, now));
    let variables = application::variables(&json!(application));
    let desk = desk(&ctx.app_notices.desks, key, &uid, noted);
    let about = About::Application(application);
    let seen = Seen { about, uid, config, subscriptions, violations, variables, now, is_young, desk };
    Ok((seen, OfApplication { notified }))
}

fn project(application: &Application) -> &str {
    let named = application.spec.project.as_str();
    if named.is_empty() { "default" } else { named }
}

impl OfApplication {
    /// What the decision looks at.
    pub(in crate::notices) fn asked<'s>(&'s self, seen: &'s Seen) -> application::Seen<'s> {
        application::Seen {
            config: &seen.config,
            subscriptions: &seen.subscriptions,
            note: seen.note(),
            is_young: seen.is_young,
            variables: &seen.variables,
            notified: &self.notified,
            now: seen.now,
        }
    }
}
