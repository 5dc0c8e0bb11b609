"""The network between surveyors and server: one TCP port that passes everything on until it is cut."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Coroutine
from typing import Any

CHUNK = 65_536


class Wire:
    """Listens on `port`, passes on to `upstream`. Cut before the request arrives, or before its answer comes back."""

    def __init__(self, port: int, upstream: int) -> None:
        self.port, self.upstream = port, upstream
        self.down = self.deaf = False
        self.cuts = 0
        self.answers_dropped = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.run(self.listen())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def cut(self, seconds: float, *, answers_only: bool) -> None:
        """No network for so long. `answers_only`: requests arrive, what comes back is lost; then the lines break."""
        self.cuts += 1
        if answers_only:
            self.deaf = True
            time.sleep(seconds)
            self.run(self.hang_up())
            self.deaf = False
            return
        self.down = True
        self.run(self.hang_up())
        time.sleep(seconds)
        self.down = False

    async def listen(self) -> None:
        await asyncio.start_server(self.serve, "127.0.0.1", self.port)

    async def hang_up(self) -> None:
        for writer in list(self.open):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            if not self.down:
                there, back = await asyncio.open_connection("127.0.0.1", self.upstream)
                ends.append(back)
                self.open.update(ends)
                await asyncio.gather(self.carry(reader, back), self.carry(there, writer, answers=True))
        except OSError:
            pass  # the server is dead, or the line was cut
        finally:
            for end in ends:
                self.open.discard(end)
                with contextlib.suppress(OSError):
                    end.transport.abort()

    async def carry(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        while data := await source.read(CHUNK):
            if answers and self.deaf:
                self.answers_dropped += 1
                continue
            target.write(data)
            await target.drain()
        target.transport.abort()  # one end is gone, so is the other
