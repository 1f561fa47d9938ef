//! Which commits must be signed, and by whom.

use sluice_crds::{AppProjectSpec, GitIntegrityPolicy, Signatures};

use super::Repos;
use crate::check::Checker;
use crate::project::MOST;

/// Which commits must be signed. The default asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Integrity(Vec<Policy>);

/// How commits of some repositories must be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The field that asks for it, for messages.
    pub field: String,
    /// Which commits.
    pub mode: Mode,
    /// By whom.
    pub signers: Vec<Signer>,
    repos: Repos,
}

/// Which commits must be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// None.
    Nothing,
    /// The one that is deployed, or the annotated tag that names it.
    Head,
    /// That one and all that it is made of, back to signed ones with a line `Argocd-gpg-seal: WHY`, which vouch for all before.
    Strict,
}

/// Who may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// A GPG key: the last 16 to 40 digits of its fingerprint, in capitals.
    Gpg(String),
    /// An SSH key: its fingerprint, `SHA256:…`.
    Ssh(String),
}

impl Integrity {
    pub(super) fn read(check: &mut Checker, spec: &AppProjectSpec) -> Self {
        let asked = spec.source_integrity.clone().unwrap_or_default();
        check.unknown("spec.sourceIntegrity", &asked.unknown);
        let helm = asked.helm.iter().flat_map(|helm| &helm.policies);
        for (at, one) in helm.enumerate() {
            let asks = one.provenance.as_ref().is_some_and(|signatures| signatures.mode != "none");
            check.unsupported(&format!("spec.sourceIntegrity.helm.policies[{at}].provenance"), asks);
        }
        let git = asked.git.unwrap_or_default();
        check.unknown("spec.sourceIntegrity.git", &git.unknown);
        check.count("spec.sourceIntegrity.git.policies", git.policies.len(), MOST);
        let each = git.policies.iter().take(MOST).enumerate();
        let mut policies: Vec<_> = each.filter_map(|(at, one)| policy(check, at, one)).collect();
        if let Some(older) = older(check, spec) {
            if !policies.is_empty() {
                check.wrong("spec.signatureKeys", "goes not together with spec.sourceIntegrity; keep that one");
            }
            policies.push(older);
        }
        Self(policies)
    }

    /// What a repository's commits must have; `None`: nothing. Two policies for one repository are no policy but an error.
    pub fn of(&self, url: &str) -> Result<Option<&Policy>, String> {
        let mut fitting = self.0.iter().filter(|policy| policy.repos.has(url));
        match (fitting.next(), fitting.next()) {
            (Some(one), Some(other)) => Err(format!(
                "{} and {} are both about {}: let one of them name other repositories",
                one.field,
                other.field,
                crate::repo_url::normal(url)
            )),
            (one, _) => Ok(one.filter(|policy| policy.mode != Mode::Nothing)),
        }
    }
}

impl Policy {
    /// Whether one who is known by these names may sign: the fingerprints of a GPG key and of the one above it, or that of an SSH
    /// key.
    pub fn permits(&self, names: &[String]) -> bool {
        self.signers.iter().any(|signer| match signer {
            Signer::Gpg(id) => names.iter().any(|name| name.to_ascii_uppercase().ends_with(id)),
            Signer::Ssh(fingerprint) => names.contains(fingerprint),
        })
    }
}

/// The older form: all repositories, by one of these keys.
fn older(check: &mut Checker, spec: &AppProjectSpec) -> Option<Policy> {
    check.count("spec.signatureKeys", spec.signature_keys.len(), MOST);
    let each = spec.signature_keys.iter().take(MOST).enumerate();
    let signers: Vec<_> = each
        .filter_map(|(at, key)| {
            let here = format!("spec.signatureKeys[{at}]");
            check.unknown(&here, &key.unknown);
            signer(check, &format!("{here}.keyID"), &key.key_id)
        })
        .collect();
    let field = "spec.signatureKeys".to_owned();
    let repos = Repos::read(check, &field, &["*".to_owned()]);
    (!spec.signature_keys.is_empty()).then_some(Policy { field, mode: Mode::Head, signers, repos })
}

fn policy(check: &mut Checker, at: usize, one: &GitIntegrityPolicy) -> Option<Policy> {
    let field = format!("spec.sourceIntegrity.git.policies[{at}]");
    check.unknown(&field, &one.unknown);
    let urls: Vec<_> = one.repos.iter().map(|repo| repo.url.clone()).collect();
    one.repos.iter().enumerate().for_each(|(at, repo)| check.unknown(&format!("{field}.repos[{at}]"), &repo.unknown));
    let repos = Repos::read(check, &format!("{field}.repos"), &urls);
    if !repos.names_some() {
        check.wrong(&format!("{field}.repos"), "names none; name repositories, or \"*\"");
    }
    let Some(asked) = &one.gpg else {
        check.wrong(&format!("{field}.gpg"), "is missing");
        return None;
    };
    let (mode, signers) = signatures(check, &format!("{field}.gpg"), asked)?;
    Some(Policy { field, mode, signers, repos })
}

fn signatures(check: &mut Checker, field: &str, asked: &Signatures) -> Option<(Mode, Vec<Signer>)> {
    check.unknown(field, &asked.unknown);
    let mode = match asked.mode.as_str() {
        "none" => Mode::Nothing,
        "head" => Mode::Head,
        "strict" => Mode::Strict,
        other => {
            check.wrong(&format!("{field}.mode"), format!("is {other:?}; write none, head or strict"));
            return None;
        }
    };
    check.count(&format!("{field}.keys"), asked.keys.len(), MOST);
    if mode != Mode::Nothing && asked.keys.is_empty() {
        check.wrong(&format!("{field}.keys"), "is empty; name the keys that may sign");
    }
    let each = asked.keys.iter().take(MOST).enumerate();
    Some((mode, each.filter_map(|(at, key)| signer(check, &format!("{field}.keys[{at}]"), key)).collect()))
}

/// Short ids of 8 digits are refused: anybody makes a key that has one.
fn signer(check: &mut Checker, field: &str, text: &str) -> Option<Signer> {
    if let Some(hash) = text.trim().strip_prefix("SHA256:")
        && hash.len() == 43
        && hash.chars().all(|one| one.is_ascii_alphanumeric() || one == '+' || one == '/')
    {
        return Some(Signer::Ssh(text.trim().to_owned()));
    }
    let id: String = text.chars().filter(|one| !one.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let id = id.strip_prefix("0X").unwrap_or(&id);
    if (16..=64).contains(&id.len()) && id.chars().all(|one| one.is_ascii_hexdigit()) {
        return Some(Signer::Gpg(id.to_owned()));
    }
    let how = "write a GPG key's id of 16 or 40 hexadecimal digits, or an SSH key's fingerprint (ssh-keygen -lf KEY: SHA256:…)";
    check.wrong(field, format!("is {text:?}; {how}"));
    None
}
