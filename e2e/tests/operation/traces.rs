//! Traces reach a collector that speaks OTLP, and lead through to the resource.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use sekisho_e2e::platform::example::{ACCOUNT, CLOSED, OPEN};
use tokio::sync::mpsc;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::place::Place;

const CLIENTS_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CLIENTS_SPAN: &str = "b7ad6b7169203331";

/// A collector, and what it was given.
struct Collector {
    endpoint: String,
    given: mpsc::UnboundedReceiver<Span>,
    kept: Vec<Span>,
}

struct Service(mpsc::UnboundedSender<Span>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        for resource in request.into_inner().resource_spans {
            let about = resource.resource.unwrap_or_default();
            let name = about.attributes.iter().find(|attribute| attribute.key == "service.name").unwrap();
            assert_eq!(name.value.clone().unwrap().value, Some(Value::StringValue("sekisho".to_owned())));
            for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                self.0.send(span).unwrap();
            }
        }
        Ok(tonic::Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn serve() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (sender, given) = mpsc::unbounded_channel();
        let server = Server::builder().add_service(TraceServiceServer::new(Service(sender)));
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        Self { endpoint, given, kept: Vec::new() }
    }

    /// The first span that fits, once it comes.
    async fn span(&mut self, fits: impl Fn(&Span) -> bool) -> Span {
        loop {
            if let Some(span) = self.kept.iter().find(|span| fits(span)) {
                return span.clone();
            }
            let next = tokio::time::timeout(Duration::from_secs(30), self.given.recv()).await;
            assert!(next.is_ok(), "no such span in {:#?}", self.kept);
            self.kept.push(next.unwrap().unwrap());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An attribute as text; lists with commas.
fn attribute(span: &Span, name: &str) -> Option<String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::BoolValue(is) => is.to_string(),
        other => format!("{other:?}"),
    };
    let value = span.attributes.iter().find(|attribute| attribute.key == name)?.value.clone()?.value?;
    Some(match &value {
        Value::ArrayValue(all) => {
            let all = all.values.iter().filter_map(|one| one.value.as_ref()).map(text);
            all.collect::<Vec<_>>().join(",")
        }
        one => text(one),
    })
}

/// What the resource was given as `traceparent`, in its parts.
fn given_to_resource(head: &str) -> Vec<String> {
    let lines: Vec<_> = head.lines().filter_map(|line| line.strip_prefix("traceparent: ")).collect();
    assert_eq!(lines.len(), 1, "{head}");
    lines[0].split('-').map(str::to_owned).collect()
}

