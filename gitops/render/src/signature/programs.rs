//! Asking `gpg` and `ssh-keygen` who signed something.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{Keyring, Signed};
use crate::child::{ChildError, Job};
use crate::error::{Kind, OnThisMachine, RenderError};
use crate::workshop::Workshop;

const KEYS: &str = "the ConfigMap argocd-gpg-keys-cm";

/// Who signed something, by the names of the key; or what is wrong with the signature.
type Signer = Result<Vec<String>, String>;

/// A keyring that signatures are held against.
pub(super) struct Verifier<'a> {
    workshop: &'a Workshop,
    home: TempDir,
}

impl<'a> Verifier<'a> {
    pub(super) async fn new(workshop: &'a Workshop, keyring: &Keyring) -> Result<Self, RenderError> {
        let home = TempDir::new_in(&workshop.folder).on_this_machine("make a folder")?;
        let verifier = Self { workshop, home };
        if !keyring.0.is_empty() {
            let mut job = verifier.gpg(&["--import"]);
            job.input = keyring.0.clone().into_bytes();
            // Keys that cannot be read are those that are missing later.
            verifier.run(job).await?;
        }
        Ok(verifier)
    }

    /// Who signed it.
    pub(super) async fn signer(&self, signed: &Signed) -> Result<Signer, RenderError> {
        let signature = match signed.signatures.as_slice() {
            [] => return Ok(Err("is not signed: sign it, or deploy one that is".to_owned())),
            [one] => one,
            _ => return Ok(Err("has several signatures: sign it once".to_owned())),
        };
        let file = self.home.path().join("signature");
        fs::write(&file, signature).on_this_machine("write a signature")?;
        if signature.starts_with("-----BEGIN SSH SIGNATURE-----") {
            let job = self.job("ssh-keygen", &["-Y", "check-novalidate", "-n", "git", "-s"], &file);
            return Ok(by_ssh(&self.run(with(job, signed)).await?));
        }
        if !signature.starts_with("-----BEGIN PGP ") {
            return Ok(Err("is signed neither by GPG nor by SSH: sign it by one of them".to_owned()));
        }
        let mut job = self.gpg(&["--status-fd=1", "--verify"]);
        job = job.args([file.as_os_str(), "-".as_ref()]);
        Ok(by_gpg(&self.run(with(job, signed)).await?))
    }

    fn job(&self, program: &str, arguments: &[&str], file: &Path) -> Job {
        Job::new(program, self.home.path(), &self.workshop.limits).args(arguments).args([file])
    }

    fn gpg(&self, arguments: &[&str]) -> Job {
        let usual = ["--batch", "--no-tty", "--no-autostart", "--no-auto-key-retrieve", "--trust-model=always"];
        let job = Job::new("gpg", self.home.path(), &self.workshop.limits).env("GNUPGHOME", self.home.path());
        job.args(usual).args(arguments)
    }

    /// What the program wrote, whether it was content or not.
    async fn run(&self, job: Job) -> Result<String, RenderError> {
        let program = job.program.display().to_string();
        let output = match self.workshop.jail.run(job).await {
            // 126 and 127 are what the jail and shells say of a program that is not there.
            Err(ChildError::Failed { status, output, .. }) if !matches!(status.code(), Some(126 | 127)) => output,
            outcome => outcome.map_err(|error| {
                let kind = if matches!(error, ChildError::TimedOut(_)) { Kind::TimedOut } else { Kind::Machine };
                RenderError::new(kind, format!("ask {program} about signatures: {error}"))
            })?,
        };
        Ok(String::from_utf8_lossy(&output).into_owned())
    }
}

fn with(mut job: Job, signed: &Signed) -> Job {
    job.input.clone_from(&signed.payload);
    job
}

/// `Good "git" signature with ED25519 key SHA256:…`
fn by_ssh(said: &str) -> Signer {
    let good = said.lines().find(|line| line.starts_with("Good \"git\" signature with "));
    let key = good.and_then(|line| line.split_whitespace().rfind(|word| word.starts_with("SHA256:")));
    key.map(|key| vec![key.to_owned()])
        .ok_or_else(|| "was changed after it was signed, or its SSH signature is broken".into())
}

/// The lines that gpg writes for programs (doc/DETAILS of GnuPG).
fn by_gpg(said: &str) -> Signer {
    let words: Vec<Vec<&str>> =
        said.lines().filter_map(|line| Some(line.strip_prefix("[GNUPG:] ")?.split(' ').collect())).collect();
    let told = |name: &str| words.iter().filter(|words| words.first() == Some(&name)).collect::<Vec<_>>();
    let key = |name: &str| told(name).first().and_then(|words| words.get(1)).map_or("?", |key| *key).to_owned();
    let bad = ["BADSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "NO_PUBKEY", "ERRSIG"];
    if let Some(name) = bad.into_iter().find(|name| !told(name).is_empty()) {
        let key = key(name);
        return Err(match name {
            "BADSIG" => format!("was changed after key {key} signed it"),
            "EXPSIG" => format!("is signed by key {key} for a time that is over: sign it anew"),
            "EXPKEYSIG" => format!("is signed by key {key}, which has expired: extend it in {KEYS}"),
            "REVKEYSIG" => format!("is signed by key {key}, which is revoked: have it signed by another"),
            "NO_PUBKEY" => format!("is signed by key {key}, which is not in {KEYS}: add it there"),
            _ if !told("NO_PUBKEY").is_empty() => {
                format!("is signed by key {key}, which is not in {KEYS}: add it there")
            }
            _ => format!("is signed by key {key} in a way that cannot be checked"),
        });
    }
    match (told("GOODSIG").as_slice(), told("VALIDSIG").as_slice()) {
        // The key that signed, and, last, the one above it.
        ([_], [valid]) => Ok([valid.get(1), valid.last()].into_iter().flatten().map(|&name| name.to_owned()).collect()),
        _ => Err("has a GPG signature that cannot be read".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_good_signature_counts() {
        let good = "[GNUPG:] GOODSIG 0123 A <a@b>\n[GNUPG:] VALIDSIG FFF0123 2026-01-01 1 0 4 0 1 10 00 EEE4567\n";
        assert_eq!(by_gpg(good), Ok(vec!["FFF0123".to_owned(), "EEE4567".to_owned()]));
        let refused = |said: &str| assert!(by_gpg(said).is_err(), "{said}");
        refused("");
        refused(&format!("{good}{good}"));
        refused(&format!("{good}[GNUPG:] BADSIG 0123 A\n"));
        // What a name says is no word of gpg's.
        refused("[GNUPG:] BADSIG 0 x [GNUPG:] GOODSIG 0\n");
        refused("gpg: [GNUPG:] GOODSIG 0123\n[GNUPG:] VALIDSIG F\n");
        assert!(by_ssh("Could not verify signature.\n").is_err());
    }
}
