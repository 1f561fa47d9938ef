//! Getting at a source's files.

use sluice_crds::ApplicationSource;

use jiff::Timestamp;

use crate::error::{Kind, RenderError};
use crate::git::{Commit, Repository};
use crate::helm::{Wanted, version_of};
use crate::path;
use crate::request::Request;
use crate::signature::{self, Question};
use crate::source::{Origin, Reader, with_overrides};
use crate::workshop::Workshop;

/// A source whose files are at hand.
pub(super) struct Opened<'a> {
    /// The source, with what its repository says of it.
    pub source: ApplicationSource,
    pub reader: Reader<'a>,
    /// The commit, or the chart's version.
    pub revision: String,
    /// The folder to render; none, where it only lends its files to others.
    pub folder: Option<String>,
}

impl Opened<'_> {
    /// The name by which others read its files.
    pub(super) fn reference(&self) -> Option<&str> {
        self.source.reference.as_deref().filter(|name| !name.is_empty())
    }
}

/// The commit, or the version of the chart, that a source is at.
pub(super) async fn revision(
    workshop: &Workshop,
    request: &Request<'_>,
    index: usize,
    now: Timestamp,
) -> Result<String, RenderError> {
    let source = the(request, index)?;
    let asked = asked(request, index, source);
    if let Some(chart) = chart(source) {
        return version_of(&*archive(workshop, request, (source, chart, asked), now).await?);
    }
    let repository = repository(request, source)?;
    Ok(workshop.stores.resolve(&workshop.jail, &repository, asked, (now, request.age)).await?.0)
}

/// Fetches what a source names, and finds the folder that it means.
pub(super) async fn open<'a>(
    workshop: &'a Workshop,
    request: &Request<'_>,
    index: usize,
    now: Timestamp,
) -> Result<Opened<'a>, RenderError> {
    let source = the(request, index)?;
    let asked = asked(request, index, source);
    let (origin, revision) = if let Some(chart) = chart(source) {
        let archive = archive(workshop, request, (source, chart, asked), now).await?;
        let version = version_of(&archive)?;
        (Origin::Chart(archive), version)
    } else {
        let repository = repository(request, source)?;
        let (stores, jail) = (&workshop.stores, &workshop.jail);
        let (id, name) = stores.resolve(jail, &repository, asked, (now, request.age)).await?;
        let commit = stores.commit(jail, &repository, (&id, name.as_deref()), now).await?;
        signed(workshop, request, (source, &repository, &commit), now).await?;
        (Origin::Git(commit), id)
    };
    let reader = Reader {
        origin,
        stores: &workshop.stores,
        jail: &workshop.jail,
        limits: &workshop.limits,
        folder: &workshop.folder,
    };
    let folder = folder(source, &reader)?;
    let merged = match &folder {
        Some(folder) => with_overrides(&reader, folder, source, request.application).await?,
        None => source.clone(),
    };
    Ok(Opened { source: merged, reader, revision, folder })
}

/// Refuses a commit that is not signed as the project wants it.
async fn signed(
    workshop: &Workshop,
    request: &Request<'_>,
    (source, repository, commit): (&ApplicationSource, &Repository, &Commit),
    now: Timestamp,
) -> Result<(), RenderError> {
    let policy = request.integrity.of(&source.repo_url);
    let policy = policy.map_err(|why| RenderError::spec(format!("{why} (project {})", request.project)))?;
    let Some(policy) = policy else { return Ok(()) };
    let revision = source.target_revision.as_deref().unwrap_or_default();
    signature::check(&Question { workshop, request, policy, repository, commit, revision, now }).await
}

fn the<'a>(request: &Request<'a>, index: usize) -> Result<&'a ApplicationSource, RenderError> {
    request.sources.get(index).ok_or_else(|| RenderError::spec("spec.source: name a source"))
}

fn asked<'a>(request: &Request<'a>, index: usize, source: &'a ApplicationSource) -> &'a str {
    let pinned = request.revisions.get(index).map(String::as_str).filter(|revision| !revision.is_empty());
    pinned.or(source.target_revision.as_deref()).unwrap_or_default()
}

fn chart(source: &ApplicationSource) -> Option<&str> {
    source.chart.as_deref().filter(|chart| !chart.is_empty())
}

fn repository(request: &Request<'_>, source: &ApplicationSource) -> Result<Repository, RenderError> {
    let access = request.credentials.access(&source.repo_url, request.project)?;
    Ok(Repository { url: source.repo_url.clone(), access })
}

async fn archive(
    workshop: &Workshop,
    request: &Request<'_>,
    (source, chart, version): (&ApplicationSource, &str, &str),
    now: Timestamp,
) -> Result<std::sync::Arc<crate::helm::Archive>, RenderError> {
    let access = request.credentials.access(&source.repo_url, request.project)?;
    let pass_credentials = source.helm.as_ref().is_some_and(|helm| helm.pass_credentials);
    let wanted = Wanted { repository: &source.repo_url, chart, version, access: &access, pass_credentials };
    workshop.shop.chart(&workshop.jail, wanted, (now, request.age)).await
}

/// The folder that a source means. A source of git without a path only lends its files.
fn folder(source: &ApplicationSource, reader: &Reader<'_>) -> Result<Option<String>, RenderError> {
    let written = source.path.as_deref().filter(|path| !path.is_empty());
    if chart(source).is_some() {
        return match written {
            Some(_) => Err(RenderError::spec("source: path and chart exclude each other: keep one")),
            None => Ok(Some(String::new())),
        };
    }
    let Some(written) = written else {
        return match source.reference {
            Some(_) => Ok(None),
            None => Err(RenderError::spec("source: name a path (. for all of the repository), a chart or a ref")),
        };
    };
    let folder = path::join("", written, "source.path")?;
    if reader.tree().is_folder(&folder)? {
        return Ok(Some(folder));
    }
    let why = if reader.tree().is_submodule(&folder) {
        "is another repository (a submodule), which is not fetched: name that one as the source"
    } else if reader.tree().file(&folder)?.is_some() {
        "is a file: name its folder"
    } else {
        "does not exist at this revision"
    };
    Err(RenderError::new(Kind::NotFound, format!("source.path {written:?} {why}")))
}
