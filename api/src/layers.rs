//! What surrounds every route: request ids, one form for every error, a time limit, panics, metrics, a log line.

use crate::Problem;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps `router`, innermost first: panics, time limit, errors in our form, metrics and log.
///
/// `run` tells this run of the process from others, in the ids of requests.
pub(crate) fn wrap(router: Router, timeout: Duration, run: u64) -> Router {
    let names = Arc::new(Names {
        run,
        requests: AtomicU64::new(1),
    });
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(move |request, next| limit(timeout, request, next)))
        .layer(from_fn(problems))
        .layer(from_fn(observe))
        .layer(from_fn(move |request, next| name(Arc::clone(&names), request, next)))
}

struct Names {
    run: u64,
    requests: AtomicU64,
}

impl Names {
    fn next(&self) -> HeaderValue {
        let id = format!("{:x}-{:x}", self.run, self.requests.fetch_add(1, Ordering::Relaxed));
        HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("unnamed"))
    }
}

/// Gives the request an id of its own; what a caller calls it is not trusted.
async fn name(names: Arc<Names>, mut request: Request, next: Next) -> Response {
    let id = names.next();
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or("?"));
    let mut response = next.run(request).instrument(span).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response
        .headers_mut()
        .insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Renders every error as a problem, also those that axum made by itself.
async fn problems(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).cloned();
    let mut response = next.run(request).await;
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>();
    if problem.is_none() && !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let mut rendered = problem
        .unwrap_or_else(|| Problem::of_status(status))
        .of_request(id.as_ref())
        .render();
    if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        rendered.headers_mut().insert(header::ALLOW, allow);
    }
    rendered
}

async fn limit(timeout: Duration, request: Request, next: Next) -> Response {
    tokio::time::timeout(timeout, next.run(request))
        .await
        .unwrap_or_else(|_| Problem::timed_out(timeout.as_secs()).into_response())
}

/// Counts and times by route, never by path: a path may name a member.
async fn observe(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let method = method_label(request.method());
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let seconds = begun.elapsed().as_secs_f64();
    tracing::debug!(route, method, status, seconds, "answered");
    metrics::counter!("http_requests_total", "route" => route.clone(), "method" => method, "status" => status.to_string())
        .increment(1);
    metrics::histogram!("http_request_seconds", "route" => route).record(seconds);
    response
}

/// A method may be any word; a label for each would let strangers fill our memory.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[allow(clippy::needless_pass_by_value)] // the layer's signature
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("of unknown kind"), "a handler panicked");
    Problem::internal().into_response()
}
