//! The tree of a template.

/// One piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Text(String),
    /// `{{pipeline}}`: printed, unless it declares or assigns.
    Action(Pipe),
    /// `{{if}}` or `{{with}}`, with its chain of `else if` or `else with`.
    Branch(Branch),
    Range(Range),
    /// `{{template "name" pipeline}}`.
    Template(Invocation),
    Break,
    Continue,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Branch {
    pub(crate) kind: BranchKind,
    pub(crate) arms: Vec<(Pipe, Vec<Node>)>,
    pub(crate) otherwise: Vec<Node>,
}

/// Whether a taken arm has a dot of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BranchKind {
    If,
    With,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    pub(crate) pipe: Pipe,
    pub(crate) body: Vec<Node>,
    pub(crate) otherwise: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Invocation {
    pub(crate) at: usize,
    pub(crate) name: String,
    pub(crate) pipe: Option<Pipe>,
}

/// Commands, each of which takes what the one before gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pipe {
    pub(crate) at: usize,
    /// The variables that take its value: one, or two in a range.
    pub(crate) names: Vec<String>,
    pub(crate) binding: Binding,
    pub(crate) commands: Vec<Command>,
}

/// What a pipeline does with its variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    Declare,
    Assign,
}

/// An operand, and the arguments it is called with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Command {
    pub(crate) first: Operand,
    pub(crate) args: Vec<Operand>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operand {
    pub(crate) at: usize,
    pub(crate) term: Term,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text(String),
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`; the name is with its `$`.
    Variable(String, Vec<String>),
    Function(String),
    Pipe(Box<Pipe>),
    /// `(pipeline).a.b`
    Chain(Box<Operand>, Vec<String>),
}

/// A literal number, which fits a parameter of a type if it has a value of that type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number {
    pub(crate) int: Option<i64>,
    pub(crate) float: f64,
    pub(crate) ideal: Ideal,
}

/// What a literal number is where nothing asks for a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ideal {
    Int,
    Float,
    /// Too large for any whole number that Go would take it for.
    Overflow,
}
