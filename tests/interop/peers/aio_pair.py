"""Two peers of aioice, or of aiortc with a data channel, in this process, that may use relayed candidates alone.

aio_pair.py ice|rtc udp|tcp|tls HOST PORT USER PASSWORD COUNT: prints how many messages came whole, each way.
"""

import asyncio
import functools
import json
import ssl
import sys

import aioice
import aiortc
import aiortc.rtcicetransport

PATIENCE_S = 45


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def relay_only(transport, host, port, user, password):
    """What makes aioice use the relay and nothing else."""
    return {
        "turn_server": (host, port),
        "turn_username": user,
        "turn_password": password,
        "turn_transport": "udp" if transport == "udp" else "tcp",
        "turn_ssl": unverified() if transport == "tls" else False,
        "transport_policy": aioice.TransportPolicy.RELAY,
    }


async def talk_over_ice(options, count):
    a = aioice.Connection(ice_controlling=True, **options)
    b = aioice.Connection(ice_controlling=False, **options)
    await asyncio.gather(a.gather_candidates(), b.gather_candidates())
    for one, other in ((a, b), (b, a)):
        for candidate in one.local_candidates:
            await other.add_remote_candidate(candidate)
        await other.add_remote_candidate(None)
        other.remote_username, other.remote_password = one.local_username, one.local_password
    await asyncio.gather(a.connect(), b.connect())
    arrived = []
    for one, other in ((a, b), (b, a)):
        whole = 0
        for i in range(count):
            message = b"message %d" % i
            await one.send(message)
            whole += await other.recv() == message
        arrived.append(whole)
    types = sorted({candidate.type for each in (a, b) for candidate in each.local_candidates})
    await asyncio.gather(a.close(), b.close())
    return {"there": arrived[0], "back": arrived[1], "candidates": types}


async def talk_over_rtc(options, count):
    aiortc.rtcicetransport.Connection = functools.partial(relayed_connection, options)
    a, b = aiortc.RTCPeerConnection(), aiortc.RTCPeerConnection()
    channel = a.createDataChannel("interop")
    there, back, done = [], [], asyncio.get_running_loop().create_future()

    @b.on("datachannel")
    def on_datachannel(incoming):
        @incoming.on("message")
        def echo(message):
            there.append(message)
            incoming.send(message)

    @channel.on("open")
    def on_open():
        for i in range(count):
            channel.send(f"message {i}")

    @channel.on("message")
    def on_message(message):
        back.append(message)
        if len(back) == count and not done.done():
            done.set_result(None)

    await a.setLocalDescription(await a.createOffer())
    await b.setRemoteDescription(a.localDescription)
    await b.setLocalDescription(await b.createAnswer())
    await a.setRemoteDescription(b.localDescription)
    await done
    expected = [f"message {i}" for i in range(count)]
    types = sorted({line.split()[7] for pc in (a, b) for line in pc.localDescription.sdp.splitlines() if "a=candidate" in line})
    await asyncio.gather(a.close(), b.close())
    return {"there": count if there == expected else 0, "back": count if back == expected else 0, "candidates": types}


def relayed_connection(options, ice_controlling, **_):
    return aioice.Connection(ice_controlling=ice_controlling, **options)


async def main():
    what, transport, host, port, user, password, count = sys.argv[1:]
    options = relay_only(transport, host, int(port), user, password)
    talk = talk_over_ice if what == "ice" else talk_over_rtc
    print(json.dumps(await asyncio.wait_for(talk(options, int(count)), PATIENCE_S)))


asyncio.run(main())
