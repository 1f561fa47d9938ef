//! An object store, and what is read out of it: one `git cat-file --batch` answers for all who read.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::sync::Mutex;

use super::session;
use crate::child::{Jail, Running};
use crate::error::{Kind, OnThisMachine, RenderError};
use crate::limits::Limits;

/// The longest line before a content.
const LINE: u64 = 256;
/// How long one reader lives: as long as anybody has the store.
const LIFE: Duration = Duration::from_hours(365 * 24);

/// Contents by their hash.
pub(super) type Contents = HashMap<String, Arc<Vec<u8>>>;

/// An object store in a folder that goes when nobody has it any more.
#[derive(Debug)]
pub(super) struct Objects {
    folder: TempDir,
    reader: Mutex<Option<Running>>,
}

impl Objects {
    /// An empty folder for one.
    pub(super) fn new(folder: &Path) -> Result<Self, RenderError> {
        let folder = TempDir::new_in(folder).on_this_machine("make a folder")?;
        Ok(Self { folder, reader: Mutex::default() })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Reads contents of those hashes and sizes. A reader that fails or hangs is ended; the next one who reads starts another.
    pub(super) async fn read(
        &self,
        jail: &Jail,
        git: &Path,
        limits: &Limits,
        wanted: &BTreeMap<&str, u64>,
    ) -> Result<Contents, RenderError> {
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let mut reader = self.reader.lock().await;
        // Taken: whoever gives up in the middle leaves no reader behind that is half through its answers.
        let mut running = match reader.take() {
            Some(running) => running,
            None => self.start(jail, git, limits)?,
        };
        let answers = tokio::time::timeout(limits.ask, ask(&mut running, wanted)).await;
        let answers = answers.map_err(|_| RenderError::new(Kind::TimedOut, "reading files took too long"))??;
        *reader = Some(running);
        Ok(answers)
    }

    fn start(&self, jail: &Jail, git: &Path, limits: &Limits) -> Result<Running, RenderError> {
        let mut job = session::offline(git, self.path(), limits).arg_git_dir(self.path()).args(["cat-file", "--batch"]);
        job.time = LIFE;
        jail.start(&job).map_err(|error| RenderError::new(Kind::Machine, format!("git cat-file: {error}")))
    }
}

/// Writes all hashes, and reads `HASH blob SIZE<LF>CONTENT<LF>` for each meanwhile.
async fn ask(running: &mut Running, wanted: &BTreeMap<&str, u64>) -> Result<Contents, RenderError> {
    let Running { stdin, stdout, .. } = running;
    let question = wanted.keys().copied().collect::<Vec<_>>().join("\n") + "\n";
    let write = async {
        stdin.write_all(question.as_bytes()).await?;
        stdin.flush().await
    };
    let (written, answers) = futures::join!(write, answers(stdout, wanted));
    let answers = answers?;
    written.on_this_machine("ask git cat-file")?;
    Ok(answers)
}

async fn answers(
    from: &mut (impl AsyncBufRead + Unpin),
    wanted: &BTreeMap<&str, u64>,
) -> Result<Contents, RenderError> {
    let mut contents = HashMap::new();
    for (id, size) in wanted {
        let mut line = String::new();
        let read = (&mut *from).take(LINE).read_line(&mut line).await;
        read.map_err(|error| damaged(&error.to_string()))?;
        // The list said how big it is: anything else is not what was asked for.
        if line.trim_end() != format!("{id} blob {size}") {
            return Err(damaged(line.trim_end()));
        }
        let mut content = vec![0; usize::try_from(*size).unwrap_or(usize::MAX)];
        let mut end = [0];
        let read =
            async { Ok::<_, std::io::Error>((from.read_exact(&mut content).await?, from.read_exact(&mut end).await?)) };
        read.await.map_err(|error| damaged(&error.to_string()))?;
        contents.insert((*id).to_owned(), Arc::new(content));
    }
    Ok(contents)
}

fn damaged(said: &str) -> RenderError {
    RenderError::new(Kind::Unreachable, format!("the object store is damaged: {said:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &[u8], wanted: &[(&'static str, u64)]) -> Result<Contents, RenderError> {
        answers(&mut &*text, &wanted.iter().copied().collect()).await
    }

    #[tokio::test]
    async fn contents_are_read_whatever_is_in_them() {
        let all = read(b"aa blob 5\na\nb\0c\nbb blob 0\n\n", &[("aa", 5), ("bb", 0)]).await.unwrap();
        assert_eq!(all["aa"].as_slice(), b"a\nb\0c");
        assert_eq!(all["bb"].as_slice(), b"");
    }

    #[tokio::test]
    async fn what_is_missing_or_cut_off_or_not_what_was_asked_for_is_an_error() {
        for text in ["aa missing\n", "aa blob 9\nshort\n", "aa tree 1\nx\n", "aa", "", "bb blob 9\n123456789\n"] {
            let error = read(text.as_bytes(), &[("aa", 9)]).await.unwrap_err();
            assert!(error.text.contains("damaged"), "{text}: {}", error.text);
        }
    }
}
