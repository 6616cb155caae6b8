"""Fetching: only verified files are ever left, whatever a source does."""

import errno
import hashlib
import io
import os
import resource
import shutil
import tarfile
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fixing_ntk.data import download, groups, uci

GOOD = {
    "toy.txt": b"n_entradas= 1\nfich1= toy_R.dat\n",
    "toy_R.dat": b"\tf1\tclase\n1\t0.5\t0\n2\t-0.5\t1\n",
    "conxuntos.dat": b"0 1 \n2 3 \n",
    "conxuntos_kfold.dat": b"0 1 2 \n3 \n" * 4,
}
PARTITION = ["conxuntos.dat", "conxuntos_kfold.dat"]
SUMS = {f"data/toy/{f}": hashlib.sha256(b).hexdigest() for f, b in GOOD.items()}


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


def folder_mirror(root, contents=GOOD):
    place = root / "data" / "toy"
    place.mkdir(parents=True)
    for file, content in contents.items():
        (place / file).write_bytes(content)
    return root


def archive(members):
    """Make a tar.gz of (name, bytes or symlink target) pairs."""
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


def failure(folder, **kwargs):
    """Return the message of a fetch that must fail, having left only verified files."""
    with pytest.raises(download.DownloadError) as caught:
        download.fetch("toy", folder, progress=False, **kwargs)
    left = contents(folder)
    assert left.items() <= GOOD.items()
    message = str(caught.value)
    assert "'toy'" in message
    assert "mirror:" in message
    assert "MIRROR" in message
    for file in GOOD.keys() - left.keys():
        assert file in message
    return message


def test_folder_mirror(tmp_path):
    mirror = folder_mirror(tmp_path / "mirror")
    paths = download.fetch("toy", tmp_path / "deep" / "toy", mirror=mirror)
    assert paths == [tmp_path / "deep" / "toy" / file for file in GOOD]
    assert contents(tmp_path / "deep" / "toy") == GOOD
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in paths)


def test_good_files_are_kept_and_wrong_ones_replaced(tmp_path):
    folder = tmp_path / "toy"
    mirror = folder_mirror(tmp_path / "mirror")
    download.fetch("toy", folder, mirror=mirror)
    os.utime(folder / "toy.txt", (1, 1))
    (folder / "toy_R.dat").write_bytes(b"spoilt")
    download.fetch("toy", folder, mirror=mirror)
    assert contents(folder) == GOOD
    assert (folder / "toy.txt").stat().st_mtime == 1
    (mirror / "data" / "toy" / "toy_R.dat").unlink()
    download.fetch("toy", folder, mirror=mirror)  # nothing is missing, so no source is asked


def test_a_wrong_file_does_not_stay_when_its_replacement_fails(tmp_path):
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "toy_R.dat").write_bytes(b"spoilt")
    failure(folder, mirror=tmp_path / "nowhere")
    assert contents(folder) == {}


def test_folder_mirror_missing_and_wrong(tmp_path):
    spoilt = folder_mirror(tmp_path / "mirror", {"toy_R.dat": b"spoilt"})
    message = failure(tmp_path / "toy", mirror=spoilt)
    assert f"{spoilt}/data/toy/toy.txt: missing" in message
    assert f"expected {SUMS['data/toy/toy_R.dat']}" in message
    assert hashlib.sha256(b"spoilt").hexdigest() in message


def test_mirror_is_the_only_source(tmp_path, monkeypatch):
    with serve(good) as (url, asked):
        monkeypatch.setattr(download, "GITHUB", url)
        monkeypatch.setattr(download, "ARCHIVE", f"{url}/data.tar.gz")
        failure(tmp_path / "toy", mirror=tmp_path / "nowhere")
    assert asked == []


@pytest.mark.parametrize("slash", ["", "/"])
def test_url_mirror_and_progress_bar(tmp_path, capsys, slash):
    with serve(good) as (url, asked):
        download.fetch("toy", tmp_path / "toy", mirror=url + slash)
    assert contents(tmp_path / "toy") == GOOD
    assert asked == [f"/{path}" for path in SUMS]
    bars = capsys.readouterr().err
    assert "toy_R.dat" in bars
    assert "100%" in bars


def test_no_progress_bar_when_not_wanted(tmp_path, capsys):
    with serve(good) as (url, _):
        download.fetch("toy", tmp_path / "toy", mirror=url, progress=False)
    assert capsys.readouterr().err == ""


