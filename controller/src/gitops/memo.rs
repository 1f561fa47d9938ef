//! What was made of objects that have not changed since: nothing here is more than time saved.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sluice_crds::{AppProjectSpec, Violation};
use sluice_gitops::project::Project;
use sluice_live::Api;
use sluice_render::Rendered;

use super::config::Config;
use crate::application::Prepared;
use crate::key::Key;
use crate::sources::Purpose;

/// A project as it is read: itself and what in it is doubtful, or all that is wrong with it.
pub(crate) type ProjectForm = Arc<Result<(Project, Vec<Violation>), Vec<Violation>>>;

/// What a project was read from: the versions of itself and of those that it inherits from, and what was configured.
#[derive(Debug)]
pub(crate) struct Basis {
    pub versions: Vec<Option<String>>,
    pub config: Arc<Config>,
}

impl Basis {
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config) && self.versions == other.versions
    }
}

/// What was made of objects that have not changed since.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    projects: Mutex<HashMap<Key, (Basis, ProjectForm)>>,
    prepared: Mutex<HashMap<(Key, Purpose), Kept>>,
}

/// Objects to compare, and what they were made of.
#[derive(Debug)]
struct Kept {
    rendered: Arc<Rendered>,
    api: Arc<Api>,
    /// Whatever else they depend on.
    marks: String,
    prepared: Arc<Prepared>,
}

impl Memo {
    /// A project, read once of what it is made of.
    pub(crate) fn project(&self, key: &Key, basis: Basis, spec: impl FnOnce() -> AppProjectSpec) -> ProjectForm {
        if let Some((_, form)) = lock(&self.projects).get(key).filter(|(of, _)| of.is(&basis)) {
            return form.clone();
        }
        let form: ProjectForm = Arc::new(Project::read(&key.name, &spec()));
        lock(&self.projects).insert(key.clone(), (basis, form.clone()));
        form
    }

    /// Objects to compare, made once of what was rendered.
    pub(crate) fn prepared(
        &self,
        (key, purpose): (&Key, Purpose),
        (rendered, api, marks): (&Arc<Rendered>, &Arc<Api>, &str),
        make: impl FnOnce() -> Prepared,
    ) -> Arc<Prepared> {
        let id = (key.clone(), purpose);
        let same =
            |kept: &&Kept| Arc::ptr_eq(&kept.rendered, rendered) && Arc::ptr_eq(&kept.api, api) && kept.marks == marks;
        if let Some(kept) = lock(&self.prepared).get(&id).filter(same) {
            return kept.prepared.clone();
        }
        let prepared = Arc::new(make());
        let kept =
            Kept { rendered: rendered.clone(), api: api.clone(), marks: marks.to_owned(), prepared: prepared.clone() };
        lock(&self.prepared).insert(id, kept);
        prepared
    }

    /// What was pinned is not needed any more.
    pub(crate) fn put_away(&self, key: &Key, purpose: Purpose) {
        lock(&self.prepared).remove(&(key.clone(), purpose));
    }

    /// The Application is gone.
    pub(crate) fn forget(&self, key: &Key) {
        self.put_away(key, Purpose::Target);
        self.put_away(key, Purpose::Pinned);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
