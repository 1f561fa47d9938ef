//! From an expression and an object to a value.

use serde_json::Value as Json;

use super::EvalError;
use super::expression::{Each, Expression, Fold};
use super::value::{List, Map, Text, Value};
use super::{functions, operators};

/// How many steps one run may take. A check over the conditions of an object takes some hundred; all of them a few ms.
pub(super) const STEPS: usize = 100_000;

/// One evaluation.
pub(super) struct Run<'a> {
    object: &'a Json,
    /// Names that macros give, the innermost last.
    names: Vec<(&'a str, Value<'a>)>,
    left: usize,
}

type Outcome<'a> = Result<Value<'a>, EvalError>;

impl<'a> Run<'a> {
    pub(super) fn new(object: &'a Json) -> Self {
        Self { object, names: Vec::new(), left: STEPS }
    }

    /// Takes so many steps.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), EvalError> {
        // Once it is too much it stays so: `||` must not go on behind it.
        let left = self.left.checked_sub(steps);
        self.left = left.unwrap_or(0);
        left.map(|_| ()).ok_or(EvalError::TooMuch)
    }

    pub(super) fn value(&mut self, expression: &'a Expression) -> Outcome<'a> {
        self.spend(1)?;
        match expression {
            Expression::Null => Ok(Value::Null),
            Expression::Bool(bool) => Ok(Value::Bool(*bool)),
            Expression::Int(number) => Ok(Value::Int(*number)),
            Expression::Double(number) => Ok(Value::Double(*number)),
            Expression::Text(text) => Ok(Value::Text(Text::Seen(text))),
            Expression::Name(name) => self.named(name),
            Expression::Field(of, name) => {
                let of = self.value(of)?;
                self.field(&of, name)?.ok_or_else(|| EvalError::Missing(name.clone()))
            }
            Expression::Has(of, name) => {
                let of = self.value(of)?;
                // What has no fields at all lacks this one, too.
                let found = if let Value::Map(_) = of { self.field(&of, name)? } else { None };
                Ok(Value::Bool(found.is_some()))
            }
            Expression::Index(of, index) => self.index(of, index),
            Expression::Call(function, given) => {
                let given = self.all(given)?;
                functions::call(self, *function, &given)
            }
            Expression::List(items) => Ok(Value::List(List::Made(self.all(items)?.into()))),
            Expression::Map(entries) => self.map(entries),
            Expression::Not(inner) => self.bool(inner).map(|bool| Value::Bool(!bool)),
            Expression::Negative(inner) => self.negative(inner),
            Expression::Operation(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                operators::apply(self, *operator, &left, &right)
            }
            Expression::And(left, right) => self.either(left, right, false),
            Expression::Or(left, right) => self.either(left, right, true),
            Expression::If(parts) => {
                let [condition, yes, no] = &**parts;
                if self.bool(condition)? { self.value(yes) } else { self.value(no) }
            }
            Expression::Each(each) => self.each(each),
        }
    }

    fn named(&self, name: &str) -> Outcome<'a> {
        let given = self.names.iter().rfind(|(given, _)| *given == name).map(|(_, value)| value.clone());
        match given {
            Some(value) => Ok(value),
            None if name == "self" => Ok(Value::seen(self.object)),
            None => Err(EvalError::Wrong(format!("nothing is called {name}; the object is self"))),
        }
    }

    fn all(&mut self, expressions: &'a [Expression]) -> Result<Vec<Value<'a>>, EvalError> {
        expressions.iter().map(|expression| self.value(expression)).collect()
    }

    fn bool(&mut self, expression: &'a Expression) -> Result<bool, EvalError> {
        match self.value(expression)? {
            Value::Bool(bool) => Ok(bool),
            other => Err(EvalError::Wrong(format!("{} is neither true nor false", other.kind()))),
        }
    }

    fn negative(&mut self, inner: &'a Expression) -> Outcome<'a> {
        match self.value(inner)? {
            Value::Int(number) => {
                let number = number.checked_neg().map(Value::Int);
                number.ok_or_else(|| EvalError::Wrong("a whole number becomes too large".to_owned()))
            }
            Value::Double(number) => Ok(Value::Double(-number)),
            other => Err(EvalError::Wrong(format!("{} has no negative", other.kind()))),
        }
    }

    /// `&&` and `||`: where one side decides alone, it does not matter that the other has no value.
    fn either(&mut self, left: &'a Expression, right: &'a Expression, decides: bool) -> Outcome<'a> {
        let left = self.bool(left);
        if left == Ok(decides) {
            return Ok(Value::Bool(decides));
        }
        let right = self.bool(right);
        if right == Ok(decides) {
            return Ok(Value::Bool(decides));
        }
        left.and(right).map(Value::Bool)
    }

    fn field(&mut self, of: &Value<'a>, name: &str) -> Result<Option<Value<'a>>, EvalError> {
        match of {
            Value::Map(map) => {
                self.spend(if let Map::Made(entries) = map { entries.len() } else { 0 })?;
                Ok(map.field(name))
            }
            other => Err(EvalError::Wrong(format!("{} has no field {name:?}", other.kind()))),
        }
    }

    fn index(&mut self, of: &'a Expression, index: &'a Expression) -> Outcome<'a> {
        let (of, index) = (self.value(of)?, self.value(index)?);
        let found = match (&of, &index) {
            (Value::Map(map), key) => operators::entry(self, map, key)?,
            (Value::List(list), Value::Int(at)) => usize::try_from(*at).ok().and_then(|at| list.get(at)),
            _ => return Err(EvalError::Wrong(format!("{} has no index that is {}", of.kind(), index.kind()))),
        };
        found.ok_or_else(|| EvalError::Missing(index.to_string()))
    }

    fn map(&mut self, entries: &'a [(Expression, Expression)]) -> Outcome<'a> {
        let mut made: Vec<(Value, Value)> = Vec::new();
        for (key, value) in entries {
            let (key, value) = (self.value(key)?, self.value(value)?);
            if !matches!(key, Value::Text(_) | Value::Int(_) | Value::Bool(_)) {
                return Err(EvalError::Wrong(format!("{} cannot be a key", key.kind())));
            }
            for (other, _) in &made {
                if operators::same(self, other, &key)? {
                    return Err(EvalError::Wrong(format!("the key {key} is given twice")));
                }
            }
            made.push((key, value));
        }
        Ok(Value::Map(Map::Made(made.into())))
    }

    fn each(&mut self, each: &'a Each) -> Outcome<'a> {
        let items = match self.value(&each.over)? {
            Value::List(list) => {
                self.spend(list.len())?;
                (0..list.len()).filter_map(|at| list.get(at)).collect()
            }
            Value::Map(map) => {
                self.spend(map.len())?;
                map.keys()
            }
            other => return Err(EvalError::Wrong(format!("{} has no elements", other.kind()))),
        };
        match &each.fold {
            Fold::All(what) => self.any(each, items, what, false).map(|found| Value::Bool(!found)),
            Fold::Exists(what) => self.any(each, items, what, true).map(Value::Bool),
            Fold::ExistsOne(what) => {
                let mut count = 0_usize;
                for item in items {
                    count += usize::from(self.with(each, item, |run| run.bool(what))?);
                }
                Ok(Value::Bool(count == 1))
            }
            Fold::Collect(keep, then) => {
                let mut made = Vec::new();
                for item in items {
                    let kept = self.with(each, item.clone(), |run| match keep {
                        Some(keep) if !run.bool(keep)? => Ok(None),
                        _ => then.as_ref().map_or(Ok(item), |then| run.value(then)).map(Some),
                    })?;
                    made.extend(kept);
                }
                Ok(Value::List(List::Made(made.into())))
            }
        }
    }

    /// Whether the expression is `sought` for any. An element for which it has no value counts only if none is found.
    fn any(
        &mut self,
        each: &'a Each,
        items: Vec<Value<'a>>,
        what: &'a Expression,
        sought: bool,
    ) -> Result<bool, EvalError> {
        let mut failed = None;
        for item in items {
            match self.with(each, item, |run| run.bool(what)) {
                Ok(found) if found == sought => return Ok(true),
                Ok(_) => {}
                Err(EvalError::TooMuch) => return Err(EvalError::TooMuch),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(false), Err)
    }

    /// With an element under its name.
    fn with<T>(
        &mut self,
        each: &'a Each,
        item: Value<'a>,
        what: impl FnOnce(&mut Self) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        self.names.push((&each.name, item));
        let outcome = what(self);
        self.names.pop();
        outcome
    }
}
