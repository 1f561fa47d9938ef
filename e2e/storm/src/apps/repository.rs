//! A repository in memory, and the way to it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use serde_json::{Value, json};
use sluice_controller::sources::{Ask, Hands, Render};
use sluice_render::{Kind, RenderError, Rendered, RenderedSource, Tool};
use tokio::time::sleep;

use crate::fault::Fault;
use crate::script::Shared;

/// A commit.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) revision: &'static str,
    /// What it describes; none where it cannot be rendered.
    pub(super) objects: Option<Vec<Value>>,
}

impl Commit {
    pub(super) fn told(&self) -> String {
        let name = |object: &Value| {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            format!("{} {}", text("/kind"), text("/metadata/name"))
        };
        match &self.objects {
            None => "cannot be rendered".to_owned(),
            Some(objects) => format!("[{}]", objects.iter().map(name).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// All commits; the last one is where the branch is.
#[derive(Debug, Default)]
pub(super) struct Repository {
    pub(super) commits: Vec<Commit>,
}

impl Repository {
    /// Whether an object is in the newest commit that describes anything.
    pub(super) fn wants(&self, kind: &str, name: &str) -> bool {
        self.wanted().iter().any(|object| is(object, kind, name))
    }

    /// What the newest commit describes that describes anything: an empty one, and one that cannot be rendered, change nothing.
    pub(super) fn wanted(&self) -> &[Value] {
        let described =
            self.commits.iter().rev().find_map(|commit| commit.objects.as_deref().filter(|all| !all.is_empty()));
        described.unwrap_or_default()
    }

    /// Whether the newest commit that describes anything lacks more than half of what the one before had.
    pub(super) fn lost_most(&self) -> bool {
        let mut described =
            self.commits.iter().rev().filter_map(|commit| commit.objects.as_deref()).filter(|all| !all.is_empty());
        let (Some(newest), Some(before)) = (described.next(), described.next()) else { return false };
        let lost = before.iter().filter(|object| !newest.iter().any(|one| same(one, object))).count();
        lost * 2 > before.len()
    }

    /// Whether some commit had an object.
    pub(super) fn had(&self, kind: &str, name: &str) -> bool {
        let has = |commit: &Commit| commit.objects.iter().flatten().any(|object| is(object, kind, name));
        self.commits.iter().any(has)
    }

    fn answer(&self, ask: &Ask) -> Result<Option<Rendered>, RenderError> {
        let named = ask.wish.revisions.first().filter(|revision| !revision.is_empty());
        let found = match named {
            Some(named) => self.commits.iter().find(|commit| commit.revision == *named),
            None => self.commits.last(),
        };
        let Some(commit) = found else { return Err(error(Kind::NotFound, "there is no such commit")) };
        if ask.known == [commit.revision] {
            return Ok(None);
        }
        let objects = commit.objects.clone().ok_or_else(|| error(Kind::Manifest, "web.yaml: bad indentation"))?;
        let mut hash = DefaultHasher::new();
        json!(objects).to_string().hash(&mut hash);
        Ok(Some(Rendered {
            key: format!("{:x}", hash.finish()),
            objects: objects.into_iter().map(Arc::new).collect(),
            sources: vec![RenderedSource { revision: commit.revision.to_owned(), tool: Some(Tool::Directory) }],
            warnings: Vec::new(),
        }))
    }
}

fn same(one: &Value, other: &Value) -> bool {
    (&one["kind"], &one["metadata"]["name"]) == (&other["kind"], &other["metadata"]["name"])
}

fn is(object: &Value, kind: &str, name: &str) -> bool {
    object["kind"] == kind && object["metadata"]["name"] == name
}

fn error(kind: Kind, text: &str) -> RenderError {
    RenderError { kind, text: text.to_owned() }
}

/// The hands that fetch from it, as far as the weather lets them.
pub(super) fn hands(repository: Arc<Mutex<Repository>>, script: Shared) -> Hands {
    let render: Render = Arc::new(move |ask| {
        let (repository, script) = (repository.clone(), script.clone());
        async move {
            let fault = script.lock().unwrap_or_else(PoisonError::into_inner).read();
            match fault {
                Some(Fault::Slow) => sleep(Duration::from_secs(40)).await,
                Some(_) => return Err(error(Kind::Unreachable, "the repository does not answer")),
                None => {}
            }
            repository.lock().unwrap_or_else(PoisonError::into_inner).answer(&ask)
        }
        .boxed()
    });
    Hands { render, ..sluice_controller::sources::none() }
}
