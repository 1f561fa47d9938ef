//! What is done with two values.

use std::cmp::Ordering;

use super::EvalError;
use super::evaluate::Run;
use super::value::{List, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    In,
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
}

impl Operator {
    /// How many levels of binding there are.
    pub(super) const LEVELS: usize = 3;

    /// The operator of that sign, if it binds at that level: relations, sums, products.
    pub(super) fn of(sign: &str, level: usize) -> Option<Self> {
        match (level, sign) {
            (0, "==") => Some(Self::Equal),
            (0, "!=") => Some(Self::Unequal),
            (0, "<") => Some(Self::Less),
            (0, "<=") => Some(Self::AtMost),
            (0, ">") => Some(Self::More),
            (0, ">=") => Some(Self::AtLeast),
            (0, "in") => Some(Self::In),
            (1, "+") => Some(Self::Plus),
            (1, "-") => Some(Self::Minus),
            (2, "*") => Some(Self::Times),
            (2, "/") => Some(Self::Over),
            (2, "%") => Some(Self::Modulo),
            _ => None,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::In => "in",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over => "/",
            Self::Modulo => "%",
        }
    }
}

type Outcome<'a> = Result<Value<'a>, EvalError>;

pub(super) fn apply<'a>(run: &mut Run<'a>, operator: Operator, left: &Value<'a>, right: &Value<'a>) -> Outcome<'a> {
    use Operator::{AtLeast, AtMost, Equal, In, Less, Minus, Modulo, More, Over, Plus, Times, Unequal};
    match operator {
        Equal => same(run, left, right).map(Value::Bool),
        Unequal => same(run, left, right).map(|same| Value::Bool(!same)),
        In => within(run, left, right).map(Value::Bool),
        Less | AtMost | More | AtLeast => {
            let order = order(left, right);
            if order.is_none() && !are_numbers(left, right) {
                return Err(cannot(operator, left, right));
            }
            // A number and what is no number are in no order, and that is no mistake.
            let holds = order.is_some_and(|order| match operator {
                Less => order == Ordering::Less,
                AtMost => order != Ordering::Greater,
                More => order == Ordering::Greater,
                _ => order != Ordering::Less,
            });
            Ok(Value::Bool(holds))
        }
        Plus | Minus | Times | Over | Modulo => calculate(run, operator, left, right),
    }
}

fn cannot(operator: Operator, left: &Value, right: &Value) -> EvalError {
    EvalError::Wrong(format!("{} {} {} makes no sense", left.kind(), operator.sign(), right.kind()))
}

/// Whether two values are the same. Those of different types are not, but numbers are compared by their worth.
pub(super) fn same<'a>(run: &mut Run<'a>, left: &Value<'a>, right: &Value<'a>) -> Result<bool, EvalError> {
    run.spend(1)?;
    match (left, right) {
        (Value::Null, Value::Null) => Ok(true),
        (Value::Text(left), Value::Text(right)) => {
            run.spend(left.as_str().len().min(right.as_str().len()) / 64)?;
            Ok(left.as_str() == right.as_str())
        }
        (Value::List(left), Value::List(right)) if left.len() == right.len() => {
            for (one, other) in (0..left.len()).filter_map(|at| left.get(at).zip(right.get(at))) {
                if !same(run, &one, &other)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Map(left), Value::Map(right)) if left.len() == right.len() => {
            for key in left.keys() {
                let (one, other) = (entry(run, left, &key)?, entry(run, right, &key)?);
                let Some((one, other)) = one.zip(other) else { return Ok(false) };
                if !same(run, &one, &other)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Ok(order(left, right) == Some(Ordering::Equal)),
    }
}

/// What a map has for a key.
pub(super) fn entry<'a>(
    run: &mut Run<'a>,
    map: &super::value::Map<'a>,
    key: &Value<'a>,
) -> Result<Option<Value<'a>>, EvalError> {
    if let Value::Text(name) = key {
        run.spend(1)?;
        return Ok(map.field(name.as_str()));
    }
    if let super::value::Map::Made(entries) = map {
        for (own, value) in entries.iter() {
            if same(run, own, key)? {
                return Ok(Some(value.clone()));
            }
        }
    }
    Ok(None)
}

fn within<'a>(run: &mut Run<'a>, item: &Value<'a>, of: &Value<'a>) -> Result<bool, EvalError> {
    match of {
        Value::List(list) => {
            for one in (0..list.len()).filter_map(|at| list.get(at)) {
                if same(run, item, &one)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Map(map) => entry(run, map, item).map(|found| found.is_some()),
        _ => Err(cannot(Operator::In, item, of)),
    }
}

/// The order of two values; none of two of different types, nor of a number and what is no number. A whole number beside a
/// fraction is taken for one, as cel-go does it.
#[allow(clippy::cast_precision_loss, reason = "as cel-go does it")]
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Int(left), Value::Double(right)) => (*left as f64).partial_cmp(right),
        (Value::Double(left), Value::Int(right)) => left.partial_cmp(&(*right as f64)),
        (Value::Text(left), Value::Text(right)) => Some(left.as_str().cmp(right.as_str())),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn are_numbers(left: &Value, right: &Value) -> bool {
    [left, right].iter().all(|value| matches!(value, Value::Int(_) | Value::Double(_)))
}

fn calculate<'a>(run: &mut Run<'a>, operator: Operator, left: &Value<'a>, right: &Value<'a>) -> Outcome<'a> {
    use Operator::{Minus, Over, Plus, Times};
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => whole(operator, *left, *right),
        (Value::Double(left), Value::Double(right)) => match operator {
            Plus => Ok(Value::Double(left + right)),
            Minus => Ok(Value::Double(left - right)),
            Times => Ok(Value::Double(left * right)),
            Over => Ok(Value::Double(left / right)),
            _ => Err(EvalError::Wrong("only whole numbers have a remainder".to_owned())),
        },
        (Value::Text(left), Value::Text(right)) if operator == Plus => {
            let (left, right) = (left.as_str(), right.as_str());
            run.spend(left.len() + right.len())?;
            Ok(Value::made([left, right].concat()))
        }
        (Value::List(left), Value::List(right)) if operator == Plus => {
            run.spend(left.len() + right.len())?;
            let items = |list: &List<'a>| (0..list.len()).filter_map(|at| list.get(at)).collect::<Vec<_>>();
            Ok(Value::List(List::Made([items(left), items(right)].concat().into())))
        }
        _ => Err(cannot(operator, left, right)),
    }
}

fn whole<'a>(operator: Operator, left: i64, right: i64) -> Outcome<'a> {
    use Operator::{Minus, Modulo, Over, Plus, Times};
    let result = match operator {
        Over | Modulo if right == 0 => return Err(EvalError::Wrong("division by zero".to_owned())),
        Plus => left.checked_add(right),
        Minus => left.checked_sub(right),
        Times => left.checked_mul(right),
        Over => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    result.map(Value::Int).ok_or_else(|| EvalError::Wrong("a whole number becomes too large".to_owned()))
}
