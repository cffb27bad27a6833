//! A technician's job of many mailboxes: made, opened, its list read, tested, copied, its name servers asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::account::Secret;
use crate::engine::batch::sheet::{self, Sheet};
use crate::engine::batch::{Batch, Board, End, Imported, MailServer, Only, Passwords, Pauses, Rounds, RowChoices, Way, go, report, run_all, test_all};
use crate::engine::cutover::{Aim, Request, Stage, Watch};
use crate::engine::plan::Choices;
use crate::engine::sync::quiet::Wait;
use crate::gui::dialog::file::Ask;
use crate::gui::job::{self, Begun, OpenJob, Remembered};
use crate::gui::logic::{Logic, Now};
use crate::gui::news::{FileQuestion, JobDeed, JobEnded, ListRead, News};
use crate::gui::state::{Brought, Dialog, DnsPart, GoAnswer, Job, JobBusy, Jobs, NewJob, RecentJob, Screen, Step, Technician};
use crate::gui::words::say;
use crate::gui::worker::Slot;
use crate::imap::Timeouts;
use crate::net::resolve::plain_host;
use crate::run::{Code, Phase, Problem, Run};

/// The name servers are asked so far apart while the change is watched.
const WATCH_EVERY: Duration = Duration::from_secs(30);
/// Between two rounds of the second sync.
const ROUND_EVERY: Duration = Duration::from_secs(15 * 60);
/// The window is woken no more often by the table.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

impl Logic {
    /// The job's page, whether it is shown or not.
    pub(in crate::gui) fn job_page(&mut self) -> Option<&mut Job> {
        match &mut self.state.screen {
            Screen::Job(page) => Some(page),
            _ => self.job.as_mut()?.away.as_deref_mut(),
        }
    }

    pub(in crate::gui) fn show_jobs(&mut self, refused: Option<String>) {
        self.put_away();
        let now = Now::here();
        let recent = job::recent(self.setup.home.root())
            .into_iter()
            .map(|job| RecentJob { name: job.name, folder: job.folder.display().to_string(), opened: job.opened.map(|at| now.moment(at)) })
            .collect();
        self.state.screen = Screen::Jobs(Jobs { recent, refused, own: self.own_things() });
    }

