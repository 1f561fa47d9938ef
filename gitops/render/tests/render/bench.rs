//! What the tests share: a workshop, git repositories to write into, and one door to rendering.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use sluice_crds::ApplicationSource;
use sluice_gitops::project::{Integrity, Project, Repos};
use sluice_render::credentials::{Credentials, Trust};
use sluice_render::{Builds, Cluster, Keyring, Limits, Meter, Programs, RenderError, Rendered, Request, Workshop};
use tempfile::TempDir;

/// A workshop, and an Application to be rendered in it.
pub(crate) struct Bench {
    pub workshop: Workshop,
    pub credentials: Credentials,
    pub project: &'static str,
    pub repos: Option<Repos>,
    pub integrity: Integrity,
    pub keyring: Keyring,
    pub cluster: Cluster,
    pub builds: Builds,
    pub now: Timestamp,
    pub revisions: Vec<String>,
    /// What git servers were asked.
    pub requests: Arc<Mutex<Vec<String>>>,
    dir: TempDir,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        Self::with_programs(limits, programs()).await
    }

    pub(crate) async fn with_programs(limits: Limits, programs: Programs) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let environment = BTreeMap::from([("ENVIRONMENT".to_owned(), "dev".to_owned())]);
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = requests.clone();
        let meter = Meter::new(move |repository, request, _| {
            heard.lock().unwrap().push(format!("{} {repository}", request.label()));
        });
        let folder = dir.path().join("workshop");
        let workshop = Workshop::open(&folder, programs, limits, environment, meter).await.unwrap();
        let credentials = Credentials::new(Trust::default());
        let (integrity, keyring) = (Integrity::default(), Keyring::default());
        let cluster = Cluster { kube_version: "1.33.1".to_owned(), api_versions: vec!["apps/v1".to_owned()] };
        Self {
            workshop,
            credentials,
            project: "team",
            repos: None,
            integrity,
            keyring,
            cluster,
            builds: Builds::default(),
            now: Timestamp::UNIX_EPOCH,
            revisions: Vec::new(),
            requests,
            dir,
        }
    }

    /// A git repository with nothing in it.
    pub(crate) fn repository(&self, name: &str) -> Repo {
        Repo::new(self.dir.path().join(name))
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The Application is of that project, which permits these repositories.
    pub(crate) fn be_of(&mut self, project: &'static str, repos: &[&str]) {
        let spec = serde_json::from_value(serde_json::json!({"sourceRepos": repos})).unwrap();
        (self.project, self.repos) = (project, Some(Project::read(project, &spec).unwrap().0.repos));
    }

    /// The next time that somebody looks.
    pub(crate) fn later(&mut self, seconds: i64) {
        self.now += jiff::SignedDuration::from_secs(seconds);
    }

    /// Renders sources, written as in an Application.
    pub(crate) async fn render(&self, sources: Value) -> Result<Rendered, RenderError> {
        let sources = sources_of(sources);
        self.workshop.render(&self.request(&sources), self.now).await
    }

    /// What it is at.
    pub(crate) async fn resolve(&self, sources: Value) -> Result<Vec<String>, RenderError> {
        let sources = sources_of(sources);
        self.workshop.resolve(&self.request(&sources), self.now).await
    }

    fn request<'a>(&'a self, sources: &'a [ApplicationSource]) -> Request<'a> {
        Request {
            application: "shop",
            project: self.project,
            namespace: "shop-prod",
            sources,
            revisions: &self.revisions,
            credentials: &self.credentials,
            repos: self.repos.as_ref(),
            integrity: &self.integrity,
            keyring: &self.keyring,
            cluster: &self.cluster,
            builds: &self.builds,
            age: Duration::from_mins(1),
        }
    }
}

fn sources_of(sources: Value) -> Vec<ApplicationSource> {
    let list = if sources.is_array() { sources } else { Value::Array(vec![sources]) };
    serde_json::from_value(list).unwrap()
}

/// What was rendered, an object a line, and warnings; or why not.
pub(crate) fn shown(rendered: &Result<Rendered, RenderError>) -> String {
    match rendered {
        Err(error) => format!("{}: {}\n", error.kind.label(), error.text),
        Ok(rendered) => {
            let objects = rendered.objects.iter().map(|object| line(object));
            let warnings = rendered.warnings.iter().map(|warning| format!("warning: {warning}\n"));
            objects.chain(warnings).collect()
        }
    }
}

/// `kind name`, and what is in a ConfigMap.
fn line(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let data = object.get("data").map(|data| format!(" {data}")).unwrap_or_default();
    format!("{} {}{data}\n", text("/kind"), text("/metadata/name"))
}

/// A ConfigMap as YAML.
pub(crate) fn config(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  value: {value:?}\n")
}

/// The programs that tests run: git of this machine, Helm and Kustomize as the end-to-end tests build them.
pub(crate) fn programs() -> Programs {
    Programs {
        git: "git".into(),
        helm: tool("helm"),
        kustomize: tool("kustomize"),
        jail: vec![env!("CARGO_BIN_EXE_sluice-jail").into()],
    }
}

/// A tool out of the folder that the end-to-end tests keep theirs in.
pub(crate) fn tool(name: &str) -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools");
    let folders = fs::read_dir(&tools).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let prefix = format!("{name}-");
    let mut found = folders.filter(|folder| folder.file_name().unwrap().to_string_lossy().starts_with(&prefix));
    let found = found.find(|folder| folder.join(name).is_file());
    found.unwrap_or_else(|| panic!("{name} is missing: cargo test -p sluice-e2e --test chart builds it")).join(name)
}

/// A git repository.
pub(crate) struct Repo {
    path: PathBuf,
}

impl Repo {
    fn new(path: PathBuf) -> Self {
        fs::create_dir_all(&path).unwrap();
        let repo = Self { path };
        repo.git(&["init", "--quiet", "--initial-branch=main"]);
        repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        repo
    }

    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.path.display())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let file = self.path.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self
    }

    pub(crate) fn link(&self, path: &str, target: &str) -> &Self {
        let file = self.path.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, file).unwrap();
        self
    }

    pub(crate) fn remove(&self, path: &str) -> &Self {
        let _ = fs::remove_dir_all(self.path.join(path));
        let _ = fs::remove_file(self.path.join(path));
        self
    }

    /// Commits everything, and gives the commit.
    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.current_dir(&self.path)
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "t").env(format!("GIT_{who}_EMAIL"), "t@t");
            git.env(format!("GIT_{who}_DATE"), "2024-01-01T00:00:00Z");
        }
        let output = git.output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}
