//! The example's promotion script: what its commit changes, and that nothing else is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// What the script needs. Without gh, as in a pipeline that has none.
const PROGRAMS: [&str; 7] = ["bash", "git", "awk", "date", "dirname", "mv", "env"];

/// A clone of the example's repository, and where it pushes to.
struct Clone {
    dir: tempfile::TempDir,
}

impl Clone {
    fn new() -> Self {
        let clone = Self { dir: tempfile::tempdir().unwrap() };
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/bookverse/gitops");
        copy(&example, &clone.here());
        fs::create_dir(clone.programs()).unwrap();
        for program in PROGRAMS {
            symlink(which(program), clone.programs().join(program)).unwrap();
        }
        let origin = clone.dir.path().join("origin.git");
        clone.git(&["init", "--quiet", "--bare", "-b", "main", origin.to_str().unwrap()]);
        clone.git(&["init", "--quiet", "-b", "main"]);
        for (key, value) in [("user.name", "ci"), ("user.email", "ci@bookverse.example")] {
            clone.git(&["config", key, value]);
        }
        clone.git(&["add", "--all"]);
        clone.git(&["commit", "--quiet", "-m", "first"]);
        clone.git(&["remote", "add", "origin", origin.to_str().unwrap()]);
        clone.git(&["push", "--quiet", "origin", "main"]);
        clone
    }

    fn here(&self) -> PathBuf {
        self.dir.path().join("gitops")
    }

    fn programs(&self) -> PathBuf {
        self.dir.path().join("bin")
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.here()).env("PATH", self.programs()).env("HOME", self.dir.path());
        command.output().unwrap()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = self.run(&which("git"), arguments);
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn promote(&self, arguments: &[&str]) -> Output {
        self.run(&self.here().join("scripts/promote-environment.sh"), arguments)
    }

    /// The Application of an environment at a revision.
    fn application(&self, environment: &str, revision: &str) -> Value {
        let text =
            self.git(&["show", &format!("{revision}:environments/{environment}/applications/bookverse-platform.yaml")]);
        serde_saphyr::from_str(&text).unwrap()
    }

    /// The branch that was pushed.
    fn branch(&self) -> String {
        let branches = self.git(&["ls-remote", "--heads", "origin", "promote-*"]);
        branches.split_whitespace().nth(1).unwrap().to_owned()
    }
}

fn which(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.exists()).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// By text alone every quoted value would be the tag: prod's database would lose its replicas.
#[test]
fn a_promotion_changes_the_tag_and_nothing_else() {
    for (environment, revision) in [("prod", Some("v1.3.0")), ("staging", None)] {
        let clone = Clone::new();
        let promoted = clone.promote(&["qa", environment, "1.3.0", "it is time"]);
        assert!(promoted.status.success(), "{promoted:?}");
        let before = clone.application(environment, "main");
        let after = clone.application(environment, "HEAD");
        let mut expected = before.clone();
        let parameters = expected["spec"]["source"]["helm"]["parameters"].as_array_mut().unwrap();
        let tag = parameters.iter_mut().find(|one| one["name"] == "global.imageTag").unwrap();
        assert_ne!(tag["value"], "1.3.0");
        tag["value"] = json!("1.3.0");
        if let Some(revision) = revision {
            expected["spec"]["source"]["targetRevision"] = json!(revision);
        }
        assert_eq!(after, expected, "{environment}");
        let pushed = clone.git(&["ls-remote", "origin", &clone.branch()]);
        assert!(pushed.starts_with(clone.git(&["rev-parse", "HEAD"]).trim()), "it is not pushed: {pushed}");
    }
}

#[test]
fn what_cannot_be_promoted_is_said_and_nothing_is_pushed() {
    let clone = Clone::new();
    for (arguments, said) in [
        (&["qa", "nowhere", "1.3.0"][..], "There is no environment nowhere"),
        (&["qa", "prod", "1.3.0\" # x"], "is no tag of an image"),
        (&["qa", "staging", "1.3.0-rc.1"], "has 1.3.0-rc.1 already"),
    ] {
        let output = clone.promote(arguments);
        let heard = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && heard.contains(said), "{arguments:?}: {output:?}");
    }
    assert_eq!(clone.git(&["ls-remote", "--heads", "origin", "promote-*"]), "");
}
