#!/usr/bin/python3
"""Drives the real window as a screen reader does: by the names of its controls, over AT-SPI.

    atspi.py practice PROGRAM            the practice job, killed in the middle and continued
    atspi.py journey PROGRAM ADDRESS     a customer's mail to a real server; the password in MAILFERRY_TEST_PASSWORD
    atspi.py job PROGRAM FOLDER LIST USER  a technician's job of four mailboxes, USER's old password wrong in the list
    atspi.py again PROGRAM FOLDER LIST SIGNALS  a job of three mailboxes, n1 slow: paused and resumed, killed and continued, synced again
    atspi.py dns PROGRAM FOLDER LIST SIGNALS  the mail server change, shop.test moving to mx.new.test; what happens meanwhile is asked for
                                         by files in SIGNALS
    atspi.py system PROGRAM              the practice job on a system that tells what the connection costs and keeps the computer awake

Needs DISPLAY, a session bus with accessibility, and MAILFERRY_HOME. Ends with 0 and a line of figures, or says what it saw.
"""
import atexit
import json
import os
import re
import signal
import subprocess
import sys
import time

import pyatspi
from gi.repository import GLib

PATIENCE = 20.0


def reached(do):
    """Does something with a control; whether the control was there for it: the window may have changed since it was found."""
    try:
        do()
        return True
    except NotImplementedError:
        return False  # it can't be pressed, or written in, yet
    except GLib.Error as error:
        if "Unknown interface" in error.message or "Unknown object" in error.message:
            return False
        raise


class Window:
    """The running program, and what it shows."""

    def __init__(self, program, *words):
        self.started = time.monotonic()
        log = os.environ.get("MAILFERRY_TEST_FRAMES")
        frames = ["--frame-log", f"{log}-{int(self.started * 1000)}.tsv"] if log else []
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen([program, "--no-keychain", *frames, *words], stdin=quiet, stdout=quiet, stderr=quiet)
        # Whatever goes wrong, nothing is left running.
        atexit.register(self.process.kill)

    def nodes(self):
        desktop = pyatspi.Registry.getDesktop(0)
        for at in range(desktop.childCount):
            try:
                application = desktop.getChildAtIndex(at)
                if application and application.name == "mailferry" and application.get_process_id() == self.process.pid:
                    yield from below(application)
            except Exception:
                continue

    def find(self, role, name):
        for node in self.nodes():
            try:
                if node.getRoleName() in role and (name.fullmatch(node.name) if hasattr(name, "fullmatch") else node.name == name):
                    return node
            except Exception:
                continue
        return None

    def shows(self):
        lines = []
        for node in self.nodes():
            try:
                lines.append(f"{node.getRoleName()}: {node.name}")
            except Exception:
                continue
        return lines

    def text(self):
        return "\n".join(self.shows())

    def wait(self, what, is_so, patience=PATIENCE):
        """Polls: the other side is another program, and a reader has no better way."""
        begun = time.monotonic()
        while time.monotonic() - begun < patience:
            if self.process.poll() is not None:
                raise SystemExit(f"the program ended with {self.process.returncode} while waiting for {what}")
            found = is_so()
            if found:
                return found
            time.sleep(0.05)
        raise SystemExit(f"waited in vain for {what}; the window shows:\n{self.text()}")

    def heading(self, name, patience=PATIENCE):
        return self.wait(f"the page «{name}»", lambda: self.find(["heading"], name), patience)

    def press(self, name, patience=PATIENCE):
        """Presses a button as soon as it can be pressed."""

        self.act(["push button", "button", "link", "radio button"], name, patience)

    def act(self, roles, name, patience=PATIENCE):
        def acted():
            node = self.find(roles, name)
            if node is None:
                return False
            node.clear_cache()  # what can be done with a control changes with it
            return reached(lambda: node.queryAction().doAction(0))

        self.wait(f"the control «{name}»", acted, patience)

    def leave(self, heading, button):
        """Presses a button until its page is left: what is being looked at can't be pressed for a moment, and a person tries again."""

        def left():
            if self.find(["heading"], heading) is None:
                return True
            self.press(button)
            time.sleep(1)
            return self.find(["heading"], heading) is None

        self.wait(f"the page «{heading}» to be left", left)

    def tick(self, name):
        box = self.wait(f"the box «{name}»", lambda: self.find(["check box"], name))
        if not box.getState().contains(pyatspi.STATE_CHECKED):
            self.act(["check box"], name)
        self.wait(f"«{name}» ticked", lambda: (node := self.find(["check box"], name)) and node.getState().contains(pyatspi.STATE_CHECKED))

    def type(self, name, text):
        def typed():
            field = self.find(["text", "entry", "password text"], name)
            return field is not None and reached(lambda: field.queryEditableText().setTextContents(text))

        self.wait(f"the field «{name}»", typed)

    def figures(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return {"rss_mb": int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) // 1024}

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        """As the session's end does."""
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=20) != 0:
            raise SystemExit(f"closing ended with {self.process.returncode}")


