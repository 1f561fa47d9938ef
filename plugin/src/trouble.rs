//! Errors as users read them: one line that says what went wrong and what to do.

use anyhow::Error;
use kube::core::Status;

use crate::clean::clean;

/// What we were doing and what stood against it, in one line.
///
/// Of an API server's refusal only its message is told; what carries it adds nothing but noise.
pub(crate) fn explain(error: &Error) -> String {
    let mut parts = Vec::new();
    let mut advice = None;
    for cause in error.chain() {
        match cause.downcast_ref::<kube::Error>() {
            Some(kube::Error::Api(status)) => {
                let missing = !is_about_an_object(status) && status.code == 404;
                parts.extend((!missing).then(|| status.message.trim().replace('\n', " ")));
                advice = refused(status);
                break;
            }
            Some(kube::Error::Service(_) | kube::Error::HyperError(_)) => {
                advice = Some(UNREACHABLE);
            }
            Some(kube::Error::InferConfig(_) | kube::Error::InferKubeconfig(_)) => {}
            Some(_) | None => parts.push(cause.to_string()),
        }
        if cause.downcast_ref::<kube::config::InferConfigError>().is_some() {
            advice = Some(NO_CONFIG);
            break;
        }
    }
    // Many libraries repeat their source's text in their own.
    parts.dedup_by(|later, earlier| earlier.contains(later.as_str()));
    parts.extend(advice.map(str::to_owned));
    clean(&parts.join(": ")).into_owned()
}

const UNREACHABLE: &str =
    "the cluster does not answer; look whether it runs and whether --context or --kubeconfig is the right one";
const NO_CONFIG: &str = "no kubeconfig and no account of a pod; give --kubeconfig or set KUBECONFIG";
const NOT_SERVED: &str = "the cluster does not know this kind; install Sluice's definitions, or look with doctor";
const NOT_KNOWN: &str = "the cluster does not know who you are; log in again";
const NOT_ALLOWED: &str = "have somebody give you that right; doctor lists what each command needs";

fn refused(status: &Status) -> Option<&'static str> {
    match status.code {
        401 => Some(NOT_KNOWN),
        403 => Some(NOT_ALLOWED),
        404 if !is_about_an_object(status) => Some(NOT_SERVED),
        _ => None,
    }
}

/// Whether it is an object that is not there, rather than its kind.
fn is_about_an_object(status: &Status) -> bool {
    status.reason == "NotFound" && !status.message.contains("could not find the requested resource")
}

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use expect_test::{Expect, expect};

    use super::*;

    fn check(code: u16, reason: &str, message: &str, expected: &Expect) {
        let status = Status { code, reason: reason.to_owned(), message: message.to_owned(), ..Status::default() };
        let error = Err::<(), _>(kube::Error::Api(status.boxed())).context("list Rollouts").unwrap_err();
        expected.assert_eq(&explain(&error));
    }

    #[test]
    fn a_refusal_is_one_line_that_says_what_to_do() {
        check(
            403,
            "Forbidden",
            "rollouts.argoproj.io is forbidden: User \"eve\" cannot list",
            &expect![
                "list Rollouts: rollouts.argoproj.io is forbidden: User \"eve\" cannot list: have somebody give you that right; doctor lists what each command needs"
            ],
        );
        check(
            401,
            "Unauthorized",
            "Unauthorized",
            &expect!["list Rollouts: Unauthorized: the cluster does not know who you are; log in again"],
        );
        check(409, "Conflict", "the object has\nchanged", &expect!["list Rollouts: the object has changed"]);
    }

    #[test]
    fn a_cluster_without_definitions_is_told_from_an_object_that_is_not_there() {
        let expected = expect![
            "list Rollouts: the cluster does not know this kind; install Sluice's definitions, or look with doctor"
        ];
        check(404, "Failed to parse error data", "404 page not found", &expected);
        check(404, "NotFound", "the server could not find the requested resource", &expected);
        check(
            404,
            "NotFound",
            "rollouts.argoproj.io \"shop\" not found",
            &expect!["list Rollouts: rollouts.argoproj.io \"shop\" not found"],
        );
    }

    #[test]
    fn a_cluster_that_does_not_answer_is_said_to() {
        let refused = std::io::Error::other("Connection refused");
        let error = Error::new(kube::Error::Service(Box::new(refused))).context("read rollout 'shop'");
        expect!["read rollout 'shop': Connection refused: the cluster does not answer; look whether it runs and whether --context or --kubeconfig is the right one"].assert_eq(&explain(&error));
    }
}
