//! The evaluation itself, in the child.

use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::interner::InternedStr;
use rsjsonnet_lang::program::{
    Callbacks, EvalErrorKind, EvalStackTraceItem, ImportError, LoadError, NativeError, Program, Thunk, Value,
};
use rsjsonnet_lang::span::{SourceId, SpanContext, SpanId};

use super::failure::{Failure, Sources};
use super::{Answer, Question, Variable};
use crate::path;

/// What the program is worth, or why it is worth nothing.
pub(super) fn evaluate(question: &Question) -> Answer {
    let arena = Arena::new();
    let mut program = Program::new(&arena);
    let mut imports = Imports { question, sources: Sources::default(), loaded: Vec::new(), stop: None };
    let outcome = run(&mut program, &mut imports);
    match (imports.stop, outcome) {
        (Some(stop), _) => stop,
        (None, Ok(json)) => Answer::Value(json),
        (None, Err(failure)) => Answer::Refused(failure.text(&program, &imports.sources)),
    }
}

fn run<'p>(program: &mut Program<'p>, imports: &mut Imports<'_, 'p>) -> Result<String, Failure> {
    let question = imports.question;
    for (name, variable) in &question.external {
        let thunk = imports.variable(program, "external variable", name, variable)?;
        let name = program.intern_str(name);
        program.add_ext_var(name, &thunk);
    }
    let mut arguments = Vec::new();
    for (name, variable) in &question.arguments {
        let thunk = imports.variable(program, "argument", name, variable)?;
        arguments.push((program.intern_str(name), thunk));
    }
    let main = question.files.get(&question.main).map(Vec::as_slice).unwrap_or_default();
    let thunk = imports.load(program, &question.main, main)?;
    let mut value = program.eval_value(&thunk, imports)?;
    if value.is_function() {
        value = program.eval_call(&thunk, &[], &arguments, imports)?;
    }
    // Fields are evaluated only now, and may import.
    let thunk = program.value_to_thunk(&value);
    let std = imports.load(program, "<manifest>", b"function(value) std.manifestJsonMinified(value)")?;
    let text = program.eval_call(&std, &[thunk], &[], imports)?;
    text.to_string().ok_or_else(|| Failure::plain("its value is no JSON"))
}

/// Imports out of the files that are here.
struct Imports<'q, 'p> {
    question: &'q Question,
    sources: Sources,
    /// One thunk a file, however often it is imported.
    loaded: Vec<(String, Thunk<'p>)>,
    /// Why the evaluation has to be given up, if an import cannot be answered.
    stop: Option<Answer>,
}

impl<'p> Imports<'_, 'p> {
    fn load(&mut self, program: &mut Program<'p>, name: &str, text: &[u8]) -> Result<Thunk<'p>, LoadError> {
        let (context, source) = program.span_manager_mut().insert_source_context(text.len());
        self.sources.add(source, name, text);
        program.load_source(context, text, true, name)
    }

    fn variable(
        &mut self,
        program: &mut Program<'p>,
        what: &str,
        name: &str,
        variable: &Variable,
    ) -> Result<Thunk<'p>, LoadError> {
        if variable.code {
            return self.load(program, &format!("<{what} {name}>"), variable.value.as_bytes());
        }
        Ok(program.value_to_thunk(&Value::string(&variable.value)))
    }

    /// The path of the file that is meant, and what is in it: beside the importing file, else in the folders.
    fn find(&mut self, program: &Program<'p>, from: SpanId, wanted: &str) -> Result<(String, Vec<u8>), ImportError> {
        let (context, _, _) = program.span_manager().get_span(from);
        let SpanContext::Source(source) = *program.span_manager().get_context(context);
        let beside = path::parent(self.sources.name(source)).to_owned();
        let folders = std::iter::once(beside).chain(self.question.folders.iter().rev().cloned());
        for folder in folders {
            let Ok(path) = path::join(&folder, wanted, "import") else {
                return self.give_up(Answer::Escapes(wanted.to_owned()));
            };
            if wanted.starts_with('/') {
                return self.give_up(Answer::Escapes(wanted.to_owned()));
            }
            if let Some(content) = self.question.files.get(&path) {
                return Ok((path, content.clone()));
            }
            if !self.question.absent.contains(&path) {
                return self.give_up(Answer::Wants(path));
            }
        }
        Err(ImportError)
    }

    fn give_up<T>(&mut self, why: Answer) -> Result<T, ImportError> {
        self.stop = Some(why);
        Err(ImportError)
    }
}

impl<'p> Callbacks<'p> for Imports<'_, 'p> {
    fn import(&mut self, program: &mut Program<'p>, from: SpanId, path: &str) -> Result<Thunk<'p>, ImportError> {
        let (path, content) = self.find(program, from, path)?;
        if let Some((_, thunk)) = self.loaded.iter().find(|(loaded, _)| *loaded == path) {
            return Ok(thunk.clone());
        }
        match self.load(program, &path, &content) {
            Ok(thunk) => {
                self.loaded.push((path, thunk.clone()));
                Ok(thunk)
            }
            Err(error) => {
                let text = Failure::from(error).text(program, &self.sources);
                self.give_up(Answer::Refused(text))
            }
        }
    }

    fn import_str(&mut self, program: &mut Program<'p>, from: SpanId, path: &str) -> Result<String, ImportError> {
        let (path, content) = self.find(program, from, path)?;
        match String::from_utf8(content) {
            Ok(text) => Ok(text),
            Err(_) => self.give_up(Answer::Refused(format!("importstr {path:?}: it is no UTF-8"))),
        }
    }

    fn import_bin(&mut self, program: &mut Program<'p>, from: SpanId, path: &str) -> Result<Vec<u8>, ImportError> {
        self.find(program, from, path).map(|(_, content)| content)
    }

    /// Traces are for whoever writes the program, at his desk.
    fn trace(&mut self, _: &mut Program<'p>, _: &str, _: &[EvalStackTraceItem]) {}

    fn native_call(
        &mut self,
        _: &mut Program<'p>,
        _: InternedStr<'p>,
        _: &[Value<'p>],
    ) -> Result<Value<'p>, NativeError> {
        Err(NativeError)
    }
}

impl Failure {
    /// Whether an import failed: the reason is told elsewhere.
    pub(super) fn of_import(kind: &EvalErrorKind) -> Option<String> {
        match kind {
            EvalErrorKind::ImportFailed { path, .. } => Some(format!("there is no file {path:?} to import")),
            _ => None,
        }
    }
}

/// A name for where a span is.
pub(super) type Source = SourceId;
