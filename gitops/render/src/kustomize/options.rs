//! Options of `kustomize build`, as `argocd-cm` gives them: those that a repository can do no harm with.

/// Options of `kustomize build`, each one judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Those that count, as they are given to the program.
    pub(crate) arguments: Vec<String>,
    /// Whether charts are rendered with Sluice's own Helm.
    pub(crate) helm: bool,
    /// Those that are left out, each with why. What needs one fails, and nothing else changes by its absence.
    pub(crate) refused: Vec<String>,
    /// What nobody knows the meaning of: nothing may be built without it.
    pub(crate) unknown: Option<String>,
}

/// What becomes of an option.
#[derive(Clone, Copy)]
enum Judgement {
    /// It counts.
    Taken,
    /// It is what is done anyway.
    Usual,
    /// Charts are rendered.
    Helm,
    /// It is left out, because of that.
    Refused(&'static str),
}

use Judgement::{Helm, Refused, Taken, Usual};

/// An option's name, whether a value follows it, and what becomes of it.
type Known = (&'static str, bool, Judgement);

const PROGRAMS: &str = "it lets a repository run programs";
const FUNCTIONS: &str = "it is for functions, which are programs of a repository";
const OUTPUT: &str = "the output is what is deployed";

const KNOWN: &[Known] = &[
    ("--enable-helm", false, Helm),
    ("--helm-kube-version", true, Taken),
    ("--helm-api-versions", true, Taken),
    ("--helm-debug", false, Taken),
    ("--enable-managedby-label", false, Taken),
    ("--reorder", true, Taken),
    ("--stack-trace", false, Taken),
    ("--load-restrictor", true, Usual),
    ("--load_restrictor", true, Usual),
    ("--enable-alpha-plugins", false, Refused(PROGRAMS)),
    ("--enable_alpha_plugins", false, Refused(PROGRAMS)),
    ("--enable-exec", false, Refused(PROGRAMS)),
    ("--enable-star", false, Refused(PROGRAMS)),
    ("--helm-command", true, Refused("the program is named by Sluice's own --helm")),
    ("--network", false, Refused(FUNCTIONS)),
    ("--network-name", true, Refused(FUNCTIONS)),
    ("--mount", true, Refused(FUNCTIONS)),
    ("--env", true, Refused(FUNCTIONS)),
    ("-e", true, Refused(FUNCTIONS)),
    ("--as-current-user", false, Refused(FUNCTIONS)),
    ("--output", true, Refused(OUTPUT)),
    ("-o", true, Refused(OUTPUT)),
];

/// What is done anyway about files outside a kustomization's own folder, by its present and its old name.
const RESTRICTED: [&str; 2] = ["LoadRestrictionsRootOnly", "rootOnly"];

impl Options {
    /// Reads them, separated by blanks.
    pub(crate) fn read(text: &str) -> Self {
        let mut options = Self::default();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            let (name, joined) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            let Some((name, has_value, judgement)) = KNOWN.iter().find(|known| known.0 == name) else {
                options.unknown = Some(format!("{word} is not known to this version of Sluice: take it out"));
                return options;
            };
            let value = if *has_value { joined.or_else(|| words.next()) } else { joined };
            if *has_value && value.is_none() {
                options.unknown = Some(format!("{name} wants a value"));
                return options;
            }
            // Said of a switch, this is as if it were not there.
            if *has_value || value != Some("false") {
                options.take(name, value, *judgement);
            }
        }
        options
    }

    fn take(&mut self, name: &str, value: Option<&str>, judgement: Judgement) {
        let written = value.map_or_else(|| name.to_owned(), |value| format!("{name}={value}"));
        match judgement {
            Taken => self.arguments.push(written),
            Helm => {
                self.helm = true;
                self.arguments.push(written);
            }
            Usual if value.is_some_and(|value| RESTRICTED.contains(&value)) => {}
            Usual => self.refused.push(format!(
                "{name} {} is refused: it lets a repository read files that are not its own (make \
                a kustomization of what is shared, and name its folder)",
                value.unwrap_or_default()
            )),
            Refused(why) => self.refused.push(format!("{name} is refused: {why}")),
        }
    }

    /// Whether that one is among those that count.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.arguments.iter().any(|one| one.split('=').next() == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let Options { arguments, helm, refused, unknown } = Options::read(text);
        let mut told = format!("{}{}\n", arguments.join(" "), if helm { " (with Helm)" } else { "" });
        told.extend(refused.into_iter().chain(unknown).map(|why| format!("{why}\n")));
        expected.assert_eq(&told);
    }

    #[test]
    fn what_a_repository_can_do_no_harm_with_counts() {
        check(
            "--enable-helm --reorder legacy  --helm-kube-version=1.30",
            &expect![[r#"
            --enable-helm --reorder=legacy --helm-kube-version=1.30 (with Helm)
        "#]],
        );
        check(
            "--load-restrictor LoadRestrictionsRootOnly --enable-managedby-label=true",
            &expect![[r#"
            --enable-managedby-label=true
        "#]],
        );
        assert_eq!(Options::read("--enable-helm=false"), Options::default());
    }

    #[test]
    fn what_would_run_programs_or_read_elsewhere_is_left_out_and_told() {
        check(
            "--load-restrictor=LoadRestrictionsNone --enable-helm",
            &expect![[r#"
            --enable-helm (with Helm)
            --load-restrictor LoadRestrictionsNone is refused: it lets a repository read files that are not its own (make a kustomization of what is shared, and name its folder)
        "#]],
        );
        check(
            "--load-restrictor none --enable-alpha-plugins --enable-exec --network --env A=B -o /tmp/x --helm-command sh",
            &expect![[r#"

                --load-restrictor none is refused: it lets a repository read files that are not its own (make a kustomization of what is shared, and name its folder)
                --enable-alpha-plugins is refused: it lets a repository run programs
                --enable-exec is refused: it lets a repository run programs
                --network is refused: it is for functions, which are programs of a repository
                --env is refused: it is for functions, which are programs of a repository
                -o is refused: the output is what is deployed
                --helm-command is refused: the program is named by Sluice's own --helm
            "#]],
        );
    }

    #[test]
    fn what_nobody_knows_is_no_option_to_build_without() {
        check(
            "--enable-helm --more",
            &expect![[r#"
            --enable-helm (with Helm)
            --more is not known to this version of Sluice: take it out
        "#]],
        );
        check(
            "--enable-helm .",
            &expect![[r#"
            --enable-helm (with Helm)
            . is not known to this version of Sluice: take it out
        "#]],
        );
        check(
            "--reorder",
            &expect![[r#"

            --reorder wants a value
        "#]],
        );
    }
}
