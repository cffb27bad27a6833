# The words of the window, in English. One key, one meaning; `{ $name }` are values.
# Sentences end with a full stop, labels and facts don't. Plain words; no blame; no exclamation marks.

## Everywhere

mailferry = Mailferry
promise = Nothing on this computer is deleted or changed.
rail = Steps
your-provider = your mail provider
the-server = The mail server
and = {" "}and{" "}
back = Back
inbox = Inbox
close = Close
continue = Continue
copy = Copy
pause = Pause
pausing = Finishing what is under way…
try-again = Try again
try-now = Try now
look-again = Look again
get-help = Get help
settings = Settings
details-for-a-technician = Details for a technician
percent = { $percent } %
of = { $done } of { $all }
messages = { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
messages-word = { $count ->
    [one] message
   *[other] messages
}
messages-of = { $done } of { $all } messages
of-messages = of { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
folders-word = { $count ->
    [one] folder
   *[other] folders
}
in-folders = in { $count ->
    [one] { $count } folder
   *[other] { $count } folders
}
years = { $count ->
    [one] { $count } year
   *[other] { $count } years
}
over-by = over by { $bytes }
next-safe-copy = Next: safe copy
next-close = Next: close { $program }
next-new-mailbox = Next: new mailbox
next-room = Next: room
next-summary = Next: summary

## Moments

moment-today = today, { $time }
moment-yesterday = yesterday
moment-day = { $day }, { $time }
date = { $day } { $month } { $year }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

## The rail

step-find = Find your mail
step-safe-copy = Safe copy
step-mailbox = New mailbox
step-room = Room
step-copying = Copying
step-checking = Checking
step-program = Your mail program
step-job = Job
step-mailboxes = Mailboxes
step-test = Test all
step-dns = DNS
step-first-sync = First sync
step-change = Mail server change
step-second-sync = Second sync
step-report = Report
step-of = Step { $at } of { $all }: { $title }
all-steps = All steps
help-from = Help from { $name }
mark-to-do = to do
mark-now = now
mark-copied = copied, not yet checked
mark-proven = done and checked
mark-waiting = waiting
mark-needs = needs you
mark-stopped = stopped
fact-done = { $percent } % done
fact-made-and-checked = Made and checked
fact-chosen-fits = { $bytes } chosen, fits
fact-chosen = { $bytes } chosen
fact-copying = { $percent } %
fact-copying-left = { $percent } %, about { $left } left
fact-waiting = { $percent } %, waiting
fact-paused = { $percent } %, paused
fact-so-far = { $percent } % so far
fact-copied = { $bytes } copied
fact-checked = { $percent } % checked
fact-unexplained = { $count } unexplained
fact-job-of = { $name }, { $count ->
    [one] { $count } mailbox
   *[other] { $count } mailboxes
}
fact-listed = { $count } read from the list
fact-ready = { $ready } of { $all } ready
fact-low-ttl = TTL { $ttl } since { $since }
fact-old-ttl-until = old TTL until { $at }
fact-checked-of = { $done } of { $all } checked
fact-give-new = { $new } of { $all } give the new one
fact-quiet-of = { $quiet } of { $all } quiet

## What passes by

notice-copied = Copied. You can paste it now.
notice-report-saved = The report is saved: { $place }
notice-not-opened = This could not be opened or written: { $place }
notice-no-file-dialog = No file was chosen. You can also type where it is.

## Practice

practice = Practice with sample mail. Your own mail is not touched.
leave-practice = Leave practice
practice-larger = Make the practice mailbox larger

## Occupied

occupied-heading = Mailferry is open already
occupied-standing = Your mail is safe. Another window of Mailferry is at work.
occupied-why = Two windows at once could send the same message twice, so only one may be open. Look for the other window and go on there.
occupied-hint = If you can’t find it, restart the computer and open Mailferry again. It goes on where it stopped.

## Welcome

welcome-heading = Move your mail to your new { $name } mailbox
welcome-heading-plain = Move your mail to your new mailbox
welcome-standing = We first make a safe copy. Then we carry your mail across and check every message.
welcome-continue = Continue where you stopped { $moment } ({ $percent } %)
imap-and-pop = IMAP keeps your mail on the server, so every device shows the same. POP keeps it in one computer. You are moving from POP to IMAP.
find-my-mail = Find my mail
practise = Practise with sample mail
i-am-a-technician = I am a technician
scene = Your mail goes from your computer into a safe copy, and from there to the new mailbox
scene-computer = Your computer
scene-computer-detail = Your mail stays here as it is
scene-safe-copy = Safe copy
scene-safe-copy-detail = Compared with your mail
scene-mailbox = New mailbox
scene-mailbox-detail = The same mail on every device

## Continue

continue-heading = Continue where you stopped
continue-standing-copying = Your mail is safe. { $percent } % is in the new mailbox. We stopped { $moment }.
continue-standing-safe-copy = Your mail is safe. { $percent } % of your safe copy is made. We stopped { $moment }.
continue-looking = Looking at where we stopped…
continue-password-first = Enter the password first.
continue-password = Password of { $address }
continue-drive = Please plug in the drive with your safe copy, then press Continue
continue-drive-where = It was here: { $place }
continue-safe-copy = Your safe copy is whole
continue-mailbox = { $address } answers
continue-under-way = { $count ->
    [one] { $count } message was under way when it stopped
   *[other] { $count } messages were under way when it stopped
}
continue-being-looked-at = being looked at
continue-checked = checked just now
continue-looked-for-first = we look for them first
continue-left = About { $left } are left at the speed of last time.
continue-no-estimate = We go on exactly where we stopped.
continue-nothing-twice = Nothing is sent twice. You can stop again at any time.
start-something-new = Start something new

## Find

find-heading = Your mail on this computer
find-looking = We look for mail on this computer. Nothing is opened for writing.
find-looking-at = We look for mail on this computer, now in { $place }.
find-looking-into = We look into { $place }
find-found = We found { $messages ->
    [one] { $messages } message
   *[other] { $messages } messages
} in { $places ->
    [one] one place
   *[other] { $places } places
}. Untick what you want to leave out.
find-none-chosen = Your mail is safe. Nothing is ticked yet: tick what you want to move.
find-nothing = We found no mail on this computer. You can show us where it is.
find-failed = Your mail is safe, but we could not look everywhere.
find-still-looking = We are still looking…
find-tick-one = Tick at least one place.
find-on-imap = This account is already on IMAP: only its settings change.
find-something-missing = Something missing? Drop it here, or type where it is.
find-drop-here = Let go to add it
find-path = Where the file or folder is
find-path-example = For example D:\Mail\archive.pst
add-a-file-or-folder = Add a file or folder…
add = Add
choose-a-file = Choose a file…
choose-a-folder = Choose a folder…
how-to-export-it = How to export it
store-open-now = Open now
store-not-in-use = Not in use
store-counting = counting…
store-unreadable = Its files are here, but we can’t read them yet.
export-heading = How to export from { $program }
export-then = Then press «Add a file or folder…», or drop the exported files on this window.

## Close the program

close-heading = Please close { $program }
close-standing = { $program } is using your mail. Your mail is safe; close { $program } so that we can copy all of it.
close-still-open = { $program } is still open
close-still-open-hint = Perhaps it runs in the background. Look for its small picture beside the clock, press it with the right mouse button and choose Exit or Quit.
close-how = How to close it
close-how-1 = Save or send what you are writing.
close-how-2 = In the program choose File, then Exit (on a Mac: Quit).
close-how-3 = Wait a moment: it may take half a minute to finish its files.
close-why = We never close a program for you.
close-why-detail = What you have not saved would be lost. You can open it again as soon as the safe copy is made.
close-looking = Looking again…
i-closed-it = I closed it
copy-all-the-same = Copy all the same

## Stop POP

pop-heading = Stop POP first
pop-standing-same = Your old and new mail are in the same mailbox. A program that uses POP would take away what we copy.
pop-standing-unknown = Your mail is safe. Until now your mail program fetches mail by POP. It could take away what we copy, so switch that off first.
pop-account = { $program }, { $account }
pop-account-at = { $program }, { $account } at { $host }
pop-phones = Do the same on your phone and on your other computers.
pop-phones-detail = On a phone it is enough to switch off Mail for the old account. Do not remove an account yet.
pop-is-stopped = POP is stopped on every device
pop-tick-first = Tick the box when it is done.
later = Later
pop-leave-on-server = Leave mail on the server
pop-leave-box = Leave a copy on the server
pop-leave-box-short = Leave messages on server
pop-delivery = Delivery
pop-outlook-1 = Open Send/Receive groups
pop-outlook-1-how = Press Ctrl + Alt + S
pop-outlook-1-window = Send/Receive
pop-outlook-1-button = Define groups…
pop-outlook-2 = Switch off automatic receiving
pop-outlook-2-how = Untick both boxes that say «automatic»
pop-outlook-2-window = Send/Receive groups
pop-outlook-2-box = Automatic send/receive
pop-outlook-2-other = Automatic when exiting
pop-outlook-3-how = File, Account settings, Change, More settings, Advanced
pop-outlook-3-window = Advanced
pop-thunderbird-1 = Open the account’s server settings
pop-thunderbird-1-how = Menu, Account settings, then Server settings
pop-thunderbird-1-window = Account settings
pop-thunderbird-1-entry = Server settings
pop-thunderbird-2 = Switch off automatic receiving
pop-thunderbird-2-how = Untick all three boxes
pop-thunderbird-2-window = Server settings
pop-thunderbird-2-box = Check at startup
pop-thunderbird-2-other = Check every 10 minutes
pop-thunderbird-2-third = Download automatically
pop-thunderbird-3-how = Tick «Leave messages on server» below
pop-apple-1 = Switch off automatic receiving
pop-apple-1-how = Mail, Settings, General
pop-apple-1-window = General
pop-apple-1-label = Check for mail
pop-apple-1-value = Manually
pop-apple-2-how = Settings, Accounts: untick «Remove copy from server»
pop-apple-2-window = Accounts
pop-apple-2-box = Remove copy from server
pop-windows-1 = Switch off automatic receiving
pop-windows-1-how = File, Options, Mail: untick both boxes
pop-windows-1-window = Options
pop-windows-1-box = Check every 10 minutes
pop-windows-1-other = Send and receive at startup
pop-windows-2-how = Account properties, Advanced
pop-windows-2-window = Properties
pop-other-1 = Switch off automatic receiving
pop-other-1-how = In the account’s settings, untick what checks by itself
pop-other-1-window = Account settings
pop-other-1-box = Check for new mail
pop-other-2-how = In the account’s settings, tick it

## Where to keep the safe copy

place-heading = Where to keep your safe copy
place-standing = Your safe copy needs { $bytes }. A USB drive is a good place: it stays yours, whatever happens to this computer.
place-looking = We look at this place…
place-choose-another = Choose another place.
place-free = { $bytes } free
place-free-too-little = { $bytes } free, too little
place-folder = Folder for the safe copy
place-other = Or another folder
use-this-folder = Use this folder
another-folder = Another folder…
make-the-safe-copy = Make the safe copy
place-good = The safe copy is a folder of ordinary zip files.
place-good-detail = Any program opens them, also without Mailferry.
place-fat32 = This drive takes no file over 4 GB, so the safe copy is made in parts.
place-fat32-detail = Each part is a whole zip file of its own.
place-existing = A safe copy is here already. Only what is new is added to it.
place-existing-detail = What is there stays as it is.
place-network = This is a network drive: it may be slow.
place-network-detail = It must stay connected while the safe copy is made.
place-cloud = This folder is copied to the internet by { $name }
place-cloud-detail = Your mail would be uploaded to { $name }, and may fill it. Better choose a folder that stays on this computer, or a USB drive.
place-too-small = There is not enough room here
place-too-small-detail = { $free } are free; { $missing } are missing.
place-too-small-advice = Choose another place, or plug in a USB drive.

## Safe copy

safe-copy-heading = Making your safe copy
safe-copy-standing = { $percent } % is done. Your mail is only read, nothing is moved.
safe-copy-comparing = All mail is read. Now every message is compared with the original.
safe-copy-paused = Paused at { $percent } %. Your mail is as it was.
safe-copy-resumes = It goes on where it stopped.
read-just-now = read just now
left-then-checking = left, then the checking
now-in = now in { $folder }
compare-with-original = Compare every message with the original
kept-on = Kept on **{ $place }**
needed-and-free = { $needed } needed, { $free } free
another-place = Another place
made-heading = Your safe copy is made
made-standing = Safe copy made and checked. { $messages ->
    [one] { $messages } message
   *[other] { $messages } messages
} in { $folders ->
    [one] { $folders } folder
   *[other] { $folders } folders
}.
made-size = on the drive
made-unreadable = { $count ->
    [one] { $count } could not be read
   *[other] { $count } could not be read
}
made-deleted = { $count ->
    [one] { $count } deleted message was still in the files. It is in the safe copy under Deleted and is not copied.
   *[other] { $count } deleted messages were still in the files. They are in the safe copy under Deleted and are not copied.
}
see-them = see them
see-them-shown = See them
what-to-do = what to do
what-to-do-shown = What to do
what-to-do-with-contacts = They stay where they are and nothing happens to them. If you want them elsewhere too, open your mail program and choose File, Export: contacts as a .csv or .vcf file, the calendar as an .ics file.
contacts = { $count ->
    [one] { $count } contact
   *[other] { $count } contacts
}
appointments = { $count ->
    [one] { $count } appointment
   *[other] { $count } appointments
}
tasks = { $count ->
    [one] { $count } task
   *[other] { $count } tasks
}
notes = { $count ->
    [one] { $count } note
   *[other] { $count } notes
}
not-mail = { $list } are not mail and stay in your mail program
open-the-safe-copy = Open the safe copy

## New mailbox

mailbox-heading = Your new mailbox
mailbox-standing = Your mail is safe. Enter the address and password that you have from { $firm }.
mailbox-connecting-standing = Your mail is safe. We connect to the new mailbox.
mailbox-connected-standing = The connection is safe and the mailbox is ready.
mailbox-password-standing = The mailbox did not take the password. Your mail is safe, none of it was sent.
mailbox-certificate-standing = The server could not prove who it is. Your mail is safe, and no password was sent.
mailbox-network-standing = The server could not be reached. Your mail is safe, none of it was sent.
mailbox-other-standing = The mailbox could not be opened. Your mail is safe, none of it was sent.
mailbox-elsewhere-standing = Your mail is safe. Please look at the server’s name before your password goes there.
mailbox-not-found-standing = Your mail is safe. We found no server for this address.
mailbox-address = Your new address
mailbox-address-example = name@example.im
mailbox-password = Password of the new mailbox
mailbox-password-hint = It is the one of the new mailbox at { $firm }, not the one of your computer.
mailbox-both-needed = Enter the address and the password.
mailbox-agree-first = First agree to the server.
connect = Connect
show = Show
hide = Hide
mailbox-looking = We look for the server of this address…
mailbox-found = The server was found by itself.
mailbox-given = This server will be used.
mailbox-server = { $host }, port { $port }
mailbox-connecting = Connecting…
mailbox-connected = Connected safely to { $host }
mailbox-by-itself = The settings were found by themselves.
mailbox-as-given = With the settings you gave.
mailbox-connection = Connection
mailbox-encrypted = Encrypted, certificate checked
mailbox-in-it = In the mailbox
mailbox-empty = Empty
mailbox-holds = { $count } messages, { $bytes }
mailbox-not-counted = Not counted
mailbox-room = Room
mailbox-room-assumed = { $bytes }, as is usual; the server does not say
mailbox-room-unknown = The server does not say
mailbox-elsewhere = The server is at another firm: { $host }
mailbox-elsewhere-detail = The name of this server does not belong to your address. That is common when a firm rents its mail server. If you know it, use it; if not, ask before your password goes there.
use-this-server = Use this server
refused-password = The password was refused
refused-password-detail = { $host } was reached safely, but it did not accept this password.
refused-password-1 = Press **Show** and look for capitals and spaces.
refused-password-2 = Use the password of the new mailbox, not of the old one.
refused-password-3 = { $firm } can set a new one: { $phone }.
refused-password-3-plain = { $firm } can set a new one.
what-this-means = what this means
certificate-heading = What this means
certificate-what = A certificate is a server’s proof of identity. If it does not fit, someone else might be answering in its place, so we stop before anything is sent.
certificate-do = Nothing was sent. Ask the firm before you go on; never give your password to a server that can’t prove who it is.
server-by-hand = Give the server by hand
server-hide = Server by hand
server-host = Name of the mail server
server-host-example = imap.example.im
server-port = Port
server-port-usual = 993
server-user = Sign-in name
server-user-usual = The whole address

## Room

room-heading = Choose what fits
room-heading-fits = All your mail fits
room-heading-unknown = Room in the new mailbox
room-full-heading = The mailbox is full
room-over-standing = Your mail is { $bytes }, the mailbox holds { $limit }. Choose one of three ways.
room-fits-standing = Your mail is { $bytes }, the mailbox holds { $limit }. All of it fits.
room-choice-fits-standing = Your mail is { $bytes }, the mailbox holds { $limit }. Your choice fits.
room-choice-over-standing = Your mail is { $bytes }, the mailbox holds { $limit }. Your choice does not fit yet.
room-tight-standing = Your mail is { $bytes }, the mailbox holds { $limit }. It fits, but little stays free for new mail.
room-unknown-standing = Your mail is { $bytes }. The server does not say how much the mailbox holds.
room-full-standing = Your mail is safe. { $copied } messages are copied, { $waiting } wait in your safe copy.
room-all = All your mail
room-choice = Your choice
room-fits = fits
room-larger-than-file = larger than the file: attachments grow by about a third
room-mailbox = Mailbox { $bytes }
room-mailbox-assumed = Mailbox { $bytes }, assumed
room-stays-free = { $bytes } stays free for new mail
room-counting = Counting again…
room-over-reason = Over by { $bytes }. Choose less, or ask for more room.
room-nothing-chosen = Nothing is chosen yet.
room-everything = Move everything
room-everything-detail = All folders, all years
room-all-goes = { $count ->
    [one] { $count } message goes to the new mailbox.
   *[other] All { $count } messages go to the new mailbox.
}
room-three-ways = Ask for more room, choose what to move, or take the newest.
room-safe-copy-keeps = Whatever you choose, all of it stays in your safe copy.
room-unknown = We copy until the mailbox is full, if it ever is.
room-unknown-detail = Should it become full, we stop safely and show you what is left.
ask-larger = Ask for a larger mailbox
ask-larger-title = Ask { $firm } for a larger mailbox
ask-larger-detail = { $bytes } would hold it all
ask-how = Ring { $firm } on { $phone } and read this, or send it:
ask-how-plain = Send this to { $firm }:
copy-the-text = Copy the text
write-an-e-mail = Write an e-mail
ask-then-look-again = When it is done, press «Look again».
ask-meanwhile = You can close Mailferry until then. It comes back to this page.
reread-looking = We ask the server…
reread-unchanged = The mailbox is as large as before
reread-unchanged-detail = It can take a while until a change arrives. Try again later.
reread-larger = Your mailbox now holds { $bytes }
choose-what-to-move = Choose what to move
choose-detail = By years and folders
newest-until-full = Newest until full, the rest stays in my safe copy
newest-title = Newest until full
newest-detail = The rest stays safe
newest-words = The newest { $goes } messages go to the new mailbox; the { $stays } oldest stay in your safe copy.
years-span = { $since } to { $until }
years-chart = Mail by year; chosen from { $since } to { $until }
years-from = From year
years-to = To year
leave-out-largest = Leave out the { $count } largest
all-folders = All folders
folder-open = Show what is in { $name }
folder-shut = Hide what is in { $name }

## Summary

summary-heading = Ready to copy
summary-standing = Your mail is safe. It will be copied to { $address } at { $host }.
summary-copied = messages go, { $bytes }
summary-stays = stay in your safe copy
summary-there = are there already
summary-about = about, as measured
summary-folders = Your folders in the new mailbox
summary-you-can-use-it = You can use the computer, close the lid; we continue later.
summary-pop = Is POP stopped?
summary-pop-detail = A mail program that still uses POP would take away what we copy. Switch it off on this computer, on phones and on other computers, then tick the box.
summary-tick-first = Tick the box about POP first.
folder-new = { $name } (new)
summary-not-measured = How long it takes shows a few seconds after the start: your connection is measured then.
summary-by-hours = Copy only between two times of day
summary-unmetered = Wait while the internet is charged by the amount used, such as through a phone
summary-unmetered-now = Wait while the internet is charged by the amount used, as it is now
summary-hours-first = Write both times like 22:00.
hours-from = From
hours-until = Until
start = Start

## Copying

copying-heading = Copying to your new mailbox
copying-preparing = Your mail is safe. We look at what is in the new mailbox already.
copying-running = Your mail is safe. { $percent } % is in the new mailbox. You may close the lid.
copying-pausing = Your mail is safe. { $percent } % is in the new mailbox. We are stopping.
copying-paused = Paused. Your mail is safe. { $percent } % is in the new mailbox.
copying-waiting = Waiting for the internet. Your mail is safe. { $percent } % is in the new mailbox.
copying-until = Waiting until { $start }, as you chose. Your mail is safe. { $percent } % is in the new mailbox.
copying-metered = Waiting while the internet is charged by the amount used, as you chose. Your mail is safe. { $percent } % is in the new mailbox.
copying-as-chosen = We go on by ourselves. Leave the computer on.
copy-now = Copy now
copying-drained = Your mail is safe, { $percent } % was copied. Something takes mail out of the new mailbox.
copying-stopped = It stopped. Your mail is safe. { $percent } % is in the new mailbox.
copying-wakes-up = We go on by ourselves when the computer wakes up.
copying-nothing-twice = Nothing is sent twice when we go on.
left-at-this-speed = left at this speed
left-being-measured = time left, being measured
just-now = just now
internet-lost = internet lost
no-internet-title = No internet.
no-internet = We look for it by ourselves, the next time in { $next }.
problem-line = { $words } ({ $count } times).
see-it = See it
rate-graph = Speed over the last ten minutes, now
rate-ten-minutes-ago = 10 min ago
rate-now = now
help-me-find-it = Help me find it
put-back-and-continue = Put them back and continue
drain-heading = Which device takes mail out?
drain-words = Another program uses this mailbox with POP and takes each message away as it arrives. What it took is in your safe copy, and on that device.
drain-1 = Look at your phone and tablet: in the settings under Mail, the account may say POP.
drain-2 = Look at other computers at home and at work that fetch this address.
drain-3 = Look at the mail program on this computer, if it is open again.
drain-then = Switch off receiving there, or close the program. Then press «Put them back and continue».
drain-firm = { $firm } can see which device it is: { $phone }

## Checking

checking-heading = Checking every message
checking-standing = We read the new mailbox again and compare it with your safe copy. { $percent } % is checked.
checking-paused = Paused. Your mail is safe. { $percent } % is checked.
checking-until = Waiting until { $start }, as you chose. Your mail is safe. { $percent } % is checked.
checking-metered = Waiting while the internet is charged by the amount used, as you chose. Your mail is safe. { $percent } % is checked.
checking-waiting = Waiting for the internet. Your mail is safe. { $percent } % is checked.
checking-why = Why we check
checking-why-detail = A server may say it has a message and yet lose it. So we sign in afresh and look at each one. Only then it turns green.
are-there = { $done } of { $all } are there
so-far = { $done } of { $all } so far
to-check = { $count } to check

## Done

done-heading = Your mail is in the new mailbox
done-heading-not-yet = Not all of it is proven yet
done-heading-stopped = It stopped before the end
done-standing = Every message is accounted for. { $there } of { $wanted } are in the new mailbox.
done-standing-sizes = Every message is accounted for, by its size. { $there } of { $wanted } are in the new mailbox.
done-standing-unchecked = Your mail is safe. { $there } of { $wanted } are copied, but not read again yet.
done-standing-faults = Your mail is safe. The check found something; { $there } of { $wanted } are in the new mailbox.
done-standing-stopped = Your mail is safe. { $there } of { $wanted } are in the new mailbox; the others wait in your safe copy.
sum-found = Found on this computer
sum-there = In the new mailbox
sum-read-again = Read again from the server { $moment }
sum-not-read-again = Copied, not read again yet
sum-kept = Kept in your safe copy
sum-could-not = Could not be copied
sum-unexplained = Unexplained
sum-spoken = { $found } found: { $there } in the new mailbox, { $kept } kept in your safe copy, { $could_not } could not be copied
kept-as-chosen = As you chose: { $list }
kept-by-choice = As you chose
kept-before = before { $year }
kept-after = after { $year }
kept-oldest = the oldest
kept-largest = the largest
kept-more-folders = { $count ->
    [one] { $count } more folder
   *[other] { $count } more folders
}
kept-no-room = { $count } for want of room
not-each-named = { $list }; each is named
not-too-large = { $count } larger than the server takes
not-readable = { $count } not readable
not-other = { $count } refused
faults = The check found something
faults-safe = All of it is in your safe copy. Press «Save the report»: it names every message.
faults-missing = { $count ->
    [one] { $count } message is not in the new mailbox
   *[other] { $count } messages are not in the new mailbox
}
faults-changed = { $count ->
    [one] { $count } message is there, but not as it was
   *[other] { $count } messages are there, but not as they were
}
faults-doubled = { $count ->
    [one] { $count } message is there twice
   *[other] { $count } messages are there twice
}
done-safe-copy = Your safe copy is on **{ $place }**. Keep it for a year.
done-no-room = { $count } messages wait for more room
done-no-room-detail = They are in your safe copy. When your mailbox is larger, move them too.
done-gone-by-owner = { $count ->
    [one] { $count } message we copied has since been deleted or moved by you. We leave that as it is.
   *[other] { $count } messages we copied have since been deleted or moved by you. We leave that as it is.
}
done-mail-program = In your mail program, add the new address as an IMAP account.
done-mail-program-detail = Leave the old account and its mail where they are; only stop it from receiving.
done-phone = On your phone, remove the old POP account, or it takes the mail away from the others.
move-the-rest = Move the rest
save-the-report = Save the report
print = Print
save-where = Where to save the report
save-here = Save here
finish = Finish

## Technician: jobs of many mailboxes

jobs-heading = Jobs for several mailboxes
jobs-standing = A job moves the mailboxes of a whole firm. It is a folder: take it along on a USB stick.
jobs-recent = Open before
jobs-not-opened = The job could not be opened
jobs-folder = Folder of a job
jobs-folder-example = For example E:\Jobs\Example Ltd
new-job = New job
open-a-job = Open a job
open-this-folder = Open this folder
open = Open
open-named = Open: { $name }
technician-own = Where the program’s own things are
technician-home = Own folder
technician-logs = Logs
technician-console = Console
technician-renderer = Drawn by
technician-version = Version
new-job-heading = New job
new-job-standing = Nothing is copied yet. The folder will hold all that belongs to the job, but no passwords.
new-job-name = The firm that moves
new-job-name-example = Example Ltd
new-job-folder = Folder for the job
new-job-folder-hint = A folder of its own. A USB stick is a good place: the job goes on at any computer.
new-job-checklist = What the firm brings along
new-job-checklist-why = You can begin without, but nothing can be copied before both are there.
new-job-sign-ins = The sign-in details of all mailboxes at the old provider
new-job-dns = Access to the DNS of the domain
new-job-both-needed = Enter the firm and a folder.
new-job-refused = The job could not be made here
make-the-job = Make the job
job-standing = This job is in { $folder }.
job-stopped = It stopped
job-set-up = What the firm must set up
job-set-up-first = First read the list of mailboxes. Then the text that the firm needs stands here, to copy.
job-set-up-words = Send this to the people who set up the new mailboxes:
job-set-up-more = { $count ->
    [one] and { $count } more line
   *[other] and { $count } more lines
}
job-no-passwords = No password is written into the job’s folder.
job-no-passwords-detail = They stay in memory while the program runs. Give the list again when you open the job again.
next-mailboxes = Next: mailboxes
next-test = Next: test all
next-dns = Next: DNS
next-first-sync = Next: first sync
next-report = Next: report
list-heading = The mailboxes
list-standing = Read the list of mailboxes: a table with a line for each.
list-reading = The list is being read…
list-read = { $count ->
    [one] { $count } mailbox is read from the list.
   *[other] { $count } mailboxes are read from the list.
}
list-read-some = { $count ->
    [one] { $count } mailbox is read from the list.
   *[other] { $count } mailboxes are read from the list.
} { $out ->
    [one] { $out } line could not be understood.
   *[other] { $out } lines could not be understood.
}
list-first = Read the list first.
list-how = The heads of the columns say what is what, such as «old user» or «new password»; their order does not matter. Drop the file on this window, type where it is, or copy the table and paste it here.
list-file = File with the list
list-file-example = For example E:\Jobs\mailboxes.csv
read-the-list = Read the list
paste-the-list = Paste the list
copy-an-empty-list = Copy an empty list
list-refused = This list could not be read
list-line = Line { $line }
list-more-problems = { $count ->
    [one] and { $count } more line
   *[other] and { $count } more lines
}
list-columns = How the columns were understood
list-column-unused = not used
table-mailbox = Mailbox
table-mailbox-at = Mailbox at { $domain }
table-old = Old
table-new = New
table-messages = Messages
table-size = Size, room
table-copied = Copied
table-state = State
table-signed-in = signed in
table-not-signed-in = not signed in
table-copied-sum = { $bytes }, { $percent } %
table-left = about { $left } left
table-act-of = { $act }: { $name }
table-from-to = { $from } → { $to }
mailboxes = { $count ->
    [one] { $count } mailbox
   *[other] { $count } mailboxes
}
mailboxes-word = { $count ->
    [one] mailbox
   *[other] mailboxes
}
act-choose = Choose
act-enter = Enter
act-look = Look
resume = Resume
stop = Stop
pause-all = Pause all
resume-all = Resume all
test-heading = Test all
test-standing = Every mailbox is tried at both servers. Nothing is copied yet.
test-running = { $running } of { $all } mailboxes are being tried.
test-all-ready = { $all ->
    [one] The mailbox is ready.
   *[other] All { $all } mailboxes are ready.
}
test-some-ready = { $ready } of { $all } mailboxes are ready.
test-all = Test all
test-again = Test again
need-you = { $count ->
    [one] { $count } needs you.
   *[other] { $count } need you.
}
need-you-others-go-on = { $count ->
    [one] { $count } needs you; the others go on.
   *[other] { $count } need you; the others go on.
}
first-heading = First sync
first-standing = Copies all mailboxes, inbox and sent mail first. The old mailboxes are only read.
first-running = { $done } of { $all } mailboxes are copied and checked, { $running ->
    [one] { $running } is
   *[other] { $running } are
} copying.
first-all = All { $all } mailboxes are copied and checked.
first-some = { $done } of { $all } mailboxes are copied and checked.
go-no-go-list = Go / no-go list
second-heading = Second sync
second-standing = Brings over what still arrived at the old mailboxes: at once, then every 15 minutes until they are quiet.
second-running = { $quiet } of { $all } old mailboxes are quiet. What still arrives there is brought over.
second-next-round = The next round begins at { $at }.
second-until-quiet = It ends when nothing has come to an old mailbox for a day, and for four times the old TTL.
second-done-standing = All old mailboxes have been quiet for long enough.
second-may-cancel = You may cancel the old provider
second-may-cancel-detail = Nothing has come to any of the old mailboxes for long enough. Wait for the report before you do.
newest-where-full = Copy the newest until this mailbox is full
row-on-pc = Its mail is on a PC and is copied from there
row-from = From { $from }
row-old-password = Password of the old mailbox { $user }
row-new-password = Password of the new mailbox { $user }
row-passwords-hint = Leave one empty that is right. Passwords stay in memory; they are not written into the job.
row-ask-larger = Ask for a larger mailbox: the text says how large.
take-these-passwords = Take these passwords

job-ask-larger = Please make the mailbox { $address } larger. It needs { $bytes }.
job-other-runs = another job is at work
job-locked = Another window or the console works in this job. Close it there first.
trouble-over = Over by { $bytes }
trouble-not-copied = { $count } not copied
trouble-pop-only = POP only
trouble-password-refused = Password refused
trouble-no-way-to-sign-in = No way to sign in
trouble-password-missing = Password missing
trouble-server-not-found = Server not found
trouble-nothing-answers = Nothing answers
trouble-no-answer = No answer in time
trouble-connection-broke = Connection broke
trouble-hung-up = Server hung up
trouble-no-mail-server = Not a mail server
trouble-server-refused = Server refused
trouble-patience = Server asks for patience
trouble-no-server-found = No server found
trouble-certificate = Certificate not trusted
trouble-certificate-name = Certificate for another name
trouble-certificate-expired = Certificate expired
trouble-certificate-other = Another certificate
trouble-tls-old = TLS too old
trouble-no-tls = No TLS
trouble-full = Mailbox full
trouble-does-not-fit = Does not fit
trouble-drained = Another device takes mail out
trouble-stop-pop = Stop POP first
trouble-incomplete = Old one incomplete
trouble-differences = Differences found
trouble-stopped = Stopped
trouble-in-use = In use elsewhere
trouble-disk-full = Disk full
trouble-not-written = File not written
trouble-in-the-list = Wrong in the list
trouble-other = Something went wrong
row-copying = Copying
row-checking = Checking
row-waiting = Waiting
row-looking = Looking
row-paused = Paused
row-next = Next in line
row-pc = Mail is on a PC
row-untested = Not tested yet
row-ready = Ready
row-broken-off = Interrupted
row-copied = Copied
row-proven = Copied and checked
row-may-cancel = Old mailbox is quiet
column-address = address
column-host = server
column-port = port
column-tls = encryption
column-user = sign-in name
column-password = password
column-protocol = kind of mailbox

## Technician: name servers

dns-heading = DNS before the change
dns-standing = Ask the name servers: what they say decides how long the change takes.
dns-asking = The name servers are being asked…
dns-domain = Domain
dns-domain-example = example.im
dns-new-mx = New mail server
dns-new-mx-example = mx.example
dns-domain-needed = Enter the domain.
dns-why = The MX record says where mail for the domain goes. Its TTL says for how long others remember it.
dns-why-detail = With a TTL of 300 the change gets about in five minutes. So it is lowered first.
dns-refused = The name servers could not be asked
dns-lower = Lower the TTL of the MX from { $ttl } to 300
dns-not-lowered = If it can’t be lowered, the change takes up to { $wait } to get about. Until then mail arrives at both servers; the second sync brings it over.
dns-found = What is there now
dns-findings = Worth a look
dns-new = New
dns-old = Old
dns-both = Both
dns-none = None
dns-other = Another
dns-told = Told
dns-unknown = Not known
ask-the-name-servers = Ask the name servers
ask-again-now = Ask again now
servers-authoritative = Authoritative servers
servers-decide = these decide
servers-public = Public resolvers
servers-asked = asked when their answer runs out
servers-here = Here
servers-this-computer = the resolver that this computer uses
records-now = Enter now
record-new = New record
records-new = New records
records-after = Enter afterwards
records-remove = To remove
record-keep = It is entered.
record-check = Look at this one: { $why }
dns-no-name = that is no name of a server or domain
ttl-runs-out-in = The old TTL runs out in
ttl-ran-out = The old TTL has run out
ttl-until = Not before { $at }: until then others may remember the long TTL.
ttl-until-changed = Until { $at } mail may still reach the old server. The second sync brings it over.
ttl-over = The MX may be changed now.
ttl-over-changed = Nobody remembers the old server any more.
dns-since = since { $at }
dns-left = { $left } left

## Technician: the change and the end

go-heading = Go / no-go list
go-go = All is ready: the mail server may be changed.
go-open = { $count ->
    [one] { $count } point is for you to tick.
   *[other] { $count } points are for you to tick.
}
go-no = { $count ->
    [one] { $count } point says no. Better wait with the change.
   *[other] { $count } points say no. Better wait with the change.
}
go-not-yet = Not everything on the list is so yet.
go-listed = There are mailboxes on the list
go-copied = Every mailbox is copied and checked
go-room = Every new mailbox has room for its mail
go-on-pcs = The mail on PCs is copied and checked
go-low-ttl = The TTL of the MX of { $domain } is low, and the old one has run out
go-nameservers = The nameservers are where they are thought to be
go-no-local-delivery = The old host is set not to deliver this domain’s mail locally after the change
go-backup-mx = Backup MX records of the old provider are taken out, too
go-records = SPF lets the new mail server send; DKIM and autoconfig records of the new one are at hand
go-people-told = The people are told: when, their new password, and that POP is switched off on every device first
go-stays-behind = They know what stays behind: signatures, rules, out-of-office notes, autocomplete, contacts and calendars
go-mailbox = { $name }: { $state }
go-room-unknown = { $name }: not known
go-see-dns = the page DNS says which servers decide, and whether they agree
go-own-forms = its own web forms and other customers would go on delivering there
go-not-asked = not asked yet: see the page DNS
go-never-higher = it was never seen higher
go-not-before = not before { $at }
go-too-high = it is { $ttl } s: lower it to 300
and-more = and { $count } more
show-the-records = Show the records
change-heading = The mail server change
watch-not-asked = Ask the name servers first: they are named on the page DNS.
start-the-second-sync = Start the second sync
report-heading = Report
report-all = { $all ->
    [one] The mailbox is copied and checked.
   *[other] All { $all } mailboxes are copied and checked.
}
report-some = { $done } of { $all } mailboxes are copied and checked.
report-proven = copied and checked
report-copied = copied
report-written = The report is written: a page for the customer, tables for the firm.
report-exceptions = Not copied and checked
open-report = Open report
write-the-report = Write the report
wipe-and-finish = Wipe passwords and finish
wipe-title = At the end, all passwords are wiped
wipe-words = They are taken out of memory and out of this computer’s keychain. Delete your own list too. The job’s folder stays.

## Help

help-heading = Get help
help-words = Nothing is lost while you wait: you can leave Mailferry as it is, or close it and continue later.
help-mailbox = For your mailbox, its password and its room
help-on-site = For hands-on help with your computer
help-safe = Nobody who helps you needs your password by e-mail.
open-the-page = Open the page

## Named messages

messages-unreadable = { $count ->
    [one] { $count } message could not be read
   *[other] { $count } messages could not be read
}
messages-unreadable-words = What there is of them is in the safe copy under «unreadable». Your mail program may still open some of them.
messages-not-copied = { $count ->
    [one] { $count } message could not be copied
   *[other] { $count } messages could not be copied
}
messages-not-copied-words = They are not lost: they are in your safe copy as far as they could be read, and in your mail program.
message-without-subject = (no subject)
copy-the-list = Copy the list

## Settings

settings-theme = Colours
theme-system = As the system
theme-light = Light
theme-dark = Dark
settings-text-size = Text size
settings-motion = Movement
settings-no-motion = Nothing moves

## Closing

closing-heading = Mail is still being copied
closing-words = You may close Mailferry: what is under way is finished first, nothing is lost, and next time it goes on where it stopped. You can also close the lid of the computer instead.
keep-going = Keep going
stop-and-close = Stop and close
settling-heading = Closing
settling-words = What is under way is being finished. This takes up to ten seconds, then the window closes by itself.

# No window can be painted, or the program can't begin: a box of the system's own says so.
window-failed = Mailferry can't show its window on this computer.