def below(node):
    yield node
    for at in range(node.childCount):
        try:
            child = node.getChildAtIndex(at)
        except Exception:
            continue
        if child is not None:
            yield from below(child)


def percent(window):
    """The one number of the copying page."""
    found = re.search(r"(\d+)\s*% is in the new mailbox", window.text())
    return int(found.group(1)) if found else 0


def to_the_safe_copy(window, place):
    window.press(re.compile(r"Next: .*"))
    window.heading("Stop POP first")
    window.press("Later")
    window.heading("Where to keep your safe copy")
    window.type("Or another folder", place)
    window.press("Use this folder")
    window.leave("Where to keep your safe copy", "Make the safe copy")
    window.heading("Your safe copy is made", patience=120)
    window.press("Next: new mailbox")
    window.heading("Your new mailbox")


def from_summary_to_start(window):
    window.heading("Stop POP first")
    window.tick("POP is stopped on every device")
    window.press("Next: summary")
    window.press("Start")
    window.heading("Copying to your new mailbox")


def finish(window):
    window.heading("Your mail is in the new mailbox", patience=240)
    text = window.text()
    if not re.search(r"Unexplained\D+0\b", text):
        raise SystemExit(f"something is unexplained:\n{text}")
    return text


def practice(program):
    window = Window(program)
    window.wait("the first page", lambda: window.find(["push button", "button"], "Practise with sample mail"))
    shown = time.monotonic() - window.started
    through_practice_to_the_room(window)
    from_summary_to_start(window)
    window.wait("a part copied", lambda: percent(window) >= 15)
    before = percent(window)
    copying = window.figures()
    window.kill()

    window = Window(program)
    window.heading("Continue where you stopped")
    window.press("Continue")
    finish(window)
    window.close()
    print(json.dumps({"killed_at_percent": before, "first_button_seen_after_s": round(shown, 2), **copying}))


def through_practice_to_the_room(window):
    window.press("Practise with sample mail")
    window.heading("Your mail on this computer")
    window.wait("the stores", lambda: "We found" in window.text())
    to_the_safe_copy(window, os.path.join(os.environ["MAILFERRY_HOME"], "practice", "safe copy"))
    window.press("Connect")
    window.press("Next: room")
    window.press("Ask for a larger mailbox")
    window.press("Make the practice mailbox larger")
    window.press("Next: summary")


