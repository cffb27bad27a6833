//! Real name servers on loopback: zones as text served by hickory-server, and a small resolver that asks them and keeps what it is told to.
//!
//! All servers of a test share one high port and differ by their address in 127.0.0.0/8.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hickory_server::Server;
use hickory_server::proto::op::{Message, MessageType, ResponseCode};
use hickory_server::proto::rr::{LowerName, Name, RData, Record, RecordType, rdata};
use hickory_server::proto::serialize::txt::Parser;
use hickory_server::store::in_memory::InMemoryZoneHandler;
use hickory_server::zone_handler::{AxfrPolicy, Catalog, ZoneHandler, ZoneType};
use tokio::net::{TcpListener, UdpSocket};

/// The address 127.0.0.`last`.
pub fn ip(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

/// A port that nobody uses on the first few addresses.
pub async fn free_port() -> u16 {
    loop {
        let Ok(first) = UdpSocket::bind((ip(1), 0)).await else { continue };
        let port = first.local_addr().unwrap().port();
        let mut held = Vec::new();
        for last in 1..=9 {
            held.push(TcpListener::bind((ip(last), port)).await.is_ok() && (last == 1 || UdpSocket::bind((ip(last), port)).await.is_ok()));
        }
        if held.iter().all(|free| *free) {
            return port;
        }
    }
}

/// An authoritative server of some zones; it ends when it is dropped.
pub struct Authority {
    _server: Server<Catalog>,
}

/// Serves `zones`, each with its origin and its text, by UDP and TCP.
pub async fn serve(address: SocketAddr, zones: &[(&str, &str)]) -> Authority {
    let mut catalog = Catalog::new();
    for (origin, text) in zones {
        let origin = Name::from_ascii(origin).unwrap();
        let (origin, records) = Parser::new(*text, None, Some(origin)).parse().unwrap();
        let zone: InMemoryZoneHandler = InMemoryZoneHandler::new(origin.clone(), records, ZoneType::Primary, AxfrPolicy::Deny).unwrap();
        catalog.upsert(LowerName::from(&origin), vec![Arc::new(zone) as Arc<dyn ZoneHandler>]);
    }
    let mut server = Server::new(catalog);
    server.register_socket(UdpSocket::bind(address).await.unwrap());
    server.register_listener(TcpListener::bind(address).await.unwrap(), Duration::from_secs(5), 64 * 1024);
    Authority { _server: server }
}

/// What a resolver keeps although it is no longer so.
#[derive(Clone)]
struct Kept {
    records: Vec<(u16, String)>,
    until: Instant,
}

/// A resolver: asks the server of the zone that the name lies in, and says so as resolvers do.
#[derive(Clone, Default)]
pub struct Resolver {
    zones: Arc<Mutex<BTreeMap<String, SocketAddr>>>,
    kept: Arc<Mutex<BTreeMap<String, Kept>>>,
    denies: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Resolver {
    /// Starts one that finds each zone at its server.
    pub async fn start(address: SocketAddr, zones: &[(&str, SocketAddr)]) -> Self {
        let resolver = Self::default();
        *resolver.zones.lock().unwrap() = zones.iter().map(|(zone, server)| ((*zone).to_owned(), *server)).collect();
        let socket = Arc::new(UdpSocket::bind(address).await.unwrap());
        let own = resolver.clone();
        tokio::spawn(async move {
            let mut buffer = vec![0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let (own, socket, question) = (own.clone(), Arc::clone(&socket), buffer[..length].to_vec());
                tokio::spawn(async move {
                    if let Some(answer) = own.answer(&question).await {
                        let _gone = socket.send_to(&answer, from).await;
                    }
                });
            }
        });
        resolver
    }

    /// From now on `zone` is found elsewhere.
    pub fn move_zone(&self, zone: &str, server: SocketAddr) {
        self.zones.lock().unwrap().insert(zone.to_owned(), server);
    }

    /// Keeps this MX of `name` for `ttl`, whatever the zone says.
    pub fn keep(&self, name: &str, records: &[(u16, &str)], ttl: Duration) {
        let records = records.iter().map(|(preference, host)| (*preference, (*host).to_owned())).collect();
        self.kept.lock().unwrap().insert(name.to_owned(), Kept { records, until: Instant::now() + ttl });
    }

    /// From now on says of every name that it does not exist, and names no zone: as what stands in the way in hotels does.
    pub fn deny_everything(&self) {
        self.denies.store(true, Ordering::Relaxed);
    }

    /// How often it was asked for an MX.
    pub fn asked_for_mx(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    async fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        let asked = Message::from_vec(question).ok()?;
        let query = asked.queries.first()?.clone();
        self.asked.fetch_add(usize::from(query.query_type == RecordType::MX), Ordering::Relaxed);
        let name = query.name.to_ascii().trim_end_matches('.').to_ascii_lowercase();
        let kept = self.kept.lock().unwrap().get(&name).cloned().filter(|kept| query.query_type == RecordType::MX && kept.until > Instant::now());
        let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
        answer.add_query(query.clone());
        if self.denies.load(Ordering::Relaxed) {
            answer.metadata.response_code = ResponseCode::NXDomain;
        } else if let Some(kept) = kept {
            let left = u32::try_from((kept.until - Instant::now()).as_secs()).unwrap();
            for (preference, host) in kept.records {
                let mx = rdata::MX::new(preference, Name::from_ascii(format!("{host}.")).unwrap());
                answer.add_answer(Record::from_rdata(query.name.clone(), left, RData::MX(mx)));
            }
        } else {
            let zones = self.zones.lock().unwrap().clone();
            let within = |zone: &str| zone.is_empty() || name == zone || name.ends_with(&format!(".{zone}"));
            match zones.iter().filter(|(zone, _)| within(zone)).max_by_key(|(zone, _)| zone.len()) {
                Some((_, server)) => answer = ask(*server, question).await?,
                None => answer.metadata.response_code = ResponseCode::ServFail,
            }
        }
        answer.metadata.message_type = MessageType::Response;
        answer.metadata.authoritative = false;
        answer.metadata.recursion_available = true;
        answer.to_vec().ok()
    }
}

async fn ask(server: SocketAddr, question: &[u8]) -> Option<Message> {
    let socket = UdpSocket::bind((ip(1), 0)).await.ok()?;
    socket.connect(server).await.ok()?;
    socket.send(question).await.ok()?;
    let mut buffer = vec![0; 4096];
    let length = tokio::time::timeout(Duration::from_secs(1), socket.recv(&mut buffer)).await.ok()?.ok()?;
    Message::from_vec(&buffer[..length]).ok()
}
