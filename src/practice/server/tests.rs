//! The server driven by a raw TLS client, as `C:` and `S:` text would have it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;

type Tls = StreamOwned<ClientConnection, TcpStream>;

/// A client that speaks lines.
struct Client(BufReader<Tls>);

impl Client {
    fn connect(server: &Server) -> std::io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(server.ca_der.clone())).expect("an authority");
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
        let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
        let session = ClientConnection::new(config, ServerName::try_from(Server::HOST).expect("a name")).expect("a session");
        let socket = TcpStream::connect(("127.0.0.1", server.port))?;
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut client = Self(BufReader::new(StreamOwned::new(session, socket)));
        client.0.get_mut().flush()?;
        Ok(client)
    }

    /// Connects and signs in.
    fn signed_in(server: &Server) -> Self {
        let mut client = Self::connect(server).expect("a connection");
        client.line().expect("a greeting");
        assert_eq!(client.ask("s LOGIN practice@mailferry.example practice").last().unwrap().get(..4), Some("s OK"));
        client
    }

    fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).expect("a writing connection");
        self.0.get_mut().flush().expect("a writing connection");
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
        Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Sends a command, returns its answer's lines up to the tagged one, or to the end of the connection.
    fn ask(&mut self, command: &str) -> Vec<String> {
        self.send(&format!("{command}\r\n"));
        self.until(command.split(' ').next().unwrap())
    }

    fn until(&mut self, tag: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.line() {
            let done = line.starts_with(&format!("{tag} "));
            lines.push(line);
            if done {
                break;
            }
        }
        lines
    }

    fn append(&mut self, tag: &str, mailbox: &str, body: &str) -> Vec<String> {
        self.ask(&format!("{tag} APPEND {mailbox} {{{}+}}\r\n{body}", body.len()))
    }
}

fn start(change: impl FnOnce(&mut Config)) -> Server {
    let mut config = Config::default();
    change(&mut config);
    Server::start(config).expect("a server")
}

const MAIL: &str = "From: a@one.example\r\nMessage-ID: <1@one.example>\r\nSubject: long\r\n line\r\n\r\nHello\r\n";

#[test]
fn a_message_comes_back_byte_for_byte_with_its_flags_and_date() {
    let server = start(|_| {});
    let mut client = Client::signed_in(&server);
    let append = format!("a APPEND Sent (\\Seen $Forwarded) \"17-Jul-1996 02:44:25 -0700\" {{{}+}}\r\n{MAIL}", MAIL.len());
    assert_eq!(client.ask(&append), ["a OK [APPENDUID 1700000001 1] Append completed"]);
    let lines = client.ask("b EXAMINE Sent");
    assert!(lines.contains(&"* 1 EXISTS".to_owned()) && lines.contains(&"* OK [UIDNEXT 2] Predicted next UID".to_owned()), "{lines:?}");
    let lines = client.ask("c UID FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])");
    let size = MAIL.len();
    assert_eq!(
        lines[0],
        format!("* 1 FETCH (UID 1 FLAGS (\\Seen $Forwarded) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE {size} BODY[] {{{size}}}")
    );
    assert_eq!(lines[1..lines.len() - 2].join("\r\n") + "\r\n", MAIL);
    assert_eq!(
        client.ask("d UID FETCH 1 (BODY.PEEK[HEADER.FIELDS (subject x-none)] BODY.PEEK[]<6.5>)"),
        ["* 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT X-NONE)] {24}", "Subject: long", " line", "", " BODY[]<6> {5}", "a@one)", "d OK Fetch completed"]
    );
    assert_eq!(client.ask("e UID SEARCH HEADER Message-ID <1@one.example>")[0], "* SEARCH 1");
    assert_eq!(client.ask("f UID SEARCH HEADER Message-ID <2@one.example>")[0], "* SEARCH");
    let stored = &server.messages("Sent")[0];
    assert_eq!((&stored.bytes[..], stored.flags.seen), (MAIL.as_bytes(), true));
    assert_eq!(server.counters().messages_stored, 1);
}

