//! Patterns mean what they mean to Go: our answers against those kept in `glob_cases.tsv`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::path::Path;

use sluice_gitops::glob::Glob;

mod oracle;

const ANSWERS: &str = include_str!("glob_cases.tsv");

/// Patterns as people write them in projects.
const WRITTEN: &[(&str, &[&str], &[&str])] = &[
    (
        "names",
        &[
            "*",
            "bookverse-*",
            "*-prod",
            "web-?",
            "{dev,qa}-*",
            "web-[a-c]",
            "web-[!a-c]",
            "",
            "a*b*c",
            "kube-{system,public}",
        ],
        &[
            "",
            "web-a",
            "web-d",
            "dev-web",
            "qa-",
            "bookverse-dev",
            "bookverse-",
            "my/prod",
            "a-prod",
            "abc",
            "axbxc",
            "kube-system",
        ],
    ),
    (
        "urls",
        &[
            "https://github.com/bookverse/*",
            "https://github.com/*/gitops",
            "https://github.com/**",
            "*://github.com/a/b",
            "https://*.example.com/charts",
            "*",
            "**",
            "git@github.com/{a,b}/*",
        ],
        &[
            "https://github.com/bookverse/gitops",
            "https://github.com/bookverse/team/gitops",
            "https://github.com/bookverse",
            "https://github.com/a/b",
            "https://x.example.com/charts",
            "https://x.y.example.com/charts",
            "git@github.com/a/c",
            "",
        ],
    ),
    (
        "kinds",
        &[
            "*",
            "Deployment",
            "*.example.com",
            "[A-D]*",
            "[^A-D]*",
            "Cluster*Role",
            "?onfigMap",
            "",
            "a\\*b",
            "[a-",
            "\\",
            "[]a]",
        ],
        &[
            "",
            "Deployment",
            "x.example.com",
            "ClusterRole",
            "ConfigMap",
            "Service",
            "ClusterAdminRole",
            "a*b",
            "a/b",
            "]",
            "a",
        ],
    ),
];

const PATHS: (&[&str], &[&str]) = (
    &[
        "values-*.yaml",
        "env/*/values.yaml",
        "env/**/values.yaml",
        "**/values.yaml",
        "env/**",
        "**",
        "env/{dev,prod}/*.yaml",
        "env/{dev,prod/eu}/**/*.yaml",
        "{**/a,b}.yaml",
        "env/**x/a",
        "[a-c]?.yaml",
        "[!a-c]*",
        "***/a",
        "a\\*",
        "{a",
    ],
    &[
        "",
        "values-dev.yaml",
        "env/dev/values.yaml",
        "env/values.yaml",
        "env/prod/eu/values.yaml",
        "values.yaml",
        "env",
        "env/",
        "x/y/a.yaml",
        "b.yaml",
        "env/x/a",
        "env/y/x/a",
        "ab.yaml",
        "a*",
        "{a",
    ],
);

fn ours(parts: &[&str]) -> &'static str {
    let glob = match parts[0] {
        "names" => Glob::of_names(parts[1]),
        "urls" => Glob::of_urls(parts[1]),
        "paths" => Glob::of_paths(parts[1]),
        _ => Glob::of_kinds(parts[1]),
    };
    match glob {
        Ok(glob) if glob.is_match(parts[2]) => "yes",
        Ok(_) => "no",
        Err(_) => "parse",
    }
}

/// A text that the pattern is likely to fit.
fn alike(pattern: &str, dice: &mut oracle::Dice) -> String {
    let one = |character: char| match character {
        '*' => dice.text("ab/", 3),
        '?' => dice.text("ab", 1),
        '[' | ']' | '{' | '}' | '!' | '^' | '\\' | ',' => String::new(),
        other => other.to_string(),
    };
    pattern.chars().map(one).collect()
}

fn cases() -> Vec<String> {
    let written = WRITTEN.iter().flat_map(|(dialect, patterns, texts)| {
        patterns.iter().flat_map(move |pattern| texts.iter().map(move |text| format!("{dialect}\t{pattern}\t{text}")))
    });
    let mut dice = oracle::Dice::new(7);
    let thrown = (0..4000).map(move |turn| {
        let dialect = ["names", "urls", "kinds"][turn % 3];
        let pattern = dice.text("ab*?[]!^-{,}\\/ab*ab", 9);
        let text = if turn % 2 == 0 { dice.text("abab/-,!^]}*", 7) } else { alike(&pattern, &mut dice) };
        format!("{dialect}\t{pattern}\t{text}")
    });
    let paths = PATHS.0.iter().flat_map(|pattern| PATHS.1.iter().map(move |text| format!("paths\t{pattern}\t{text}")));
    let mut dice = oracle::Dice::new(11);
    let thrown_paths = (0..1500).map(move |turn| {
        let pattern = dice.text("ab**/?[]!^-{,}\\/ab**/", 9);
        let text = if turn % 2 == 0 { dice.text("abab/-/,!", 7) } else { alike(&pattern, &mut dice) };
        format!("paths\t{pattern}\t{text}")
    });
    written.chain(thrown).chain(paths).chain(thrown_paths).collect()
}

/// What is malformed is refused at once: Go takes it, and finds that it fits nothing, or anything behind a brace that is never
/// closed. And nothing is no character, which Go takes for one where the pattern is a single `?`.
fn differs_on_purpose(parts: &[&str], ours: &str) -> bool {
    let (pattern, go) = (parts[1], parts[3]);
    match ours {
        "parse" => go == "no" || pattern.contains('{'),
        _ => pattern == "?" && parts[2].is_empty() && ours == "no",
    }
}

#[test]
fn every_pattern_means_what_it_means_to_go() {
    let mut wrong = Vec::new();
    for line in ANSWERS.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let ours = ours(&parts);
        if ours != parts[3] && !differs_on_purpose(&parts, ours) {
            wrong.push(format!("{} {:?} on {:?}: Go {}, ours {ours}", parts[0], parts[1], parts[2], parts[3]));
        }
    }
    let shown: Vec<_> = wrong.iter().take(60).cloned().collect();
    assert!(wrong.is_empty(), "{} of {} differ, such as\n{}", wrong.len(), ANSWERS.lines().count(), shown.join("\n"));
}

#[test]
fn the_answers_are_those_of_the_cases_and_of_every_kind() {
    oracle::assert_answered(ANSWERS, &cases());
    for (answer, least) in [("yes", 300), ("no", 1000), ("parse", 200)] {
        let count = ANSWERS.lines().filter(|line| line.ends_with(&format!("\t{answer}"))).count();
        assert!(count >= least, "only {count} answers are {answer}");
    }
}

#[test]
#[ignore = "asks Go, and rewrites the answers"]
fn regenerate() {
    oracle::ask(&cases(), &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/glob_cases.tsv"));
}
