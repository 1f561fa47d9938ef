//! The top message of a release's thread: what, where, how it stands, and what to do.

use super::message::{Message, context, section};
use super::text::{code, lines, link, short};
use crate::release::{Image, Phase, Release, Steps};
use crate::text::{cut, escaped};

/// The top message, as it is now: posted once, and edited in place with each change.
///
/// Two readings of one release that say the same give equal messages, so that an edit which changes nothing can be left out.
pub fn top(release: &Release) -> Message {
    let look = Look::of(release.phase);
    let (place, revision) = (place(release), release.revision);
    let title = format!("{} *{}* {} · revision {revision}", look.sign, escaped(&release.name), look.word);
    let text = escaped(&format!("{} {} in {place}{}", release.name, look.word, of_weight(release)));
    let body = [
        what(release).map(|what| section(&what)),
        why(release).map(|why| section(&why)),
        command(release).map(|command| section(&command)),
        context(&[of_links(release)]),
        context(&[origin(release), times(release)]),
    ];
    let above = vec![section(&format!("{title}\n{}", escaped(&place)))];
    Message::coloured(cut(&text, LONGEST_PREVIEW), above, look.colour, body.into_iter().flatten().collect())
}

/// What previews show; longer ones are cut by phones anyway.
const LONGEST_PREVIEW: usize = 300;
/// How much is shown of why.
const LONGEST_WHY: usize = 1500;
/// How much is shown of an image, a name, a title.
const LONGEST_NAME: usize = 200;

/// How a phase looks.
struct Look {
    sign: &'static str,
    word: &'static str,
    colour: &'static str,
}

impl Look {
    fn of(phase: Phase) -> Self {
        let (sign, word, colour) = match phase {
            Phase::Progressing => (":large_blue_circle:", "is rolling out", BLUE),
            Phase::Waiting => (":hourglass_flowing_sand:", "is waiting", BLUE),
            Phase::Held => (":raised_hand:", "is held and needs you", YELLOW),
            Phase::Stuck => (":warning:", "is stuck", YELLOW),
            Phase::Completed => (":white_check_mark:", "is rolled out", GREEN),
            Phase::Aborted => (":red_circle:", "was aborted", RED),
            Phase::RolledBack => (":rewind:", "was rolled back", RED),
            Phase::Superseded => (":fast_forward:", "was superseded by a newer version", GREY),
        };
        Self { sign, word, colour }
    }
}

// Those of the established templates, which people know.
const GREEN: &str = "#18be52";
const YELLOW: &str = "#ECB22E";
const RED: &str = "#E01E5A";
const BLUE: &str = "#0DADEA";
const GREY: &str = "#8A8A8A";

fn place(release: &Release) -> String {
    let cluster = if release.cluster.is_empty() { String::new() } else { format!(" on {}", release.cluster) };
    format!("{}{cluster}", release.namespace)
}

fn of_weight(release: &Release) -> String {
    release.weight.map(|weight| format!(", {weight} %")).unwrap_or_default()
}

/// How far it is, and what changes.
fn what(release: &Release) -> Option<String> {
    let parts = [progress(release), images(&release.images)].into_iter().filter(|part| !part.is_empty());
    Some(parts.collect::<Vec<_>>().join("\n")).filter(|what| !what.is_empty())
}

/// `▰▰▰▱▱ step 3 of 5 · 40 % of requests`.
fn progress(release: &Release) -> String {
    let steps =
        release.steps.map(|steps| format!("{} step {} of {}", bar(steps), steps.done.min(steps.all), steps.all));
    let weight = release.weight.map(|weight| format!("*{weight} %* of requests to the new version"));
    steps.into_iter().chain(weight).collect::<Vec<_>>().join(" · ")
}

/// A sign a step, or a sign for several where there are many.
fn bar(Steps { done, all }: Steps) -> String {
    let signs = all.min(LONGEST_BAR);
    let full = done.min(all).saturating_mul(signs).checked_div(all).unwrap_or_default();
    "▰".repeat(full) + &"▱".repeat(signs - full)
}

