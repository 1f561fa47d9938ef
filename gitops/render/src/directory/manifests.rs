//! From the text of a manifest to its objects.

use serde_json::Value;

use crate::cache::Fetched;
use crate::error::{Kind, RenderError};
use crate::limits::Limits;
use crate::objects::{self, malformed};
use crate::witness::Witness;
use crate::yaml;

/// A file with this in it is none of our business.
const SKIP: &[u8] = b"+argocd:skip-file-rendering";

/// What was rendered of one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Output {
    pub objects: Vec<Value>,
    pub warnings: Vec<String>,
    /// What was looked at beyond the files that were chosen.
    pub witnesses: Vec<Witness>,
    /// What was fetched beyond the source.
    pub fetched: Vec<Fetched>,
}

impl Output {
    /// Reads a file. One of YAML that neither is nor looks like a manifest is left out: values and the like lie among them. Of one that
    /// cannot be read, less is asked: what is in it would be deleted.
    pub(crate) fn read(&mut self, path: &str, content: &[u8]) -> Result<(), RenderError> {
        if content.windows(SKIP.len()).any(|part| part == SKIP) {
            return Ok(());
        }
        objects::not_lfs(path, content)?;
        let text = std::str::from_utf8(content).map_err(|_| malformed(path, "it is no UTF-8"))?;
        if path.rsplit('.').next() == Some("json") {
            let value = serde_json::from_str(text).map_err(|error| malformed(path, &json_error(&error)))?;
            return objects::add(&mut self.objects, value, path);
        }
        let read = match yaml::documents(text) {
            Ok(read) => read,
            Err(why) if has_something_of_a_manifest(text) => return Err(malformed(path, &(why + unfilled(text)))),
            Err(why) => {
                self.warnings
                    .push(format!("{path} is left out, as it looks like no manifest, nor can it be read: {why}"));
                return Ok(());
            }
        };
        let any = read.documents.iter().any(|document| document.get("kind").is_some());
        if !any && !looks_like_a_manifest(text) {
            return Ok(());
        }
        self.warnings.extend(read.warning.map(|warning| format!("{path}: {warning}")));
        read.documents.into_iter().try_for_each(|document| objects::add(&mut self.objects, document, path))
    }

    /// Fails if there are more objects than an Application may have.
    pub(crate) fn allowed(&self, limits: &Limits) -> Result<(), RenderError> {
        Self::within(self.objects.len(), limits)
    }

    /// The same for a number of them.
    pub(crate) fn within(count: usize, limits: &Limits) -> Result<(), RenderError> {
        if count > limits.objects {
            let text = format!("it has more than {} objects: take several Applications", limits.objects);
            return Err(RenderError::new(Kind::Limit, text));
        }
        Ok(())
    }
}

fn json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("trailing characters") { format!("{text}: a JSON file holds one object") } else { text }
}

/// What to do with a template of text, which is no YAML before somebody has filled it in.
fn unfilled(text: &str) -> &'static str {
    if !text.contains("{{") {
        return "";
    }
    ". It has {{ }}, which nobody fills in here: make a Helm chart of it (a file of templates/, with {{ .Values.NAME }}), or leave it out \
     by directory.exclude"
}

/// Whether somebody wrote an object there, in quotes or without.
fn has_something_of_a_manifest(text: &str) -> bool {
    let is_key = |rest: &str| rest.trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t']).starts_with(':');
    ["apiVersion", "kind"].iter().all(|word| text.split(word).skip(1).any(is_key))
}

fn looks_like_a_manifest(text: &str) -> bool {
    ["apiVersion:", "kind:", "metadata:"].iter().all(|word| text.contains(word))
}
