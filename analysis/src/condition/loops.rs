//! The builtins that run a predicate over a list.

use std::sync::Arc;

use super::ast::{Binary, Loop, LoopKind};
use super::eval::goes_backwards;
use super::machine::{Machine, Outcome, Scope, Stop, fail};
use super::number::count;
use super::operators::{self, truth};
use super::sort;
use super::value::{Elements, List, Value};

/// What a loop goes through: the elements of a list, the bytes of a text. Shared, as a loop may stop early.
enum Items {
    List(List),
    Bytes(Arc<str>),
}

/// What a loop has gathered so far.
struct Progress {
    found: Vec<Value>,
    holds: i64,
}

impl Machine<'_> {
    pub(super) fn run_loop(&mut self, it: &Loop) -> Outcome {
        let items = Items::of(self.eval(&it.list)?)?;
        let scope = Scope { item: Value::Nil, index: 0, accumulator: Value::Nil };
        self.scopes.push(scope);
        let outcome = match it.kind {
            LoopKind::Reduce => self.reduce(it, &items),
            LoopKind::SortBy => self.sort_by(it, &items),
            _ => self.each(it, &items),
        };
        self.scopes.pop();
        outcome
    }

    fn enter(&mut self, index: usize, item: Value) -> Result<(), Stop> {
        self.spend(1)?;
        if let Some(scope) = self.scopes.last_mut() {
            scope.index = index;
            scope.item = item;
        }
        Ok(())
    }

    /// What the predicate gives for the element at hand; without one, the element itself.
    fn verdict(&mut self, it: &Loop, item: &Value) -> Outcome {
        match &it.predicate {
            Some(predicate) => self.eval(predicate),
            None => Ok(item.clone()),
        }
    }

    fn each(&mut self, it: &Loop, items: &Items) -> Outcome {
        let mut progress = Progress { found: Vec::new(), holds: 0 };
        let mut sum = Value::Int(0);
        for turn in 0..items.len() {
            let index = if goes_backwards(it.kind) { items.len() - 1 - turn } else { turn };
            let item = items.at(index);
            self.enter(index, item.clone())?;
            let verdict = self.verdict(it, &item)?;
            match it.kind {
                LoopKind::Map => progress.found.push(verdict),
                LoopKind::Sum => sum = operators::binary(self, Binary::Add, &verdict, &sum)?,
                _ => {
                    if let Some(answer) = self.judge(it, truth(&verdict)?, index, item, &mut progress)? {
                        return Ok(answer);
                    }
                }
            }
        }
        match it.kind {
            LoopKind::Sum => Ok(sum),
            _ => self.finish(it, progress),
        }
    }

    /// Takes one yes or no into account; an answer ends the loop.
    fn judge(
        &mut self,
        it: &Loop,
        holds: bool,
        index: usize,
        item: Value,
        progress: &mut Progress,
    ) -> Result<Option<Value>, Stop> {
        match it.kind {
            LoopKind::All if !holds => return Ok(Some(Value::Bool(false))),
            LoopKind::None if holds => return Ok(Some(Value::Bool(false))),
            LoopKind::Any if holds => return Ok(Some(Value::Bool(true))),
            LoopKind::FindIndex | LoopKind::FindLastIndex if holds => return Ok(Some(Value::Int(count(index)))),
            LoopKind::Find | LoopKind::FindLast if holds => return self.yielded(it, item).map(Some),
            LoopKind::Filter if holds => {
                let value = self.yielded(it, item)?;
                progress.found.push(value);
            }
            _ => {}
        }
        progress.holds += i64::from(holds);
        Ok(it.enough.filter(|enough| holds && progress.holds >= *enough).map(Value::Int))
    }

    fn yielded(&mut self, it: &Loop, item: Value) -> Outcome {
        match &it.yields {
            Some(yields) => self.eval(yields),
            None => Ok(item),
        }
    }

    fn finish(&mut self, it: &Loop, progress: Progress) -> Outcome {
        match it.kind {
            LoopKind::All | LoopKind::None => Ok(Value::Bool(true)),
            LoopKind::Any => Ok(Value::Bool(false)),
            LoopKind::One => Ok(Value::Bool(progress.holds == 1)),
            LoopKind::Count => Ok(Value::Int(progress.holds)),
            LoopKind::Filter | LoopKind::Map => self.list(progress.found, Elements::Any),
            _ if it.must_find => fail("no element of the list fits"),
            _ => Ok(Value::Nil),
        }
    }

    /// Without an initial value the first element is it.
    fn reduce(&mut self, it: &Loop, items: &Items) -> Outcome {
        let (initial, start) = match &it.extra {
            Some(extra) => (self.eval(extra)?, 0),
            None if items.len() > 0 => (items.at(0), 1),
            None => return fail("an empty array cannot be reduced without an initial value"),
        };
        self.accumulate(initial.clone());
        let mut last = initial;
        for index in start..items.len() {
            let item = items.at(index);
            self.enter(index, item.clone())?;
            last = self.verdict(it, &item)?;
            self.accumulate(last.clone());
        }
        Ok(last)
    }

    fn accumulate(&mut self, value: Value) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.accumulator = value;
        }
    }

    fn sort_by(&mut self, it: &Loop, items: &Items) -> Outcome {
        let descending = match &it.extra {
            None => false,
            Some(extra) => match self.eval(extra)? {
                Value::String(order) => sort::descending(&order)?,
                other => return fail(format!("the order is a string, not {}", other.type_name())),
            },
        };
        let mut keyed = Vec::new();
        for index in 0..items.len() {
            let item = items.at(index);
            self.enter(index, item.clone())?;
            keyed.push((self.verdict(it, &item)?, item));
        }
        let sorted = sort::by_key(self, keyed, descending)?;
        self.list(sorted, Elements::Any)
    }
}

impl Items {
    fn of(value: Value) -> Result<Self, Stop> {
        match value {
            Value::List(list) => Ok(Items::List(list)),
            Value::String(text) => Ok(Items::Bytes(text)),
            Value::Map(map) if map.is_empty() => Ok(Items::Bytes("".into())),
            other => fail(format!("expected an array, found {}", other.type_name())),
        }
    }

    fn len(&self) -> usize {
        match self {
            Items::List(list) => list.len(),
            Items::Bytes(text) => text.len(),
        }
    }

    fn at(&self, index: usize) -> Value {
        let item = match self {
            Items::List(list) => list.get(index).cloned(),
            Items::Bytes(text) => text.as_bytes().get(index).map(|byte| Value::Int(i64::from(*byte))),
        };
        item.unwrap_or(Value::Nil)
    }
}
