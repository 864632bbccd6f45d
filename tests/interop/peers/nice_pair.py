"""Two agents of libnice in this process that may use relayed candidates alone.

nice_pair.py udp|tcp|tls HOST PORT USER PASSWORD COUNT: prints how many messages came whole, each way.
"""

import ctypes
import json
import sys

import gi

gi.require_version("Nice", "0.1")
from gi.repository import GLib, Nice  # noqa: E402

PATIENCE_S = 45

# What libnice's introspection leaves out.
library = ctypes.CDLL("libnice.so.10")
Received = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)
library.nice_agent_attach_recv.argtypes = [
    ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, Received, ctypes.c_void_p]

TYPES = {"udp": Nice.RelayType.UDP, "tcp": Nice.RelayType.TCP, "tls": Nice.RelayType.TLS}


class Peer:
    """One agent. Once it is ready it sends message after message, each when the other one has got the last."""

    def __init__(self, controlling, transport, host, port, user, password):
        self.other = None
        self.arrived = 0
        self.agent = Nice.Agent.new(GLib.MainContext.default(), Nice.Compatibility.RFC5245)
        self.agent.set_property("controlling-mode", controlling)
        self.agent.set_property("force-relay", True)
        self.agent.set_property("upnp", False)
        self.agent.set_property("ice-tcp", False)
        address = Nice.Address()
        address.set_from_string(host)
        self.agent.add_local_address(address)
        self.stream = self.agent.add_stream(1)
        self.agent.set_relay_info(self.stream, 1, host, port, user, password, TYPES[transport])
        self.received = Received(self.on_message)  # as long as the agent
        assert library.nice_agent_attach_recv(hash(self.agent), self.stream, 1, None, self.received, None)
        self.is_gathered = self.is_ready = False

    def on_message(self, _agent, _stream, _component, size, data, _user_data):
        if ctypes.string_at(data, size).decode() == f"message {self.arrived}":
            self.arrived += 1

    def send_next(self):
        text = f"message {self.other.arrived}"
        self.agent.send(self.stream, 1, len(text), text)

    def introduce_to(self, other):
        self.other = other
        got, ufrag, password = self.agent.get_local_credentials(self.stream)
        assert got
        other.agent.set_remote_credentials(other.stream, ufrag, password)
        other.agent.set_remote_candidates(other.stream, 1, self.agent.get_local_candidates(self.stream, 1))


def give_back(peers):
    """Closes the agents, so that each ends its allocation."""
    left = list(peers)
    loop = GLib.MainLoop()

    def on_closed(agent, result, *_):
        agent.close_finish(result) if hasattr(agent, "close_finish") else None
        left.pop()
        if not left:
            loop.quit()

    for peer in peers:
        peer.agent.close_async(on_closed)
    GLib.timeout_add_seconds(5, loop.quit)
    loop.run()


def main():
    transport, host, port, user, password, count = sys.argv[1:]
    count = int(count)
    peers = [Peer(controlling, transport, host, int(port), user, password) for controlling in (True, False)]
    loop = GLib.MainLoop()
    told = {}

    def on_gathered(agent, _stream):
        for peer in peers:
            peer.is_gathered |= peer.agent is agent
        if all(peer.is_gathered for peer in peers):
            types = {c.type.value_nick for p in peers for c in p.agent.get_local_candidates(p.stream, 1)}
            told["candidates"] = sorted(types)
            peers[0].introduce_to(peers[1])
            peers[1].introduce_to(peers[0])

    def on_state(agent, _stream, _component, state):
        for peer in peers:
            peer.is_ready |= peer.agent is agent and state == Nice.ComponentState.READY

    def on_turn():
        if not all(peer.is_ready for peer in peers):
            return True
        if all(peer.arrived >= count for peer in peers):
            loop.quit()
            return False
        for peer in peers:
            if peer.other.arrived < count:
                peer.send_next()
        return True

    for peer in peers:
        peer.agent.connect("candidate-gathering-done", on_gathered)
        peer.agent.connect("component-state-changed", on_state)
        assert peer.agent.gather_candidates(peer.stream)
    GLib.timeout_add(10, on_turn)
    GLib.timeout_add_seconds(PATIENCE_S, loop.quit)
    loop.run()
    told["there"], told["back"] = peers[1].arrived, peers[0].arrived
    give_back(peers)
    print(json.dumps(told))


main()
