#!/usr/bin/python3
"""Takes the notifications of a session bus in place of a desktop: one line of JSON each, appended to a file."""
import json
import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"


class Taker(dbus.service.Object):
    last = 0

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        number = int(replaces) or Taker.last + 1
        Taker.last = max(Taker.last, number)
        taken = {"id": number, "app": app, "summary": summary, "body": body, "actions": list(actions)}
        with open(sys.argv[1], "a", encoding="utf-8") as out:
            out.write(json.dumps(taken) + "\n")
        return dbus.UInt32(number)

    @dbus.service.method(NAME, in_signature="u")
    def CloseNotification(self, number):
        self.NotificationClosed(number, 3)

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return ["actions", "body"]

    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return "taker", "test", "1", "1.2"

    @dbus.service.signal(NAME, signature="uu")
    def NotificationClosed(self, number, reason):
        pass


DBusGMainLoop(set_as_default=True)
TAKER = Taker(dbus.service.BusName(NAME, dbus.SessionBus(), do_not_queue=True), "/org/freedesktop/Notifications")
print("ready", flush=True)
GLib.MainLoop().run()
