//! From an Application's sources to its objects.

mod directory;
mod helm;
mod kustomize;
mod open;

use std::sync::Arc;

use jiff::Timestamp;
use sluice_gitops::project::Refusal;
use sluice_gitops::repo_url;

use self::open::{Opened, open, revision};
use crate::address;
use crate::cache::{Fetched, Hashed, Kept, Key};
use crate::credentials::Access;
use crate::directory::Output;
use crate::error::RenderError;
use crate::helm::Reference;
use crate::request::{Rendered, RenderedSource, Request};
use crate::source::{self, Tool};
use crate::workshop::Workshop;

/// The revisions of all sources.
pub(crate) async fn resolve(
    workshop: &Workshop,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Vec<String>, RenderError> {
    check(request)?;
    let mut revisions = Vec::new();
    for index in 0..request.sources.len() {
        revisions.push(revision(workshop, request, index, now).await.map_err(|error| at(request, index, error))?);
    }
    Ok(revisions)
}

/// The objects of all sources.
pub(crate) async fn render(
    workshop: &Workshop,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Rendered, RenderError> {
    check(request)?;
    let mut opened = Vec::new();
    for index in 0..request.sources.len() {
        opened.push(open(workshop, request, index, now).await.map_err(|error| at(request, index, error))?);
    }
    let others = opened.iter().filter_map(|source| Some((source.reference()?, &source.reader)));
    let job = Rendering { workshop, request, now, others: others.collect() };
    let mut rendered = Rendered { objects: Vec::new(), sources: Vec::new(), warnings: Vec::new(), key: String::new() };
    let mut hashed = Hashed::new("application");
    for (index, source) in opened.iter().enumerate() {
        let tool = source.folder.as_ref().map(|folder| source::of(&source.source, source.reader.tree(), folder));
        let tool = tool.transpose().map_err(|error| at(request, index, error))?;
        rendered.sources.push(RenderedSource { revision: source.revision.clone(), tool });
        if let (Some(tool), Some(folder)) = (tool, &source.folder) {
            let (key, kept) = job.one(source, folder, tool).await.map_err(|error| at(request, index, error))?;
            hashed.add(key.0);
            rendered.objects.extend(kept.objects.iter().cloned());
            rendered.warnings.extend(kept.warnings.iter().cloned());
        }
    }
    let all = Output::within(rendered.objects.len(), &workshop.limits);
    rendered.key = hashed.key().0;
    all.map(|()| rendered)
}

/// One render of an Application.
struct Rendering<'a> {
    workshop: &'a Workshop,
    request: &'a Request<'a>,
    now: Timestamp,
    /// Sources whose files others may name.
    others: Reference<'a>,
}

impl Rendering<'_> {
    async fn one(&self, source: &Opened<'_>, folder: &str, tool: Tool) -> Result<(Key, Arc<Kept>), RenderError> {
        match tool {
            Tool::Directory => self.directory(source, folder).await,
            Tool::Helm => self.helm(source, folder).await,
            Tool::Kustomize => self.kustomize(source, folder).await,
        }
    }

    /// What was rendered of that key, if what else it looked at is still so, and this Application's project would be
    /// given the same.
    fn kept(&self, key: &Key, source: &Opened<'_>) -> Option<(Key, Arc<Kept>)> {
        let kept = self.workshop.cache.get(key)?;
        let is_ours = |from: &Fetched| self.access(&from.repository).is_ok_and(|access| access == from.access);
        let holds = kept.witnesses.iter().all(|witness| witness.holds(source.reader.tree()));
        (holds && kept.fetched.iter().all(is_ours)).then(|| (with_witnesses(key, &kept), kept))
    }

    /// How a repository is reached that a source needs; one that the project does not permit is an error.
    fn access(&self, repository: &str) -> Result<Access, RenderError> {
        let Request { repos, project, credentials, .. } = self.request;
        let refused = |refusal: Refusal| {
            let written = repo_url::normal(repository);
            RenderError::spec(refusal.to_string().replace(&written, &address::shown(&written)))
        };
        repos.map_or(Ok(()), |repos| repos.permits(project, repository)).map_err(refused)?;
        credentials.access(repository, project)
    }

    fn keep(&self, key: Key, output: Output) -> (Key, Arc<Kept>) {
        let objects = output.objects.into_iter().map(Arc::new).collect();
        let Output { warnings, witnesses, fetched, .. } = output;
        let kept = Arc::new(Kept { objects, warnings, witnesses, fetched });
        let full = with_witnesses(&key, &kept);
        self.workshop.cache.put(key, Arc::clone(&kept));
        (full, kept)
    }
}

fn with_witnesses(key: &Key, kept: &Kept) -> Key {
    let mut hashed = Hashed::new(&key.0);
    kept.witnesses.iter().for_each(|witness| hashed.add(witness.said()));
    hashed.key()
}

fn check(request: &Request<'_>) -> Result<(), RenderError> {
    let (sources, revisions) = (request.sources.len(), request.revisions.len());
    if sources == 0 {
        return Err(RenderError::spec("spec.source: name a source"));
    }
    if revisions != 0 && revisions != sources {
        return Err(RenderError::spec(format!(
            "there are {revisions} revisions for {sources} sources: name one for each"
        )));
    }
    Ok(())
}

/// Of several sources, which one.
fn at(request: &Request<'_>, index: usize, error: RenderError) -> RenderError {
    if request.sources.len() > 1 { error.within(format!("sources[{index}]")) } else { error }
}
