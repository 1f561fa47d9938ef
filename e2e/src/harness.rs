//! Running end-to-end tests: one world for all of them, a Kubernetes namespace and a host name for each.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use futures::future::LocalBoxFuture;
use kube::Client;
use kube::api::{Api, DynamicObject};
use libtest_mimic::{Arguments, Conclusion, Failed, Trial};
use serde_json::Value;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::RwLock;

use crate::load::Load;
use crate::namespace::{self, Inside};
use crate::tools::{Tools, target_dir};
use crate::world::World;
use crate::{fixtures, manifests};

/// Trials mostly wait, so many more of them than processors run at once.
const AT_ONCE: usize = 12;

/// What one test plays in: the shared world, and a namespace and a host name of its own.
#[derive(Clone)]
pub struct Scene {
    /// Everything that runs.
    pub world: Arc<World>,
    /// The test's Kubernetes namespace.
    pub namespace: String,
    /// A host name that no other test uses.
    pub host: String,
    /// A client with all rights.
    pub client: Client,
}

impl Scene {
    /// Applies every document of a YAML text in the test's namespace.
    pub async fn apply_yaml(&self, yaml: &str) -> Result<()> {
        for object in manifests::parse::<Value>(yaml)? {
            self.apply(&object).await?;
        }
        Ok(())
    }

    /// Applies one object in the test's namespace.
    pub async fn apply(&self, object: &Value) -> Result<DynamicObject> {
        fixtures::apply(&self.client, &self.namespace, object).await
    }

    /// The API of a kind, in the test's namespace.
    pub fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Sends `rate` requests a second for the test's host through the Traefik that is as charted.
    pub async fn load(&self, rate: u32) -> Result<Load> {
        let url = self.world.traefik.lock().await.web_url();
        Load::start(&url, &self.host, rate)
    }
}

type Play = Box<dyn FnOnce(Scene) -> LocalBoxFuture<'static, Result<()>> + Send>;

/// A test: a name that is a sentence, and what is done.
pub struct Case {
    name: &'static str,
    company: Company,
    play: Play,
}

/// Whether other tests may run meanwhile.
#[derive(Clone, Copy)]
enum Company {
    Others,
    Nobody,
}

impl Case {
    /// A test that runs beside others.
    pub fn new<F>(name: &'static str, play: impl FnOnce(Scene) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<()>> + 'static,
    {
        Self { name, company: Company::Others, play: Box::new(|scene| Box::pin(play(scene))) }
    }

    /// A test that runs while no other does, because it restarts a part of the world.
    pub fn alone<F>(name: &'static str, play: impl FnOnce(Scene) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<()>> + 'static,
    {
        Self { company: Company::Nobody, ..Self::new(name, play) }
    }
}

/// The `main` of a test binary: makes the tools ready, enters the namespace, starts the world, runs the cases.
pub fn run(cases: Vec<Case>) -> ExitCode {
    run_and_then(cases, None)
}

/// Like [`run`]; `last` looks back at the whole run. It is left out where only some of the cases were asked for.
pub fn run_and_then(cases: Vec<Case>, last: Option<Case>) -> ExitCode {
    match try_run(cases, last) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn try_run(cases: Vec<Case>, last: Option<Case>) -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    if arguments.list {
        let listed = cases.into_iter().chain(last).map(|case| Trial::test(case.name, || Ok(()))).collect();
        return Ok(libtest_mimic::run(&arguments, listed).exit_code());
    }
    let tools = Tools::ensure()?;
    let Some(inside) = namespace::inside()? else {
        return namespace::run_inside(&[]);
    };
    arguments.test_threads.get_or_insert(AT_ONCE);
    let runtime = Runtime::new().context("start the runtime")?;
    runtime.spawn(end_when_asked());
    let world = Arc::new(runtime.block_on(World::start(&tools, &inside.run_dir))?);
    let (count, all) = (cases.len(), cases.into_iter().enumerate().collect());
    let mut conclusion = run_trials(&arguments, all, &world, runtime.handle());
    // After a failure the run was not whole, and whoever looks back would find fault with that.
    if let Some(last) = last.filter(|_| is_whole(&arguments) && !conclusion.has_failed()) {
        conclusion = run_trials(&arguments, vec![(count, last)], &world, runtime.handle());
    }
    if conclusion.has_failed() {
        keep_logs(&inside)?;
    }
    Ok(conclusion.exit_code())
}

fn is_whole(arguments: &Arguments) -> bool {
    arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.ignored
}

/// This is the first process of the namespace: nothing outlives it.
async fn end_when_asked() {
    if namespace::asked_to_end().await.is_ok() {
        std::process::exit(130);
    }
}

fn run_trials(arguments: &Arguments, cases: Vec<(usize, Case)>, world: &Arc<World>, handle: &Handle) -> Conclusion {
    let company = Arc::new(RwLock::new(()));
    let trials = cases.into_iter().map(|(number, case)| {
        let (world, company, handle) = (world.clone(), company.clone(), handle.clone());
        Trial::test(case.name, move || {
            let played = handle.block_on(play(case, number, world, &company));
            played.map_err(|error| Failed::from(format!("{error:#}")))
        })
    });
    libtest_mimic::run(arguments, trials.collect())
}

async fn play(case: Case, number: usize, world: Arc<World>, company: &RwLock<()>) -> Result<()> {
    let (mut _shared, mut _alone) = (None, None);
    match case.company {
        Company::Others => _shared = Some(company.read().await),
        Company::Nobody => _alone = Some(company.write().await),
    }
    let namespace = format!("case-{number}");
    world.cluster.lock().await.create_namespace(&namespace).await?;
    let host = format!("{namespace}.test");
    let client = world.client.clone();
    (case.play)(Scene { world, namespace, host, client }).await
}

/// The run's folder goes when the program ends; its logs stay for whoever looks into the failure.
fn keep_logs(inside: &Inside) -> Result<()> {
    let kept = target_dir().join("e2e-logs");
    fs::create_dir_all(&kept).with_context(|| format!("create {}", kept.display()))?;
    copy_files(&inside.run_dir.join("logs"), &kept).context("keep the logs")?;
    eprintln!("the logs of the cluster are in {}", kept.display());
    Ok(())
}

fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