#[test]
fn several_messages_in_one_append_are_stored_together_or_not_at_all() {
    let server = start(|config| config.quota_messages = Some(3));
    let mut client = Client::signed_in(&server);
    assert_eq!(client.ask("a APPEND INBOX {1+}\r\nx (\\Seen) {2+}\r\nyz"), ["a OK [APPENDUID 1700000000 1:2] Append completed"]);
    assert_eq!(client.ask("b APPEND INBOX {1+}\r\nx {2+}\r\nyz"), ["b NO [OVERQUOTA] Quota exceeded (mailbox for user is full)"]);
    assert_eq!(server.total(), 2);
    server.set_quota_messages(None);
    server.script(|faults| faults.refuse_marker = Some(("VIRUS".into(), "NO Message is infected".into())));
    assert_eq!(client.ask("c APPEND INBOX {1+}\r\nx {5+}\r\nVIRUS"), ["c NO Message is infected"]);
    assert_eq!(client.ask("d APPEND INBOX {1+}\r\nx {0+}\r\n"), ["d NO Can't save a message without octets"]);
    assert_eq!(client.ask("e APPEND INBOX {1+}\r\nx (\\Foo) {1+}\r\ny"), ["e BAD Invalid flag"]);
    assert_eq!(client.until("y"), ["y BAD Missing command"]);
    assert_eq!(server.total(), 2);
    assert_eq!(client.ask("f APPEND Nowhere {1+}\r\nx"), ["f NO [TRYCREATE] Mailbox doesn't exist"]);
}

#[test]
fn a_synchronising_literal_is_refused_before_its_body() {
    let server = start(|config| (config.quota_bytes, config.largest_message) = (Some(100), Some(90)));
    let mut client = Client::signed_in(&server);
    assert_eq!(client.ask("a APPEND INBOX {95}"), ["a NO [LIMIT] Message size is larger than allowed"]);
    client.send("b APPEND INBOX {80}\r\n");
    assert_eq!(client.line().unwrap(), "+ OK");
    client.send(&format!("{}\r\n", "x".repeat(80)));
    assert_eq!(client.until("b"), ["b OK [APPENDUID 1700000000 1] Append completed"]);
    assert_eq!(client.ask("c APPEND INBOX {21}"), ["c NO [OVERQUOTA] Quota exceeded (mailbox for user is full)"]);
    assert_eq!(client.ask("d APPEND None {21}"), ["d NO [TRYCREATE] Mailbox doesn't exist"]);
    assert_eq!(client.ask("e APPEND INBOX (\\Recent) {2}"), ["e BAD Invalid flag"]);
    server.set_quota(Some(1_000_000));
    assert_eq!(
        client.ask("f GETQUOTAROOT INBOX"),
        ["* QUOTAROOT \"INBOX\" \"User quota\"", "* QUOTA \"User quota\" (STORAGE 1 976)", "f OK Getquotaroot completed"]
    );
}

#[test]
fn what_is_switched_off_is_really_absent() {
    let server = start(|config| config.features = Features::bare());
    let mut client = Client::connect(&server).unwrap();
    assert_eq!(client.line().unwrap(), "* OK Mailferry practice server");
    assert_eq!(client.ask("a CAPABILITY"), ["* CAPABILITY IMAP4rev1", "a OK Those are they"]);
    assert_eq!(client.ask("b AUTHENTICATE PLAIN AHByYWN0aWNl"), ["b NO [CANNOT] No such mechanism here"]);
    assert_eq!(client.ask("c LOGIN practice@mailferry.example practice"), ["c OK Signed in"]);
    // As Courier does: NO, and then the message is run as commands.
    client.send("d APPEND INBOX {6+}\r\nx NOOP\r\n");
    assert_eq!([client.line().unwrap(), client.line().unwrap()], ["d NO Error in IMAP command received by server.", "x OK Nothing done"]);
    for command in ["e NAMESPACE", "e GETQUOTAROOT INBOX", "e LIST \"\" * RETURN (SPECIAL-USE)", "e UID EXPUNGE 1", "e UNSELECT", "e ENABLE X", "e ID NIL"] {
        assert!(client.ask(command).last().unwrap().starts_with("e BAD"), "{command}");
    }
    assert_eq!(client.ask("f LIST \"\" Sent"), ["* LIST (\\HasNoChildren) \"/\" \"Sent\"", "f OK List completed"]);
    assert_eq!(client.ask("g STATUS INBOX (SIZE)"), ["g BAD Unknown STATUS item"]);
    assert_eq!(server.total(), 0);

    let server = start(|config| config.features.literals = Literals::Minus);
    let mut client = Client::signed_in(&server);
    assert!(client.append("a", "INBOX", &"x".repeat(4096))[0].starts_with("a OK"));
    assert!(client.append("b", "INBOX", &"x".repeat(4097))[0].starts_with("* BYE [TOOBIG]"));
}

