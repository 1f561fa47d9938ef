//! How and when an Application is synced.

use jiff::SignedDuration;
use sluice_crds::{Automated as Written, Retry as WrittenRetry, duration};

use super::MOST;
use crate::check::Checker;
use crate::spec::options::Word;
use crate::spec::{Automated, Options, Retry};

/// `None` where it is left out, or switched off.
pub(super) fn automated(check: &mut Checker, written: Option<&Written>) -> Option<Automated> {
    let written = written?;
    check.ignored("spec.syncPolicy.automated", &written.unknown);
    written.enabled.unwrap_or(true).then(|| Automated {
        prune: written.prune.unwrap_or_default(),
        self_heal: written.self_heal.unwrap_or_default(),
        allow_empty: written.allow_empty.unwrap_or_default(),
    })
}

/// A word that is no option is told, and does no harm: the established controller takes any.
pub(super) fn options(check: &mut Checker, field: &str, words: &[String]) -> Options {
    check.count(field, words.len(), MOST);
    let mut options = Options::default();
    for (at, word) in words.iter().take(MOST).enumerate() {
        let here = format!("{field}[{at}]");
        let wave = options.wave;
        match options.take(word.trim()) {
            Word::Unknown => check.doubtful(&here, format!("{word:?} is no sync option, and counts for nothing")),
            Word::Idle if word.ends_with("=false") => {
                check.doubtful(&here, format!("{word:?} counts for nothing: objects are always applied by the server"));
            }
            Word::Known if options.wave != wave => {
                check.doubtful(&here, "is read as the wave of this Application itself; write it as its annotation");
            }
            Word::Idle | Word::Known => {}
        }
    }
    options
}

/// What becomes of a sync that failed.
pub(crate) fn retry(check: &mut Checker, field: &str, written: &WrittenRetry) -> Option<Retry> {
    check.ignored(field, &written.unknown);
    let backoff = written.backoff.clone().unwrap_or_default();
    check.ignored(&format!("{field}.backoff"), &backoff.unknown);
    let limit = check.number(&format!("{field}.limit"), written.limit.as_ref()).unwrap_or_default();
    let usual = Retry::NEVER;
    let first = length(check, &format!("{field}.backoff.duration"), backoff.duration.as_deref(), usual.first);
    let longest = backoff.max_duration.as_deref();
    let longest = length(check, &format!("{field}.backoff.maxDuration"), longest, usual.longest);
    let written_factor = backoff.factor.unwrap_or(i64::from(usual.factor));
    let factor = u32::try_from(written_factor).ok().filter(|factor| *factor >= 1);
    if factor.is_none() {
        check.wrong(&format!("{field}.backoff.factor"), format!("is {written_factor}; write 1 or more"));
    }
    // Below zero is without end.
    let limit = u64::try_from(limit).ok().map(|limit| u32::try_from(limit).unwrap_or(u32::MAX));
    Some(Retry { limit, first: first?, factor: factor?, longest: longest?, refresh: written.refresh })
}

fn length(check: &mut Checker, field: &str, text: Option<&str>, usual: SignedDuration) -> Option<SignedDuration> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Some(usual) };
    match duration::parse_or_seconds(text) {
        Ok(length) if length.is_negative() => check.wrong(field, format!("is {text}; must not be negative")),
        Ok(length) => return Some(length),
        Err(error) => check.wrong(field, error),
    }
    None
}
