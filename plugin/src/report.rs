//! What a command has to say when it is done: lines for people, a document for programs, and what went wrong.

use std::process::ExitCode;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use crate::args::Format;
use crate::clean::{clean, clean_line, escape};
use crate::out::Out;

/// What a command has to say.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// For people.
    pub(crate) lines: Vec<String>,
    /// The same for programs.
    pub(crate) document: Value,
    /// What went wrong, a line each. The command has failed if there is any.
    pub(crate) errors: Vec<String>,
    /// The exit status, where it is not told by whether anything went wrong.
    pub(crate) status: Option<u8>,
}

impl Report {
    /// Lines, and a document that says the same.
    pub(crate) fn of(lines: Vec<String>, document: &impl Serialize) -> Result<Self> {
        let document = serde_json::to_value(document).context("write the document")?;
        Ok(Self { lines, document, ..Self::default() })
    }

    /// Prints it, and tells whether the command has succeeded.
    pub(crate) fn print(self, format: Option<Format>, out: Out) -> Result<ExitCode> {
        match format {
            None => out.block(&self.lines)?,
            Some(format) => out.block(&[text(&self.document, format)?])?,
        }
        for error in &self.errors {
            anstream::eprintln!("Error: {}", clean(error));
        }
        if let Some(status) = self.status {
            return Ok(ExitCode::from(status));
        }
        Ok(if self.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// A document in a form for programs.
pub(crate) fn text(document: &Value, format: Format) -> Result<String> {
    Ok(match format {
        Format::Json => escape(&serde_json::to_string_pretty(document).context("write JSON")?).into_owned(),
        Format::Yaml => {
            let text = serde_saphyr::to_string(document).context("write YAML")?;
            text.trim_end().lines().map(clean_line).collect::<Vec<_>>().join("\n")
        }
    })
}
