//! The place of one exchange in a trace (W3C Trace Context).

use http::HeaderValue;
use sekisho_policy_enforcement::{TraceContext, TraceParent};

use crate::outlet::Outlet;

/// Traces, as they are wanted.
#[derive(Debug)]
pub struct Tracing {
    /// Where the observations go that are sampled.
    pub outlet: Outlet,
    /// Which share of new traces is sampled, 0 to 1.
    pub ratio: f64,
    /// What a client's own trace counts for.
    pub clients: ClientTraces,
}

/// What a client's own trace counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientTraces {
    /// It is linked from a trace of ours. Anybody can send one, so it decides neither what is sampled nor which trace it is.
    Linked,
    /// It goes on, sampled if the client says so.
    Continued,
}

/// The spans of one exchange.
#[derive(Debug, Clone)]
pub struct Spans {
    /// The trace.
    pub trace: [u8; 16],
    /// The span of the whole exchange.
    pub exchange: [u8; 8],
    /// The span of the decision.
    pub decision: [u8; 8],
    /// The span of the resource's part, which the resource gets as its parent.
    pub upstream: [u8; 8],
    /// The client's span, where its trace goes on.
    pub parent: Option<[u8; 8]>,
    /// The client's span, where its trace is only linked.
    pub link: Option<TraceParent>,
    /// Whether its spans are sent.
    pub sampled: bool,
    /// What systems before us noted, for those after us.
    state: Option<HeaderValue>,
}

impl Tracing {
    /// The spans of a new exchange; `None` when the system gives no randomness.
    #[must_use]
    pub fn begin(&self, client: Option<TraceContext>) -> Option<Spans> {
        let mut random = [0; 40];
        aws_lc_rs::rand::fill(&mut random).ok()?;
        let (trace, spans) = random.split_first_chunk::<16>()?;
        let [exchange, decision, upstream] = spans.as_chunks::<8>().0 else { return None };
        let (mut trace, mut parent, mut link, mut state) = (*trace, None, None, None);
        let mut sampled = self.samples(&trace);
        match (client, self.clients) {
            (Some(client), ClientTraces::Continued) => {
                (trace, sampled) = (client.parent.trace, client.parent.sampled);
                (parent, state) = (Some(client.parent.span), client.state);
            }
            (Some(client), ClientTraces::Linked) => link = Some(client.parent),
            (None, _) => {}
        }
        Some(Spans {
            trace,
            exchange: *exchange,
            decision: *decision,
            upstream: *upstream,
            parent,
            link,
            sampled,
            state,
        })
    }

    /// Whether a new trace is sampled: by its identifier, so that others with the same rule sample the same traces.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits than a float has")]
    fn samples(&self, trace: &[u8; 16]) -> bool {
        let number = trace.last_chunk::<8>().map_or(0, |last| u64::from_be_bytes(*last) >> 1);
        self.ratio >= 1.0 || (number as f64) < self.ratio * (1_u64 << 63) as f64
    }
}

impl Spans {
    /// What the resource gets: our span as its parent.
    #[must_use]
    pub fn outgoing(&self) -> TraceContext {
        let parent = TraceParent { trace: self.trace, span: self.upstream, sampled: self.sampled };
        TraceContext { parent, state: self.state.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outlet::outlet;

    fn begin(ratio: f64, clients: ClientTraces, client: Option<TraceContext>) -> Spans {
        Tracing { outlet: outlet(1).0, ratio, clients }.begin(client).expect("randomness")
    }

    fn client(sampled: bool) -> Option<TraceContext> {
        let parent = TraceParent { trace: [7; 16], span: [8; 8], sampled };
        Some(TraceContext { parent, state: Some(HeaderValue::from_static("a=1")) })
    }

    #[test]
    fn a_clients_trace_decides_nothing_unless_it_is_continued() {
        for sampled in [true, false] {
            let linked = begin(f64::from(u8::from(!sampled)), ClientTraces::Linked, client(sampled));
            assert_ne!(linked.trace, [7; 16]);
            assert_eq!((linked.sampled, linked.parent), (!sampled, None));
            assert_eq!(linked.link.map(|link| link.trace), Some([7; 16]));
            assert_eq!(linked.outgoing().state, None);
            let continued = begin(f64::from(u8::from(!sampled)), ClientTraces::Continued, client(sampled));
            assert_eq!((continued.trace, continued.sampled, continued.parent), ([7; 16], sampled, Some([8; 8])));
            assert_eq!(continued.outgoing().parent.span, continued.upstream);
            assert!(continued.link.is_none() && continued.outgoing().state.is_some());
        }
    }

    #[test]
    fn so_many_new_traces_are_sampled() {
        let sampled = (0..2000).filter(|_| begin(0.25, ClientTraces::Linked, None).sampled).count();
        assert!((350..650).contains(&sampled), "{sampled} of 2000 at a quarter");
        assert!((0..100).all(|_| !begin(0.0, ClientTraces::Linked, None).sampled));
        assert!((0..100).all(|_| begin(1.0, ClientTraces::Linked, None).sampled));
    }
}
