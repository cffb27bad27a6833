//! A small document over verified HTTPS (RFC 9110, RFC 9112): what a domain publishes about its mail servers. Never plain HTTP.

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::{Reach, dial, tls};
use crate::account::{Endpoint, TlsMode};
use crate::run::{Code, Problem, Radius, Retry};

/// A document is not longer than this.
const MAX_DOCUMENT_BYTES: usize = 256 * 1024;
/// It is looked for at so many other places at most.
const MAX_REDIRECTS: u32 = 3;
/// Where `https:` stands without a port.
const DEFAULT_PORT: u16 = 443;

/// Fetches the document at `url`, which begins with `https://`; `None` if the server says that there is none.
///
/// Redirects are followed within HTTPS, at most three. The whole takes no longer than `reach.limits.sign_in`.
///
/// # Errors
/// NET, TLS; `NET-LOST` where the answer is no HTTP, too long, or sends us in circles or out of HTTPS.
pub async fn fetch(url: &str, reach: &Reach) -> Result<Option<Vec<u8>>, Problem> {
    let follow = async {
        let mut uri: Uri = url.parse().map_err(|_| nonsense("that is no address").at(url))?;
        for _ in 0..=MAX_REDIRECTS {
            match request(&uri, reach).await.map_err(|problem| problem.at(&uri))? {
                Answer::Document(bytes) => return Ok(Some(bytes)),
                Answer::None => return Ok(None),
                Answer::Elsewhere(next) => uri = beside(&uri, &next).ok_or_else(|| nonsense("the server sends us out of HTTPS").at(&uri))?,
            }
        }
        Err(nonsense("the server sends us in circles").at(url))
    };
    timeout(reach.limits.sign_in, follow).await.unwrap_or_else(|_| Err(super::timed_out("the document").at(url)))
}

enum Answer {
    Document(Vec<u8>),
    None,
    Elsewhere(String),
}

async fn request(uri: &Uri, reach: &Reach) -> Result<Answer, Problem> {
    let (Some("https"), Some(host)) = (uri.scheme_str(), uri.host()) else { return Err(nonsense("that is no address under HTTPS")) };
    let endpoint = Endpoint { host: host.to_owned(), port: uri.port_u16().unwrap_or(DEFAULT_PORT), tls: TlsMode::Implicit };
    let stream = dial::dial(&endpoint, reach).await?;
    let (stream, _) = tls::secure(stream, host, &reach.trust, None, &reach.limits).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let driver = tokio::spawn(connection);
    let asked = Request::get(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, uri.authority().map_or(host, |authority| authority.as_str()))
        .header(USER_AGENT, "Mailferry")
        .header(ACCEPT, "application/xml, text/xml;q=0.9, */*;q=0.1")
        .body(Empty::<Bytes>::new())
        .map_err(|_| nonsense("that is no address"))?;
    let answer = match sender.send_request(asked).await {
        Ok(response) => read(response).await,
        Err(error) => Err(broken(error)),
    };
    driver.abort();
    answer
}

async fn read(response: Response<hyper::body::Incoming>) -> Result<Answer, Problem> {
    let status = response.status();
    if status.is_redirection() {
        let next = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        return Ok(next.map_or(Answer::None, |next| Answer::Elsewhere(next.to_owned())));
    }
    if status != StatusCode::OK {
        return Ok(Answer::None);
    }
    let body = Limited::new(response.into_body(), MAX_DOCUMENT_BYTES).collect().await;
    body.map(|body| Answer::Document(body.to_bytes().to_vec())).map_err(|error| super::lost("while reading a document", error))
}

/// The place that `next` names as seen from `uri`: absolute under HTTPS, or a path on the same host.
fn beside(uri: &Uri, next: &str) -> Option<Uri> {
    if next.starts_with('/') && !next.starts_with("//") {
        return format!("https://{}{next}", uri.authority()?).parse().ok();
    }
    next.parse().ok().filter(|next: &Uri| next.scheme_str() == Some("https"))
}

fn broken(error: hyper::Error) -> Problem {
    super::lost("while asking for a document", error)
}

fn nonsense(what: &str) -> Problem {
    Problem::new(Code::NetLost, Radius::Account, Retry::Never, what)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use http_body_util::Full;
    use hyper::service::service_fn;
    use tokio::net::TcpListener;

    use super::*;
    use crate::net::test_server::{Ca, Leaf};
    use crate::net::{Limits, Trust};

    /// An HTTPS server on loopback that answers by the path asked for.
    async fn server(leaf: Leaf) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Some(stream) = leaf.accept(Box::new(stream)).await else { continue };
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
            }
        });
        port
    }

    async fn answer(request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let redirect = |to: &str| Response::builder().status(302).header(LOCATION, to).body(Full::default()).unwrap();
        let query = request.uri().query().unwrap_or_default();
        Ok(match request.uri().path() {
            "/there" => Response::new(Full::from(format!("<here>{query}</here>"))),
            "/moved" => redirect("/there?moved"),
            "/circle" => redirect("/circle"),
            "/clear" => redirect("http://localhost/there"),
            "/scheme" => redirect("//elsewhere.invalid/there"),
            "/long" => Response::new(Full::from(vec![b'x'; MAX_DOCUMENT_BYTES + 1])),
            "/slow" => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Response::default()
            }
            _ => Response::builder().status(404).body(Full::from("no")).unwrap(),
        })
    }

    #[tokio::test]
    async fn a_document_comes_over_verified_https_or_not_at_all() {
        let ca = Ca::make();
        let port = server(ca.leaf(&["localhost"], 2020, 2120)).await;
        let limits = Limits { sign_in: Duration::from_secs(2), ..Limits::PROBE };
        let reach = Reach::trusting(Trust::only(ca.der())).within(limits);
        let at = |path: &str| format!("https://localhost:{port}{path}");
        assert_eq!(fetch(&at("/there?a=b"), &reach).await.unwrap().unwrap(), b"<here>a=b</here>");
        assert_eq!(fetch(&at("/moved"), &reach).await.unwrap().unwrap(), b"<here>moved</here>");
        assert_eq!(fetch(&at("/nothing"), &reach).await.unwrap(), None);
        for (path, code) in
            [("/circle", Code::NetLost), ("/clear", Code::NetLost), ("/scheme", Code::NetLost), ("/long", Code::NetLost), ("/slow", Code::NetTimeout)]
        {
            assert_eq!(fetch(&at(path), &reach).await.unwrap_err().code, code, "{path}");
        }
        assert_eq!(fetch(&format!("http://localhost:{port}/there"), &reach).await.unwrap_err().code, Code::NetLost);
        let strangers = Reach::trusting(Trust::only(Ca::make().der())).within(limits);
        assert_eq!(fetch(&at("/there"), &strangers).await.unwrap_err().code, Code::TlsUntrusted);
        let by_address = format!("https://127.0.0.1:{port}/there");
        assert_eq!(fetch(&by_address, &reach).await.unwrap_err().code, Code::TlsName);
    }
}
