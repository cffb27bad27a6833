"""Counts the items and attachments of PST files with libpff: one path a line in, one line `items attachments failed` out.

Each file is counted in a process of its own, which ends when it takes too long; such a file counts as nothing.
"""
import multiprocessing
import sys

SECONDS = 60
DEEPEST = 64


def count(path, out):
    import pypff
    items = attachments = failed = 0
    waiting = []
    try:
        file = pypff.file()
        file.open(path)
        waiting.append((file.get_root_folder(), 0))
    except Exception:
        pass
    while waiting:
        folder, depth = waiting.pop()
        for number, take in (("number_of_sub_messages", "get_sub_message"), ("number_of_sub_folders", "get_sub_folder")):
            try:
                several = getattr(folder, number)
            except Exception:
                continue
            for at in range(several):
                try:
                    found = getattr(folder, take)(at)
                except Exception:
                    failed += 1
                    continue
                if take == "get_sub_folder":
                    if depth < DEEPEST:
                        waiting.append((found, depth + 1))
                    continue
                items += 1
                try:
                    attachments += found.number_of_attachments
                except Exception:
                    pass
    out.put((items, attachments, failed))


def main():
    import pypff  # noqa: F401 - tells at once whether it is there
    for line in sys.stdin:
        queue = multiprocessing.Queue()
        worker = multiprocessing.Process(target=count, args=(line.rstrip("\n"), queue))
        worker.start()
        worker.join(SECONDS)
        try:
            result = queue.get(timeout=1)
        except Exception:
            result = (0, 0, -1)
        if worker.is_alive():
            worker.kill()
        print(*result, flush=True)


if __name__ == "__main__":
    main()