def system(program):
    home = os.environ["MAILFERRY_HOME"]
    os.makedirs(home, exist_ok=True)
    state, held = os.path.join(home, "metered"), os.path.join(home, "awake")

    def says(word):
        with open(state, "w", encoding="utf-8") as file:
            file.write(word)

    def wishes():
        with open(held, encoding="utf-8") as file:
            return file.read().split("\n")

    says("no")
    open(held, "w", encoding="utf-8").close()
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = os.environ["DBUS_SESSION_BUS_ADDRESS"]
    double = os.path.join(os.path.dirname(os.path.abspath(__file__)), "system.py")
    service = subprocess.Popen([sys.executable, double, state, held], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    atexit.register(service.kill)
    if service.stdout.readline().strip() != "ready":
        raise SystemExit("the system's services could not be stood for")

    window = Window(program)
    through_practice_to_the_room(window)
    window.heading("Stop POP first")
    window.tick("POP is stopped on every device")
    window.press("Next: summary")
    window.tick("Wait while the internet is charged by the amount used, such as through a phone")
    # The safe copy kept the computer awake, and nothing does now.
    window.wait("the computer to be left alone", lambda: wishes().count("held sleep") == wishes().count("released sleep") >= 1)
    says("yes")
    window.wait("the connection to be seen", lambda: "as it is now" in window.text(), patience=30)
    window.press("Start")
    window.wait("waiting for another connection", lambda: "Waiting while the internet is charged by the amount used" in window.text(), patience=30)
    says("no")
    window.wait("copying by itself", lambda: percent(window) >= 5 or window.find(["heading"], "Checking every message"), patience=40)
    if wishes().count("held sleep") <= wishes().count("released sleep"):
        raise SystemExit(f"the computer may fall asleep while it copies: {wishes()}")
    says("yes")
    window.wait("waiting again", lambda: "Waiting while the internet is charged by the amount used" in window.text(), patience=30)
    waited_at = percent(window)
    window.press("Copy now")
    finish(window)
    window.wait("the computer to be left alone", lambda: wishes().count("held sleep") == wishes().count("released sleep"))
    window.close()
    print(json.dumps({"waited_at_percent": waited_at, "wishes": wishes()[:-1]}))


def journey(program, address):
    window = Window(program)
    window.press("Find my mail")
    window.heading("Your mail on this computer")
    window.wait("the stores", lambda: "We found" in window.text())
    to_the_safe_copy(window, os.path.join(os.environ["MAILFERRY_HOME"], "safe copy of the journey"))
    host, port = os.environ["MAILFERRY_TEST_HOST"], os.environ["MAILFERRY_TEST_PORT"]
    window.type("Your new address", address)
    window.press("Give the server by hand")
    window.type("Name of the mail server", host)
    window.type("Port", port)
    window.type("Password of the new mailbox", "not the password")
    window.press("Connect")
    window.wait("the refusal", lambda: "password" in window.text() and "did not take the password" in window.text())
    window.type("Password of the new mailbox", os.environ["MAILFERRY_TEST_PASSWORD"])
    window.press(re.compile(r"Try again|Connect"))
    window.press("Next: room")
    window.press("Next: summary")
    from_summary_to_start(window)
    finish(window)
    figures = window.figures()
    window.close()
    print(json.dumps(figures))


def job(program, folder, listed, broken):
    """Makes a job, reads the list, tests, copies with one row broken, mends it, copies that too, and finishes."""
    window = Window(program)
    window.press("I am a technician")
    window.heading("Jobs for several mailboxes")
    window.press("New job")
    window.heading("New job")
    window.type("The firm that moves", "Example Ltd")
    window.type("Folder for the job", folder)
    window.tick("Access to the DNS of the domain")
    window.press("Make the job")
    window.heading("Example Ltd")
    window.press("Next: mailboxes")
    window.heading("The mailboxes")
    window.type("File with the list", listed)
    window.press("Read the list")
    window.wait("the list", lambda: "4 mailboxes are read from the list. 1 line could not be understood." in window.text())
    window.press("Next: test all")
    window.heading("Test all")
    window.press("Test all")
    window.wait("the tests", lambda: "3 of 4 mailboxes are ready. 1 needs you." in window.text(), patience=60)
    if "Password refused" not in window.text():
        raise SystemExit(f"the broken row does not say what is wrong:\n{window.text()}")
    window.press("Next: DNS")
    window.heading("DNS before the change")
    window.press("Next: first sync")
    window.heading("First sync")
    window.press(re.compile("Start|Resume all"))
    # The broken row is tried too, refused again, and stands in nobody's way.
    window.wait("three rows copied", lambda: "3 of 4 mailboxes are copied and checked. 1 needs you." in window.text(), patience=120)
    copied = window.figures()
    window.press(f"Enter: {broken}")
    window.type(re.compile("Password of the old mailbox .*"), os.environ["MAILFERRY_TEST_PASSWORD"])
    window.press("Take these passwords")
    window.wait("the row tested", lambda: window.find(["push button", "button"], re.compile(f"{broken}, Old: signed in, .*")), patience=60)
    window.press("Resume all")
    window.wait("all rows copied", lambda: "All 4 mailboxes are copied and checked." in window.text(), patience=120)
    window.press("Go / no-go list")
    window.heading("Go / no-go list")
    window.tick("The nameservers are where they are thought to be")
    window.press(re.compile("Report, .*"))
    window.heading("Report")
    window.press("Write the report")
    window.wait("the report", lambda: "The report is written" in window.text())
    window.press("Wipe passwords and finish")
    window.heading("Jobs for several mailboxes")
    window.wait("the job among those open before", lambda: window.find(["push button", "button"], "Open: Example Ltd"))
    window.close()
    print(json.dumps(copied))


def signal_to(folder, word):
    """Lets the test do something outside the window; it answers when it is done."""
    open(os.path.join(folder, word), "w", encoding="utf-8").close()
    begun = time.monotonic()
    while not os.path.exists(os.path.join(folder, word + ".done")):
        if time.monotonic() - begun > PATIENCE:
            raise SystemExit(f"nobody did «{word}»")
        time.sleep(0.05)


def row(window, name):
    """A row of the table, as it is said."""
    node = window.find(["push button", "button"], re.compile(f"{name}, .*"))
    return node.name if node else ""


def copied(window, name):
    found = re.search(r"(\d+)\s*%", row(window, name))
    return int(found.group(1)) if found else 0


def again(program, folder, listed, signals):
    window = Window(program)
    window.press("I am a technician")
    window.press("New job")
    window.type("The firm that moves", "Example Ltd")
    window.type("Folder for the job", folder)
    window.press("Make the job")
    window.press("Next: mailboxes")
    window.type("File with the list", listed)
    window.press("Read the list")
    window.wait("the list", lambda: "3 mailboxes are read from the list." in window.text())
    window.press(re.compile("First sync, .*"))
    window.heading("First sync")
    window.press("Start")
    window.wait("n1 to be under way", lambda: copied(window, "n1") >= 3, patience=60)
    window.press("Pause: n1")
    window.wait("n1 to pause, and the others to go on", lambda: window.find(["push button", "button"], "Resume: n1") and "2 of 3 mailboxes are copied and checked." in window.text(), patience=60)
    paused_at = copied(window, "n1")
    if not row(window, "n1").endswith("Paused") or not 3 <= paused_at < 100:
        raise SystemExit(f"n1 should be paused on its way: {row(window, 'n1')}")
    window.press("Resume: n1")
    window.wait("n1 to go on", lambda: row(window, "n1").endswith("Copying") and paused_at + 5 <= copied(window, "n1") < 100, patience=60)
    killed_at = copied(window, "n1")
    window.kill()

    window = Window(program)
    window.press("I am a technician")
    window.press("Open: Example Ltd")
    window.heading("First sync")
    window.wait("n1 to be interrupted", lambda: row(window, "n1").endswith("Interrupted"))
    # No password outlives the program.
    window.press(re.compile("Mailboxes, .*"))
    window.heading("The mailboxes")
    window.type("File with the list", listed)
    window.press("Read the list")
    window.wait("the passwords", lambda: "3 mailboxes are read from the list." in window.text())
    window.press(re.compile("First sync, .*"))
    window.press("Resume all")
    window.wait("all rows copied", lambda: "All 3 mailboxes are copied and checked." in window.text(), patience=120)

    signal_to(signals, "late")
    window.press("Go / no-go list")
    window.wait("the list", lambda: "Every mailbox is copied and checked" in window.text())
    window.leave("Go / no-go list", "Show the records")
    window.heading("The mail server change")
    window.press("Start the second sync")
    window.heading("Second sync")
    window.wait("the round to be over", lambda: re.search(r"The next round begins at \d\d:\d\d", window.text()), patience=60)
    if "0 of 3 old mailboxes are quiet." not in window.text():
        raise SystemExit(f"quiet at once?\n{window.text()}")
    rows = [row(window, name) for name in ("n1", "n2", "n3")]
    for said, messages in zip(rows, ("3,000 messages", "6 messages", "2 messages")):
        if messages not in said or not said.endswith("Copied and checked"):
            raise SystemExit(f"{messages}, copied and checked: {said}")
    window.press("Pause all")
    window.wait("the wait to end", lambda: window.find(["push button", "button"], "Start"))
    window.close()
    print(json.dumps({"paused_at_percent": paused_at, "killed_at_percent": killed_at}))


def gives(window, server):
    """What a name server is shown to give: its badge stands after its name and address."""
    lines = [line.split(": ", 1)[1] for line in window.shows() if line.startswith("label: ")]
    for at, line in enumerate(lines):
        if line == server:
            return next((word for word in lines[at + 1:at + 4] if word in ("New", "Old", "Both", "None", "Another", "Not known")), None)
    return None


def dns(program, folder, listed, signals):
    """Domain typed, what is found, the record to lower the TTL, the countdown, the list before the change, the records, the watch."""
    window = Window(program)
    window.press("I am a technician")
    window.press("New job")
    window.type("The firm that moves", "Example Ltd")
    window.type("Folder for the job", folder)
    window.press("Make the job")
    window.press("Next: mailboxes")
    window.type("File with the list", listed)
    window.press("Read the list")
    window.press(re.compile("DNS, .*"))
    window.heading("DNS before the change")
    window.type("Domain", "Shop.test")
    window.type("New mail server", "mx.new.test")
    window.press("Ask the name servers")
    window.wait("the old TTL", lambda: re.search(r"The old MX, with a TTL of 1\sh.*\. Lower it to 300 s first", window.text()))
    text = window.text()
    for found in ("10 mail.old.test, TTL 3600", "20 backup.old.test, TTL 3600", "v=spf1 ip4:192.0.2.0/24 include:_spf.old.test -all", "Lower the TTL of the MX from 3600 to 300"):
        if found not in text:
            raise SystemExit(f"«{found}» is not told:\n{text}")
    if [gives(window, server) for server in ("ns1.shop.test", "ns2.shop.test", "127.0.0.1")] != ["Old"] * 3:
        raise SystemExit(f"the servers give the old MX:\n{text}")
    lower = "shop.test. 300 IN MX 10 mail.old.test."
    window.press(f"Copy: {lower}")

    signal_to(signals, "lower")
    window.press("Ask again now")
    window.wait("the countdown", lambda: "The TTL is lowered. The old TTL runs out at" in window.text())
    window.wait("the clock", lambda: window.find(["label"], re.compile(r"59:\d\d|1:00:00")))
    signal_to(signals, "wait")
    window.press("Ask again now")
    window.wait("the TTL to run out", lambda: "The old TTL has run out. The MX may be changed now." in window.text())

    window.press(re.compile("Mail server change, .*"))
    window.heading("Go / no-go list")
    window.wait("the TTL on the list", lambda: "The TTL of the MX of shop.test is low, and the old one has run out" in window.text())
    window.press("Show the records")
    window.heading("The mail server change")
    for record in ("shop.test. 300 IN MX 10 mx.new.test.", "shop.test. 300 IN MX 10 mail.old.test.", "shop.test. 300 IN MX 20 backup.old.test."):
        window.wait(f"the record {record}", lambda record=record: window.find(["push button", "button"], f"Copy: {record}"))

    steps = [
        ("one", ["New", "Old", "Old"], "The change is under way."),
        ("both", ["New", "New", "Old"], "2 of 3 servers give the new MX."),
        ("all", ["New", "New", "New"], "3 of 3 servers give the new MX."),
    ]
    for word, wanted, sentence in steps:
        signal_to(signals, word)
        window.press("Ask again now")

        def as_wanted(wanted=wanted, sentence=sentence):
            return sentence in window.text() and [gives(window, server) for server in ("ns1.shop.test", "ns2.shop.test", "127.0.0.1")] == wanted

        window.wait(f"{wanted}, {sentence}", as_wanted)
    if not re.search(r"Until \d\d:\d\d mail may still reach the old server", window.text()):
        raise SystemExit(f"how long mail may still reach the old server is not told:\n{window.text()}")
    window.close()
    print(json.dumps({"servers": 3}))


if __name__ == "__main__":
    {"practice": practice, "journey": journey, "job": job, "again": again, "dns": dns, "system": system}[sys.argv[1]](*sys.argv[2:])