    fn own_things(&self) -> Technician {
        let home = self.setup.home.root();
        Technician {
            home: home.display().to_string(),
            logs: home.join("log").display().to_string(),
            console: if cfg!(windows) { "mailferry-cli.exe" } else { "mailferry-cli" }.into(),
            renderer: self.setup.renderer.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// Another page comes: the job's page is kept.
    fn put_away(&mut self) {
        if let (Screen::Job(_), Some(open)) = (&self.state.screen, &mut self.job)
            && let Screen::Job(page) = std::mem::replace(&mut self.state.screen, Screen::Occupied)
        {
            open.away = Some(page);
        }
    }

    pub(super) fn new_job(&mut self) {
        let Begun { name, folder, brought } = job::begun(self.setup.home.root());
        (self.drafts.job_name, self.drafts.job_folder) = (name, folder);
        self.state.screen = Screen::NewJob(NewJob { brought, refused: None });
    }

    /// What is filled in outlives going back, and the program.
    pub(super) fn keep_new_job(&self) {
        if let Screen::NewJob(page) = &self.state.screen {
            let (name, folder) = (self.drafts.job_name.trim().to_owned(), self.drafts.job_folder.trim().to_owned());
            job::keep_begun(self.setup.home.root(), &Begun { name, folder, brought: page.brought });
        }
    }

    /// What the firm brought along, before the job is made or after.
    pub(super) fn tick_brought(&mut self, change: impl FnOnce(&mut Brought)) {
        match &mut self.state.screen {
            Screen::NewJob(page) => {
                change(&mut page.brought);
                self.keep_new_job();
            }
            Screen::Job(page) => {
                change(&mut page.brought);
                if let Some(open) = &mut self.job {
                    open.remembered.brought = page.brought;
                }
                self.remember_job();
            }
            _ => {}
        }
    }

    pub(super) fn make_job(&mut self) {
        let (name, folder) = (self.drafts.job_name.trim().to_owned(), self.drafts.job_folder.trim().to_owned());
        if name.is_empty() || folder.is_empty() {
            return;
        }
        self.open_with(PathBuf::from(folder), move |dir| Batch::create(dir, &name, jiff::Timestamp::now()));
    }

    pub(in crate::gui) fn open_job(&mut self, dir: PathBuf) {
        if self.job.as_ref().is_some_and(|open| open.dir == dir) {
            self.show_job();
            return;
        }
        self.open_with(dir, Batch::open);
    }

    fn open_with(&mut self, dir: PathBuf, open: impl FnOnce(&Path) -> Result<Batch, Problem> + Send + 'static) {
        if self.worker.is_running(Slot::Job) {
            self.hear_job_opened(&dir, Err(Problem::run(Code::Locked, say("job-other-runs"))));
            return;
        }
        // The lock of the job that was open is given back first.
        self.job = None;
        self.worker.forget(Slot::Dns);
        self.worker.start(Slot::OpenJob, |_, _| async move {
            let folder = dir.clone();
            let opening = tokio::task::spawn_blocking(move || {
                let batch = open(&folder)?;
                let board = batch.board();
                Ok(Box::new((batch, board)))
            });
            News::JobOpened(dir, opening.await.unwrap_or_else(|fault| Err(Problem::run(Code::Internal, fault.to_string()))))
        });
    }

    /// Shows the job that is open.
    fn show_job(&mut self) {
        if let Some(page) = self.job.as_mut().and_then(|open| open.away.take()) {
            self.state.screen = Screen::Job(page);
        }
    }

    /// A job was opened: its page.
    pub(in crate::gui) fn begin_job(&mut self, batch: Batch, board: Board, now: &Now) {
        let dir = batch.dir().to_path_buf();
        let mut known = job::recent(self.setup.home.root()).into_iter().find(|known| known.folder == dir).unwrap_or_default();
        if let Screen::NewJob(page) = &self.state.screen {
            known.brought = page.brought;
            job::keep_begun(self.setup.home.root(), &Begun::default());
        }
        let remembered = Remembered { name: batch.file().name.clone(), folder: dir.clone(), opened: Some(now.wall.timestamp()), ..known };
        job::remember(self.setup.home.root(), &remembered);
        let written = dir.join("report").join("index.html");
        let mut page = Job {
            at: Step::Job,
            name: remembered.name.clone(),
            folder: dir.display().to_string(),
            busy: JobBusy::Nothing,
            rows: Vec::new(),
            domain: None,
            totals: Default::default(),
            list_problems: Vec::new(),
            columns: Vec::new(),
            list_refused: None,
            brought: remembered.brought,
            to_set_up: String::new(),
            empty_list: crate::engine::batch::EMPTY_LIST.trim_start_matches('\u{FEFF}').to_owned(),
            dns: DnsPart::default(),
            go: Vec::new(),
            watching: false,
            next_round: String::new(),
            stopped: None,
            report: written.exists().then(|| written.display().to_string()),
        };
        self.drafts.domain.clone_from(&remembered.domain);
        self.drafts.new_mx.clone_from(&remembered.new_mx);
        self.drafts.list.clear();
        let open = OpenJob::new(Box::new(batch), board, remembered, self.setup.with_keychain);
        open.show_board(&mut page, now.instant);
        page.at = if page.rows.is_empty() { Step::Job } else { Step::FirstSync };
        if page.totals.ready + page.totals.need_you + page.totals.proven == 0 && !page.rows.is_empty() {
            page.at = Step::Mailboxes;
        }
        self.job = Some(open);
        self.state.screen = Screen::Job(Box::new(page));
        self.fill_domain();
    }

    /// The domain is that of the mailboxes, where nothing else was typed.
    pub(in crate::gui) fn fill_domain(&mut self) {
        let domain = self.job_page().and_then(|page| page.domain.clone());
        if let (true, Some(domain)) = (self.drafts.domain.trim().is_empty(), domain) {
            self.drafts.domain = domain;
        }
    }

    pub(super) fn go_to_step(&mut self, step: Step) {
        if step == Step::Change {
            self.ask_go();
        }
        if let Some(page) = self.job_page() {
            page.at = step;
            page.stopped = None;
        }
    }

    pub(super) fn job_next(&mut self) {
        let Some(page) = self.job_page() else { return };
        if page.at == Step::Mailboxes && page.rows.is_empty() {
            return;
        }
        if let Some(next) = page.at.next_of_job() {
            self.go_to_step(next);
        }
    }

    pub(super) fn job_back(&mut self) {
        let Some(page) = self.job_page() else { return };
        if page.at == Step::Change && page.watching {
            page.watching = false;
            self.worker.forget(Slot::Dns);
            self.ask_go();
            return;
        }
        match page.at.before_in_job() {
            Some(before) => self.go_to_step(before),
            None => self.show_jobs(None),
        }
    }

    // The list.

    pub(in crate::gui) fn read_list(&mut self, path: PathBuf) {
        self.import(move || {
            let unreadable = |error: std::io::Error| Problem::run(Code::Usage, error.to_string());
            let file = std::fs::File::open(&path).map_err(unreadable)?;
            let length = file.metadata().map_or(0, |facts| facts.len()).min(sheet::LONGEST_BYTES);
            // Room for all of it at once: a buffer that grows leaves copies of passwords behind.
            let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
            std::io::Read::read_to_end(&mut std::io::Read::take(file, sheet::LONGEST_BYTES + 1), &mut bytes).map_err(unreadable)?;
            sheet::read(&bytes)
        });
    }

    pub(super) fn read_pasted(&mut self, text: Zeroizing<String>) {
        self.import(move || sheet::read(text.as_bytes()));
    }

    /// Reads a list in, on a thread of its own; the deed has the job meanwhile.
    fn import(&mut self, read: impl FnOnce() -> Result<Sheet, Problem> + Send + 'static) {
        let Some(open) = self.job.as_mut() else { return };
        let (Some(mut batch), mut passwords) = (open.batch.take(), open.passwords.clone()) else { return };
        if let Some(page) = self.job_page() {
            (page.busy, page.list_refused) = (JobBusy::Reading, None);
        }
        self.worker.start(Slot::Job, |_, _| async move {
            let reading = tokio::task::spawn_blocking(move || {
                let read = read().and_then(|sheet| {
                    let Imported { problems, notes, .. } = batch.import(&sheet, &mut passwords)?;
                    let columns = sheet.columns.iter().map(|(head, column)| (head.clone(), column.map(column_name))).collect();
                    Ok(ListRead { problems, notes, columns, passwords })
                });
                let board = batch.board();
                News::JobEnded(Box::new(JobEnded { batch, board, deed: JobDeed::Import(read.map(Box::new)) }))
            });
            reading.await.unwrap_or_else(|fault| News::Fault(Problem::run(Code::Internal, fault.to_string())))
        });
    }

    // Testing and copying.

    fn way(&self) -> Way {
        Way {
            reach_old: self.setup.reach.clone(),
            reach_new: self.setup.reach.clone(),
            timeouts: Timeouts::default(),
            provider: self.setup.provider.clone(),
            choices: Choices::default(),
            home: self.setup.home.clone(),
            timing: self.setup.timing,
            per_host: Way::PER_HOST,
            pop_ports: Way::POP_PORTS,
        }
    }

    pub(super) fn test_rows(&mut self, only: Only) {
        self.run_rows(JobBusy::Testing, move |mut batch, passwords, way, board, run| async move {
            let ended = test_all(&mut batch, &passwords, &way, &only, &board, &run).await;
            (batch, JobDeed::Test(ended))
        });
    }

    pub(super) fn sync_rows(&mut self, second: bool, now: &Now) {
        let changed_at =
            self.job.as_ref().and_then(|open| open.cutover.as_ref()).filter(|cutover| matches!(cutover.state, Stage::Changed | Stage::Done)).and_then(
                |cutover| {
                    let deciding = cutover.servers.iter().filter(|server| server.kind == crate::dns::survey::PlaceKind::Authoritative);
                    deciding.map(|server| server.since).max()
                },
            );
        if let Some(open) = self.job.as_mut() {
            open.begun = Some((now.instant, open.board.totals().copied_bytes));
        }
        self.run_rows(JobBusy::Syncing, move |mut batch, passwords, way, board, run| async move {
            // [Resume all] is for all of them.
            let pauses = Pauses::of(batch.dir());
            for row in batch.rows() {
                if let Err(problem) = pauses.resume(row) {
                    return (batch, JobDeed::Sync(Err(problem)));
                }
            }
            let rounds = if second {
                match rounds(&mut batch, changed_at) {
                    Ok(rounds) => rounds,
                    Err(problem) => return (batch, JobDeed::Sync(Err(problem))),
                }
            } else {
                Rounds::Once
            };
            let ended = run_all(&mut batch, &passwords, &way, &Only::All, &rounds, &board, &run).await;
            (batch, JobDeed::Sync(ended))
        });
    }

    /// A deed of many rows; the window is woken by the table.
    fn run_rows<F>(&mut self, busy: JobBusy, deed: impl FnOnce(Box<Batch>, Passwords, Way, watch::Sender<Board>, Run) -> F + Send + 'static)
    where
        F: Future<Output = (Box<Batch>, JobDeed)> + Send + 'static,
    {
        let way = self.way();
        let Some(open) = self.job.as_mut() else { return };
        let Some(batch) = open.batch.take() else { return };
        let (sender, receiver) = watch::channel(open.board.clone());
        open.running = Some(receiver.clone());
        let passwords = open.passwords.clone();
        if let Some(page) = self.job_page() {
            (page.busy, page.stopped) = (busy, None);
        }
        self.worker.start(Slot::Job, move |run, _| async move {
            let mut telling = std::pin::pin!(wake(receiver, run.clone()));
            let mut deed = std::pin::pin!(deed(batch, passwords, way, sender, run));
            let (batch, deed) = tokio::select! {
                ended = &mut deed => ended,
                () = &mut telling => deed.await,
            };
            let board = batch.board();
            News::JobEnded(Box::new(JobEnded { batch, board, deed }))
        });
    }

    pub(super) fn pause_all(&mut self) {
        self.worker.cancel(Slot::Job);
        if let Some(page) = self.job_page()
            && page.busy != JobBusy::Nothing
        {
            page.busy = JobBusy::Stopping;
        }
    }

    pub(super) fn pause_row(&mut self, id: u32, pause: bool, now: &Now) {
        self.state.dialog = None;
        let Some(open) = self.job.as_mut() else { return };
        let Some(line) = open.board.lines.iter_mut().find(|line| line.row.id == id) else { return };
        let pauses = Pauses::of(&open.dir);
        let done = if pause { pauses.pause(&line.row) } else { pauses.resume(&line.row) };
        if let Err(problem) = done {
            let told = self.told(&problem);
            if let Some(page) = self.job_page() {
                page.stopped = Some(told.headline);
            }
            return;
        }
        line.is_paused = pause;
        let is_running = open.running.is_some();
        if !pause && !is_running {
            self.resume_one(id, now);
            return;
        }
        self.show_rows(now);
    }

    /// One row goes on by itself while nothing else runs.
    fn resume_one(&mut self, id: u32, now: &Now) {
        if let Some(open) = self.job.as_mut() {
            open.begun = Some((now.instant, open.board.totals().copied_bytes));
        }
        self.run_rows(JobBusy::Syncing, move |mut batch, passwords, way, board, run| async move {
            let ended = run_all(&mut batch, &passwords, &way, &Only::Rows(vec![id]), &Rounds::Once, &board, &run).await;
            (batch, JobDeed::Sync(ended))
        });
    }

    /// Brings the table up to date.
    pub(in crate::gui) fn show_rows(&mut self, now: &Now) {
        let Some(open) = self.job.take() else { return };
        let mut open = open;
        if let Screen::Job(page) = &mut self.state.screen {
            open.show_board(page, now.instant);
        } else if let Some(mut page) = open.away.take() {
            open.show_board(&mut page, now.instant);
            open.away = Some(page);
        }
        self.job = Some(open);
    }

    pub(super) fn about_row(&mut self, id: u32) {
        if let Some(detail) = self.job.as_ref().and_then(|open| open.detail(id)) {
            self.drafts.old_password = Zeroizing::default();
            self.drafts.new_password = Zeroizing::default();
            self.drafts.row_passwords_shown = false;
            self.state.dialog = Some(Dialog::Row(Box::new(detail)));
        }
    }

    pub(super) fn take_passwords(&mut self, id: u32) {
        self.state.dialog = None;
        let given = [(End::Old, std::mem::take(&mut *self.drafts.old_password)), (End::New, std::mem::take(&mut *self.drafts.new_password))];
        let mut any = false;
        if let Some(open) = self.job.as_mut() {
            for (end, password) in given {
                if !password.is_empty() {
                    open.passwords.give(id, end, Secret::new(password));
                    any = true;
                }
            }
        }
        if any {
            self.test_rows(Only::Rows(vec![id]));
        }
    }

    /// What is chosen for one row holds for the next start, of the window or the console.
    pub(super) fn take_newest(&mut self, id: u32, newest: bool) {
        let Some(open) = self.job.as_ref() else { return };
        let Some(line) = open.board.line(id) else { return };
        if let Err(problem) = RowChoices::of(&open.dir).choose_newest(&line.row, newest) {
            let told = self.told(&problem);
            if let Some(page) = self.job_page() {
                page.stopped = Some(told.headline);
            }
            return;
        }
        if let Some(Dialog::Row(detail)) = &mut self.state.dialog {
            detail.newest_until_full = detail.newest_until_full.map(|_| newest);
        }
    }

    fn remember_job(&mut self) {
        if let Some(open) = &mut self.job {
            open.remembered.domain = self.drafts.domain.trim().to_owned();
            open.remembered.new_mx = self.drafts.new_mx.trim().to_owned();
            job::remember(self.setup.home.root(), &open.remembered);
        }
    }

    // The name servers and the change.

    /// Asks the name servers; again and again while the change is watched.
    pub(super) fn ask_dns(&mut self) {
        self.remember_job();
        let is_watched = self.job_page().is_some_and(|page| page.watching);
        let request = match self.dns_request() {
            Ok(request) => request,
            Err(problem) => {
                let said = format!("{}: {}", problem.what, problem.place.unwrap_or_default());
                if let Some(page) = self.job_page() {
                    (page.dns.refused, page.dns.asking) = (Some(said), false);
                }
                return;
            }
        };
        if let Some(page) = self.job_page() {
            (page.dns.asking, page.dns.refused) = (true, None);
        }
        self.worker.start(Slot::Dns, move |run, post| async move {
            let mut watch: Option<Watch> = None;
            loop {
                match &mut watch {
                    Some(watch) => {
                        if run.cancel.run_until_cancelled(watch.ask_again()).await.is_none() {
                            return News::Dns(Err(Problem::interrupted()));
                        }
                    }
                    // Nobody answered: all is asked again.
                    None => match Watch::begin(&request, &run).await {
                        Ok(begun) => watch = Some(begun),
                        Err(problem) if !is_watched || run.is_cancelled() => return News::Dns(Err(problem)),
                        Err(problem) => post.send(News::Dns(Err(problem))).await,
                    },
                }
                if let Some(watch) = &mut watch {
                    let cutover = Box::new(watch.judge(&jiff::Zoned::now(), &run).await);
                    if !is_watched || cutover.state == Stage::Done || run.is_cancelled() {
                        return News::Dns(Ok(cutover));
                    }
                    post.send(News::Dns(Ok(cutover))).await;
                }
                if run.cancel.run_until_cancelled(tokio::time::sleep(WATCH_EVERY)).await.is_none() {
                    return News::Dns(Err(Problem::interrupted()));
                }
            }
        });
    }

    fn dns_request(&self) -> Result<Request, Problem> {
        let wrong = |text: &str| Problem::run(Code::Usage, say("dns-no-name")).at(text);
        let name = |text: &str| {
            let plain = plain_host(text.trim()).map_err(|_no_host| wrong(text))?;
            if plain.parse::<std::net::IpAddr>().is_ok() { Err(wrong(text)) } else { Ok(plain) }
        };
        let network = crate::dns::Network::from_env(self.setup.environment.dns, |name| std::env::var(name).ok())?;
        let domain = name(&self.drafts.domain)?;
        let hosts = self.drafts.new_mx.split([',', ' ', ';']).filter(|host| !host.trim().is_empty());
        let new_mx = hosts.zip(1_u16..).map(|(host, nth)| Ok((nth.saturating_mul(10), name(host)?))).collect::<Result<Vec<_>, Problem>>()?;
        let request = Request { domain, aim: Aim { old_host: None, new_mx }, selectors: Vec::new(), network, memory: None };
        let Some(open) = &self.job else { return Ok(request) };
        let dir = open.dir.join("dns");
        std::fs::create_dir_all(&dir).map_err(|error| Problem::write(&error, &dir))?;
        Ok(request.remembering_in(&dir))
    }

    pub(super) fn ask_go(&mut self) {
        let Some(open) = &self.job else { return };
        let dir = open.dir.clone();
        self.worker.start(Slot::Go, |_, _| async move {
            let asking = tokio::task::spawn_blocking(move || Batch::read(&dir).map(|batch| go::list(&batch)));
            News::Go(asking.await.unwrap_or_else(|fault| Err(Problem::run(Code::Internal, fault.to_string()))))
        });
    }

    pub(super) fn show_go_list(&mut self) {
        if let Some(page) = self.job_page() {
            page.watching = false;
        }
        self.go_to_step(Step::Change);
    }

    pub(super) fn tick_go(&mut self, at: usize, ticked: bool) {
        let Some(line) = self.job_page().and_then(|page| page.go.get_mut(at)) else { return };
        let GoAnswer::Person(was) = &mut line.answer else { return };
        *was = ticked;
        let code = line.code.clone();
        if let Some(open) = self.job.as_mut() {
            if ticked {
                open.remembered.ticked.insert(code)
            } else {
                open.remembered.ticked.remove(&code)
            };
        }
        self.remember_job();
    }

    pub(super) fn show_records(&mut self) {
        if let Some(page) = self.job_page() {
            page.watching = true;
        }
        if !self.drafts.domain.trim().is_empty() {
            self.ask_dns();
        }
    }

    pub(super) fn start_second(&mut self, now: &Now) {
        self.go_to_step(Step::SecondSync);
        if !self.worker.is_running(Slot::Job) {
            self.sync_rows(true, now);
        }
    }

    // The end.

    pub(super) fn write_job_report(&mut self) {
        let Some(batch) = self.job.as_mut().and_then(|open| open.batch.take()) else { return };
        self.worker.start(Slot::Job, |_, _| async move {
            let writing = tokio::task::spawn_blocking(move || {
                let written = report::write(&batch).map(|written| written.page);
                let board = batch.board();
                News::JobEnded(Box::new(JobEnded { batch, board, deed: JobDeed::Report(written) }))
            });
            writing.await.unwrap_or_else(|fault| News::Fault(Problem::run(Code::Internal, fault.to_string())))
        });
    }

    pub(super) fn open_job_report(&mut self) {
        if let Some(place) = self.job_page().and_then(|page| page.report.clone()) {
            self.open(PathBuf::from(place));
        }
    }

    /// Passwords are wiped from memory at once, and from the keychain on a thread of its own.
    pub(super) fn wipe_and_finish(&mut self) {
        if self.worker.is_running(Slot::Job) {
            return;
        }
        self.worker.forget(Slot::Dns);
        let Some(open) = self.job.take() else { return };
        if let (true, Some(batch)) = (self.setup.with_keychain, &open.batch) {
            let rows = batch.rows().to_vec();
            self.worker.start(Slot::Keychain, |_, _| async move {
                if let Ok(Err(problem)) = tokio::task::spawn_blocking(move || Passwords::wipe(&rows)).await {
                    tracing::warn!("{problem}");
                }
                News::Password(None)
            });
        }
        drop(open);
        self.state.screen = Screen::Occupied;
        self.show_jobs(None);
    }

    pub(super) fn ask_job_file(&mut self, question: FileQuestion) {
        let ask = if question == FileQuestion::List { Ask::File } else { Ask::Folder };
        self.ask_file(question, ask);
    }
}

fn column_name(column: sheet::heads::Column) -> String {
    use sheet::heads::Column;
    match column {
        Column::Address => say("column-address"),
        Column::Host => say("column-host"),
        Column::Port => say("column-port"),
        Column::Tls => say("column-tls"),
        Column::User => say("column-user"),
        Column::Password => say("column-password"),
        Column::Protocol => say("column-protocol"),
    }
    .into_owned()
}

/// How the second sync waits.
fn rounds(batch: &mut Batch, changed_at: Option<jiff::Timestamp>) -> Result<Rounds, Problem> {
    batch.remember_mail_server(MailServer { old_ttl: go::seen_ttl(batch), changed_at: changed_at.map(|at| at.to_string()) })?;
    let known = &batch.file().mail_server;
    let old_ttl = known.old_ttl.map(|seconds| Duration::from_secs(seconds.into()));
    let changed_at = known.changed_at.as_deref().and_then(|at| at.parse().ok());
    Ok(Rounds::UntilQuiet(Wait { every: ROUND_EVERY, old_ttl, changed_at }))
}

/// Wakes the window when the table changes; ends when nobody changes it any more.
async fn wake(mut board: watch::Receiver<Board>, run: Run) {
    while board.changed().await.is_ok() {
        // Touched, not changed: the window looks at the table itself.
        run.progress(|_| ());
        tokio::time::sleep(SHOWN_EVERY).await;
    }
}

impl Logic {
    /// When the second sync looks again.
    pub(in crate::gui) fn next_round(&self, now: &Now) -> Option<String> {
        let waits = self.worker.progress(Slot::Job).is_some_and(|progress| progress.phase == Phase::Waiting);
        let at = now.wall.checked_add(jiff::SignedDuration::try_from(ROUND_EVERY).ok()?).ok()?;
        waits.then(|| at.strftime("%H:%M").to_string())
    }

    /// Words for a problem of the job.
    pub(in crate::gui) fn job_problem(&self, problem: &Problem) -> String {
        match problem.code {
            Code::Usage => job::sentence(&problem.what),
            Code::Locked => say("job-locked").into_owned(),
            _ => self.told(problem).headline,
        }
    }
}