#[test]
fn mailboxes_have_a_prefix_a_delimiter_and_a_special_use() {
    let server = start(|config| (config.prefix, config.delimiter) = ("INBOX.".into(), '.'));
    let mut client = Client::signed_in(&server);
    assert_eq!(client.ask("a NAMESPACE")[0], "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL");
    assert_eq!(client.ask("b LIST \"\" \"\"")[0], "* LIST (\\Noselect) \".\" \"\"");
    assert_eq!(client.ask("c CREATE Work"), ["c NO [CANNOT] Invalid mailbox name"]);
    assert_eq!(client.ask("d CREATE INBOX.Work.2019"), ["d OK Created"]);
    assert_eq!(client.ask("e CREATE INBOX.Work"), ["e NO [ALREADYEXISTS] Mailbox already exists"]);
    assert_eq!(client.ask("f RENAME INBOX.Work INBOX.Job"), ["f OK Renamed"]);
    assert!(server.mailboxes().contains(&"INBOX.Job.2019".to_owned()));
    let lines = client.ask("g LIST \"\" \"*\" RETURN (SPECIAL-USE STATUS (MESSAGES UIDVALIDITY))");
    assert!(lines.contains(&"* LIST (\\HasNoChildren \\Sent) \".\" \"INBOX.Sent\"".to_owned()), "{lines:?}");
    assert!(lines.contains(&"* STATUS \"INBOX.Job\" (MESSAGES 0 UIDVALIDITY 1700000006)".to_owned()), "{lines:?}");
    assert_eq!(client.ask("h DELETE inbox"), ["h NO [CANNOT] INBOX stays"]);
    assert_eq!(client.ask("i SUBSCRIBE INBOX.Job"), ["i OK Noted"]);
    assert!(client.ask("j LSUB \"\" *").contains(&"* LSUB () \".\" \"INBOX.Job\"".to_owned()));
}

#[test]
fn what_others_do_to_the_mailbox_is_told() {
    let server = start(|_| {});
    let mut client = Client::signed_in(&server);
    for _ in 0..3 {
        server.deliver("INBOX", MAIL, Flags::default(), InternalDate::from_unix(0));
    }
    client.ask("a SELECT INBOX");
    server.expunge("INBOX", &[2]);
    server.deliver("INBOX", MAIL, Flags::default(), InternalDate::from_unix(0));
    assert_eq!(client.ask("b NOOP"), ["* 2 EXPUNGE", "* 3 EXISTS", "b OK Nothing done"]);
    assert_eq!(client.ask("c UID STORE 1 +FLAGS (\\Deleted)"), ["* 1 FETCH (UID 1 FLAGS (\\Deleted))", "c OK Store completed"]);
    assert_eq!(client.ask("d UID EXPUNGE 1"), ["* 1 EXPUNGE", "d OK Expunge completed"]);
    assert_eq!(server.messages("INBOX").iter().map(|message| message.uid).collect::<Vec<_>>(), [3, 4]);
    let validity = server.change_uid_validity("INBOX").unwrap();
    assert!(client.append("e", "INBOX", "x").contains(&format!("e OK [APPENDUID {validity} 3] Append completed")));
    assert!(server.rename_mailbox("Sent", "Gone") && server.delete_mailbox("Trash") && !server.delete_mailbox("Trash"));
    assert_eq!(client.append("f", "Sent", "x"), ["f NO [TRYCREATE] Mailbox doesn't exist"]);
}

#[test]
fn replies_are_lost_after_the_commit_before_it_or_for_a_while() {
    let server = start(|_| {});
    server.fault(When::at("APPEND").after(1).times(2), What::LoseReply);
    let mut stored = 0;
    for want in [true, false, false, true] {
        let lines = Client::signed_in(&server).append("a", "INBOX", MAIL);
        stored += 1;
        assert_eq!((lines.last().is_some_and(|line| line.starts_with("a OK")), server.total()), (want, stored));
    }
    server.fault(When::at("APPEND").once(), What::CommitLate(Duration::from_millis(300)));
    assert!(Client::signed_in(&server).append("a", "INBOX", MAIL).is_empty());
    assert_eq!(server.total(), stored);
    wait_until(|| server.total() == stored + 1);

    server.fault(When::at("APPEND").once(), What::LoseReplies(Duration::from_millis(300)));
    let mut client = Client::signed_in(&server);
    client.send("a APPEND INBOX {1+}\r\nx\r\nb APPEND INBOX {1+}\r\ny\r\n");
    assert!(client.until("b").is_empty());
    assert_eq!(server.total(), stored + 3);
}

