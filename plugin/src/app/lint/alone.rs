//! What is wrong with an Application or a project by itself: the controller's own checks. Pure.

use serde::de::DeserializeOwned;
use serde_json::Value;
use sluice_crds::{AppProject, Application, Violation, decode};
use sluice_gitops::project::Project;
use sluice_gitops::spec::Spec;
use sluice_gitops::validate;

/// What was read, with what it does not seem to mean; or all that is wrong with it.
pub(crate) type Checked<T> = Result<(T, Vec<Violation>), Vec<Violation>>;

/// Reads an Application, and checks its spec.
pub(crate) fn application(object: &Value) -> Checked<(Application, Spec)> {
    let app: Application = read(object)?;
    let (spec, doubts) = validate::spec(&app.spec)?;
    Ok(((app, spec), doubts))
}

/// Reads a project, and checks its rules.
pub(crate) fn project(object: &Value) -> Checked<(AppProject, Project)> {
    let written: AppProject = read(object)?;
    let name = written.metadata.name.clone().unwrap_or_default();
    let (project, doubts) = Project::read(&name, &written.spec)?;
    Ok(((written, project), doubts))
}

fn read<T: DeserializeOwned>(object: &Value) -> Result<T, Vec<Violation>> {
    decode::<T>(object.clone()).map_err(|misfit| vec![Violation::new(misfit.path(), misfit.words())])
}
