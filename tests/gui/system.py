#!/usr/bin/python3
"""Stands for two services of the system's bus, NetworkManager and logind, as far as the window asks them.

    system.py STATE HELD    the connection is metered while the file STATE says `yes`; HELD gets a line for each wish to stay awake,
                            «held idle» when it is asked for and «released idle» when it is given up

Says «ready» once both names are its own. The bus is the one of DBUS_SYSTEM_BUS_ADDRESS.
"""
import os
import sys
import threading

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

INTERFACES = """<node>
  <interface name="org.freedesktop.NetworkManager"><property name="Metered" type="u" access="read"/></interface>
  <interface name="org.freedesktop.login1.Manager">
    <method name="Inhibit">
      <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
      <arg type="h" direction="out"/>
    </method>
  </interface>
</node>"""
STATE, HELD = sys.argv[1], sys.argv[2]


def note(line):
    with open(HELD, "a", encoding="utf-8") as held:
        held.write(line + "\n")


def metered(*_):
    with open(STATE, encoding="utf-8") as state:
        return GLib.Variant("u", 1 if state.read().strip() == "yes" else 2)


def inhibit(connection, sender, path, interface, method, parameters, invocation):
    what, _who, _why, mode = parameters.unpack()
    ours, theirs = os.pipe()
    note(f"held {what}")

    def watch():
        os.read(ours, 1)  # ends when the last copy of the other end is closed
        os.close(ours)
        note(f"released {what}")

    invocation.return_value_with_unix_fd_list(GLib.Variant("(h)", (0,)), Gio.UnixFDList.new_from_array([theirs]))
    threading.Thread(target=watch, daemon=True).start()


node = Gio.DBusNodeInfo.new_for_xml(INTERFACES)
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(os.environ["DBUS_SYSTEM_BUS_ADDRESS"], flags, None, None)
bus.register_object("/org/freedesktop/NetworkManager", node.interfaces[0], None, metered, None)
bus.register_object("/org/freedesktop/login1", node.interfaces[1], inhibit, None, None)
Gio.bus_own_name_on_connection(bus, "org.freedesktop.login1", Gio.BusNameOwnerFlags.NONE, None, None)
Gio.bus_own_name_on_connection(bus, "org.freedesktop.NetworkManager", Gio.BusNameOwnerFlags.NONE, lambda *_: print("ready", flush=True), None)
GLib.MainLoop().run()
