//! The rules of a project: its own, those that it inherits, and those that come of what belongs to it alone.

use std::sync::Arc;

use kube::ResourceExt;
use sluice_crds::{AppProject, AppProjectSpec, Violation, violation};
use sluice_gitops::project::{Belongings, Project, inherit};

use super::config::Config;
use super::memo::{Basis, ProjectForm};
use crate::caches::Guarded;
use crate::context::Context;
use crate::key::Key;

/// A project, and what in it is doubtful. The error says that there is none, or what is wrong with it.
pub(crate) fn project(ctx: &Context, config: &Arc<Config>, name: &str) -> Result<(Project, Vec<Violation>), String> {
    let form = form(ctx, config, name)?;
    (*form).as_ref().cloned().map_err(|wrong| told(name, wrong))
}

/// The same as it is kept. The error says that there is none, or that what it inherits is not known.
///
/// *Never*: less refused than is written. A project whose rules it inherits and that is not there, or wrong, is an error.
pub(crate) fn form(ctx: &Context, config: &Arc<Config>, name: &str) -> Result<ProjectForm, String> {
    let own = Stored::find(ctx, name)?.ok_or_else(|| {
        let namespace = &ctx.gitops.control;
        format!("spec.project: there is no AppProject {name} in namespace {namespace}; make it, or name another one")
    })?;
    let mut inherited = Vec::new();
    for global in config.globals.of(name, own.object()?.labels())? {
        let said = |why: String| format!("AppProject {name} inherits rules by globalProjects of argocd-cm: {why}");
        let found = Stored::find(ctx, global).and_then(|found| {
            let found =
                found.ok_or_else(|| format!("there is no AppProject {global}; make it, or take it out there"))?;
            match found.read(ctx, config, &[])?.as_ref() {
                Ok(_) => Ok(found),
                Err(wrong) => Err(told(global, wrong)),
            }
        });
        inherited.push(found.map_err(said)?);
    }
    own.read(ctx, config, &inherited)
}

/// A project that is there.
struct Stored {
    key: Key,
    object: Arc<Guarded<AppProject>>,
}

impl Stored {
    fn find(ctx: &Context, name: &str) -> Result<Option<Self>, String> {
        let key = Key::new(ctx.gitops.control.clone(), name);
        let Some(object) = ctx.caches.project(&key) else { return Ok(None) };
        let stored = Self { key, object };
        stored.object().map(|_| ())?;
        Ok(Some(stored))
    }

    fn object(&self) -> Result<&AppProject, String> {
        let invalid = |error| format!("AppProject {} cannot be read: {error}", self.key.name);
        self.object.0.as_ref().map_err(|invalid_object| invalid(&invalid_object.error))
    }

    /// Its rules with those of these others.
    fn read(&self, ctx: &Context, config: &Arc<Config>, inherited: &[Self]) -> Result<ProjectForm, String> {
        let own = self.object()?;
        let others: Vec<&AppProject> = inherited.iter().map(Self::object).collect::<Result<_, _>>()?;
        let versions = std::iter::once(&own).chain(&others).map(|one| one.resource_version()).collect();
        let basis = Basis { versions, config: config.clone() };
        let belongings = config.belongings.get(&self.key.name);
        Ok(ctx.gitops.memo.project(&self.key, basis, || whole(own, &others, belongings)))
    }
}

fn told(name: &str, wrong: &[Violation]) -> String {
    format!("AppProject {name}: {}", violation::in_one_line(wrong))
}

/// What a project says with the rules of others, and with what belongs to it alone.
pub fn whole(own: &AppProject, others: &[&AppProject], belongings: Option<&Belongings>) -> AppProjectSpec {
    let mut spec = own.spec.clone();
    for other in others {
        inherit(&mut spec, &other.spec);
    }
    if let Some(belongings) = belongings {
        belongings.add_to(&mut spec);
    }
    spec
}
