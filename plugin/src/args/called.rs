//! The names by which the program is called: kubectl finds plugins by their file names.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// How the program was called.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Called {
    /// What users type to call it.
    pub(crate) program: String,
    /// The command line, the program first.
    pub(crate) line: Vec<OsString>,
}

/// kubectl asks a program of this name, and of its plugin's, for what may come next on the line.
const COMPLETES: &str = "kubectl_complete-";

/// Reads the name that it was called by. As `kubectl-argo` it has one command, `rollouts`, before all others.
pub(crate) fn called(line: impl IntoIterator<Item = OsString>) -> Result<Called, String> {
    let mut line: Vec<OsString> = line.into_iter().collect();
    let stem = line.first().map(stem).unwrap_or_default();
    if let Some(plugin) = stem.strip_prefix(COMPLETES) {
        line.insert(1.min(line.len()), OsString::from("__complete"));
        return Ok(Called { program: format!("kubectl {}", plugin.replace('-', " ")), line });
    }
    if stem == "kubectl-argo" {
        return match line.get(1).and_then(|word| word.to_str()) {
            Some("rollouts") => {
                line.remove(1);
                Ok(Called { program: "kubectl argo rollouts".to_owned(), line })
            }
            _ => Err("kubectl argo has one command here: kubectl argo rollouts".to_owned()),
        };
    }
    let program = match stem.strip_prefix("kubectl-") {
        Some(plugin) => format!("kubectl {}", plugin.replace('-', " ")),
        None => stem,
    };
    Ok(Called { program, line })
}

fn stem(called: &OsString) -> String {
    let stem = Path::new(called).file_stem().unwrap_or(OsStr::new("kubectl-sluice"));
    stem.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        match called(line.split_whitespace().map(OsString::from)) {
            Ok(called) => {
                let rest: Vec<_> = called.line.iter().skip(1).map(|word| word.to_string_lossy()).collect();
                format!("{}: {}", called.program, rest.join(" "))
            }
            Err(why) => format!("error: {why}"),
        }
    }

    #[test]
    fn the_program_answers_to_every_name_that_it_is_installed_under() {
        for (line, expected) in [
            ("/usr/bin/kubectl-sluice get shop", "kubectl sluice: get shop"),
            ("kubectl-argo-rollouts get ro shop", "kubectl argo rollouts: get ro shop"),
            ("kubectl-argo rollouts version --short", "kubectl argo rollouts: version --short"),
            ("kubectl-argo version", "error: kubectl argo has one command here: kubectl argo rollouts"),
            ("kubectl_complete-argo-rollouts promote s", "kubectl argo rollouts: __complete promote s"),
            ("target/debug/other lint", "other: lint"),
        ] {
            assert_eq!(told(line), expected, "{line}");
        }
    }
}