const LONGEST_BAR: usize = 20;

/// `web: registry/web 1.4.2 → 1.5.0`: what the two have in common is said once.
fn images(images: &[Image]) -> String {
    let changed = |image: &&Image| image.old.as_deref() != Some(image.new.as_str());
    let several = images.len() > 1;
    let line = |image: &Image| {
        let name = if several { format!("{}: ", escaped(&image.container)) } else { String::new() };
        match image.old.as_deref() {
            Some(old) if old == image.new => format!("{name}{} (as before)", code(old, LONGEST_NAME)),
            Some(old) => {
                let (old, new) = (code(old, LONGEST_NAME), code(&shortened(old, &image.new), LONGEST_NAME));
                format!("{name}{old} → *{new}*")
            }
            None => format!("{name}*{}*", code(&image.new, LONGEST_NAME)),
        }
    };
    // Where nothing but the configuration changes, one line says so.
    let shown: Vec<String> = match images.iter().filter(changed).map(line).collect::<Vec<_>>() {
        none if none.is_empty() => images.iter().take(1).map(line).collect(),
        some => some,
    };
    lines(&shown, LONGEST_WHY)
}

/// The tag alone, where the image is of the same name.
fn shortened(old: &str, new: &str) -> String {
    let name = |image: &str| image.rsplit_once(':').map(|(name, _)| name.to_owned());
    match new.rsplit_once(':') {
        Some((_, tag)) if name(old) == name(new) && !tag.contains('/') => format!(":{tag}"),
        _ => new.to_owned(),
    }
}

fn why(release: &Release) -> Option<String> {
    let why = short(&release.why, LONGEST_WHY);
    (!why.is_empty()).then(|| why.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n"))
}

/// What to do, as it can be pasted.
fn command(release: &Release) -> Option<String> {
    let told = |what: &str, does: &str| {
        format!("{does}\n```kubectl sluice {what} {} -n {}```", escaped(&release.name), escaped(&release.namespace))
    };
    match release.phase {
        Phase::Held => Some([told("promote", "Let it go on:"), told("abort", "Take it back:")].join("\n")),
        Phase::Stuck => Some([told("get rollout", "See why:"), told("abort", "Take it back:")].join("\n")),
        Phase::Aborted => {
            let safe = "Users are on the version before. Mend what is wrong and release again, or try this one again:";
            Some(told("retry", safe))
        }
        Phase::RolledBack => Some(told("get rollout", "Users are on the version before. See what was measured:")),
        Phase::Progressing | Phase::Waiting | Phase::Completed | Phase::Superseded => None,
    }
}

fn of_links(release: &Release) -> String {
    let links = release.links.iter().take(5).map(|it| link(&it.url, &short(&it.title, 60)));
    links.collect::<Vec<_>>().join(" · ")
}

fn origin(release: &Release) -> String {
    let who = short(&release.who, LONGEST_NAME);
    let commit = release.commit.as_ref().map(|commit| {
        let hash: String = commit.hash.chars().take(8).collect();
        format!("{} {}", link(&commit.url, &code(&hash, 8)), short(&commit.title, 100)).trim_end().to_owned()
    });
    let who = (!who.is_empty()).then(|| format!("by {who}"));
    who.into_iter().chain(commit).collect::<Vec<_>>().join(" · ")
}

/// When it began, in the reader's own time, and how long it took.
fn times(release: &Release) -> String {
    let (second, utc) = (release.began.as_second(), release.began.strftime("%Y-%m-%d %H:%M UTC"));
    let began = format!("began <!date^{second}^{{date_short_pretty}} {{time}}|{utc}>");
    match release.ended {
        Some(ended) => format!("{began}, took {}", took(ended.as_second().saturating_sub(second))),
        None => began,
    }
}

fn took(seconds: i64) -> String {
    match seconds.max(0) {
        short @ 0..=119 => format!("{short} s"),
        medium @ 120..=7199 => format!("{} min", medium / 60),
        long => format!("{} h {} min", long / 3600, long % 3600 / 60),
    }
}