#[tokio::test]
async fn a_trace_leads_from_the_request_over_its_decision_to_the_resource() {
    let mut collector = Collector::serve().await;
    let mut place = Place::start(&format!("traces = {{ endpoint = \"{}\", ratio = 1.0 }}\n", collector.endpoint)).await;
    let clients = format!("00-{CLIENTS_TRACE}-{CLIENTS_SPAN}-01");
    let url = format!("https://{OPEN}:{}/head?token=secret-of-a-client", place.platform.port());
    let fields = [("traceparent", clients.as_str()), ("tracestate", "mine=1")];
    let open = place.person.ask(&url, &fields).await.unwrap().expect(200).unwrap();
    let request = open.header("x-request-id").to_owned();
    let of_request = |span: &Span| attribute(span, "sekisho.request").as_deref() == Some(request.as_str());
    let exchange = collector.span(of_request).await;
    assert_eq!((exchange.kind(), exchange.name.as_str()), (SpanKind::Server, "GET open"));
    assert!(exchange.parent_span_id.is_empty(), "the client's trace is not ours");
    assert_ne!(hex(&exchange.trace_id), CLIENTS_TRACE);
    let [link] = &exchange.links[..] else { panic!("{:?}", exchange.links) };
    assert_eq!((hex(&link.trace_id), hex(&link.span_id)), (CLIENTS_TRACE.to_owned(), CLIENTS_SPAN.to_owned()));
    for (name, value) in [
        ("http.response.status_code", "200"),
        ("sekisho.outcome", "permit"),
        ("sekisho.resource", "open"),
        ("sekisho.subject", ACCOUNT),
    ] {
        assert_eq!(attribute(&exchange, name).as_deref(), Some(value), "{name}");
    }

    let is_part = |name: &'static str| {
        let exchange = exchange.clone();
        move |span: &Span| span.name == name && span.parent_span_id == exchange.span_id
    };
    let decision = collector.span(is_part("decision")).await;
    assert_eq!(attribute(&decision, "sekisho.outcome").as_deref(), Some("permit"));
    let decided = attribute(&decision, "sekisho.decision").unwrap();
    place.platform.command(&["decision", "show", &decided]).await.unwrap();
    let upstream = collector.span(is_part("upstream")).await;
    assert_eq!(upstream.kind(), SpanKind::Client);
    for part in [&decision, &upstream] {
        assert_eq!(part.trace_id, exchange.trace_id);
        assert!(part.start_time_unix_nano >= exchange.start_time_unix_nano, "{part:?}");
        assert!(part.end_time_unix_nano <= exchange.end_time_unix_nano, "{part:?}");
    }
    assert_eq!(
        given_to_resource(&open.body),
        ["00", &hex(&exchange.trace_id), &hex(&upstream.span_id), "01"],
        "{}",
        open.body
    );
    assert!(!open.body.contains("tracestate"), "what belongs to the client's trace stays out of ours: {}", open.body);

    place.person.open(CLOSED, "/").await.unwrap().expect(403).unwrap();
    let denial = |span: &Span| attribute(span, "sekisho.reasons").as_deref() == Some("no-policy-permits");
    let denied = collector.span(denial).await;
    assert_eq!(attribute(&denied, "sekisho.outcome").as_deref(), Some("deny"));
    let whole = collector.span(|span: &Span| span.span_id == denied.parent_span_id).await;
    assert_eq!(attribute(&whole, "http.response.status_code").as_deref(), Some("403"));

    let socket = place.socket().await;
    place.platform.command(&["session", "end", "--user", ACCOUNT]).await.unwrap();
    let cut = collector.span(|span| attribute(span, "sekisho.outcome").as_deref() == Some("cut")).await;
    drop(socket);
    assert_eq!(attribute(&cut, "sekisho.reason").as_deref(), Some("session-ended"));
    let status = cut.status.clone().unwrap();
    assert_eq!((status.code(), status.message.as_str()), (StatusCode::Error, "session-ended"));
    let upstream = collector.span(|span| span.name == "upstream" && span.parent_span_id == cut.span_id).await;
    assert_eq!(upstream.status.unwrap().message, "session-ended");

    let told = format!("{:?}", collector.kept);
    for secret in ["secret-of-a-client", "127.0.0.1", "/head", place.person.cookie(OPEN).as_str()] {
        assert!(!told.contains(secret) || secret.is_empty(), "{secret} in {told}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_sampled_leads_to_the_resource_and_to_no_collector() {
    let mut collector = Collector::serve().await;
    let traces = format!("{{ endpoint = \"{}\", ratio = 0.0, clients = \"continue\" }}", collector.endpoint);
    let mut place = Place::start(&format!("traces = {traces}\n")).await;
    let open = place.person.open(OPEN, "/head").await.unwrap().expect(200).unwrap();
    let new = given_to_resource(&open.body);
    assert_eq!((new[0].as_str(), new[3].as_str()), ("00", "00"), "{}", open.body);

    let url = format!("https://{OPEN}:{}/head", place.platform.port());
    let malformed = format!("00-{CLIENTS_TRACE}-{}-01", "0".repeat(16));
    let open = place.person.ask(&url, &[("traceparent", &malformed)]).await.unwrap().expect(200).unwrap();
    assert!(!open.body.contains(CLIENTS_TRACE), "a malformed one is dropped: {}", open.body);
    assert_eq!(given_to_resource(&open.body)[3], "00");

    let sampled = format!("00-{CLIENTS_TRACE}-{CLIENTS_SPAN}-01");
    let fields = [("traceparent", sampled.as_str()), ("tracestate", "mine=1")];
    let open = place.person.ask(&url, &fields).await.unwrap().expect(200).unwrap();
    let continued = given_to_resource(&open.body);
    assert_eq!((continued[1].as_str(), continued[3].as_str()), (CLIENTS_TRACE, "01"), "{}", open.body);
    assert_ne!(continued[2], CLIENTS_SPAN, "our span is the resource's parent");
    assert!(open.body.contains("tracestate: mine=1"), "{}", open.body);
    let only = collector.span(|span| span.kind() == SpanKind::Server).await;
    assert_eq!((hex(&only.trace_id), hex(&only.parent_span_id)), (CLIENTS_TRACE.to_owned(), CLIENTS_SPAN.to_owned()));
    assert!(collector.kept.iter().all(|span| hex(&span.trace_id) == CLIENTS_TRACE), "{:?}", collector.kept);
}
