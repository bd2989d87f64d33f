//! One exchange as spans: the whole of it, the decision on it, the resource's part. Identifiers and figures, as in the
//! observation; neither address nor path.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanLinks};
use sekisho_observation::{Observation, Outcome, Spans};

/// The spans of an exchange; none where it has no place in a trace.
pub(crate) fn of(observation: &Observation, scope: &InstrumentationScope) -> Vec<SpanData> {
    let Some(spans) = &observation.spans else { return Vec::new() };
    let part = Part { spans, began: began(observation), scope };
    let whole = observation.took;
    let mut all = vec![exchange(observation, &part)];
    if let Some(decided) = &observation.decided {
        let (from, to) = (decided.at, decided.at + decided.took);
        let mut span = part.span(spans.decision, SpanKind::Internal, "decision", from, to);
        let reasons = decided.reasons.iter().map(|reason| StringValue::from(reason.clone())).collect();
        span.attributes = vec![
            KeyValue::new("sekisho.decision", decided.decision.to_string()),
            KeyValue::new("sekisho.outcome", decided.outcome.name()),
            KeyValue::new("sekisho.reasons", Value::Array(Array::String(reasons))),
            KeyValue::new("sekisho.remembered", decided.decision != observation.request),
        ];
        all.push(span);
    }
    if let Some(forwarded) = &observation.forwarded {
        let mut span = part.span(spans.upstream, SpanKind::Client, "upstream", forwarded.at, whole);
        if let Some(resource) = &observation.resource {
            span.attributes.push(KeyValue::new("sekisho.resource", resource.to_string()));
        }
        if let Some(answered) = forwarded.answered {
            let waited = i64::try_from(answered.saturating_sub(forwarded.at).as_micros()).unwrap_or(i64::MAX);
            span.attributes.push(KeyValue::new("sekisho.upstream.head_us", waited));
        }
        if forwarded.answered.is_none() || observation.outcome == Outcome::Cut {
            span.status = Status::error(reason(observation));
        }
        all.push(span);
    }
    all
}

fn exchange(observation: &Observation, part: &Part<'_>) -> SpanData {
    let method = observation.method.as_ref().map_or("-", |method| method.as_str());
    let mut span = part.span(part.spans.exchange, SpanKind::Server, "", Duration::ZERO, observation.took);
    span.name = match &observation.resource {
        Some(resource) => format!("{method} {resource}").into(),
        None => method.to_owned().into(),
    };
    (span.parent_span_id, span.parent_span_is_remote) = match part.spans.parent {
        Some(parent) => (SpanId::from_bytes(parent), true),
        None => (SpanId::INVALID, false),
    };
    if let Some(link) = part.spans.link {
        let flags = if link.sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
        let (trace, span_id) = (TraceId::from_bytes(link.trace), SpanId::from_bytes(link.span));
        let linked = SpanContext::new(trace, span_id, flags, true, TraceState::NONE);
        let mut links = SpanLinks::default();
        links.links.push(Link::with_context(linked));
        span.links = links;
    }
    span.attributes = vec![
        KeyValue::new("http.request.method", method.to_owned()),
        KeyValue::new("network.protocol.name", observation.protocol.name()),
        KeyValue::new("sekisho.request", observation.request.to_string()),
        KeyValue::new("sekisho.outcome", observation.outcome.name()),
        KeyValue::new("http.request.body.size", figure(observation.received)),
        KeyValue::new("http.response.body.size", figure(observation.sent)),
    ];
    let status = observation.status.map(|status| KeyValue::new("http.response.status_code", i64::from(status)));
    let reason_code = observation.reason.as_ref().map(|reason| KeyValue::new("sekisho.reason", reason.to_string()));
    let resource = observation.resource.as_ref().map(|id| KeyValue::new("sekisho.resource", id.to_string()));
    let session = observation.session.map(|session| KeyValue::new("sekisho.session", session.to_string()));
    let subject = observation.subject.as_ref().map(|subject| KeyValue::new("sekisho.subject", subject.to_string()));
    span.attributes.extend([status, reason_code, resource, session, subject].into_iter().flatten());
    if observation.outcome == Outcome::Cut || observation.status.is_some_and(|status| status >= 500) {
        span.status = Status::error(reason(observation));
    }
    span
}

/// What the spans of one exchange have in common.
struct Part<'a> {
    spans: &'a Spans,
    began: SystemTime,
    scope: &'a InstrumentationScope,
}

impl Part<'_> {
    /// A span below the exchange's.
    fn span(&self, id: [u8; 8], kind: SpanKind, name: &'static str, from: Duration, to: Duration) -> SpanData {
        let (trace, id) = (TraceId::from_bytes(self.spans.trace), SpanId::from_bytes(id));
        SpanData {
            span_context: SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE),
            parent_span_id: SpanId::from_bytes(self.spans.exchange),
            parent_span_is_remote: false,
            span_kind: kind,
            name: name.into(),
            start_time: self.began + from,
            end_time: self.began + to,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: opentelemetry_sdk::trace::SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: self.scope.clone(),
        }
    }
}

fn began(observation: &Observation) -> SystemTime {
    let millis = u64::try_from(observation.began.as_millis()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

fn reason(observation: &Observation) -> String {
    observation.reason.as_deref().unwrap_or("no-answer").to_owned()
}

fn figure(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
