//! What several commands take.

use clap::{Args, ValueEnum};

/// Which objects.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Names {
    /// The names. The kind may stand before them, or before each, as in rollout/shop.
    #[arg(value_name = "NAME")]
    pub(crate) words: Vec<String>,
    /// All that have these labels, in the place of names.
    #[arg(short = 'l', long, value_name = "LABELS", value_parser = labels)]
    pub(crate) selector: Option<String>,
}

/// Reads a label selector. To the API server a blank one means everything, which is no selection: a script that lost the variable
/// it would have written here would order all objects about.
pub(super) fn labels(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("is blank, and would mean all of them; write labels, like app=shop, or leave it out".to_owned()),
        selector => Ok(selector.to_owned()),
    }
}

/// A form for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// In which form to tell it.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Form {
    /// Tells it for programs.
    #[arg(short, long = "output", value_enum, value_name = "FORM")]
    pub(crate) output: Option<Format>,
}
