//! Every act of a person. Drawing code pushes commands; [`super::obey`] does what they say, in one place.

use std::path::PathBuf;

use super::state::{Pasted, RoomWay, Step, TextSize, ThemeChoice};

/// An act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// [Back], Esc.
    Back,
    /// [Get help]
    GetHelp,
    /// [I am a technician]
    IAmATechnician,
    /// [Settings]: theme and text size.
    OpenSettings,
    /// The theme.
    SetTheme(ThemeChoice),
    /// The text size.
    SetTextSize(TextSize),
    /// Movement.
    SetReducedMotion(bool),
    /// Closes the dialog over the page.
    CloseDialog,
    /// Puts a text on the clipboard.
    Copy(String),
    /// Opens a page or a mail to the firm; nothing else is ever opened on the internet.
    OpenWeb(String),
    /// The window shall close: the system's button, Alt+F4, [Close].
    CloseWindow,
    /// [Stop and close]: what is under way is settled, then the window closes.
    StopAndClose,

    /// [Find my mail]
    FindMyMail,
    /// [Practise with sample mail]
    Practise,
    /// [Leave practice]: back to the welcome, practice mail is thrown away.
    LeavePractice,

    /// [Continue] on the continue screen, with the password of the draft where one is needed.
    ContinueJob,
    /// [Start something new]: the interrupted run is put aside, not lost.
    StartNew,
    /// «Continue where you stopped …» on the welcome.
    ShowInterrupted,

    /// [Add a file or folder…]: the file dialog for a file.
    AddFile,
    /// The file dialog for a folder.
    AddFolder,
    /// Adds what is typed in the draft.
    AddTyped,
    /// Adds what was dropped on the window.
    AddPaths(Vec<PathBuf>),
    /// Ticks or unticks a store by its id.
    ChooseStore(String, bool),
    /// [How to export it], by the store's id.
    HowToExport(String),
    /// [Look again]
    FindAgain,

    /// [Next]: the page's primary button where it leads on.
    Next,
    /// [I closed it]
    IClosedIt,
    /// [Copy all the same]: the program stays open.
    GoOnInUse,
    /// The box «POP is stopped on every device».
    TickPopStopped(bool),
    /// [Later]: it is asked again before [Start].
    PopLater,

    /// A place for the safe copy, by its number.
    ChoosePlace(usize),
    /// [Another folder…]: the file dialog.
    BrowsePlace,
    /// The typed place is meant.
    UseTypedPlace,
    /// [Make the safe copy]
    MakeSafeCopy,
    /// [Another place]: after it stopped.
    AnotherPlace,
    /// [see them]: messages that could not be read.
    SeeUnreadable,

    /// The address is complete: its server is looked for.
    AddressEntered,
    /// [Use this server]: the host outside the domain may get the password.
    UseThisServer,
    /// Host, port and user may be given.
    ShowAdvanced(bool),
    /// [Connect], [Try again]
    Connect,
    /// Something was changed after it was connected or refused.
    MailboxEdited,
    /// [What this means], of a certificate.
    WhatCertificateMeans,

    /// One of the three ways.
    ChooseRoomWay(RoomWay),
    /// First and last year.
    ChooseYears(i16, i16),
    /// A folder by its key, with all below it; the empty key means all.
    ChooseFolder(String, bool),
    /// Shows or hides what lies below a folder.
    OpenFolder(String, bool),
    /// Leaves out the 20 largest.
    LeaveOutLargest(bool),
    /// [Look again]: re-reads the quota.
    RereadQuota,
    /// In practice: the mailbox becomes larger, as if the firm had done so.
    PracticeUpgrade,

    /// The box «Copy only between two times of day».
    LimitHours(bool),
    /// One of the two times was changed.
    HoursEdited,
    /// The box «Wait while the connection is metered».
    LimitUnmetered(bool),
    /// [Start]
    Start,
    /// [Pause]
    Pause,
    /// [Continue] after a pause, a stop or waiting; [Try now].
    Resume,
    /// [Copy now]: what it waits for by choice is given up.
    CopyNow,
    /// [Help me find it]
    HelpFindDrain,
    /// [Put them back and continue]
    PutBackAndContinue,
    /// [See it]: a line's messages, what could not be copied.
    SeeNotCopied,

    /// [Save the report]: the file dialog, else what is typed.
    SaveReport,
    /// Saves it where the draft says.
    SaveReportTyped,
    /// [Print]: opens the report in the browser, which prints.
    PrintReport,
    /// [Open the report]
    OpenReport,
    /// [Open the safe copy]
    OpenSafeCopy,
    /// [Move the rest]: plans anew with what was kept.
    MoveTheRest,
    /// [Finish]: back to the welcome.
    Finish,

    /// [New job]
    NewJob,
    /// [Open a job]: the file dialog for its folder.
    OpenJob,
    /// The job in the typed folder.
    OpenTypedJob,
    /// A job that was open before, by its folder.
    OpenRecent(String),
    /// [Choose a folder…] for a new job.
    BrowseJobFolder,
    /// The box «sign-in details of all mailboxes».
    TickSignIns(bool),
    /// The box «access to the DNS».
    TickDns(bool),
    /// [Make the job]
    MakeJob,
    /// A step of the job, pressed in the rail.
    GoToStep(Step),
    /// [Choose a file…] for the list of mailboxes.
    ChooseList,
    /// [Read the list]: the file that is typed.
    ReadTypedList,
    /// [Paste the list]: what is on the clipboard comes as [`Command::Pasted`].
    PasteList,
    /// A list was pasted.
    Pasted(Pasted),
    /// [Test all]
    TestAll,
    /// [Stop], [Pause all]: what is under way is settled.
    PauseAll,
    /// [Start], [Resume all]
    StartAll,
    /// [Pause] of a row.
    PauseRow(u32),
    /// [Resume] of a row.
    ResumeRow(u32),
    /// A row: what is wrong and what can be done.
    AboutRow(u32),
    /// [Take these passwords] of a row.
    TakePasswords(u32),
    /// [Test again] of a row.
    TestRow(u32),
    /// The box «the newest until full» of all rows that are over.
    TakeNewest(u32, bool),
    /// [Ask the name servers], [Ask again now]
    AskDns,
    /// [Go / no-go list]
    ShowGoList,
    /// A point of that list, by its number.
    TickGo(usize, bool),
    /// [Show the records]
    ShowRecords,
    /// [Start the second sync]
    StartSecondSync,
    /// [Write the report]
    WriteJobReport,
    /// [Open report]
    OpenJobReport,
    /// [Wipe passwords and finish]
    WipeAndFinish,
}

/// The commands of a frame, in order.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    queue: Vec<Command>,
}

impl Commands {
    /// Says what the person did.
    pub fn push(&mut self, command: Command) {
        self.queue.push(command);
    }

    /// Takes all of them.
    pub fn take(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.queue)
    }

    /// True if nothing was done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}
