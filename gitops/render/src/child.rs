//! Running a program of somebody else's input: apart, within limits, and gone with all its children when it is over.

mod memory;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::Instant;

use crate::git::{GitRequest, Meter};
use crate::limits::{Limits, bytes};
use crate::seats::{Seat, Seats};

/// How much of what a program complains is kept.
const COMPLAINT: u64 = 16 * 1024;

const PROXIES: [&str; 6] = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
const WAYS_OUT: [&str; 5] = ["no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"];

/// One run of a program.
#[derive(Debug)]
pub(crate) struct Job {
    pub program: OsString,
    pub arguments: Vec<OsString>,
    /// All that it finds in its environment, beside PATH and the folder for its own files.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it runs.
    pub folder: PathBuf,
    /// Where its own files go.
    pub home: PathBuf,
    pub input: Vec<u8>,
    pub network: Network,
    /// What it asks of a git server, by the repository's address as it is shown.
    pub asks: Option<(String, GitRequest)>,
    pub time: Duration,
    /// Bytes it may write to its output.
    pub output: u64,
    /// Bytes it may write into one file.
    pub file: u64,
}

/// What a program reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    None,
    /// Everything, to talk to that server: see [`crate::address::server`].
    All(String),
}

impl Job {
    /// A run without network, arguments and environment.
    pub(crate) fn new(program: impl AsRef<OsStr>, home: &Path, limits: &Limits) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: home.to_owned(),
            home: home.to_owned(),
            input: Vec::new(),
            network: Network::None,
            asks: None,
            time: limits.run,
            output: limits.output,
            file: limits.file,
        }
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Git's first argument: where the objects are.
    pub(crate) fn arg_git_dir(self, objects: &Path) -> Self {
        let mut option = OsString::from("--git-dir=");
        option.push(objects);
        self.args([option])
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }
}

/// How a run went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChildError {
    #[error("start {program}: {source}")]
    Start { program: String, source: std::io::Error },
    #[error("it was stopped after {} s: it took too long", .0.as_secs_f32())]
    TimedOut(Duration),
    #[error("it was stopped: it wrote more than {}", bytes(*.0))]
    TooMuch(u64),
    #[error("it was stopped: it wants more than {} of memory", bytes(*.0))]
    TooLarge(u64),
    #[error("{said}")]
    Failed { status: ExitStatus, said: String, output: Vec<u8> },
    #[error("talk to it: {0}")]
    Pipe(std::io::Error),
}

/// Where programs run.
#[derive(Debug)]
pub(crate) struct Jail {
    /// The program that sets limits, with its first arguments: see [`crate::jail`].
    wrapper: Vec<OsString>,
    /// What cuts the network off, where this machine lets us.
    cut_off: Vec<OsString>,
    memory: u64,
    seats: Seats,
    meter: Meter,
}

impl Jail {
    /// Tries out what this machine allows. Without namespaces programs have a network, but no way to a host by name or
    /// proxy is told to them.
    pub(crate) async fn new(wrapper: Vec<OsString>, limits: &Limits, meter: Meter) -> Self {
        let cut_off: Vec<OsString> =
            ["unshare", "--user", "--map-current-user", "--net", "--"].map(OsString::from).into();
        let mut jail = Self { wrapper, cut_off, memory: limits.memory, seats: Seats::new(limits), meter };
        let probe = Job::new("true", &std::env::temp_dir(), limits);
        if jail.run(probe).await.is_err() {
            jail.cut_off.clear();
        }
        jail
    }

    /// Whether programs without network really have none.
    pub(crate) fn cuts_off(&self) -> bool {
        !self.cut_off.is_empty()
    }

    /// Runs the program to its end, and gives what it wrote.
    ///
    /// *Guarantees*: when this is over, or given up, the program and all in its process group are killed.
    pub(crate) async fn run(&self, job: Job) -> Result<Vec<u8>, ChildError> {
        let _seat = match &job.network {
            Network::None => self.seats.working().await,
            Network::All(server) => self.talk_to(server).await,
        };
        let began = Instant::now();
        let outcome = self.seated(&job).await;
        if let Some((repository, asks)) = &job.asks {
            self.meter.took(repository, *asks, began.elapsed());
        }
        outcome
    }

    /// A seat for what talks to that server without a program of its own.
    pub(crate) async fn talk_to(&self, server: &str) -> Seat {
        self.seats.talking(server).await
    }

