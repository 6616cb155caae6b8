"""Fetching: only verified files are ever left, whatever a source does."""

import errno
import hashlib
import io
import os
import resource
import tarfile
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fixing_ntk.data import download, uci
from fixing_ntk.data import paper_datasets as groups

GOOD = {
    "toy.txt": b"n_entradas= 1\nfich1= toy_R.dat\n",
    "toy_R.dat": b"\tf1\tclase\n1\t0.5\t0\n2\t-0.5\t1\n3\t1.5\t0\n",
    "conxuntos.dat": b"0 1 \n2 3 \n",
    "conxuntos_kfold.dat": b"0 1 2 \n3 \n" * 4,
}
SUMS = {f"data/toy/{f}": hashlib.sha256(b).hexdigest() for f, b in GOOD.items()}
ALL_BUT_DATA = {file: content for file, content in GOOD.items() if file != "toy_R.dat"}


@pytest.fixture(autouse=True)
def _toy(monkeypatch):
    """Pin one toy set, wait for nothing, and keep loopback traffic out of any proxy."""
    monkeypatch.setattr(uci, "registry", lambda: dict(SUMS))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(variable, "127.0.0.1")


@contextmanager
def serve(answer):
    """
    Serve on a free loopback port; `answer(path, k)` gives the k-th (status, body[, length]).

    The body is bytes or yields them; of status 302 it is where to look instead.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, body, *length = answer(self.path, asked.count(self.path))
            self.send_response(status)
            self.send_header("Content-Length", str(length[0] if length else len(body)))
            if status == 302:
                self.send_header("Location", body.decode())
            self.end_headers()
            for part in [body] if isinstance(body, bytes) else body:
                self.wfile.write(part)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def good(path, _=1):
    body = GOOD.get(path.rsplit("/", 1)[-1])
    return (200, body) if body is not None else (404, b"")


@contextmanager
def public(monkeypatch, tarball, github=lambda path, _: (404, b"")):
    """Serve the two public sources, the archive when it is asked again; GitHub has no files."""

    def answer(path, k):
        if path == "/a/data.tar.gz":
            return (500, b"") if k == 1 else (200, tarball)
        return github(path, k)

    with serve(answer) as (url, asked):
        monkeypatch.setattr(download, "GITHUB", f"{url}/github")
        monkeypatch.setattr(download, "ARCHIVE", f"{url}/a/data.tar.gz")
        yield asked


def folder_mirror(root, contents=GOOD):
    place = root / "data" / "toy"
    place.mkdir(parents=True)
    for file, content in contents.items():
        (place / file).write_bytes(content)
    return root


def archive(members):
    """Make a tar.gz of (name, bytes or symlink target) pairs, or of a dict of the toy set."""
    if isinstance(members, dict):
        members = [(f"data/toy/{file}", content) for file, content in members.items()]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def fetched(folder, **kwargs):
    download.fetch("toy", folder, progress=False, **kwargs)
    return contents(folder)


def failure(folder, *needles, **kwargs):
    """Return what is left by a fetch that must fail: verified files; the message names others."""
    with pytest.raises(download.DownloadError) as caught:
        fetched(folder, **kwargs)
    left = contents(folder)
    assert left.items() <= GOOD.items()
    for needle in ("'toy'", "mirror:", "MIRROR", *GOOD.keys() - left.keys(), *needles):
        assert needle in str(caught.value)
    return left


def test_good_files_are_kept_and_wrong_ones_replaced(tmp_path):
    folder, mirror = tmp_path / "deep" / "toy", folder_mirror(tmp_path / "mirror")
    paths = download.fetch("toy", folder, mirror=mirror)
    assert paths == [folder / file for file in GOOD]
    assert contents(folder) == GOOD
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in paths)
    os.utime(folder / "toy.txt", (1, 1))
    (folder / "toy_R.dat").write_bytes(b"spoilt")
    assert fetched(folder, mirror=mirror) == GOOD
    assert (folder / "toy.txt").stat().st_mtime == 1
    (mirror / "data" / "toy" / "toy_R.dat").unlink()
    fetched(folder, mirror=mirror)  # nothing is missing, so no source is asked
    (folder / "toy_R.dat").write_bytes(b"spoilt")
    assert failure(folder, mirror=mirror) == ALL_BUT_DATA, "a wrong file does not stay"


def test_mirror_is_the_only_source(tmp_path, monkeypatch):
    with public(monkeypatch, archive(GOOD), good) as asked:
        failure(tmp_path / "toy", mirror=tmp_path / "nowhere")
    assert asked == []


@pytest.mark.parametrize(("slash", "progress"), [("", True), ("/", False)])
def test_url_mirror_and_progress_bar(tmp_path, capsys, slash, progress):
    with serve(good) as (url, asked):
        download.fetch("toy", tmp_path / "toy", mirror=url + slash, progress=progress)
    assert contents(tmp_path / "toy") == GOOD
    assert asked == [f"/{path}" for path in SUMS]
    bars = capsys.readouterr().err
    assert ("toy_R.dat" in bars and "100%" in bars) if progress else bars == ""


def test_a_server_that_recovers_and_a_file_that_has_moved(tmp_path):
    def answer(path, k):
        if k < 3:
            return 500, b""
        return (302, b"/elsewhere/toy.txt") if path == "/data/toy/toy.txt" else good(path)

    with serve(lambda path, k: good(path) if "elsewhere" in path else answer(path, k)) as (url, _):
        assert fetched(tmp_path / "toy", mirror=url) == GOOD


@pytest.mark.parametrize("file", ["toy.txt", "conxuntos_kfold.dat"])
@pytest.mark.parametrize(
    ("kind", "reason", "asks", "gives_up"),
    [
        ("404", "HTTP 404", 1, False),
        ("500", "HTTP 500", 2, True),
        ("wrong", "SHA256", 2, False),
        ("short", "SHA256", 2, False),
        ("empty", "SHA256", 2, False),
        ("another file", "SHA256", 2, False),
        ("broken off", "no connection, or it broke off (IncompleteRead(", 2, True),
        ("stalled", "no connection, or it broke off (Read timed out", 2, True),
        ("silent", "timed out after 0.1 s", 2, True),
    ],
)
def test_a_file_that_fails_leaves_the_rest_of_the_set(
    tmp_path, monkeypatch, kind, reason, asks, gives_up, file
):
    monkeypatch.setattr(download, "TIMEOUT", 0.1)
    monkeypatch.setattr(download, "RETRIES", 1)
    release, body = threading.Event(), GOOD[file]

    def halting():
        yield body[:-2]
        release.wait(5)

    def answer(path, _):
        if path != f"/data/toy/{file}":
            return good(path)
        if kind == "silent":
            release.wait(5)
        return {
            "404": (404, b""),
            "500": (500, b""),
            "wrong": (200, b"<html>log in</html>"),
            "short": (200, body[:-2]),
            "empty": (200, b""),
            "another file": (302, b"/data/toy/toy_R.dat"),
            "broken off": (200, body[:-2], len(body)),
            "stalled": (200, halting(), len(body)),
            "silent": (200, body),
        }[kind]

    instead = [SUMS["data/toy/toy_R.dat"]] if kind == "another file" else []
    with serve(answer) as (url, asked):
        place = f"{url}/data/toy/{file}: {reason}"
        left = failure(tmp_path / "toy", place, *instead, mirror=url)
        release.set()
    assert asked.count(f"/data/toy/{file}") == asks
    # A source that does not answer is not asked for what follows.
    before = list(GOOD)[: list(GOOD).index(file)] if gives_up else GOOD.keys() - {file}
    assert left == {name: GOOD[name] for name in before}
    assert fetched(tmp_path / "toy", mirror=folder_mirror(tmp_path / "m")) == GOOD


@pytest.mark.parametrize(
    ("limit", "pause", "reason"),
    [
        ({"LARGEST": 4096}, 0.0, "larger than 4,096 bytes, so it is not the file"),
        ({"LONGEST": 0.2}, 0.05, "not there after 0.2 s"),
    ],
)
def test_a_file_that_never_ends_is_given_up(tmp_path, monkeypatch, limit, pause, reason):
    """Whether its bytes come fast or drip: none of them waits as long as `TIMEOUT`."""
    for name, value in limit.items():
        monkeypatch.setattr(download, name, value)
    ended = threading.Event()

    def endless():
        while not ended.wait(pause):
            yield bytes(2048)

    def answer(path, _):
        return (200, endless(), 10**9) if path.endswith("_R.dat") else good(path)

    with serve(answer) as (url, asked):
        left = failure(tmp_path / "toy", f"toy_R.dat: {reason}", mirror=url)
        ended.set()
    assert left == ALL_BUT_DATA
    assert sum(path.endswith("_R.dat") for path in asked) == 1


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({}, "missing"),
        ({"toy_R.dat": b"spoilt"}, "SHA256 hash of downloaded file (toy_R.dat) does not match"),
        ({"toy_R.dat": "/etc/hostname"}, "missing: no regular file toy/toy_R.dat in the archive"),
    ],
)
def test_what_a_folder_or_the_archive_lacks(tmp_path, monkeypatch, bad, reason):
    sums = [SUMS["data/toy/toy_R.dat"], hashlib.sha256(b"spoilt").hexdigest()]
    needles = sums if "SHA256" in reason else []
    with public(monkeypatch, archive(ALL_BUT_DATA | bad)):
        place = f"data.tar.gz/toy/toy_R.dat: {reason}"
        left = failure(tmp_path / "archived", place, "/github/data/toy/toy.txt: HTTP 404", *needles)
    assert left == ALL_BUT_DATA
    if "archive" not in reason:
        mirror = folder_mirror(tmp_path / "mirror", ALL_BUT_DATA | bad)
        place = f"{mirror}/data/toy/toy_R.dat: {reason}"
        assert failure(tmp_path / "copied", place, *needles, mirror=mirror) == ALL_BUT_DATA


@pytest.mark.parametrize(
    ("source", "file", "asks"),
    [("folder", "toy_R.dat", 0), ("url", "toy_R.dat", 2), ("archive", "toy.txt", len(GOOD) + 2)],
)
def test_a_disk_that_fills_up(tmp_path, monkeypatch, source, file, asks):
    size = len(GOOD["toy.txt"])  # which fits, and nothing larger does: neither data nor archive
    mirror = folder_mirror(tmp_path / "mirror")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with public(monkeypatch, archive(GOOD)) as publicly, serve(good) as (url, asked):
        chosen = {"folder": mirror, "url": url}.get(source)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            with pytest.raises(download.DownloadError) as caught:
                fetched(tmp_path / "toy", mirror=chosen)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert f"data set 'toy': cannot write {file} from" in str(caught.value)
    assert os.strerror(errno.EFBIG) in str(caught.value)
    assert f"free some space for {tmp_path / 'toy'}" in str(caught.value)
    assert {errno.ENOSPC, errno.EDQUOT} < {*download.NO_SPACE}
    assert len(publicly + asked) == asks, "no use in asking again"
    before = {} if source == "archive" else {"toy.txt": GOOD["toy.txt"]}
    assert contents(tmp_path / "toy") == before, "what is written before stays"
    assert fetched(tmp_path / "toy", mirror=mirror) == GOOD


def test_github_first_then_archive(tmp_path, monkeypatch):
    lacking = ("toy.txt", "conxuntos_kfold.dat")
    tarball = archive({file: GOOD[file] for file in (*lacking, "conxuntos.dat")})

    def github(path, k):
        if k == 1:
            return 500, b""
        return (404, b"") if path.endswith(lacking) else good(path)

    with public(monkeypatch, tarball, github) as asked:
        assert fetched(tmp_path / "toy") == GOOD
    once = [*(f"/github/{path}" for path in SUMS), "/a/data.tar.gz"]
    assert asked == [path for path in once for _ in range(2)]  # again after 500


@pytest.mark.parametrize("prefix", ["data/", "./data/", "", "./"])
def test_only_wanted_regular_files_of_the_archive_are_written(tmp_path, monkeypatch, prefix):
    (tmp_path / "secret").write_bytes(b"secret")
    members = [
        ("../evil", b"evil"),
        (f"{tmp_path}/absolute", b"evil"),
        (f"{prefix}toy/toy.txt", str(tmp_path / "secret")),  # a symlink of the right name
        (f"{prefix}toy/link", "../../evil"),
        (f"{prefix}other/toy.txt", b"evil"),
        (f"{prefix}toy/../../evil", b"evil"),
        *((f"{prefix}toy/{file}", content) for file, content in GOOD.items()),
    ]
    with public(monkeypatch, archive(members)):
        assert fetched(tmp_path / "inner" / "toy") == GOOD
    assert {p.name for p in tmp_path.rglob("*")} == {"secret", "inner", "toy", *GOOD}
    assert not any(p.is_symlink() for p in tmp_path.rglob("*"))


@pytest.mark.parametrize("size", [10_000, 40, 0, None])
def test_an_archive_that_is_truncated_or_a_web_page(tmp_path, monkeypatch, size):
    whole = archive([("data/other/big", os.urandom(20_000))])
    with public(monkeypatch, b"<html>moved</html>" if size is None else whole[:size]):
        left = failure(tmp_path / "toy", "data.tar.gz/toy/toy.txt: the archive cannot be read")
    assert left == {}


def test_no_network_names_both_public_sources(tmp_path, monkeypatch):
    with public(monkeypatch, b""):
        pass  # now nothing listens there
    places = [f"{download.GITHUB}/data/toy/toy.txt", f"{download.ARCHIVE}/toy/toy.txt"]
    reason = ": no connection, or it broke off ("
    failure(tmp_path / "toy", *(place + reason for place in places), "Connection refused")


def test_unknown_set_names_the_closest(monkeypatch, tmp_path):
    with pytest.raises(ValueError, match=r"unknown UCI set 'toi' \(closest: toy\)"):
        download.fetch("toi", tmp_path)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="closest: pittsburg-bridges-T-OR-D"):
        uci.files("pittsburgh-bridges")
    with pytest.raises(ValueError, match="unknown UCI set"):
        uci.files("../blood")


def test_pinned_registry(monkeypatch):
    monkeypatch.undo()
    pinned = uci.registry()
    assert len(pinned) == 163
    assert list(pinned) == sorted(pinned)
    assert all(len(sha) == 64 and int(sha, 16) >= 0 for sha in pinned.values())
    names = {path.split("/")[1] for path in pinned}
    assert names == set(groups.UCI)
    assert [len(group) for group in (groups.PAPER, groups.SCNN, groups.LARGER)] == [33, 33, 4]
    for name in names:
        partition = {f"data/{name}/conxuntos{end}.dat" for end in ("", "_kfold")}
        assert (partition & pinned.keys()) == (partition if name in groups.PAPER else set())
    assert uci.files("monks-1") == [
        f"data/monks-1/monks-1{end}" for end in (".txt", "_test_R.dat", "_train_R.dat")
    ]


@pytest.mark.skipif(not os.environ.get("MIRROR"), reason="needs the MIRROR environment variable")
def test_every_real_file_matches_its_pin(monkeypatch, tmp_path):
    monkeypatch.undo()
    for name in groups.UCI:
        paths = download.fetch(name, tmp_path / name, mirror=os.environ["MIRROR"], progress=False)
        assert {p.name for p in paths} == {p.name for p in (tmp_path / name).iterdir()}
