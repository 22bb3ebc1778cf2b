"""Writes frames on two serial lines in turn, from a process that does nothing else.

Run as ``python -m benchmarks.frame_writer FRAMES PERIOD_S FIRST FD FD``: FIRST is the number of the
first frame, FD are the descriptors of the lines' device ends. Prints JSON when it is done: for each
line, [sequence number, time] of every frame; the time is the host's wall clock just before the
frame was written.
"""

import json
import sys
import time

from benchmarks.room import SerialFrames


def main() -> None:
    """Write, then print."""
    frames, period_s = int(sys.argv[1]), float(sys.argv[2])
    lines = [SerialFrames(int(word), int(sys.argv[3])) for word in sys.argv[4:]]
    written: list[list[tuple[int, float]]] = [[] for _ in lines]
    began_s = time.monotonic()
    for number in range(frames):
        for which, line in enumerate(lines):
            due_s = began_s + (number + which / len(lines)) * period_s
            time.sleep(max(0.0, due_s - time.monotonic()))
            sequence = line.prepare(time.monotonic())
            at_s = time.time()
            line.send()
            written[which].append((sequence, at_s))
    print(json.dumps(written))


if __name__ == "__main__":
    main()