def test_404_is_not_retried_and_the_other_files_are_asked_for(tmp_path):
    def answer(path, _):
        return good(path) if path.endswith("_R.dat") else (404, b"")

    with serve(answer) as (url, asked):
        message = failure(tmp_path / "toy", mirror=url)
    assert f"{url}/data/toy/toy.txt: HTTP 404" in message
    assert len(asked) == len(GOOD)
    assert set(contents(tmp_path / "toy")) == {"toy_R.dat"}


def test_500_then_success(tmp_path):
    with serve(lambda path, k: (500, b"") if k < 3 else good(path)) as (url, asked):
        download.fetch("toy", tmp_path / "toy", mirror=url, progress=False)
    assert contents(tmp_path / "toy") == GOOD
    assert len(asked) == 3 * len(GOOD)


def test_500_for_ever_gives_the_source_up(tmp_path):
    with serve(lambda path, k: (500, b"")) as (url, asked):
        message = failure(tmp_path / "toy", mirror=url)
    assert "HTTP 500" in message
    assert len(asked) == 1 + download.RETRIES


@pytest.mark.parametrize("kind", ["wrong", "short", "broken off"])
def test_bad_bytes_are_never_kept(tmp_path, kind):
    def answer(path, _):
        body = good(path)[1]
        return {
            "wrong": (200, b"<html>log in</html>"),
            "short": (200, body[:-5]),
            "broken off": (200, body[:-5], len(body)),
        }[kind]

    with serve(answer) as (url, _):
        message = failure(tmp_path / "toy", mirror=url)
    assert contents(tmp_path / "toy") == {}
    assert ("broke off" if kind == "broken off" else "SHA256") in message


def test_timeout(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.1)
    monkeypatch.setattr(download, "RETRIES", 0)
    release = threading.Event()

    def answer(path, _):
        release.wait(5)
        return 404, b""

    with serve(answer) as (url, _):
        message = failure(tmp_path / "toy", mirror=url)
        release.set()
    assert "timed out after 0.1 s" in message


def test_a_connection_that_stalls_in_the_middle_of_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.1)
    monkeypatch.setattr(download, "RETRIES", 1)
    release = threading.Event()

    def answer(path, _):
        body = good(path)[1]

        def halting():
            yield body[:-5]
            release.wait(5)

        return 200, halting(), len(body)

    with serve(answer) as (url, asked):
        message = failure(tmp_path / "toy", mirror=url)
        release.set()
    assert contents(tmp_path / "toy") == {}
    assert f"{url}/data/toy/toy.txt: no connection, or it broke off (Read timed out" in message
    assert len(asked) == 2, "once more, and not for the second file"


@pytest.mark.parametrize("target", ["toy_R.dat", "elsewhere/toy.txt"])
def test_redirect(tmp_path, target):
    """To the same file in another place it is followed; another file is not taken for it."""
    right = target.endswith("toy.txt")

    def answer(path, _):
        moved = path == "/data/toy/toy.txt"
        return (302, f"/data/toy/{target}".encode()) if moved else good(path)

    with serve(answer) as (url, _):
        if right:
            download.fetch("toy", tmp_path / "toy", mirror=url, progress=False)
        else:
            message = failure(tmp_path / "toy", mirror=url)
            assert f"{url}/data/toy/toy.txt: SHA256" in message
            assert SUMS["data/toy/toy_R.dat"] in message, "what came instead"
    assert {*GOOD} - {*contents(tmp_path / "toy")} == (set() if right else {"toy.txt"})


@pytest.mark.parametrize("file", PARTITION)
@pytest.mark.parametrize(
    "kind", ["404", "500", "wrong", "empty", "short", "broken off", "stalled", "elsewhere"]
)
def test_a_partition_that_fails_leaves_the_rest_of_the_set(tmp_path, monkeypatch, kind, file):
    monkeypatch.setattr(download, "TIMEOUT", 0.1)
    monkeypatch.setattr(download, "RETRIES", 1)
    release = threading.Event()
    body, other = GOOD[file], next(name for name in PARTITION if name != file)

    def halting():
        yield body[:-2]
        release.wait(5)

    bad = {
        "404": (404, b""),
        "500": (500, b""),
        "wrong": (200, b"<html>log in</html>"),
        "empty": (200, b""),
        "short": (200, body[:-2]),
        "broken off": (200, body[:-2], len(body)),
        "stalled": (200, halting(), len(body)),
        "elsewhere": (302, f"/data/toy/{other}".encode()),
    }[kind]
    with serve(lambda path, _: bad if path == f"/data/toy/{file}" else good(path)) as (url, _):
        message = failure(tmp_path / "toy", mirror=url)
        release.set()
    assert f"{url}/data/toy/{file}: " in message
    gave_up = kind in ("500", "broken off", "stalled")  # the source is not asked for what follows
    before = list(GOOD)[: list(GOOD).index(file)] if gave_up else GOOD.keys() - {file}
    assert contents(tmp_path / "toy") == {name: GOOD[name] for name in before}
    download.fetch("toy", tmp_path / "toy", mirror=folder_mirror(tmp_path / "m"), progress=False)
    assert contents(tmp_path / "toy") == GOOD


