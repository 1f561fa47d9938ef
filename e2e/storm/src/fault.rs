//! What can go wrong.

use std::fmt;

/// What a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strikes {
    /// A write of the controller.
    Write,
    /// A read of one object or of a list.
    Read,
    /// An event of a watch, or its whole stream.
    Watch,
    /// The process.
    Process,
    /// What is around: pods, router, metrics.
    Surroundings,
    /// What other people and programs write.
    Others,
}

macro_rules! faults {
    ($($strikes:ident { $($(#[$doc:meta])* $fault:ident $words:literal,)* })*) => {
        /// One kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $($($(#[$doc])* $fault,)*)* }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$($(Self::$fault,)*)*];

            /// What it strikes.
            pub fn strikes(self) -> Strikes {
                match self { $($(Self::$fault)|* => Strikes::$strikes,)* }
            }
        }

        impl fmt::Display for Fault {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($(Self::$fault => $words,)*)* })
            }
        }
    };
}

impl Fault {
    /// Whether pods go by it that nobody asked away, or are seen as they were.
    pub fn hides_pods(self) -> bool {
        let lists = matches!(self, Self::Stale | Self::Holes);
        lists || matches!(self, Self::PodsFlap | Self::PodsLost | Self::Autoscaled | Self::ReplicaSetScaled)
    }
}

faults! {
    Write {
        /// The process dies before it is sent.
        CrashBefore "crash before the write",
        /// The process dies after it is made, before the answer.
        CrashAfter "crash after the write",
        /// 409, not made.
        Conflict "conflict",
        /// 504, not made.
        TimeoutUndone "timeout, not made",
        /// 504, and made nevertheless.
        TimeoutDone "timeout, made",
        /// The connection breaks before it arrives.
        ResetUndone "connection reset, not made",
        /// The connection breaks before the answer arrives.
        ResetDone "connection reset, made",
        /// It arrives twice; the second answer is the one that is given.
        Twice "sent twice",
        /// 403, as a webhook or a quota says it.
        Denied "denied by admission",
    }
    Read {
        /// An older state of the object or list.
        Stale "stale read",
        /// Some objects are missing in a list.
        Holes "list with holes",
        /// The connection breaks in the middle of the answer.
        AnswerCut "answer cut short",
        /// 401, as with a token that ran out.
        Unauthorized "unauthorized",
        /// 429 with Retry-After.
        TooMany "too many requests",
        /// 500.
        ServerError "internal error",
        /// 503.
        Unavailable "unavailable",
        /// The answer takes up to 5 s.
        Slow "slow answer",
    }
    Watch {
        /// The stream breaks.
        WatchCut "watch cut",
        /// 410.
        WatchExpired "watch expired",
        /// An event does not come; half a minute later the watch must start anew.
        EventLost "event lost",
        /// An event, and all behind it, comes late.
        EventLate "event late",
        /// An event comes twice.
        EventTwice "event twice",
        /// An event comes after the next one.
        EventSwapped "event swapped",
        /// Nothing comes for minutes, although the connection stands.
        WatchSilent "watch silent",
    }
    Process {
        /// It is killed at any moment.
        Killed "killed",
        /// A second one runs beside it for a while.
        TwoLeaders "two leaders",
        /// The machine's clock jumps an hour ahead, and later back.
        ClockAhead "clock ahead",
        /// The machine's clock jumps an hour back, and later forth.
        ClockBehind "clock behind",
    }
    Surroundings {
        /// Pods of the new version are not ready for a while, again and again.
        PodsFlap "pods flap",
        /// Pods of the new version are lost.
        PodsLost "pods lost",
        /// Pods take long to start.
        PodsSlow "pods slow",
        /// The ReplicaSet controller takes long.
        ReplicaSetsSlow "ReplicaSets slow",
        /// EndpointSlices come late.
        SlicesLate "EndpointSlices late",
        /// Traefik's API does not answer.
        RouterDown "router's API down",
        /// Traefik takes long to load what it is told.
        RouterSlow "router slow",
        /// Prometheus cannot be reached.
        MetricsDown "metrics down",
        /// Prometheus does not answer in time.
        MetricsSlow "metrics slow",
        /// Prometheus has no data.
        MetricsEmpty "metrics empty",
        /// Prometheus answers NaN.
        MetricsNan "metrics NaN",
        /// Prometheus answers 500.
        MetricsError "metrics error",
    }
    Others {
        /// The number of pods asked for changes, and changes back.
        Autoscaled "autoscaled",
        /// Somebody edits the weights.
        WeightsEdited "weights edited",
        /// Somebody edits the canary Service's selector.
        SelectorEdited "selector edited",
        /// Somebody scales the new ReplicaSet.
        ReplicaSetScaled "ReplicaSet scaled",
        /// Somebody annotates the Rollout and its ReplicaSets.
        Annotated "annotated",
    }
}
