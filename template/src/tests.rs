//! Templates and what becomes of them: messages, options, own functions, limits. What templates mean is in
//! `tests/go.rs`.

mod hostile;
mod messages;
mod options;

use crate::{Context, RenderError, Template};

/// The context of a test: three in the afternoon of the second of January 2026.
fn context() -> Context {
    Context::at("2026-01-02T15:04:05Z".parse().unwrap())
}

/// Renders a template on some JSON; what it gives, or why it gives nothing.
fn rendered(source: &str, data: &str, context: &Context) -> Result<String, String> {
    let template = Template::parse(source).map_err(|error| error.to_string())?;
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    template.render(&data, context).map_err(|error| error.to_string())
}

/// Looks what a template gives, on data that have a secret.
#[track_caller]
fn check(source: &str, expected: &expect_test::Expect) {
    let data = r#"{"name": "web", "replicas": 5, "null": null, "list": ["a"], "secrets": {"token": "t0ps3cret"}}"#;
    let answer = rendered(source, data, &context()).unwrap_or_else(|error| error);
    expected.assert_eq(&answer);
}

/// Whether a limit ended a rendering.
fn hits_a_limit(source: &str) -> bool {
    let template = Template::parse(source).unwrap();
    matches!(template.render(&serde_json::Value::Null, &context()), Err(RenderError::Limit { .. }))
}
