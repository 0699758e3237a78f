#!/usr/bin/env python3
"""Prints what is said in a room, over WebSocket, with the stock `websockets` library.

    python3 docs/examples/listen.py USERNAME PASSWORD [ROOM] [COUNT]

Ends after COUNT messages, or never.
"""
import asyncio
import json
import sys

import websockets

ADDRESS = "ws://127.0.0.1:8080/ws"


async def main(username, password, room="general", count=None):
    async with websockets.connect(ADDRESS) as socket:
        await socket.send(json.dumps({"type": "login", "username": username, "password": password}))
        await socket.send(json.dumps({"type": "join", "chat_id": room}))
        await socket.send(json.dumps({"type": "history", "chat_id": room, "limit": 20}))
        seen = last = 0
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] == "error":
                sys.exit(frame["message"])
            messages = frame["messages"] if frame["type"] == "history" else []
            if frame["type"] == "new_message" and frame["chat_id"] == room:
                messages = [frame["message"]]
            for message in messages:
                if message["seq"] <= last:
                    continue  # came both live and with the history
                last = message["seq"]
                print(f"{message['sender_username']}: {message['content']}", flush=True)
                seen += 1
                if count and seen >= int(count):
                    return


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:]))