    async fn seated(&self, job: &Job) -> Result<Vec<u8>, ChildError> {
        let mut command = self.command(job);
        let mut child = command.spawn().map_err(|source| {
            let program = job.program.display().to_string();
            ChildError::Start { program, source }
        })?;
        let _group = Group::of(&child);
        let grown = memory::above(child.id(), self.memory);
        tokio::select! {
            biased;
            outcome = Box::pin(talk(&mut child, job)) => outcome,
            () = grown => Err(ChildError::TooLarge(self.memory)),
            () = tokio::time::sleep(job.time) => Err(ChildError::TimedOut(job.time)),
        }
    }

    /// Starts a program that answers questions one after the other. It takes no seat: it waits nearly always.
    pub(crate) fn start(&self, job: &Job) -> Result<Running, ChildError> {
        let mut child = self.command(job).stderr(Stdio::null()).spawn().map_err(|source| {
            let program = job.program.display().to_string();
            ChildError::Start { program, source }
        })?;
        let group = Group::of(&child);
        let gone = || ChildError::Pipe(std::io::ErrorKind::BrokenPipe.into());
        let (stdin, stdout) = (child.stdin.take().ok_or_else(gone)?, child.stdout.take().ok_or_else(gone)?);
        Ok(Running { _group: group, _child: child, stdin, stdout: BufReader::new(stdout) })
    }

    fn command(&self, job: &Job) -> Command {
        let cut_off: &[OsString] = if job.network == Network::None { &self.cut_off } else { &[] };
        // Processor time is no more than the clock's on every core, and ends what outlives a killed parent.
        let seconds = job.time.as_secs().saturating_add(1).saturating_mul(8);
        let limits = [self.memory, job.file, seconds].map(|limit| OsString::from(limit.to_string()));
        let mut words = cut_off.iter().chain(&self.wrapper).chain(&limits).chain([&job.program]).chain(&job.arguments);
        let mut command = Command::new(words.next().unwrap_or(&job.program));
        command.args(words).current_dir(&job.folder).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &job.home).env("TMPDIR", &job.home).env("LANG", "C");
        match &job.network {
            // For the machines that do not let us cut it off: what honours a proxy finds nobody there.
            Network::None => command.envs(PROXIES.iter().map(|name| (name, "http://127.0.0.1:9"))),
            // What this machine needs to get out.
            Network::All(_) => {
                let ours = PROXIES.iter().chain(&WAYS_OUT).filter_map(|name| Some((name, std::env::var_os(name)?)));
                command.envs(ours)
            }
        };
        command.envs(job.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        command
    }
}

/// A program that answers questions; killed when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    pub stdin: ChildStdin,
    pub stdout: BufReader<ChildStdout>,
    _group: Group,
    _child: Child,
}

/// A child's process group, killed when dropped.
#[derive(Debug)]
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Mostly there is nobody left to kill.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Writes the input, reads output and complaints, and waits for the end.
async fn talk(child: &mut Child, job: &Job) -> Result<Vec<u8>, ChildError> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program may end without reading all: what it says of that counts, not the broken pipe.
            let _ = stdin.write_all(&job.input).await;
        }
        Ok(())
    };
    let complaints = async { Ok(some(stderr, COMPLAINT).await) };
    let ((), output, said) = futures::try_join!(write, all(stdout, job.output), complaints)?;
    let status = child.wait().await.map_err(ChildError::Pipe)?;
    if status.success() {
        return Ok(output);
    }
    Err(ChildError::Failed { status, said: complaint(status, &said, job), output })
}

/// Everything, or an error if that is more than allowed.
async fn all(from: Option<impl AsyncRead + Unpin>, most: u64) -> Result<Vec<u8>, ChildError> {
    let mut read = Vec::new();
    let Some(from) = from else { return Ok(read) };
    from.take(most.saturating_add(1)).read_to_end(&mut read).await.map_err(ChildError::Pipe)?;
    if read.len() as u64 > most { Err(ChildError::TooMuch(most)) } else { Ok(read) }
}

/// The first bytes; the rest is read and forgotten, so that the program can go on.
async fn some(from: Option<impl AsyncRead + Unpin>, most: u64) -> Vec<u8> {
    let mut read = Vec::new();
    if let Some(mut from) = from {
        let _ = (&mut from).take(most).read_to_end(&mut read).await;
        let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    }
    read
}

/// What a program said, but for where its files happen to lie: the same trouble is told in the same words each time.
fn complaint(status: ExitStatus, said: &[u8], job: &Job) -> String {
    let said = String::from_utf8_lossy(said);
    let said = said.trim().replace(&format!("{}/", job.home.display()), "").replace(&*job.home.to_string_lossy(), ".");
    if said.is_empty() { format!("it ended with {status}, and said nothing") } else { said }
}
