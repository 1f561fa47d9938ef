//! Which seeds are to be played, and for how long.

use std::env;
use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result};

const SEEDS: &str = "SLUICE_CHAOS_SEEDS";
const MINUTES: &str = "SLUICE_CHAOS_MINUTES";
/// Played where nothing else is wished: one, as each takes some three minutes.
const FIXED: Range<u64> = 1..2;

/// What the environment asks for.
#[derive(Debug)]
pub(crate) struct Wish {
    /// The seeds to play in any case.
    pub(crate) seeds: Range<u64>,
    /// How long to go on with those after them.
    pub(crate) at_least: Duration,
}

impl Wish {
    /// Reads the environment.
    pub(crate) fn read() -> Result<Self> {
        let seeds =
            text(SEEDS).map_or(Ok(FIXED), |text| seeds(&text).with_context(|| format!("read {SEEDS}={text}")))?;
        let minutes =
            text(MINUTES).map_or(Ok(0), |text| text.parse().with_context(|| format!("read {MINUTES}={text}")));
        Ok(Self { seeds, at_least: Duration::from_mins(minutes?) })
    }
}

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

/// `7` is one seed; `7..20` is all from 7 up to 19.
fn seeds(text: &str) -> Result<Range<u64>> {
    let (first, end) = text.split_once("..").map_or((text, None), |(first, end)| (first, Some(end)));
    let first = first.parse()?;
    Ok(first..end.map_or(Ok(first + 1), str::parse)?)
}
