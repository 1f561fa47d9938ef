//! What is wrong with a jsonnet program, in a line.

use rsjsonnet_lang::program::{AnalyzeError, EvalError, EvalErrorKind, EvalStackTraceItem, LoadError, Program};
use rsjsonnet_lang::span::{SpanContext, SpanId};

use super::evaluate::Source;

/// The longest message that a program may give.
const LONGEST: usize = 2000;

/// What is wrong, and where.
pub(super) struct Failure {
    what: String,
    at: Option<SpanId>,
}

/// Files that spans point into.
#[derive(Default)]
pub(super) struct Sources(Vec<(Source, String, String)>);

impl Sources {
    pub(super) fn add(&mut self, source: Source, name: &str, text: &[u8]) {
        self.0.push((source, name.to_owned(), String::from_utf8_lossy(text).into_owned()));
    }

    pub(super) fn name(&self, source: Source) -> &str {
        self.of(source).map_or("", |(name, _)| name)
    }

    fn of(&self, source: Source) -> Option<(&str, &str)> {
        let found = self.0.iter().find(|(id, _, _)| *id == source);
        found.map(|(_, name, text)| (name.as_str(), text.as_str()))
    }

    /// `path:line`
    fn place(&self, source: Source, offset: usize) -> Option<String> {
        let (name, text) = self.of(source)?;
        let line = text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1;
        Some(format!("{name}:{line}"))
    }
}

impl Failure {
    pub(super) fn plain(what: &str) -> Self {
        Self { what: what.to_owned(), at: None }
    }

    pub(super) fn text(&self, program: &Program<'_>, sources: &Sources) -> String {
        let place = self.at.and_then(|span| {
            let (context, start, _) = program.span_manager().get_span(span);
            let SpanContext::Source(source) = *program.span_manager().get_context(context);
            sources.place(source, start)
        });
        let what: String = self.what.chars().take(LONGEST).collect();
        place.map_or(what.clone(), |place| format!("{place}: {what}"))
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Lex(error) => Self::plain(&words(&format!("{error:?}"))),
            LoadError::Parse(rsjsonnet_lang::parser::ParseError::Expected { span, instead, .. }) => {
                Self { what: format!("{} was not expected here", words(&format!("{instead:?}"))), at: Some(span) }
            }
            LoadError::Analyze(AnalyzeError::UnknownVariable { span, name }) => {
                Self { what: format!("unknown variable {name}"), at: Some(span) }
            }
            LoadError::Analyze(error) => Self::plain(&words(&format!("{error:?}"))),
        }
    }
}

impl From<EvalError> for Failure {
    fn from(error: EvalError) -> Self {
        let at = error.stack_trace.iter().rev().find_map(|item| match item {
            EvalStackTraceItem::Expr { span } | EvalStackTraceItem::Variable { span, .. } => Some(*span),
            EvalStackTraceItem::Call { span, .. } => *span,
            _ => None,
        });
        let (what, span) = said(&error.kind);
        Self { what, at: span.or(at) }
    }
}

fn said(kind: &EvalErrorKind) -> (String, Option<SpanId>) {
    if let Some(text) = Failure::of_import(kind) {
        return (text, None);
    }
    match kind {
        EvalErrorKind::ExplicitError { span, message } => (message.clone(), Some(*span)),
        EvalErrorKind::AssertFailed { span, message } => {
            (message.clone().unwrap_or_else(|| "an assertion fails".to_owned()), Some(*span))
        }
        EvalErrorKind::UnknownExtVar { name } => {
            (format!("external variable {name} is not given: add it to directory.jsonnet.extVars"), None)
        }
        EvalErrorKind::UnknownObjectField { span, field_name } => {
            (format!("there is no field {field_name}"), Some(*span))
        }
        EvalErrorKind::CallParamNotBound { span, param_name } => {
            (format!("parameter {param_name} is not given: add it to directory.jsonnet.tlas"), *span)
        }
        EvalErrorKind::UnknownCallParam { span, param_name } => (format!("there is no parameter {param_name}"), *span),
        EvalErrorKind::Other { span, message } => (message.clone(), *span),
        other => (words(&format!("{other:?}")), None),
    }
}

/// `DivByZero { span: … }` as `div by zero`.
fn words(debug: &str) -> String {
    let name = debug.split([' ', '(', '{']).next().unwrap_or_default();
    let mut words = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(character.to_ascii_lowercase());
    }
    words
}
