//! What rendering takes: programs in their jail, what is kept of repositories, and what was rendered already.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sluice_gitops::application::revert::Revert;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::cache::Cache;
use crate::child::{Jail, Job};
use crate::credentials::Credentials;
use crate::error::{OnThisMachine, RenderError};
use crate::git::{Meter, Programs, Stores};
use crate::helm::Shop;
use crate::limits::Limits;
use crate::render;
use crate::request::{Rendered, Request};
use crate::revert::Reverted;
use crate::signature::Verdicts;

/// What rendering takes. One is shared by all loops.
#[derive(Debug)]
pub struct Workshop {
    pub(crate) folder: PathBuf,
    pub(crate) programs: Programs,
    pub(crate) limits: Limits,
    pub(crate) jail: Jail,
    pub(crate) stores: Stores,
    pub(crate) shop: Shop,
    pub(crate) cache: Cache,
    pub(crate) verdicts: Verdicts,
    /// What jsonnet's variables may take by `{{env "NAME"}}`.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) versions: Versions,
    /// Who may read files and render them.
    seats: Semaphore,
}

/// Versions of the programs, as they tell them: part of what goes into a render.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    pub helm: String,
    pub kustomize: String,
}

impl Workshop {
    /// Opens a workshop in a folder that is its own: what another process left there is removed. `environment` is what
    /// jsonnet's variables may ask for; `meter` hears of requests to git servers.
    pub async fn open(
        folder: &Path,
        programs: Programs,
        limits: Limits,
        environment: BTreeMap<String, String>,
        meter: Meter,
    ) -> Result<Self, RenderError> {
        let what = format!("make the folder {}", folder.display());
        fs::create_dir_all(folder).on_this_machine(&what)?;
        let folder = folder.canonicalize().on_this_machine(&what)?;
        sweep(&folder);
        let wrapper = programs.jail.iter().map(|word| word.clone().into_os_string()).chain(["run".into()]).collect();
        let jail = Jail::new(wrapper, &limits, meter).await;
        let versions = Versions {
            helm: version(&jail, &programs.helm, &["version", "--short"], &folder, &limits).await,
            kustomize: version(&jail, &programs.kustomize, &["version"], &folder, &limits).await,
        };
        let stores = Stores::new(&folder, &programs.git, &limits);
        let shop = Shop::new(&folder, &programs.helm, &limits);
        let cache = Cache::new(&limits);
        let verdicts = Verdicts::default();
        let seats = Semaphore::new(limits.at_once.max(1));
        Ok(Self { folder, programs, limits, jail, stores, shop, cache, verdicts, environment, versions, seats })
    }

    /// A seat for whoever reads all files of a source and renders them: they are in memory till then. No server is waited for in it.
    pub(crate) async fn seat(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed.
        self.seats.acquire().await.ok()
    }

    /// What a program says of its version; nothing, where there is none.
    pub(crate) async fn version(&self, program: &Path, arguments: &[&str]) -> String {
        version(&self.jail, program, arguments, &self.folder, &self.limits).await
    }

    /// Whether programs are cut off from the network by the kernel. Where they are not, only no address of a proxy is told them.
    pub fn cuts_off(&self) -> bool {
        self.jail.cuts_off()
    }

    /// The commits, or versions of charts, that the sources of an Application are at: what [`Workshop::render`] would render.
    /// Costs one question to each repository, and none within `age` of the last.
    pub async fn resolve(&self, request: &Request<'_>, now: Timestamp) -> Result<Vec<String>, RenderError> {
        render::resolve(self, request, now).await
    }

    /// Renders all sources of an Application.
    ///
    /// *Guarantees*: either every source was rendered whole, or this is an error; within limits of time, memory and size. What
    /// has the same files and settings as an earlier render is not rendered again.
    pub async fn render(&self, request: &Request<'_>, now: Timestamp) -> Result<Rendered, RenderError> {
        render::render(self, request, now).await
    }
}

impl Workshop {
    /// Takes a commit back on its branch, or proposes to, with the repository's credentials for that project.
    ///
    /// *Guarantees*: nothing is pushed by force; done twice it is done once. An error leaves at most the branch of a proposal, which
    /// the next try takes up.
    pub async fn revert(
        &self,
        revert: &Revert,
        (project, credentials): (&str, &Credentials),
        now: Timestamp,
    ) -> Result<Reverted, RenderError> {
        crate::revert::revert(self, revert, (project, credentials), now).await
    }
}

/// Removes what a process that was killed left behind.
fn sweep(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(".tmp")) {
        // What cannot be removed is only in the way of the disk.
        let _ = fs::remove_dir_all(entry.path());
    }
}

/// What a program says of itself; nothing, where there is none.
async fn version(jail: &Jail, program: &Path, arguments: &[&str], folder: &Path, limits: &Limits) -> String {
    let said = jail.run(Job::new(program, folder, limits).args(arguments)).await;
    said.map(|text| String::from_utf8_lossy(&text).trim().to_owned()).unwrap_or_default()
}