@pytest.mark.parametrize("file", PARTITION)
@pytest.mark.parametrize("spoil", ["missing", "wrong", "symlink"])
def test_a_partition_that_a_folder_or_the_archive_lacks(tmp_path, monkeypatch, spoil, file):
    left = {name: content for name, content in GOOD.items() if name != file}
    bad = {"missing": {}, "wrong": {file: b"0 1\n"}, "symlink": {file: "/etc/hostname"}}[spoil]
    members = [(f"data/toy/{name}", content) for name, content in (left | bad).items()]
    with only_archive(monkeypatch, archive(members)):
        assert f"a.tar.gz/toy/{file}: " in failure(tmp_path / "archived")
    assert contents(tmp_path / "archived") == left
    if spoil != "symlink":
        mirror = folder_mirror(tmp_path / "mirror", left | bad)
        assert f"{mirror}/data/toy/{file}: " in failure(tmp_path / "copied", mirror=mirror)
        assert contents(tmp_path / "copied") == left


@contextmanager
def files_of_at_most(size):
    """The system refuses to write further, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def full_disk(folder, **kwargs):
    with pytest.raises(download.DownloadError) as caught:
        download.fetch("toy", folder, progress=False, **kwargs)
    message = str(caught.value)
    assert "data set 'toy': cannot write" in message
    assert f"free some space for {folder}" in message
    return message


@pytest.mark.parametrize("source", ["folder", "url", "archive"])
def test_a_disk_that_fills_up(tmp_path, monkeypatch, source):
    size = len(GOOD["toy_R.dat"])
    body = GOOD["toy.txt"] + bytes(size)  # toy.txt does not fit, toy_R.dat would
    monkeypatch.setitem(GOOD, "toy.txt", body)
    monkeypatch.setitem(SUMS, "data/toy/toy.txt", hashlib.sha256(body).hexdigest())
    mirror = folder_mirror(tmp_path / "mirror")
    tarball = archive([(f"data/toy/{file}", content) for file, content in GOOD.items()])

    def answer(path, _):
        if path == "/a":
            return 200, tarball
        return (404, b"") if path.startswith("/github") else good(path)

    with serve(answer) as (url, asked):
        monkeypatch.setattr(download, "GITHUB", f"{url}/github")
        monkeypatch.setattr(download, "ARCHIVE", f"{url}/a")
        chosen = {"folder": mirror, "url": url}.get(source)
        with files_of_at_most(size):
            message = full_disk(tmp_path / "toy", mirror=chosen)
    assert "toy.txt from" in message
    assert os.strerror(errno.EFBIG) in message
    assert contents(tmp_path / "toy") == {}
    asks = {"folder": 0, "url": 1, "archive": len(GOOD) + 1}[source]
    assert len(asked) == asks, "no use in asking again"
    download.fetch("toy", tmp_path / "toy", mirror=mirror, progress=False)
    assert contents(tmp_path / "toy") == GOOD


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_what_is_written_before_the_disk_is_full_stays(tmp_path, monkeypatch, code):
    def copy(source, output, whole=shutil.copyfile):
        if source.endswith("toy_R.dat"):
            whole(source, output)
            raise OSError(code, os.strerror(code))
        whole(source, output)

    mirror = folder_mirror(tmp_path / "mirror")
    monkeypatch.setattr(shutil, "copyfile", copy)
    assert os.strerror(code) in full_disk(tmp_path / "toy", mirror=mirror)
    assert contents(tmp_path / "toy") == {"toy.txt": GOOD["toy.txt"]}


def test_github_first_then_archive(tmp_path, monkeypatch):
    archived = ("toy.txt", "conxuntos_kfold.dat")
    tarball = archive([(f"data/toy/{file}", GOOD[file]) for file in (*archived, "conxuntos.dat")])

    def answer(path, _):
        if path == "/papers/data.tar.gz":
            return 200, tarball
        return (404, b"") if path.endswith(archived) else good(path)

    with serve(answer) as (url, asked):
        monkeypatch.setattr(download, "GITHUB", f"{url}/pinned")
        monkeypatch.setattr(download, "ARCHIVE", f"{url}/papers/data.tar.gz")
        download.fetch("toy", tmp_path / "toy", progress=False)
    assert contents(tmp_path / "toy") == GOOD
    assert asked == [*(f"/pinned/{path}" for path in SUMS), "/papers/data.tar.gz"]


@contextmanager
def only_archive(monkeypatch, body):
    """Serve an archive, and no GitHub copy."""
    with serve(lambda path, _: (200, body) if path == "/a.tar.gz" else (404, b"")) as (url, asked):
        monkeypatch.setattr(download, "GITHUB", url)
        monkeypatch.setattr(download, "ARCHIVE", f"{url}/a.tar.gz")
        yield asked


@pytest.mark.parametrize("prefix", ["data/", "./data/", "", "./"])
def test_archive_is_downloaded_once_and_only_wanted_regular_files_are_written(
    tmp_path, monkeypatch, prefix
):
    (tmp_path / "secret").write_bytes(b"secret")
    tarball = archive(
        [
            ("../evil", b"evil"),
            (f"{tmp_path}/absolute", b"evil"),
            (f"{prefix}toy/toy.txt", str(tmp_path / "secret")),  # a symlink of the right name
            (f"{prefix}toy/link", "../../evil"),
            (f"{prefix}toy/../../evil", b"evil"),
            *((f"{prefix}toy/{file}", content) for file, content in GOOD.items()),
        ]
    )
    with only_archive(monkeypatch, tarball) as asked:
        download.fetch("toy", tmp_path / "inner" / "toy", progress=False)
    assert contents(tmp_path / "inner" / "toy") == GOOD
    assert asked.count("/a.tar.gz") == 1
    assert {p.name for p in tmp_path.rglob("*")} == {"secret", "inner", "toy", *GOOD}
    assert not any(p.is_symlink() for p in tmp_path.rglob("*"))


def test_archive_with_only_a_symlink_or_wrong_bytes(tmp_path, monkeypatch):
    tarball = archive([("data/toy/toy.txt", "/etc/hostname"), ("data/toy/toy_R.dat", b"spoilt")])
    with only_archive(monkeypatch, tarball):
        message = failure(tmp_path / "toy")
    assert contents(tmp_path / "toy") == {}
    assert message.count("HTTP 404") == len(GOOD)  # every source is listed, not just the last
    assert "no regular file toy/toy.txt in the archive" in message
    assert f"expected {SUMS['data/toy/toy_R.dat']}" in message


@pytest.mark.parametrize("cut", [slice(0, 10_000), slice(0, 40), slice(0, 0)])
def test_truncated_archive(tmp_path, monkeypatch, cut):
    filler = ("data/other/big", os.urandom(20_000))
    tarball = archive([filler, *((f"data/toy/{f}", b) for f, b in GOOD.items())])
    with only_archive(monkeypatch, tarball[cut]):
        message = failure(tmp_path / "toy")
    assert "a.tar.gz/toy/" in message


def test_archive_that_is_a_web_page(tmp_path, monkeypatch):
    with only_archive(monkeypatch, b"<html>moved</html>"):
        assert "the archive cannot be read" in failure(tmp_path / "toy")


def test_no_network_names_both_public_sources(tmp_path, monkeypatch):
    with serve(good) as (url, _):
        pass  # now nothing listens there
    monkeypatch.setattr(download, "GITHUB", f"{url}/pinned")
    monkeypatch.setattr(download, "ARCHIVE", f"{url}/papers/data.tar.gz")
    message = failure(tmp_path / "toy")
    assert message.count("no connection") == 2
    assert f"{url}/pinned/data/toy/toy.txt" in message
    assert f"{url}/papers/data.tar.gz" in message
    assert "Connection refused" in message


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
        partition = {f"data/{name}/{file}" for file in PARTITION}
        assert (partition & pinned.keys()) == (partition if name in groups.PAPER else set())
    assert uci.files("monks-1") == [
        f"data/monks-1/monks-1{end}" for end in (".txt", "_test_R.dat", "_train_R.dat")
    ]


def test_pooch_reads_the_registry(monkeypatch, tmp_path):
    import pooch

    monkeypatch.undo()
    shelf = pooch.create(tmp_path, "https://example.org/")
    shelf.load_registry(os.path.join(os.path.dirname(uci.__file__), "uci_sha256.txt"))
    assert shelf.registry == uci.registry()


@pytest.mark.skipif(not os.environ.get("MIRROR"), reason="needs the MIRROR environment variable")
def test_every_real_file_matches_its_pin(monkeypatch, tmp_path):
    monkeypatch.undo()
    for name in groups.UCI:
        paths = download.fetch(name, tmp_path / name, mirror=os.environ["MIRROR"], progress=False)
        assert {p.name for p in paths} == {p.name for p in (tmp_path / name).iterdir()}