fn wait_until(true_at_last: impl Fn() -> bool) {
    let start = Instant::now();
    while !true_at_last() {
        assert!(start.elapsed() < Duration::from_secs(5), "it never came true");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_server_lies_as_told() {
    let server = start(|_| {});
    let mut client = Client::signed_in(&server);
    server.script(|faults| faults.lose_every = Some(3));
    assert_eq!(client.ask("a APPEND INBOX {1+}\r\nx {1+}\r\ny {1+}\r\nz"), ["a OK [APPENDUID 1700000000 1:3] Append completed"]);
    assert_eq!(server.total(), 2);
    server.script(|faults| faults.lose_every = None);
    for (told, want) in [
        (AppendUid::Missing, "b OK Append completed"),
        (AppendUid::WrongValidity, "b OK [APPENDUID 1700000077 6:7] Append completed"),
        (AppendUid::Swapped, "b OK [APPENDUID 1700000000 9,8] Append completed"),
        (AppendUid::TooFew, "b OK [APPENDUID 1700000000 11] Append completed"),
    ] {
        server.script(|faults| faults.append_uid = told);
        assert_eq!(client.ask("b APPEND INBOX {1+}\r\nx {1+}\r\ny"), [want]);
    }
    server.fault(When::at("APPEND").once(), What::OkWithoutStoring);
    assert!(client.append("c", "Sent", "x")[0].starts_with("c OK"));
    assert_eq!(server.messages("Sent"), []);
}

#[test]
fn commands_are_answered_as_scripted() {
    let server = start(|_| {});
    server.deliver("INBOX", MAIL, Flags::default(), InternalDate::from_unix(0));
    let mut client = Client::signed_in(&server);
    server.fault(When::at("create").in_mailbox("Work"), What::Answer("NO Folder name is reserved".into()));
    assert_eq!([client.ask("a CREATE Work"), client.ask("b CREATE Play")], [["a NO Folder name is reserved"], ["b OK Created"]]);
    server.fault(When::at("LIST").once(), What::AnswerAfterData("BAD Something broke".into()));
    let lines = client.ask("c LIST \"\" *");
    assert_eq!((lines.len(), lines.last().unwrap().as_str()), (8, "c BAD Something broke"));
    server.fault(When::at("APPEND").once(), What::Answer("NO [THROTTLED] Suggested Backoff Time: 299961 milliseconds".into()));
    assert!(client.append("d", "INBOX", "x")[0].starts_with("d NO [THROTTLED]"));
    server.fault(When::at("NOOP").once(), What::Stall(Duration::from_millis(200)));
    let start = Instant::now();
    client.ask("e NOOP");
    assert!(start.elapsed() >= Duration::from_millis(200));
    server.fault(When::at("NOOP").once(), What::Nonsense("\u{0}\u{1}garbage\r\n".into()));
    client.send("f NOOP\r\n");
    assert_eq!(client.line().unwrap(), "\u{0}\u{1}garbage");
    server.script(|faults| faults.before_continue = vec!["* 3 EXISTS".into()]);
    client.send("g APPEND INBOX {1}\r\n");
    assert_eq!([client.line().unwrap(), client.line().unwrap()], ["* 3 EXISTS", "+ OK"]);
    client.send("x\r\n");
    client.until("g");
    server.fault(When::at("APPEND").in_literal(5).once(), What::Bye("Server shutting down".into()));
    assert_eq!(client.append("h", "INBOX", "0123456789"), ["* BYE Server shutting down"]);
    server.fault(When::at("NOOP").once(), What::EndlessLine);
    let mut client = Client::signed_in(&server);
    client.send("i NOOP\r\n");
    let mut much = vec![0; 3_000_000];
    client.0.read_exact(&mut much).unwrap();
    assert!(much[2..].iter().all(|byte| *byte == b'x'));
}

#[test]
fn a_slow_a_sulking_and_a_closing_server_are_to_be_had() {
    let server = start(|_| {});
    let mut client = Client::signed_in(&server);
    server.script(|faults| faults.drip_bytes_per_second = Some(100));
    let start = Instant::now();
    assert_eq!(client.ask("a NOOP"), ["a OK Nothing done"]);
    assert!(start.elapsed() >= Duration::from_millis(150), "19 octets at 100 a second");
    server.script(|faults| faults.drip_bytes_per_second = None);
    server.fault(When::at("APPEND").in_literal(3).once(), What::Stall(Duration::from_millis(200)));
    let start = Instant::now();
    assert!(client.append("b", "INBOX", "0123456789")[0].starts_with("b OK"));
    assert!(start.elapsed() >= Duration::from_millis(200) && &server.messages("INBOX")[0].bytes[..] == b"0123456789");
    server.script(|faults| faults.greeting = Some("* BYE Too many connections".into()));
    let mut client = Client::connect(&server).unwrap();
    assert_eq!((client.line().as_deref(), client.line()), (Some("* BYE Too many connections"), None));
}

#[test]
fn ten_thousand_messages_are_taken_in_seconds_and_counted_against_the_room() {
    let server = start(|config| config.quota_bytes = Some(1_000_000_000));
    let mut client = Client::signed_in(&server);
    client.ask("s SELECT INBOX");
    let start = Instant::now();
    for batch in 0..100 {
        let body = "x".repeat(100);
        let commands: String = (0..100).map(|n| format!("t{batch}.{n} APPEND INBOX {{100+}}\r\n{body}\r\n")).collect();
        client.send(&commands);
        client.until(&format!("t{batch}.99"));
    }
    assert_eq!((server.total(), server.used_bytes()), (10_000, 1_000_000));
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    println!("10,000 APPENDs, pipelined by 100: {:?}", start.elapsed());
}

#[test]
fn connections_are_cut_at_a_byte_and_then_no_more() {
    let server = start(|_| {});
    for (cut, want) in [(CutAt::Sent(10), (false, false)), (CutAt::Received(5), (true, false)), (CutAt::Commands(1), (true, true))] {
        server.script(|faults| faults.cut = Some(Cut { at: cut, times: 1 }));
        let mut client = Client::connect(&server).unwrap();
        let greets = client.line().is_some_and(|line| line.starts_with("* OK [CAPABILITY "));
        let _may_fail_on_a_cut = client.0.get_mut().write_all(b"a NOOP\r\n");
        let answers = !client.until("a").is_empty();
        assert_eq!((greets, answers), want, "{cut:?}");
        assert_eq!(client.line(), None);
    }
    let mut client = Client::signed_in(&server);
    server.drop_connections();
    assert_eq!(client.line(), None);
    Client::signed_in(&server);
}

#[test]
fn sign_in_works_three_ways_and_a_wrong_password_never() {
    let server = start(|_| {});
    let response = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode("\0practice@mailferry.example\0practice")
    };
    let mut client = Client::connect(&server).unwrap();
    client.line();
    assert!(client.ask("a SELECT INBOX")[0].starts_with("a BAD"));
    assert!(client.ask("b LOGIN practice@mailferry.example wrong")[0].starts_with("b NO [AUTHENTICATIONFAILED]"));
    client.send("c AUTHENTICATE PLAIN\r\n");
    assert_eq!(client.line().unwrap(), "+ ");
    client.send(&format!("{response}\r\n"));
    assert!(client.until("c")[0].starts_with("c OK [CAPABILITY IMAP4rev1 LITERAL+ "));
    let mut client = Client::connect(&server).unwrap();
    client.line();
    assert!(client.ask(&format!("a AUTHENTICATE PLAIN {response}"))[0].starts_with("a OK"));
    let mut client = Client::connect(&server).unwrap();
    client.line();
    assert!(client.ask("a LOGIN {26+}\r\npractice@mailferry.example {8+}\r\npractice")[0].starts_with("a OK"));
    server.script(|faults| faults.refuse_sign_in = Some("NO [UNAVAILABLE] Later".into()));
    let mut client = Client::connect(&server).unwrap();
    client.line();
    assert_eq!(client.ask("a LOGIN practice@mailferry.example practice"), ["a NO [UNAVAILABLE] Later"]);
    assert_eq!(server.command_log().last().map(|logged| logged.verb.as_str()), Some("LOGIN"));
}

#[test]
fn a_certificate_of_the_wrong_kind_is_not_trusted() {
    for kind in [CertificateKind::WrongName, CertificateKind::Expired, CertificateKind::UnknownAuthority] {
        let server = start(|config| config.certificate = kind);
        assert!(Client::connect(&server).is_err(), "{kind:?}");
    }
}

#[test]
fn a_dropped_server_frees_its_port() {
    let server = start(|_| {});
    let port = server.port;
    let _client = Client::signed_in(&server);
    drop(server);
    let again = start(|config| config.port = port);
    Client::signed_in(&again);
}
